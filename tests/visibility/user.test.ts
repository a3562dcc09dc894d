/** Who sees a person, by whatever door they come. */
import { write } from "../../src/actions/context.ts";
import { deleteAccount, restoreAccount } from "../../src/actions/deletion.ts";
import { globalId } from "../../src/ids.ts";
import { mutate } from "../operations/mutations.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, changesSince, cursorOf, everybody, row, seen } from "./cast.ts";

let world: World;
let cast: Cast;
let hostVideo: string;
let ownerVideo: string;
let group: string;
let message: string;
let share: string;
let cursors: Map<Person, string>;

beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  const { owner, people } = cast;
  const host = await world.person("host");
  await world.befriend(host, owner);
  await world.privacy(host, { friendListVisibleTo: "EVERYONE" });
  hostVideo = await world.video(host);
  await world.like(owner, hostVideo);
  ownerVideo = await world.video(owner);
  const row = await world.group(host, people);
  cursors = new Map(
    await Promise.all(people.map(async (person) => [person, await cursorOf(world, person)] as const)),
  );
  const { position } = (await world.say(owner, row, "Hello")).message;
  await world.share(owner, hostVideo, row);
  group = globalId("conversation", row);
  message = globalId("message", row, position);
  share = globalId("share", row, hostVideo);
  // Both are in the log of somebody who is blocked a moment later.
  await world.request(cast.viewers["somebody whom the owner blocks"] as Person, owner);
  const { message: last } = await world.say(host, row, "Hello everybody");
  await mutate(world, owner, "markRead", { conversationId: group, upTo: last.position });
  await cast.block();
});
afterAll(() => world.stop());

type Door = (viewer: Person | null) => Promise<unknown>;
const ask =
  (question: () => string, ...path: (string | number)[]): Door =>
  async (viewer) =>
    at(await world.read(viewer, question()), ...path);
/** Whether the owner is among the people of a list. */
const among =
  (question: () => string, ...path: (string | number)[]): Door =>
  async (viewer) => {
    const nodes = (at(await world.read(viewer, question()), ...path) ?? []) as {
      id?: string;
      user?: { id: string };
    }[];
    return nodes.find((node) => (node.user?.id ?? node.id) === cast.owner.globalId);
  };
const id = () => cast.owner.globalId;

const byName: [string, Door][] = [
  ["by id", ask(() => `{ user(id: "${id()}") { id } }`, "user")],
  ["by handle", ask(() => `{ user(handle: "owner") { id } }`, "user")],
  ["by handle in capitals", ask(() => `{ user(handle: "OWNER") { id } }`, "user")],
  ["as a node", ask(() => `{ node(id: "${id()}") { id } }`, "node")],
  ["among nodes", ask(() => `{ nodes(ids: ["${id()}"]) { id } }`, "nodes", 0)],
];
const likers = () => `{ video(id: "${globalId("video", hostVideo)}") { likers { nodes { id } } } }`;
const friends = () => `{ user(handle: "host") { friends { nodes { id } } } }`;
const searched = (term: string) => () =>
  `{ search(query: "${term}", first: 100) { nodes { ... on User { id } } } }`;
const inLists: [string, Door][] = [
  ["in search by handle", among(searched("own"), "search", "nodes")],
  ["in search by a part of the name", among(searched("@wner"), "search", "nodes")],
  ["among who likes a video", among(likers, "video", "likers", "nodes")],
  ["in a friend's list of friends", among(friends, "user", "friends", "nodes")],
];
const asMutualFriend = among(
  () => `{ user(handle: "between") { mutualFriends { nodes { id } } } }`,
  "user",
  "mutualFriends",
  "nodes",
);
const asSuggestion = among(
  () => "{ viewer { friendSuggestions(first: 100) { nodes { user { id } } } } }",
  "viewer",
  "friendSuggestions",
  "nodes",
);
const asParticipant = among(
  () => `{ conversation(id: "${group}") { participants { nodes { user { id } } } } }`,
  "conversation",
  "participants",
  "nodes",
);
const asSender = ask(
  () => `{ node(id: "${message}") { ... on Message { sender { id } } } }`,
  "node",
  "sender",
);
const asSharer = ask(
  () => `{ node(id: "${share}") { ... on Share { sharedBy { id } } } }`,
  "node",
  "sharedBy",
);
const asAuthor = ask(
  () => `{ video(id: "${globalId("video", ownerVideo)}") { author { id } } }`,
  "video",
  "author",
);
const inEvent: Door = async (viewer) => {
  const cursor = viewer === null ? undefined : cursors.get(viewer);
  if (viewer === null || cursor === undefined) return null;
  type Change = { message?: { id: string; sender: { id: string } | null } };
  const change = "... on MessageSent { message { id sender { id } } }";
  const changes = await changesSince<Change>(world, viewer, cursor, change);
  return changes.find((change) => change.message?.id === message)?.message?.sender;
};

