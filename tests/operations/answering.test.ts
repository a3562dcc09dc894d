/** Answering message requests, and leaving the conversation of two: what becomes of it, and what the other learns of it. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { readLists } from "./lists.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  expect(await countersThatDrift(world.database)).toEqual([]);
  await world.stop();
});

let pairs = 0;
const strangers = () => {
  pairs++;
  return world.people(`ann${pairs}`, `bob${pairs}`);
};
let nonces = 0;
const write = (from: Person, to: Person, body = "Hello") =>
  mutate(world, from, "sendMessage", { userId: to.globalId, body, nonce: `${nonces++}` });
const leave = (person: Person, id?: string) =>
  mutate(world, person, "leaveConversation", { conversationId: id });
const listsOf = (person: Person) => readLists(world, person);
const answer = (person: Person, verb: "acceptMessageRequest" | "declineMessageRequest", id?: string) =>
  mutate(world, person, verb, { conversationId: id });
/** All that somebody can read of a conversation, and of who is in it. */
const all = (person: Person, id: string | undefined) =>
  world.read(
    person,
    `query ($id: ID!) { conversation(id: $id) {
      title participantCount unreadCount lastActivityAt viewerSettings { state readUpTo pinned archived }
      participants { nodes { role joinedAt readUpTo user { handle relationship { canMessage } } } }
      messages(last: 10) { nodes { position status body } }
    } viewer { eventCursor unread { conversations messageRequests notifications } } }`,
    { id },
  );

describe("an answer to a message request", () => {
  test("that accepts puts it into the inbox, for one's other devices as well, and takes more than three", async () => {
    const [ann, bob] = await strangers();
    for (const body of ["One", "Two", "Three"]) await write(ann, bob, body);
    const id = (await listsOf(bob)).requests[0]?.id;
    const cursor = await cursorOf(world, bob);
    const accepted = await answer(bob, "acceptMessageRequest", id);
    expect(accepted).toMatchObject({
      conversation: { id, unreadCount: 3, viewerSettings: { state: "ACTIVE" } },
      userErrors: [],
    });
    expect(await listsOf(bob)).toEqual({
      inbox: [id],
      requests: [],
      unread: { conversations: 1, messageRequests: 0 },
    });
    const told = await changesSince<{ __typename: string }>(world, bob, cursor, "");
    expect(told[0]).toEqual({ __typename: "ConversationChanged" });
    expect(codes(await write(ann, bob, "Four"))).toEqual([]);
    expect(await answer(bob, "acceptMessageRequest", id)).toMatchObject({ userErrors: [] });
  });

  test("that declines is silent: for the sender nothing changes, and what is left of the three can still be sent", async () => {
    const [ann, bob] = await strangers();
    const { conversation } = await write(ann, bob, "One");
    const before = await all(ann, conversation?.id);
    const { userErrors } = await answer(bob, "declineMessageRequest", conversation?.id);
    expect(userErrors).toEqual([]);
    const none = { inbox: [], requests: [], unread: { conversations: 0, messageRequests: 0 } };
    expect(await listsOf(bob)).toEqual(none);
    expect(await all(ann, conversation?.id)).toEqual(before);
    const cursor = await cursorOf(world, bob);
    for (const body of ["Two", "Three"]) expect(codes(await write(ann, bob, body))).toEqual([]);
    expect((await write(ann, bob, "Four")).userErrors).toMatchObject([
      { code: "LIMIT_REACHED", path: null, message: expect.stringMatching(/^A message request takes 3/) },
    ]);
    expect(await listsOf(bob)).toEqual(none);
    expect(await changesSince(world, bob, cursor, "")).toEqual([]);
  });

  test("that declines is undone by accepting, by writing and by becoming friends, with all that was said", async () => {
    const ways: ((ann: Person, bob: Person, id?: string) => Promise<unknown>)[] = [
      (_, bob, id) => answer(bob, "acceptMessageRequest", id),
      (ann, bob) => write(bob, ann, "After all"),
      (ann, bob) => world.befriend(ann, bob),
    ];
    for (const [at, way] of ways.entries()) {
      const [ann, bob] = await strangers();
      const { conversation } = await write(ann, bob, "One");
      await answer(bob, "declineMessageRequest", conversation?.id);
      await write(ann, bob, "Two");
      await way(ann, bob, conversation?.id);
      expect([at, await listsOf(bob)]).toEqual([
        at,
        {
          inbox: [conversation?.id],
          requests: [],
          unread: { conversations: at === 1 ? 0 : 1, messageRequests: 0 },
        },
      ]);
      const { userErrors } = await write(ann, bob, "Three");
      expect([at, userErrors]).toEqual([at, []]);
      await write(ann, bob, "Four");
      expect((await listsOf(bob)).unread.conversations).toBe(1);
    }
  });

  test("is for whoever was asked, and changes nothing of what is no request", async () => {
    const [ann, bob] = await strangers();
    const stranger = await world.person("a.stranger");
    const { conversation } = await write(ann, bob);
    for (const verb of ["acceptMessageRequest", "declineMessageRequest"] as const) {
      const nothing = await answer(stranger, verb, globalId("conversation", "12345"));
      expect(nothing.userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["conversationId"] }]);
      expect(await answer(stranger, verb, conversation?.id)).toEqual(nothing);
      expect(codes(await answer(ann, verb, conversation?.id))).toEqual([]);
    }
    expect((await listsOf(bob)).requests).toHaveLength(1);
    expect((await listsOf(ann)).inbox).toEqual([conversation?.id]);
  });

  test("at the same moment as texts come leaves three of them, and the request out of sight", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const [ann, bob] = await strangers();
      const { conversation } = await write(ann, bob);
      const answers = await Promise.all([
        answer(bob, "declineMessageRequest", conversation?.id),
        ...Array.from({ length: 5 }, () => write(ann, bob)),
      ]);
      expect(answers.flatMap(codes)).toEqual(Array(3).fill("LIMIT_REACHED"));
      expect((await listsOf(bob)).requests).toEqual([]);
      await answer(bob, "acceptMessageRequest", conversation?.id);
      expect(await all(bob, conversation?.id)).toMatchObject({ conversation: { unreadCount: 3 } });
    }
  });

  test("is due before a video, which is not taken, and counts as none of the three", async () => {
    const [ann, bob] = await strangers();
    const videoId = globalId("video", await world.video(ann));
    const share = (nonce: string) =>
      mutate(world, ann, "shareVideo", { videoId, userIds: [bob.globalId], nonce });
    await write(ann, bob, "One");
    expect((await share("1")).results[0]?.error?.code).toBe("FORBIDDEN");
    for (const body of ["Two", "Three"]) expect(codes(await write(ann, bob, body))).toEqual([]);
    expect(codes(await write(ann, bob, "Four"))).toEqual(["LIMIT_REACHED"]);
    expect((await share("2")).results[0]?.error?.code).toBe("LIMIT_REACHED");
    await write(bob, ann, "Show me");
    expect((await share("3")).results[0]?.error).toBeNull();
  });

  test("by leaving is the same as declining", async () => {
    const [ann, bob] = await strangers();
    const { conversation } = await write(ann, bob);
    await mutate(world, bob, "leaveConversation", { conversationId: conversation?.id });
    await write(ann, bob);
    expect((await listsOf(bob)).requests).toEqual([]);
  });
});

