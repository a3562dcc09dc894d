/** Friend requests and friendships, as the friendship section of the rules promises them. */
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, documentOf, mutate, RELATIONSHIP, type Relationship } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

let pairs = 0;
/** Two people who have never met. */
const strangers = () => {
  pairs++;
  return world.people(`ann${pairs}`, `bob${pairs}`);
};
const ask = (from: Person, to: Person, more: Record<string, unknown> = {}) =>
  mutate(world, from, "sendFriendRequest", { userId: to.globalId, ...more });
type Answer = "acceptFriendRequest" | "declineFriendRequest" | "cancelFriendRequest" | "removeFriend";
const act = (person: Person, name: Answer, other: Person, node: Parameters<typeof mutate>[0] = world) =>
  mutate(node, person, name, { userId: other.globalId });

/** How one stands to another, as they see it. */
async function stands(person: Person, other: Person): Promise<Relationship> {
  const question = `query ($id: ID!) { user(id: $id) { relationship { ${RELATIONSHIP} } } }`;
  const data = await world.read<{ user: { relationship: Relationship } }>(person, question, {
    id: other.globalId,
  });
  return data.user.relationship;
}
const states = async (one: Person, other: Person) => [
  (await stands(one, other)).state,
  (await stands(other, one)).state,
];

interface Lists {
  incoming: { nodes: { id: string; note: string | null; metThrough: string | null; from: { id: string } }[] };
  outgoing: { nodes: { to: { id: string } }[] };
  friends: { edges: { since: string; metThrough: string | null; node: { id: string } }[] };
  unread: { friendRequests: number };
  user: { friendCount: number };
}
/** What a person's own lists say. */
async function listsOf(person: Person): Promise<Lists> {
  const data = await world.read<{ viewer: Lists }>(
    person,
    `{ viewer {
      incoming: friendRequests(direction: INCOMING) { nodes { id note metThrough from { id } } }
      outgoing: friendRequests(direction: OUTGOING) { nodes { to { id } } }
      friends { edges { since metThrough node { id } } }
      unread { friendRequests }
      user { friendCount }
    } }`,
  );
  return data.viewer;
}
async function friendshipsOf(one: Person, other: Person): Promise<number> {
  const rows = await world.server.database.query(
    `select from friendships where user_id in ($1, $2) and friend_id in ($1, $2)`,
    [one.id, other.id],
  );
  return rows.length / 2;
}
/** Moves a declined request into the past. */
const declinedAgo = (person: Person, days: number) =>
  world.server.database.query(
    `update friend_requests set declined_at = now() - make_interval(days => $2) where user_id = $1`,
    [person.id, days],
  );