//                  oneself close friend fof stranger out blocked blocks
const EXISTS = row("yes     yes   yes    yes yes      yes -       yes");
const IN_GROUP = row("yes   yes   yes    yes yes      -   -       yes");
const NOBODY = row("-       -     -      -   -        -   -       -");

describe("a person is seen by everybody, save whom they block", () => {
  test.each([...byName, ...inLists])("%s", async (_, door) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer)))).toEqual(EXISTS);
  });

  test.each<[string, Door, Record<string, string>]>([
    ["as a participant", asParticipant, IN_GROUP],
    // Of those who have them for a friend.
    ["as a friend in common", asMutualFriend, row("- yes yes - - - - -")],
    // To those who have not, and neither of whom blocks the other.
    ["as a suggestion", asSuggestion, row("- - - yes yes - - -")],
    ["as the sender of a message", asSender, IN_GROUP],
    // Who blocks somebody has nothing to do with what they bring.
    ["as who shared a video", asSharer, row("yes yes yes yes yes - - -")],
    ["as the author of a video", asAuthor, row("yes yes yes yes yes yes - -")],
    // It was told before the block, and shows what is left of the message now.
    ["as the sender in an event", inEvent, row("yes yes yes yes yes - - yes")],
  ])("%s", async (_, door, expected) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer)))).toEqual(expected);
  });

  test("and how one stands to them is told to everybody who is signed in, but not to themselves", async () => {
    const stands = ask(
      () => `{ user(id: "${id()}") { relationship { user { id } } } }`,
      "user",
      "relationship",
      "user",
    );
    expect(await everybody(cast, async (viewer) => seen(await stands(viewer)))).toEqual(
      row("- yes yes yes yes - - yes"),
    );
  });
});

test("what was told of somebody before they block shows nothing of them afterwards", async () => {
  const blocked = cast.viewers["somebody whom the owner blocks"] as Person;
  const stranger = cast.viewers["a stranger"] as Person;
  const change = `
    ... on RelationshipChanged { user { id } relationship { state } }
    ... on ReadMoved { user { id } readUpTo }
    ... on AccessRevoked { ids }`;
  type Change = { __typename: string };
  const told = async (viewer: Person) => {
    const changes = await changesSince<Change>(world, viewer, cursors.get(viewer) ?? "", change);
    return changes.filter(({ __typename }) => /Relationship|Read|Access/.test(__typename));
  };
  expect(await told(stranger)).toEqual([{ __typename: "ReadMoved", user: { id: id() }, readUpTo: 3 }]);
  expect(await told(blocked)).toEqual([
    { __typename: "RelationshipChanged", user: null, relationship: null },
    { __typename: "AccessRevoked", ids: [id()] },
  ]);
});

const liked = () => `video(id: "${globalId("video", hostVideo)}")`;
const counted: [string, () => string][] = [
  [
    "the friends of a person",
    () => `{ of: user(handle: "host") { count: friendCount list: friends(first: 100) { nodes { id } } } }`,
  ],
  [
    "the likes of a video",
    () => `{ of: ${liked()} { count: likeCount list: likers(first: 100) { nodes { id } } } }`,
  ],
];
async function countedFor(viewer: Person | null, question: string): Promise<string> {
  type Counted = { of: { count: number; list: { nodes: unknown[] } } };
  const { of } = await world.read<Counted>(viewer, question);
  return `${of.count}/${of.list.nodes.length}`;
}

