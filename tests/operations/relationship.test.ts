/** How the viewer stands to others: close friends, mutes, and the friends whom two people have in common. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, RELATIONSHIP, type Relationship } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let pairs = 0;
/** Two people who have never met. */
const strangers = () => {
  pairs++;
  return world.people(`ann${pairs}`, `bob${pairs}`);
};
async function friends(): Promise<readonly [Person, Person]> {
  const [ann, bob] = await strangers();
  await world.befriend(ann, bob);
  return [ann, bob];
}
const NOBODY = { globalId: globalId("user", "12345") };
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

/** How one stands to another, as they see it. */
async function stands(person: Person, other: Person): Promise<Relationship> {
  const question = `query ($id: ID!) { user(id: $id) { relationship { ${RELATIONSHIP} } } }`;
  type Answer = { user: { relationship: Relationship } };
  return (await world.read<Answer>(person, question, { id: other.globalId })).user.relationship;
}
/** How many changes of a relationship a person has been told of. */
async function toldOf(person: Person): Promise<number> {
  const rows = await world.server.database.query(
    "select from viewer_events where viewer_id = $1 and kind = 'RELATIONSHIP_CHANGED'",
    [person.id],
  );
  return rows.length;
}

describe("a close friend", () => {
  const setClose = (person: Person, other: { globalId: string }, close: boolean) =>
    mutate(world, person, "setCloseFriend", { userId: other.globalId, close });
  const closeFriends = async (person: Person) => {
    const question = "{ viewer { friends(closeOnly: true) { nodes { id } } } }";
    type Answer = { viewer: { friends: { nodes: { id: string }[] } } };
    return (await world.read<Answer>(person, question)).viewer.friends.nodes.map(({ id }) => id);
  };

  test("is marked by one of two friends, and unmarked; the other never learns of it", async () => {
    const [ann, bob] = await friends();
    const before = { ann: await toldOf(ann), bob: await toldOf(bob) };
    expect((await setClose(ann, bob, true)).relationship).toMatchObject({ isCloseFriend: true });
    expect(await closeFriends(ann)).toEqual([bob.globalId]);
    expect(await stands(bob, ann)).toMatchObject({ state: "FRIENDS", isCloseFriend: false });
    expect((await setClose(ann, bob, false)).relationship).toMatchObject({ isCloseFriend: false });
    expect(await closeFriends(ann)).toEqual([]);
    expect([await toldOf(ann), await toldOf(bob)]).toEqual([before.ann + 2, before.bob]);
  });

  test("who is marked again is marked as before, and nobody is told anything", async () => {
    const [ann, bob] = await friends();
    await setClose(ann, bob, true);
    const before = await toldOf(ann);
    expect(codes(await setClose(ann, bob, true))).toEqual([]);
    expect(await toldOf(ann)).toBe(before);
  });

  test("has to be a friend: anybody else is FORBIDDEN, oneself INVALID, and whom one may not see NOT_FOUND", async () => {
    const [ann, bob] = await strangers();
    expect(codes(await setClose(ann, bob, true))).toEqual(["FORBIDDEN"]);
    await world.request(bob, ann);
    expect(codes(await setClose(ann, bob, true))).toEqual(["FORBIDDEN"]);
    expect(codes(await setClose(ann, ann, true))).toEqual(["INVALID"]);
    expect(codes(await setClose(ann, NOBODY, true))).toEqual(["NOT_FOUND"]);
    await world.block(bob, ann);
    expect(codes(await setClose(ann, bob, true))).toEqual(["NOT_FOUND"]);
  });

  test.each(["unfriend", "block"] as const)(
    "is none any more after %s, also when they are friends again",
    async (end) => {
      const [ann, bob] = await friends();
      await setClose(ann, bob, true);
      await world[end](bob, ann);
      if (end === "block") await mutate(world, bob, "unblockUser", { userId: ann.globalId });
      await world.befriend(ann, bob);
      expect(await stands(ann, bob)).toMatchObject({ state: "FRIENDS", isCloseFriend: false });
    },
  );
});

