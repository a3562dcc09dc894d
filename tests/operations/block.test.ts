/** Blocking and unblocking, as the friendship section of the rules promises them. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate, RELATIONSHIP, type Relationship } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let pairs = 0;
const strangers = () => {
  pairs++;
  return world.people(`ann${pairs}`, `bob${pairs}`);
};
const block = (person: Person, other: Person) =>
  mutate(world, person, "blockUser", { userId: other.globalId });
const unblock = (person: Person, other: Person) =>
  mutate(world, person, "unblockUser", { userId: other.globalId });

type Seen = { id: string; friendCount: number | null; relationship: Relationship } | null;
/** A person as another sees them. */
async function seen(person: Person, other: Person): Promise<Seen> {
  const question = `query ($id: ID!) { user(id: $id) { id friendCount relationship { ${RELATIONSHIP} } } }`;
  return (await world.read<{ user: Seen }>(person, question, { id: other.globalId })).user;
}
const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id);
async function blockedBy(person: Person): Promise<string[]> {
  const question = "{ viewer { blockedUsers { nodes { id } } } }";
  const { viewer } = await world.read<{ viewer: { blockedUsers: { nodes: { id: string }[] } } }>(
    person,
    question,
  );
  return ids(viewer.blockedUsers.nodes);
}
async function waiting(person: Person) {
  type Waiting = Record<"incoming" | "outgoing", { nodes: { id: string }[] }> & {
    unread: { friendRequests: number };
  };
  const { viewer } = await world.read<{ viewer: Waiting }>(
    person,
    `{ viewer {
      incoming: friendRequests(direction: INCOMING) { nodes { id } }
      outgoing: friendRequests(direction: OUTGOING) { nodes { id } }
      unread { friendRequests }
    } }`,
  );
  return [viewer.incoming.nodes.length, viewer.outgoing.nodes.length, viewer.unread.friendRequests];
}
async function unread(person: Person, conversationId: string) {
  const question = `query ($id: ID!) { conversation(id: $id) { unreadCount } viewer { unread { conversations } } }`;
  type Unread = { conversation: { unreadCount: number }; viewer: { unread: { conversations: number } } };
  const variables = { id: globalId("conversation", conversationId) };
  const { conversation, viewer } = await world.read<Unread>(person, question, variables);
  return [conversation.unreadCount, viewer.unread.conversations];
}
const send = (person: Person, conversationId: string, nonce: string) =>
  mutate(world, person, "sendMessage", {
    conversationId: globalId("conversation", conversationId),
    body: "Hello?",
    nonce,
  });