describe("a friend request", () => {
  test("is seen by both, each from their side", async () => {
    const [ann, bob] = await strangers();
    const { relationship, user, userErrors } = await ask(ann, bob, { note: "Hi!", metThrough: "SEARCH" });
    expect(userErrors).toEqual([]);
    expect(user).toEqual({ id: bob.globalId });
    expect(relationship).toMatchObject({ state: "REQUEST_SENT", canRequestFriendship: false });
    expect(await stands(bob, ann)).toMatchObject({ state: "REQUEST_RECEIVED", friendsSince: null });
    const request = { id: globalId("request", ann.id, bob.id), note: "Hi!", metThrough: "SEARCH" };
    expect(await listsOf(bob)).toMatchObject({
      incoming: { nodes: [{ ...request, from: { id: ann.globalId } }] },
      unread: { friendRequests: 1 },
    });
    expect((await listsOf(ann)).outgoing.nodes).toEqual([{ to: { id: bob.globalId } }]);
  });

  test("asked again is the same request", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob, { note: "Hi!" });
    expect(codes(await ask(ann, bob, { note: "Hello?" }))).toEqual([]);
    const { incoming, unread } = await listsOf(bob);
    expect(incoming.nodes).toMatchObject([{ note: "Hi!" }]);
    expect(unread.friendRequests).toBe(1);
  });

  test("asked back makes friends, since the same moment on both sides", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob, { metThrough: "CONVERSATION" });
    const { relationship } = await ask(bob, ann);
    expect(relationship).toMatchObject({ state: "FRIENDS", metThrough: "CONVERSATION" });
    const since = relationship?.friendsSince;
    expect(await stands(ann, bob)).toMatchObject({ state: "FRIENDS", friendsSince: since });
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const { incoming, outgoing, friends, unread, user } = await listsOf(one);
      expect([incoming.nodes, outgoing.nodes, unread.friendRequests]).toEqual([[], [], 0]);
      expect(friends.edges).toEqual([{ since, metThrough: "CONVERSATION", node: { id: other.globalId } }]);
      expect(user.friendCount).toBe(1);
    }
  });

  test("accepted makes friends, and accepting again changes nothing", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    const first = await act(bob, "acceptFriendRequest", ann);
    expect(first.relationship).toMatchObject({ state: "FRIENDS", canRequestFriendship: false });
    expect(await act(bob, "acceptFriendRequest", ann)).toEqual(first);
    expect(codes(await ask(ann, bob))).toEqual([]);
    expect(await friendshipsOf(ann, bob)).toBe(1);
  });

  test("taken back is gone for both", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    expect((await act(ann, "cancelFriendRequest", bob)).relationship?.state).toBe("NONE");
    expect(await states(ann, bob)).toEqual(["NONE", "NONE"]);
    expect((await listsOf(bob)).unread.friendRequests).toBe(0);
  });

  test("declined is so in silence: to the asker it still reads REQUEST_SENT", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    const before = await listsOf(ann);
    expect((await act(bob, "declineFriendRequest", ann)).relationship?.state).toBe("NONE");
    expect(codes(await act(bob, "declineFriendRequest", ann))).toEqual([]);
    expect(await states(ann, bob)).toEqual(["REQUEST_SENT", "NONE"]);
    expect(await listsOf(ann)).toEqual(before);
    expect(await listsOf(bob)).toMatchObject({ incoming: { nodes: [] }, unread: { friendRequests: 0 } });
    const node = `{ node(id: "${globalId("request", ann.id, bob.id)}") { id } }`;
    expect(await world.read(bob, node)).toEqual({ node: null });
  });

  test("declined holds the next one back for 30 days, also when it is taken back and sent anew", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    await act(bob, "declineFriendRequest", ann);
    await declinedAgo(bob, 29);
    await ask(ann, bob);
    expect(codes(await act(ann, "cancelFriendRequest", bob))).toEqual([]);
    expect((await ask(ann, bob, { note: "Please" })).relationship?.state).toBe("REQUEST_SENT");
    expect(await states(ann, bob)).toEqual(["REQUEST_SENT", "NONE"]);
    await declinedAgo(bob, 31);
    await ask(ann, bob, { note: "It's been a while" });
    expect(await states(ann, bob)).toEqual(["REQUEST_SENT", "REQUEST_RECEIVED"]);
    expect((await listsOf(bob)).incoming.nodes).toMatchObject([{ note: "It's been a while" }]);
  });

  test("declined is not lifted by the asker's blocking and unblocking", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    await act(bob, "declineFriendRequest", ann);
    await mutate(world, ann, "blockUser", { userId: bob.globalId });
    await mutate(world, ann, "unblockUser", { userId: bob.globalId });
    await ask(ann, bob);
    expect(await states(ann, bob)).toEqual(["REQUEST_SENT", "NONE"]);
  });

  test("declined does not keep the one who declined from asking: that makes friends", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    await act(bob, "declineFriendRequest", ann);
    expect((await ask(bob, ann)).relationship?.state).toBe("FRIENDS");
  });

  test("declined does not keep the one who declined from asking either once it was taken back", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    await act(bob, "declineFriendRequest", ann);
    await act(ann, "cancelFriendRequest", bob);
    expect((await ask(bob, ann)).relationship?.state).toBe("REQUEST_SENT");
    expect(await states(ann, bob)).toEqual(["REQUEST_RECEIVED", "REQUEST_SENT"]);
    expect((await listsOf(bob)).outgoing.nodes).toEqual([{ to: { id: ann.globalId } }]);
    expect(codes(await act(bob, "cancelFriendRequest", ann))).toEqual([]);
    expect(await states(ann, bob)).toEqual(["NONE", "NONE"]);
    await ask(bob, ann);
    expect((await ask(ann, bob)).relationship?.state).toBe("FRIENDS");
  });

  test("that is gone can't be accepted, declined or taken back: CONFLICT, and how they stand now", async () => {
    const [ann, bob] = await strangers();
    for (const name of ["acceptFriendRequest", "declineFriendRequest", "cancelFriendRequest"] as const) {
      expect(await act(ann, name, bob)).toMatchObject({
        relationship: { state: "NONE" },
        user: { id: bob.globalId },
        userErrors: [{ code: "CONFLICT" }],
      });
    }
    await world.befriend(ann, bob);
    expect(await act(ann, "cancelFriendRequest", bob)).toMatchObject({
      relationship: { state: "FRIENDS", friendsSince: (await stands(bob, ann)).friendsSince },
      userErrors: [{ code: "CONFLICT" }],
    });
  });

  test.each([
    [200, []],
    [201, ["INVALID"]],
  ])("with a note of %i characters: %j", async (length, expected) => {
    const [ann, bob] = await strangers();
    expect(codes(await ask(ann, bob, { note: "ü".repeat(length) }))).toEqual(expected);
    expect((await stands(bob, ann)).state).toBe(length > 200 ? "NONE" : "REQUEST_RECEIVED");
  });

  test("to oneself is INVALID, to nobody NOT_FOUND, and to somebody closed UNAVAILABLE", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { friendRequestsFrom: "NO_ONE" });
    expect(codes(await ask(ann, ann))).toEqual(["INVALID"]);
    const nobody = { userId: globalId("user", "12345") };
    expect(codes(await mutate(world, ann, "sendFriendRequest", nobody))).toEqual(["NOT_FOUND"]);
    expect(await stands(ann, bob)).toMatchObject({ canRequestFriendship: false });
    expect(codes(await ask(ann, bob))).toEqual(["UNAVAILABLE"]);
    expect((await ask(bob, ann)).userErrors).toEqual([]);
    expect((await ask(ann, bob)).relationship?.state).toBe("FRIENDS");
  });

  test.each(["sendFriendRequest", "acceptFriendRequest", "removeFriend", "blockUser"] as const)(
    "%s is for those who are signed in",
    async (name) => {
      const [ann] = await strangers();
      const { errors } = await world.ask(null, documentOf(name), { input: { userId: ann.globalId } });
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    },
  );
});

