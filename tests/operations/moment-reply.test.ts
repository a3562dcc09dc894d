/** Answers to moments: messages in the direct conversation with the author. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { globalId, keyOf } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf } from "../visibility/cast.ts";
import { expire, idOf } from "./moments.ts";
import { codes, MESSAGE, type Message, mutate, type Node } from "./mutations.ts";

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

let circles = 0;
/** Somebody who shows a moment, and two friends of theirs. */
async function circle() {
  circles++;
  const [ann, bob, cat] = await world.people(`ann${circles}`, `bob${circles}`, `cat${circles}`);
  await world.befriend(ann, bob, cat);
  const key = await world.moment(ann, { text: "Look" });
  return { ann, bob, cat, key, momentId: idOf(key) };
}
let nonces = 0;
const answer = (person: Person, momentId: string, more: Record<string, unknown> = {}, node: Node = world) =>
  mutate(node, person, "sendMessage", { momentId, body: "Nice", nonce: `nonce ${nonces++}`, ...more });
const directOf = async (one: Person, other: Person) =>
  globalId("conversation", await world.direct(one, other));
const find = async (person: Person, id: string | undefined): Promise<Message> =>
  at(await world.read(person, `{ node(id: "${id}") { ... on Message { ${MESSAGE} } } }`), "node") as Message;
const countMessages = async (conversationId: string | undefined) => {
  const [id] = keyOf("conversation", conversationId ?? "");
  const sql = "select last_position as count from conversations where id = $1";
  return at(await world.server.database.query(sql, [id]), 0, "count");
};

describe("answering a moment", () => {
  test("is a message to its author, in the one direct conversation, which need not be named", async () => {
    const { ann, bob, momentId } = await circle();
    const first = await answer(bob, momentId);
    expect(first.userErrors).toEqual([]);
    expect(first.message).toMatchObject({
      kind: "MOMENT_REPLY",
      body: "Nice",
      moment: { id: momentId },
      sender: { id: bob.globalId },
    });
    expect(first.conversation).toEqual({ id: await directOf(ann, bob) });
    const named = [
      { conversationId: first.conversation?.id },
      { userId: ann.globalId },
      { userId: ann.globalId, conversationId: first.conversation?.id },
    ];
    for (const place of named) {
      const { message, conversation } = await answer(bob, momentId, place);
      expect([message?.kind, conversation]).toEqual(["MOMENT_REPLY", first.conversation]);
    }
    expect(await find(ann, first.message?.id)).toMatchObject({
      kind: "MOMENT_REPLY",
      moment: { id: momentId },
    });
  });

  test("may answer a message of that conversation as well", async () => {
    const { ann, bob, momentId } = await circle();
    const conversation = await world.direct(ann, bob);
    await world.say(ann, conversation, "Have you seen it?");
    const replyToId = globalId("message", conversation, 1);
    expect((await answer(bob, momentId, { replyToId })).message).toMatchObject({
      replyTo: { id: replyToId },
    });
  });

  test("anywhere else is INVALID: with another person, in a group with the author, in the author's talk with another", async () => {
    const { ann, bob, cat, momentId } = await circle();
    await world.befriend(bob, cat);
    const group = globalId("conversation", await world.group(bob, [ann, cat]));
    const answers = [
      await answer(bob, momentId, { userId: cat.globalId }),
      await answer(bob, momentId, { conversationId: group }),
      await answer(bob, momentId, { conversationId: await directOf(bob, cat) }),
      await answer(bob, momentId, { userId: cat.globalId, conversationId: await directOf(bob, ann) }),
    ];
    expect(answers.map(codes)).toEqual(Array(4).fill(["INVALID"]));
    expect(codes(await answer(bob, momentId, { conversationId: await directOf(ann, cat) }))).toEqual([
      "NOT_FOUND",
    ]);
  });

  test("of one's own is INVALID", async () => {
    const { ann, bob, momentId } = await circle();
    expect(codes(await answer(ann, momentId))).toEqual(["INVALID"]);
    expect(codes(await answer(ann, momentId, { userId: bob.globalId }))).toEqual(["INVALID"]);
  });

  test("that one may not see, that is over, deleted or never was, is NOT_FOUND, and begins no conversation", async () => {
    const { ann, bob, cat, key, momentId } = await circle();
    await world.close(ann, bob);
    const closer = idOf(await world.moment(ann, { audience: "CLOSE_FRIENDS" }));
    const stranger = await world.person(`stranger${circles}`);
    const nothing = await answer(cat, globalId("moment", ann.id, "12345"));
    expect(codes(nothing)).toEqual(["NOT_FOUND"]);
    expect(await answer(cat, closer)).toEqual(nothing);
    for (const moment of [closer, momentId]) expect(await answer(stranger, moment)).toEqual(nothing);
    await expire(world, key);
    expect(await answer(cat, momentId)).toEqual(nothing);
    const conversations = await world.server.database.query("select from inbox where user_id = any($1)", [
      [cat.id, stranger.id],
    ]);
    expect(conversations).toEqual([]);
    // Nor where they talk already, and it is said where.
    const conversationId = await directOf(ann, cat);
    for (const place of [{}, { conversationId }, { userId: ann.globalId }]) {
      expect(await answer(cat, closer, place)).toEqual(nothing);
      expect(await answer(cat, globalId("moment", ann.id, "12345"), place)).toEqual(nothing);
    }
    expect(await countMessages(conversationId)).toBe(0);
  });

  test("twice with one nonce is one message, for good: also when the moment is gone meanwhile", async () => {
    const { bob, ann, momentId } = await circle();
    const first = await answer(bob, momentId, { nonce: "n" });
    const retried = await Promise.all([
      answer(bob, momentId, { nonce: "n" }),
      answer(bob, momentId, { nonce: "n" }, otherNode),
    ]);
    for (const each of retried) expect(each).toEqual({ ...first, duplicate: true });
    await mutate(world, ann, "deleteMoment", { momentId });
    for (const place of [{}, { conversationId: first.conversation?.id }, { userId: ann.globalId }]) {
      const again = await answer(bob, momentId, { nonce: "n", ...place });
      expect(again).toMatchObject({
        duplicate: true,
        message: { id: first.message?.id, moment: null },
        userErrors: [],
      });
    }
    // The same nonce for other words, or for none of the moment's, is a CONFLICT.
    expect(codes(await answer(bob, momentId, { nonce: "n", body: "Other" }))).toEqual(["CONFLICT"]);
    const plain = { conversationId: first.conversation?.id, body: "Nice", nonce: "n" };
    expect(codes(await mutate(world, bob, "sendMessage", plain))).toEqual(["CONFLICT"]);
    expect(codes(await answer(bob, momentId))).toEqual(["NOT_FOUND"]);
    expect(await countMessages(first.conversation?.id)).toBe(1);
  });

  test("goes to one's friend whatever else they let in, and to nobody who has blocked or is blocked", async () => {
    const { ann, bob, cat, momentId } = await circle();
    await world.privacy(ann, { messagesFrom: "NO_ONE" });
    expect(codes(await answer(bob, momentId))).toEqual([]);
    await world.block(ann, bob);
    await world.block(cat, ann);
    for (const person of [bob, cat]) expect(codes(await answer(person, momentId))).toEqual(["NOT_FOUND"]);
  });

  test("is told like every message: to the author as sent, unread, and with the moment as they see it", async () => {
    const { ann, bob, key, momentId } = await circle();
    const since = await cursorOf(world, ann);
    const { conversation } = await answer(bob, momentId);
    const told = () =>
      changesSince<{ message?: { kind: string; moment: object | null } }>(
        world,
        ann,
        since,
        "... on MessageSent { message { kind moment { id } } }",
      );
    expect(await told()).toContainEqual({
      __typename: "MessageSent",
      message: { kind: "MOMENT_REPLY", moment: { id: momentId } },
    });
    const inbox = `{ conversation(id: "${conversation?.id}") { unreadCount lastMessage { body kind } } }`;
    expect(await world.read(ann, inbox)).toEqual({
      conversation: { unreadCount: 1, lastMessage: { body: "Nice", kind: "MOMENT_REPLY" } },
    });
    await expire(world, key);
    expect(await told()).toContainEqual({
      __typename: "MessageSent",
      message: { kind: "MOMENT_REPLY", moment: null },
    });
  });

  test("at the moment at which it is deleted is NOT_FOUND, or a message that answers something gone", async () => {
    for (let round = 0; round < 5; round++) {
      const { ann, bob, momentId } = await circle();
      await directOf(ann, bob);
      const [deleted, sent] = await Promise.all([
        mutate(world, ann, "deleteMoment", { momentId }),
        answer(bob, momentId, {}, otherNode),
      ]);
      expect(codes(deleted)).toEqual([]);
      expect([[], ["NOT_FOUND"]]).toContainEqual(codes(sent));
      if (sent.message === null) continue;
      expect(await find(ann, sent.message.id)).toMatchObject({
        kind: "MOMENT_REPLY",
        body: "Nice",
        moment: null,
      });
    }
    expect(await countersThatDrift(world.database)).toEqual([]);
  });
});