describe("blocking", () => {
  test("ends a friendship and its close-friend marks, on both sides", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    await world.close(ann, bob);
    await world.close(bob, ann);
    const { relationship, userErrors } = await block(ann, bob);
    expect(userErrors).toEqual([]);
    expect(relationship).toEqual({
      state: "NONE",
      friendsSince: null,
      metThrough: null,
      isCloseFriend: false,
      isBlocked: true,
      mutedUntil: null,
      canMessage: false,
      canRequestFriendship: false,
      mutualFriendCount: 0,
    });
    await unblock(ann, bob);
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      expect(await seen(one, other)).toMatchObject({ relationship: { state: "NONE", isCloseFriend: false } });
      expect((await seen(one, one))?.friendCount).toBe(0);
    }
  });

  test.each([
    ["sent", (ann: Person, bob: Person) => world.request(ann, bob)],
    ["received", (ann: Person, bob: Person) => world.request(bob, ann)],
  ])(
    "removes the request that was %s, for both, and unblocking does not bring it back",
    async (_, request) => {
      const [ann, bob] = await strangers();
      await request(ann, bob);
      await block(ann, bob);
      for (const person of [ann, bob]) expect(await waiting(person)).toEqual([0, 0, 0]);
      expect((await unblock(ann, bob)).relationship).toMatchObject({ state: "NONE", isBlocked: false });
      for (const person of [ann, bob]) expect(await waiting(person)).toEqual([0, 0, 0]);
      expect(codes(await mutate(world, bob, "acceptFriendRequest", { userId: ann.globalId }))).toEqual([
        "CONFLICT",
      ]);
    },
  );

  test("is not told: to the blocked one the blocker does not exist", async () => {
    const [ann, bob] = await strangers();
    await block(ann, bob);
    expect(await seen(bob, ann)).toBeNull();
    expect(await blockedBy(bob)).toEqual([]);
    const nobody = { userId: globalId("user", "12345") };
    for (const name of ["sendFriendRequest", "acceptFriendRequest", "removeFriend", "blockUser"] as const) {
      const answer = await mutate(world, bob, name, { userId: ann.globalId });
      expect(answer).toMatchObject({ relationship: null, user: null, userErrors: [{ code: "NOT_FOUND" }] });
      expect(answer).toEqual(await mutate(world, bob, name, nobody));
    }
  });

  test("leaves the blocked one in the blocker's sight and list, the newest first", async () => {
    const [ann, bob] = await strangers();
    const cat = await world.person("cat");
    await block(ann, bob);
    await block(ann, cat);
    expect(await seen(ann, bob)).toMatchObject({ id: bob.globalId, relationship: { isBlocked: true } });
    expect(await blockedBy(ann)).toEqual([cat.globalId, bob.globalId]);
    await unblock(ann, cat);
    expect(await blockedBy(ann)).toEqual([bob.globalId]);
  });

  test("again changes nothing, nor does unblocking whom one has not blocked", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    expect((await unblock(ann, bob)).relationship?.state).toBe("FRIENDS");
    const first = await block(ann, bob);
    expect(await block(ann, bob)).toEqual(first);
    expect(await blockedBy(ann)).toEqual([bob.globalId]);
  });

  test("oneself is INVALID", async () => {
    const [ann] = await strangers();
    expect(codes(await block(ann, ann))).toEqual(["INVALID"]);
  });

  test("forbids the blocker to ask and to write, and says why", async () => {
    const [ann, bob] = await strangers();
    const conversation = await world.direct(ann, bob);
    await block(ann, bob);
    const userId = bob.globalId;
    expect(codes(await mutate(world, ann, "sendFriendRequest", { userId }))).toEqual(["FORBIDDEN"]);
    const hello = { userId, body: "Hello?", nonce: "1" };
    expect(codes(await mutate(world, ann, "sendMessage", hello))).toEqual(["FORBIDDEN"]);
    expect(codes(await send(ann, conversation, "2"))).toEqual(["FORBIDDEN"]);
    await unblock(ann, bob);
    expect(codes(await send(ann, conversation, "2"))).toEqual([]);
  });

  test("closes the direct conversation to the blocked one with UNAVAILABLE, and opens it again", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    const conversation = await world.direct(ann, bob);
    await world.say(bob, conversation, "Before");
    await block(ann, bob);
    expect(codes(await send(bob, conversation, "1"))).toEqual(["UNAVAILABLE"]);
    await unblock(ann, bob);
    expect(codes(await send(bob, conversation, "1"))).toEqual([]);
  });

  test("makes what was said in common groups count as nothing, and unblocking makes it count again", async () => {
    const [ann, bob] = await strangers();
    const [cat] = await world.people("cat");
    const group = await world.group(cat, [ann, bob]);
    await world.say(bob, group, "One");
    await world.say(cat, group, "Two");
    await world.say(bob, group, "Three");
    expect(await unread(ann, group)).toEqual([3, 1]);
    await block(ann, bob);
    expect(await unread(ann, group)).toEqual([1, 1]);
    await world.say(bob, group, "Four");
    expect(await unread(ann, group)).toEqual([1, 1]);
    expect(await unread(cat, group)).toEqual([2, 1]);
    await unblock(ann, bob);
    expect(await unread(ann, group)).toEqual([4, 1]);
  });

  test("hides in groups that are begun later as well", async () => {
    const [ann, bob] = await strangers();
    const [cat] = await world.people("cat");
    await block(ann, bob);
    const group = await world.group(cat, [ann, bob]);
    await world.say(bob, group, "Hello everybody");
    expect(await unread(ann, group)).toEqual([0, 0]);
    expect(await unread(cat, group)).toMatchObject([1, expect.any(Number)]);
  });

  test("keeps unread counts exact while the blocked one goes on talking", async () => {
    const [ann, bob] = await strangers();
    const [cat] = await world.people("cat");
    const group = await world.group(cat, [ann, bob]);
    const talk = Array.from({ length: 20 }, (_, at) => world.say(at % 2 === 0 ? bob : cat, group, `${at}`));
    await Promise.all([...talk, block(ann, bob)]);
    expect(await unread(ann, group)).toEqual([10, 1]);
    const more = Array.from({ length: 20 }, (_, at) => world.say(at % 2 === 0 ? bob : cat, group, `${at}`));
    await Promise.all([...more, unblock(ann, bob)]);
    expect(await unread(ann, group)).toEqual([40, 1]);
  });

  describe("tells the blocked one to forget the blocker", () => {
    /** How often `bob` is told to forget `ann` while she blocks and unblocks him twice. */
    async function told(ann: Person, bob: Person): Promise<number> {
      const cursor = await cursorOf(world, bob);
      for (let turn = 0; turn < 2; turn++) {
        await block(ann, bob);
        await unblock(ann, bob);
      }
      type Change = { __typename: string; ids?: string[] };
      const changes = await changesSince<Change>(world, bob, cursor, "... on AccessRevoked { ids }");
      return changes.filter(({ ids }) => ids?.includes(ann.globalId)).length;
    }

    test("where they have met: in a group, or by a message request in which something was said", async () => {
      const [ann, bob] = await strangers();
      const conversation = await world.direct(ann, bob);
      await world.say(ann, conversation, "Hello");
      expect(await told(ann, bob)).toBe(2);
      const [cat, dan] = await strangers();
      await world.group(await world.person("host"), [cat, dan]);
      expect(await told(cat, dan)).toBe(2);
    });

    test("not where a stranger has begun a conversation and said nothing, whomever they let in", async () => {
      for (const messagesFrom of ["FRIENDS", "EVERYONE"] as const) {
        const [ann, bob] = await strangers();
        await world.privacy(bob, { messagesFrom });
        await world.direct(ann, bob);
        expect([messagesFrom, await told(ann, bob)]).toEqual([messagesFrom, 0]);
      }
    });

    test("not where the message request, or the friend request, was declined", async () => {
      const [ann, bob] = await strangers();
      const conversation = await world.direct(ann, bob);
      await world.say(ann, conversation, "Hello");
      const conversationId = globalId("conversation", conversation);
      await mutate(world, bob, "declineMessageRequest", { conversationId });
      expect(await told(ann, bob)).toBe(0);
      const [cat, dan] = await strangers();
      await world.request(cat, dan);
      await mutate(world, dan, "declineFriendRequest", { userId: cat.globalId });
      expect(await told(cat, dan)).toBe(0);
    });
  });
});