describe("leaving the conversation of two", () => {
  /** Two friends who have said something to each other. */
  const friends = async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    await write(ann, bob, "One");
    const id = (await write(bob, ann, "Two")).conversation?.id;
    return { ann, bob, id };
  };

  test("hides it until the next message, whoever sends it, and everything is there again then", async () => {
    for (const by of ["ann", "bob"] as const) {
      const { id, ...people } = await friends();
      const { ann, bob } = people;
      await write(bob, ann, "Three");
      const cursor = await cursorOf(world, ann);
      expect(codes(await leave(ann, id))).toEqual([]);
      expect(await listsOf(ann)).toEqual({
        inbox: [],
        requests: [],
        unread: { conversations: 0, messageRequests: 0 },
      });
      const change = "... on ConversationLeft { conversationId }";
      const left = { __typename: "ConversationLeft", conversationId: id };
      expect(await changesSince(world, ann, cursor, change)).toEqual([left]);
      await write(people[by], by === "ann" ? bob : ann, "Four");
      expect((await listsOf(ann)).inbox).toEqual([id]);
      expect(await all(ann, id)).toMatchObject({
        conversation: {
          unreadCount: by === "ann" ? 0 : 3,
          messages: { nodes: ["One", "Two", "Three", "Four"].map((body) => ({ body })) },
        },
      });
    }
  });

  test("tells the other nothing, neither in what they read nor in their stream", async () => {
    const { ann, bob, id } = await friends();
    const before = await all(bob, id);
    await leave(ann, id);
    await leave(ann, id);
    expect(await all(bob, id)).toEqual(before);
    expect(codes(await write(bob, ann))).toEqual([]);
  });

  test("and beginning it again finds the same one", async () => {
    const { ann, bob, id } = await friends();
    await leave(ann, id);
    const again = await mutate(world, ann, "startConversation", { userIds: [bob.globalId] });
    expect(again.conversation?.id).toBe(id);
  });

  test("at the same moment as messages come loses none of them", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { ann, bob, id } = await friends();
      await Promise.all([write(bob, ann), leave(ann, id), write(bob, ann), leave(ann, id), write(bob, ann)]);
      await write(bob, ann, "Last");
      expect(await listsOf(ann)).toMatchObject({ inbox: [id], unread: { conversations: 1 } });
      expect(await all(ann, id)).toMatchObject({ conversation: { unreadCount: 5 } });
    }
  });
});