describe("an answer is words like others", () => {
  test("it can be edited, and goes on answering the moment; pinned, reacted to and found", async () => {
    const { ann, bob, momentId } = await circle();
    const { message } = await answer(bob, momentId, { body: "Marvelous" });
    const messageId = message?.id;
    expect(
      (await mutate(world, bob, "editMessage", { messageId, body: "Marvellous" })).message,
    ).toMatchObject({
      kind: "MOMENT_REPLY",
      body: "Marvellous",
      moment: { id: momentId },
    });
    for (const name of ["pinMessage", "addReaction"] as const) {
      const input = name === "pinMessage" ? { messageId } : { messageId, emoji: "👍" };
      expect(codes(await mutate(world, ann, name, input))).toEqual([]);
    }
    const search = `{ viewer { searchMessages(query: "marvellous") { nodes { id moment { id } } } } }`;
    expect(await world.read(ann, search)).toEqual({
      viewer: { searchMessages: { nodes: [{ id: messageId, moment: { id: momentId } }] } },
    });
    const pinned = `{ node(id: "${messageId}") { ... on Message { conversation { pinnedMessages { moment { id } } } } } }`;
    expect(at(await world.read(bob, pinned), "node", "conversation", "pinnedMessages")).toEqual([
      { moment: { id: momentId } },
    ]);
  });

  test("taken back, nothing of it is left, not even what it answered; hidden, nothing of it shows to who has hidden it", async () => {
    const { ann, bob, momentId } = await circle();
    const [one, other] = [await answer(bob, momentId), await answer(bob, momentId)];
    await mutate(world, bob, "unsendMessage", { messageId: one.message?.id });
    await mutate(world, ann, "hideMessage", { messageId: other.message?.id });
    for (const person of [ann, bob])
      expect(await find(person, one.message?.id)).toMatchObject({
        status: "UNSENT",
        kind: "TEXT",
        moment: null,
      });
    expect(await find(ann, other.message?.id)).toMatchObject({
      status: "HIDDEN",
      kind: "TEXT",
      moment: null,
    });
    expect(await find(bob, other.message?.id)).toMatchObject({ status: "SENT", moment: { id: momentId } });
    const rows = await world.server.database.query(
      "select position from messages where moment_id is not null and sender_id = $1",
      [bob.id],
    );
    expect(rows).toEqual([{ position: 2 }]);
  });
});