describe("a mute", () => {
  const mute = (person: Person, other: { globalId: string }, until: string | null) =>
    mutate(world, person, "muteUser", { userId: other.globalId, until });

  test("has an end, can be moved and be taken away; the other never learns of it", async () => {
    const [ann, bob] = await friends();
    const before = { ann: await toldOf(ann), bob: await toldOf(bob) };
    for (const until of [inDays(1), inDays(2), inDays(0.5)]) {
      expect((await mute(ann, bob, until)).relationship).toMatchObject({ mutedUntil: until });
    }
    expect(await stands(bob, ann)).toMatchObject({ mutedUntil: null });
    expect((await mute(ann, bob, null)).relationship).toMatchObject({ mutedUntil: null });
    expect([await toldOf(ann), await toldOf(bob)]).toEqual([before.ann + 4, before.bob]);
  });

  test("is over when its time has come", async () => {
    const [ann, bob] = await friends();
    await mute(ann, bob, inDays(1));
    await world.server.database.query(
      "update mutes set until = now() - interval '1 second' where user_id = $1",
      [ann.id],
    );
    expect((await stands(ann, bob)).mutedUntil).toBeNull();
  });

  test("needs no friendship, and outlives one", async () => {
    const [ann, bob] = await strangers();
    const until = inDays(3);
    expect(codes(await mute(ann, bob, until))).toEqual([]);
    await world.befriend(ann, bob);
    await world.unfriend(bob, ann);
    expect(await stands(ann, bob)).toMatchObject({ state: "NONE", mutedUntil: until });
  });

  test("of oneself, until an instant that is past or for more than ten years is INVALID, and of nobody NOT_FOUND", async () => {
    const [ann, bob] = await friends();
    for (const until of [inDays(-1), "2001-01-01T00:00:00Z", inDays(3_700)]) {
      expect(await mute(ann, bob, until)).toMatchObject({
        userErrors: [{ code: "INVALID", path: ["until"] }],
      });
    }
    expect(codes(await mute(ann, bob, inDays(3_600)))).toEqual([]);
    expect(codes(await mute(ann, ann, inDays(1)))).toEqual(["INVALID"]);
    expect(codes(await mute(ann, NOBODY, inDays(1)))).toEqual(["NOT_FOUND"]);
  });
});

describe("friends in common", () => {
  interface Mutual {
    relationship: { mutualFriendCount: number } | null;
    mutualFriends: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  }
  const FIELDS = "relationship { mutualFriendCount } mutualFriends(first: 3, after: $after)";
  async function mutual(viewer: Person | null, other: Person, after: string | null = null): Promise<Mutual> {
    const question = `query ($id: ID!, $after: String) { user(id: $id) {
      ${FIELDS} { nodes { id } pageInfo { hasNextPage endCursor } } } }`;
    return (await world.read<{ user: Mutual }>(viewer, question, { id: other.globalId, after })).user;
  }
  let viewer: Person;
  let other: Person;
  let between: readonly Person[];
  beforeAll(async () => {
    [viewer, other] = await world.people("viewer", "other");
    between = await world.people("one", "two", "three", "four", "five");
    // In one order for the one, and in the other for the other.
    for (const person of between) await world.befriend(viewer, person);
    for (const person of between.toReversed()) await world.befriend(other, person);
    await world.befriend(viewer, await world.person("mine"));
    await world.befriend(other, await world.person("theirs"), await world.person("theirs.too"));
  });

  test("are listed from the viewer's newest, page by page, and counted alike", async () => {
    const newest = between.map(({ globalId }) => globalId).toReversed();
    const first = await mutual(viewer, other);
    expect(first.mutualFriends.nodes.map(({ id }) => id)).toEqual(newest.slice(0, 3));
    const second = await mutual(viewer, other, first.mutualFriends.pageInfo.endCursor);
    expect(second.mutualFriends.nodes.map(({ id }) => id)).toEqual(newest.slice(3));
    expect([first, second].map(({ mutualFriends }) => mutualFriends.pageInfo.hasNextPage)).toEqual([
      true,
      false,
    ]);
    expect(first.relationship?.mutualFriendCount).toBe(5);
  });

  test("are the same people from the other side, whose list is the longer", async () => {
    const oldest = between.map(({ globalId }) => globalId);
    const { relationship, mutualFriends } = await mutual(other, viewer);
    expect(mutualFriends.nodes.map(({ id }) => id)).toEqual(oldest.slice(0, 3));
    expect(relationship?.mutualFriendCount).toBe(5);
  });

  test("are nobody with oneself, and for nobody who is signed in", async () => {
    const nobody = { relationship: null, mutualFriends: { nodes: [], pageInfo: { hasNextPage: false } } };
    expect(await mutual(viewer, viewer)).toMatchObject(nobody);
    expect(await mutual(null, other)).toMatchObject(nobody);
  });

  test("and how the viewer stands to 50 people are read in as many statements as for five", async () => {
    const people = await Promise.all(Array.from({ length: 50 }, (_, at) => world.person(`somebody${at}`)));
    for (const person of people.slice(0, 5)) await world.befriend(viewer, person);
    const question = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { relationship {
      state isCloseFriend isBlocked mutedUntil canMessage canRequestFriendship mutualFriendCount } } } }`;
    const statements = async (ids: string[]) => {
      const counts: number[] = [];
      // Now and then what the server does by itself falls in between.
      for (let turn = 0; turn < 40; turn++) {
        const before = await world.server.statements();
        await world.read(viewer, question, { ids });
        counts.push((await world.server.statements()) - before);
      }
      return Math.min(...counts);
    };
    const ids = people.map(({ globalId }) => globalId);
    expect(await statements(ids)).toBe(3);
    expect(await statements(ids.slice(0, 5))).toBe(3);
  });
});
