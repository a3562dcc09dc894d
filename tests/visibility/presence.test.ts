/** Who knows that somebody types in a conversation and has it open, and of whom they know it. */
import { removeParticipant } from "../../src/actions/group.ts";
import { leaveConversation } from "../../src/actions/leaving.ts";
import { globalId } from "../../src/ids.ts";
import { send } from "../support/ask.ts";
import { connect, subscribe } from "../support/socket.ts";
import { type Person, World } from "../support/world.ts";

const WHO = [
  "a friend",
  "a stranger",
  "who keeps to themselves when they are active",
  "who blocks them",
  "whom they block",
  "who left",
  "who was removed",
  "who never took part",
  "somebody signed out",
] as const;
type Who = (typeof WHO)[number];
const row = (words: string): Record<Who, string> => {
  const found = words.trim().split(/\s+/);
  return Object.fromEntries(WHO.map((who, at) => [who, found[at]])) as Record<Who, string>;
};

interface Sight {
  readonly typing: readonly { id: string }[];
  readonly active: readonly { id: string }[];
}

const PRESENCE =
  "subscription ($id: ID!) { conversationPresence(conversationId: $id) { typing { id } active { id } } }";
const TYPING = "mutation ($id: ID!) { setTyping(input: { conversationId: $id, typing: true }) { until } }";

let world: World;
let id: string;
/** The one it is about, and one who is seen by everybody who takes part. */
let them: Person;
let last: Person;
let viewers: Record<Who, Person | null>;
const watching = new Map<Person | null, ReturnType<typeof watch>>();

function watch(person: Person | null) {
  const client = connect(world.server.url, person?.token ?? null);
  return { client, ...subscribe<Sight>(client, "conversationPresence", PRESENCE, { id }) };
}
const includes = (people: readonly { id: string }[] | undefined, person: Person | null) =>
  people?.some((each) => each.id === person?.globalId) ? "yes" : "-";
/** What was shown last while all were typing. */
const sights = new Map<Person | null, Sight | undefined>();
const sightOf = (person: Person | null) => sights.get(person);
const everybody = (look: (viewer: Person | null) => string) =>
  Object.fromEntries(WHO.map((who) => [who, look(viewers[who])]));

beforeAll(async () => {
  world = await World.start();
  [them, last] = await world.people("them", "last");
  const names = ["friend", "stranger", "quiet", "blocker", "blocked", "left", "removed", "outsider"] as const;
  const people = await world.people(...names);
  const [friend, stranger, quiet, blocker, blocked, left, removed, outsider] = people;
  viewers = Object.fromEntries(WHO.map((who, at) => [who, people[at] ?? null])) as typeof viewers;
  await world.befriend(them, friend);
  const group = await world.group(them, [friend, stranger, quiet, blocker, blocked, left, removed, last]);
  id = globalId("conversation", group);
  await world.privacy(quiet, { showLastActive: false });
  await world.block(blocker, them);
  await world.block(them, blocked);
  await leaveConversation(world.as(left), group);
  await removeParticipant(world.as(them), group, removed.id);
  const all = [them, last, friend, stranger, quiet, blocker, blocked, left, removed, outsider, null];
  for (const person of all) watching.set(person, watch(person));
  // Whoever has a first item is there; whoever is refused has an end.
  await Promise.all([...watching.values()].map(({ done, until }) => Promise.race([done, until(() => true)])));
  await Promise.all(
    all
      .filter((person) => person !== last)
      .map((person) => send(world.server.url, person?.token ?? null, TYPING, { id })),
  );
  // Every item is the whole: whoever sees the last one type sees all that they ever see.
  await send(world.server.url, last.token, TYPING, { id });
  await Promise.all(
    [...watching].map(([person, { done, latest }]) => {
      if (person === last) return null;
      return Promise.race([done, latest(({ typing }) => includes(typing, last) === "yes")]);
    }),
  );
  for (const [person, { items }] of watching) sights.set(person, items.at(-1));
});
afterAll(async () => {
  await Promise.all([...watching.values()].map(({ client }) => client.dispose()));
  await world.stop();
});

//                   friend stranger quiet blocker blocked left removed outsider out
const LISTENS = row("yes    yes      yes   yes     yes     -    -       -        -");
const TYPES = row("  yes    yes      yes   -       -       -    -       -        -");
const IS_HERE = row("yes    yes      -     -       -       -    -       -        -");

test("who takes part may have the presence of a conversation, and nobody else", () => {
  expect(everybody((viewer) => (sightOf(viewer) === undefined ? "-" : "yes"))).toEqual(LISTENS);
  const refused = WHO.filter((who) => LISTENS[who] === "-").map((who) =>
    watching.get(viewers[who])?.errors.flat(),
  );
  const codes = refused.map((errors) => (errors as { extensions: { code: string } }[])[0]?.extensions.code);
  expect(codes).toEqual(["NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "UNAUTHENTICATED"]);
});

test("who sees that somebody types", () => {
  expect(everybody((viewer) => includes(sightOf(viewer)?.typing, them))).toEqual(TYPES);
});

test("whom somebody sees type", () => {
  expect(everybody((viewer) => includes(sightOf(them)?.typing, viewer))).toEqual(TYPES);
});

test("who sees that somebody is there", () => {
  expect(everybody((viewer) => includes(sightOf(viewer)?.active, them))).toEqual(IS_HERE);
});

test("whom somebody sees there", () => {
  expect(everybody((viewer) => includes(sightOf(them)?.active, viewer))).toEqual(IS_HERE);
});

test("nobody sees themselves", () => {
  for (const [person, { items }] of watching)
    for (const { typing, active } of items) expect(includes([...typing, ...active], person)).toBe("-");
});