describe("a friendship", () => {
  test("ends in silence and for both, and ending none changes nothing", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    expect((await act(ann, "removeFriend", bob)).relationship).toMatchObject({
      state: "NONE",
      friendsSince: null,
    });
    expect(codes(await act(ann, "removeFriend", bob))).toEqual([]);
    expect(await states(ann, bob)).toEqual(["NONE", "NONE"]);
    for (const person of [ann, bob]) expect((await listsOf(person)).user.friendCount).toBe(0);
  });

  test("can be begun anew after it has ended", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    await act(bob, "removeFriend", ann);
    await ask(ann, bob);
    expect(await states(ann, bob)).toEqual(["REQUEST_SENT", "REQUEST_RECEIVED"]);
  });

  test("is refused to whoever has 5,000, on either side, and the request stays", async () => {
    const [ann, bob] = await strangers();
    await ask(ann, bob);
    for (const full of [ann, bob]) {
      await world.set(full, "friend_count", 5_000);
      expect(codes(await act(bob, "acceptFriendRequest", ann))).toEqual(["LIMIT_REACHED"]);
      await world.set(full, "friend_count", 4_999);
    }
    expect(await states(ann, bob)).toEqual(["REQUEST_SENT", "REQUEST_RECEIVED"]);
    expect((await act(bob, "acceptFriendRequest", ann)).relationship?.state).toBe("FRIENDS");
  });
});
