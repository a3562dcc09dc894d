/** Who sees a notification, and whose doing can be one, by whatever door. */
import { deleteAccount } from "../../src/actions/deletion.ts";
import { muteUser } from "../../src/actions/mute.ts";
import { globalId } from "../../src/ids.ts";
import { mutate } from "../operations/mutations.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf, seen } from "./cast.ts";

let world: World;
let owner: Person;
let ownVideo: string;
let cursor: string;
const soon = () => new Date(Date.now() + 3_600_000);

/** What becomes of somebody who has caused a notification, and whether it is still seen. */
const FATES: readonly (readonly [
  fate: string,
  expected: "yes" | "-",
  (actor: Person) => Promise<unknown>,
])[] = [
  ["stays", "yes", async () => {}],
  ["is muted", "-", (actor) => muteUser(world.as(owner), actor.id, soon())],
  [
    "was muted for a while",
    "yes",
    async (actor) => {
      await muteUser(world.as(owner), actor.id, soon());
      const { query } = world.server.database;
      await query("update mutes set until = now() - interval '1 second' where muted_id = $1", [actor.id]);
    },
  ],
  ["is blocked", "-", (actor) => world.block(owner, actor)],
  [
    // What they did committed after the block had looked for what to take back.
    "is blocked at the same moment",
    "-",
    async (actor) => {
      const { query } = world.server.database;
      await query("insert into blocks (user_id, blocked_id) values ($1, $2)", [owner.id, actor.id]);
    },
  ],
  ["blocks the owner", "-", (actor) => world.block(actor, owner)],
  ["is suspended", "-", (actor) => world.suspend(actor)],
  [
    "was suspended and is back",
    "yes",
    async (actor) => {
      await world.suspend(actor);
      await world.reinstate(actor);
    },
  ],
  [
    "deletes their account",
    "-",
    (actor) => deleteAccount(world.as(actor), { password: PASSWORD, messages: "ERASE" }),
  ],
];

/** How somebody causes a notification of the owner's. */
const CAUSES = {
  FRIEND_REQUEST: (actor: Person) => world.request(actor, owner),
  FRIEND_ACCEPTED: (actor: Person) => world.befriend(owner, actor),
  LIKE: async (actor: Person) => world.like(actor, await world.video(owner)),
  GROUP_INVITE: async (actor: Person) => void (await world.group(actor, [owner])),
  // In a conversation that the owner has begun, and the other one answers.
  MENTION: async (actor: Person) => {
    const room = await world.direct(owner, actor);
    await world.say(owner, room, "Hello");
    await world.say(actor, room, "You!", { mentions: [owner] });
  },
};
type Kind = keyof typeof CAUSES;
const KINDS = Object.keys(CAUSES) as Kind[];

interface Notification {
  readonly id: string;
  readonly kind: string;
  readonly actorCount: number;
  readonly actors: readonly { id: string }[];
  readonly subject: { readonly id: string } | null;
}
const FIELDS = "id kind actorCount actors { id } subject { id }";
const list = async (): Promise<Notification[]> =>
  at(
    await world.read(owner, `{ viewer { notifications(first: 100) { nodes { ${FIELDS} } } } }`),
    "viewer",
    "notifications",
    "nodes",
  ) as Notification[];

/** The one who caused a notification of a kind and then met with a fate. */
const actors = new Map<string, Person>();
const actorOf = (kind: Kind, fate: string) => actors.get(`${kind} ${fate}`) as Person;
/** The notifications that there were, by who had caused them. */
let before: ReadonlyMap<string, Notification>;
const ofActor = (kind: Kind, fate: string) => before.get(actorOf(kind, fate).globalId) as Notification;

beforeAll(async () => {
  world = await World.start();
  owner = await world.person("owner");
  cursor = await cursorOf(world, owner);
  for (const kind of KINDS) {
    for (const [fate] of FATES) {
      const actor = await world.person(`actor${actors.size}`);
      actors.set(`${kind} ${fate}`, actor);
      await CAUSES[kind](actor);
    }
  }
  const single = (await list()).map((each) => [each.actors[0]?.id ?? "", each] as const);
  before = new Map(single);
  ownVideo = await world.video(owner);
  for (const [fate] of FATES) await world.like(actorOf("LIKE", fate), ownVideo);
  for (const kind of KINDS) for (const [fate, , befall] of FATES) await befall(actorOf(kind, fate));
});
afterAll(() => world.stop());

const table = KINDS.flatMap((kind) => FATES.map(([fate, expected]) => [kind, fate, expected] as const));