describe("what is not seen is not counted", () => {
  test.each(counted)("%s", async (_, question) => {
    const counts = await everybody(cast, (viewer) => countedFor(viewer, question()));
    expect(counts).toEqual(row("1/1 1/1 1/1 1/1 1/1 1/1 0/0 1/1"));
  });

  test("mutual friends are those whom both sides may see", async () => {
    const { between, owner, viewers } = cast;
    const friend = viewers["a friend"] as Person;
    const mutual = async (viewer: Person, other: Person) => {
      const question = `{ user(id: "${other.globalId}") { relationship { mutualFriendCount } } }`;
      return at(await world.read(viewer, question), "user", "relationship", "mutualFriendCount");
    };
    expect(await mutual(friend, owner)).toBe(1);
    await world.set(between, "deleted_at", new Date());
    expect(await mutual(friend, owner)).toBe(0);
    await world.set(between, "deleted_at", null);
    const other = await world.person("other.friend");
    await world.befriend(other, owner, friend);
    expect(await mutual(friend, owner)).toBe(2);
    await world.block(other, friend);
    expect(await mutual(friend, owner)).toBe(1);
    await world.privacy(owner, { friendListVisibleTo: "NO_ONE" });
    expect(await mutual(friend, owner)).toBe(0);
    await world.privacy(owner, { friendListVisibleTo: "FRIENDS" });
  });
});

const deleteOwner = () =>
  deleteAccount(world.as(cast.owner), { password: PASSWORD, messages: "KEEP_WITHOUT_NAME" });
const restoreOwner = () =>
  write(world.as(null), (queries, tell) => restoreAccount(queries, tell, cast.owner.id));

describe.each<[string, () => Promise<unknown>, () => Promise<void>]>([
  ["is suspended", () => world.suspend(cast.owner), () => world.reinstate(cast.owner)],
  ["has deleted their account", () => deleteOwner(), () => restoreOwner()],
])("who %s is seen by nobody", (_, disappear, comeBack) => {
  let gone: Map<Person, string>;
  beforeAll(async () => {
    const witnesses = cast.people.filter((person) => person !== cast.owner);
    gone = new Map(
      await Promise.all(witnesses.map(async (person) => [person, await cursorOf(world, person)] as const)),
    );
    await disappear();
    cursors.delete(cast.owner);
  });
  afterAll(comeBack);

  /** What the others find behind a door; the person's own sessions have ended. */
  const others = (look: (viewer: Person | null) => Promise<string>) =>
    everybody(cast, (viewer) => (viewer === cast.owner ? Promise.resolve("-") : look(viewer)));

  test.each<[string, Door]>([
    ...byName,
    ...inLists,
    ["as a participant", asParticipant],
    ["as a friend in common", asMutualFriend],
    ["as a suggestion", asSuggestion],
    ["as the sender of a message", asSender],
    ["as who shared a video", asSharer],
    ["as the author of a video", asAuthor],
    ["as the sender in an event", inEvent],
  ])("%s", async (_, door) => {
    expect(await others(async (viewer) => seen(await door(viewer)))).toEqual(NOBODY);
  });

  test.each(counted)("in the count of %s", async (_, question) => {
    expect(await others((viewer) => countedFor(viewer, question()))).toEqual(
      row("- 0/0 0/0 0/0 0/0 0/0 0/0 0/0"),
    );
  });

  test("in what was told of them before, and those who know them are told to forget them", async () => {
    for (const [person, cursor] of gone) {
      const before = await changesSince<{ user: null }>(
        world,
        person,
        cursors.get(person) ?? "",
        "... on ReadMoved { user { id } } ... on RelationshipChanged { user { id } relationship { state } }",
      );
      for (const { user } of before) expect(user ?? null).toBeNull();
      // They talk in one group; whom the owner has blocked was told before.
      const couldSee = person.handle !== "blocked";
      const since = await changesSince<{ ids?: string[] }>(
        world,
        person,
        cursor,
        "... on AccessRevoked { ids }",
      );
      expect(since.flatMap(({ ids }) => ids ?? [])).toEqual(couldSee ? [id()] : []);
    }
  });
});

test("who comes back is seen as before", async () => {
  const question = `{ user(handle: "owner") { id } }`;
  const found = await everybody(cast, async (viewer) =>
    viewer === cast.owner ? "yes" : seen(at(await world.read(viewer, question), "user")),
  );
  expect(found).toEqual(EXISTS);
});
