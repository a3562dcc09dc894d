/** Who looks: one owner, and everybody who may stand to them in a different way. */
import { globalId } from "../../src/ids.ts";
import { connect, subscribe } from "../support/socket.ts";
import type { Person, World } from "../support/world.ts";

export const WHO = [
  "oneself",
  "a close friend",
  "a friend",
  "a friend of a friend",
  "a stranger",
  "somebody signed out",
  "somebody whom the owner blocks",
  "somebody who blocks the owner",
] as const;
export type Who = (typeof WHO)[number];

export interface Cast {
  readonly owner: Person;
  /** A friend of the owner and of everybody who is a friend or a friend of a friend. */
  readonly between: Person;
  readonly viewers: Readonly<Record<Who, Person | null>>;
  /** Everybody who is signed in, the owner first. */
  readonly people: readonly Person[];
  /** Makes the two blocks; until then their two people are strangers who meet the owner in groups. */
  block(): Promise<void>;
}

/** Brings the cast into a world. */
export async function castOf(world: World): Promise<Cast> {
  const [owner, close, friend, friendOfFriend, stranger, blocked, blocker, between] = await world.people(
    "owner",
    "close.friend",
    "friend",
    "friend.of.friend",
    "stranger",
    "blocked",
    "blocker",
    "between",
  );
  await world.befriend(owner, close, friend, between);
  await world.befriend(between, close, friend, friendOfFriend);
  await world.close(owner, close);
  return {
    owner,
    between,
    viewers: {
      oneself: owner,
      "a close friend": close,
      "a friend": friend,
      "a friend of a friend": friendOfFriend,
      "a stranger": stranger,
      "somebody signed out": null,
      "somebody whom the owner blocks": blocked,
      "somebody who blocks the owner": blocker,
    },
    people: [owner, close, friend, friendOfFriend, stranger, blocked, blocker],
    async block() {
      await world.block(owner, blocked);
      await world.block(blocker, owner);
    },
  };
}

/** What everybody of the cast finds behind a door. */
export async function everybody<Found>(
  { viewers }: Cast,
  look: (viewer: Person | null) => Promise<Found>,
): Promise<Record<Who, Found>> {
  const found = await Promise.all(WHO.map(async (who) => [who, await look(viewers[who])] as const));
  return Object.fromEntries(found) as Record<Who, Found>;
}

/** What everybody should find, in the order of WHO: one word for each. */
export function row(words: string): Record<Who, string> {
  const found = words.trim().split(/\s+/);
  if (found.length !== WHO.length) throw new Error(`A row has ${WHO.length} words: ${words}`);
  return Object.fromEntries(WHO.map((who, at) => [who, found[at]])) as Record<Who, string>;
}

/** "yes" where there is something to be seen. */
export const seen = (thing: unknown): string => (thing === null || thing === undefined ? "-" : "yes");

/** Reads the parts of an answer that a path names; null where the path ends early. */
export function at(data: unknown, ...path: readonly (string | number)[]): unknown {
  let found = data;
  for (const step of path) found = (found as Record<string | number, unknown> | null | undefined)?.[step];
  return found ?? null;
}

/** The viewer's place in their log. */
export async function cursorOf(world: World, person: Person): Promise<string> {
  const { viewer } = await world.read<{ viewer: { eventCursor: string } }>(
    person,
    "{ viewer { eventCursor } }",
  );
  return viewer.eventCursor;
}

/** Every change since a cursor, as the person's stream shows it now; `change` is what is selected of each. */
export async function changesSince<Change>(
  world: World,
  person: Person,
  after: string,
  change: string,
): Promise<Change[]> {
  const client = connect(world.server.url, person.token);
  const stream = subscribe<{ cursor: string; change?: Change }>(
    client,
    "viewerEvents",
    `subscription ($after: EventCursor) { viewerEvents(after: $after) {
      ... on StreamOpened { cursor } ... on StreamReset { cursor }
      ... on ViewerEvent { cursor change { __typename ${change} } }
    } }`,
    { after },
  );
  // An event may be shown to nobody any more; the end is marked by one that is.
  await world.video(person, "ONLY_ME");
  const end = await cursorOf(world, person);
  await stream.until(({ cursor }) => cursor === end, `everything up to ${end}`);
  stream.stop();
  await client.dispose();
  if (stream.errors.length > 0) throw new Error(`The stream has errors: ${JSON.stringify(stream.errors)}`);
  return stream.items.slice(0, -1).flatMap(({ change }) => (change === undefined ? [] : [change]));
}

/** Ids that were never given to anything, of every kind. */
export const NOTHING = {
  user: globalId("user", "12345"),
  video: globalId("video", "12345"),
  comment: globalId("comment", "12345", "12345"),
  conversation: globalId("conversation", "12345"),
  message: globalId("message", "12345", 1),
  share: globalId("share", "12345", "12345"),
  request: globalId("request", "12345", "12346"),
  moment: globalId("moment", "12345", "12345"),
};