test("all of it was there once", () => {
  expect(table.map(([kind, fate]) => ofActor(kind, fate).kind)).toEqual(table.map(([kind]) => kind));
});

describe("a notification is gone with whoever caused it", () => {
  test.each(table)("%s by somebody who then %s: in the list %s", async (kind, fate, expected) => {
    const { id } = ofActor(kind, fate);
    expect(seen((await list()).find((each) => each.id === id))).toBe(expected);
  });

  test.each(table)("%s by somebody who then %s: by id %s", async (kind, fate, expected) => {
    const question = `query ($id: ID!) { node(id: $id) { ... on Notification { ${FIELDS} } } }`;
    const { node } = await world.read<{ node: unknown }>(owner, question, { id: ofActor(kind, fate).id });
    expect(node).toEqual(expected === "yes" ? ofActor(kind, fate) : null);
  });

  test("in its event", async () => {
    type Told = { notification?: Notification | null };
    const change = "... on NotificationAdded { notification { id } }";
    const told = await changesSince<Told>(world, owner, cursor, change);
    const shown = told.flatMap(({ notification }) => notification?.id ?? []);
    for (const [kind, fate, expected] of table) {
      const { id } = ofActor(kind, fate);
      expect([kind, fate, shown.includes(id) ? "yes" : "-"]).toEqual([kind, fate, expected]);
    }
    // Nothing was told twice but the video that eight people liked, of whom some are left.
    expect(told.filter(({ notification }) => notification !== undefined)).toHaveLength(
      table.length + FATES.length,
    );
  });

  test("in the count of what is new", async () => {
    const question = "{ viewer { unread { notifications } } }";
    const unread = at(await world.read(owner, question), "viewer", "unread", "notifications");
    expect(unread).toBe(table.filter(([, , expected]) => expected === "yes").length + 1);
  });

  test("among many who caused the same, and in their number", async () => {
    const shared = (await list()).find(({ subject }) => subject?.id === globalId("video", ownVideo));
    const left = FATES.filter(([, expected]) => expected === "yes").map(
      ([fate]) => actorOf("LIKE", fate).globalId,
    );
    expect(shared?.actorCount).toBe(left.length);
    expect(shared?.actors.map(({ id }) => id)).toEqual(left.reverse());
  });
});

test("a notification is its owner's alone: to others it is what never was", async () => {
  const { id } = ofActor("LIKE", "stays");
  const question = `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`;
  const ids = [id, globalId("notification", "12345")];
  for (const viewer of [actorOf("LIKE", "stays"), actorOf("FRIEND_ACCEPTED", "stays"), null]) {
    expect(await world.read(viewer, question, { ids })).toEqual({ nodes: [null, null] });
  }
});

test("whoever is muted or blocked, or blocks, causes none, and later ones are not made up for", async () => {
  const video = await world.video(owner);
  const silent = ["is muted", "is blocked", "blocks the owner"].map((fate) =>
    actorOf("GROUP_INVITE", fate),
  ) as [Person, Person, Person];
  const [muted, blocked, blocker] = silent;
  const since = await cursorOf(world, owner);
  await world.like(muted, video);
  await world.request(muted, owner);
  await world.group(muted, [owner]);
  // They can't see it; nor would they be told of, had they been faster than the block.
  for (const person of [blocked, blocker]) {
    const { userErrors } = await mutate(world, person, "likeVideo", { videoId: globalId("video", video) });
    expect(userErrors).toEqual([expect.objectContaining({ code: "NOT_FOUND" })]);
  }
  const change = "... on NotificationAdded { notification { id } }";
  const told = async () =>
    (await changesSince<{ __typename: string }>(world, owner, since, change)).filter(
      ({ __typename }) => __typename === "NotificationAdded",
    );
  expect(await told()).toEqual([]);
  await muteUser(world.as(owner), muted.id, null);
  const kinds = (await list()).filter((each) => each.actors.some(({ id }) => id === muted.globalId));
  expect(kinds.map(({ kind }) => kind)).toEqual(["GROUP_INVITE"]);
  await world.like(muted, await world.video(owner));
  expect(await told()).toHaveLength(1);
});

test("what it is about takes it along: a video that is removed, a friendship that has ended", async () => {
  const count = (await list()).length;
  await mutate(world, owner, "deleteVideo", { videoId: globalId("video", ownVideo) });
  expect(await list()).toHaveLength(count - 1);
  await world.unfriend(owner, actorOf("FRIEND_ACCEPTED", "stays"));
  expect(await list()).toHaveLength(count - 2);
});
