/** Sending messages and paging through them, as the message section of the rules promises it. */
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, documentOf, MESSAGE, type Message, mutate, type Node } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
let ann: Person;
let bob: Person;
let talk: string;
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
  [ann, bob] = await world.people("ann", "bob");
  await world.befriend(ann, bob);
  talk = globalId("conversation", await world.direct(ann, bob));
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

let nonces = 0;
const say = (
  person: Person,
  conversationId: string,
  body: string,
  more: Record<string, unknown> = {},
  node: Node = world,
) => mutate(node, person, "sendMessage", { conversationId, body, nonce: `nonce ${nonces++}`, ...more });
/** A new group of people, by its id in the API. */
const groupOf = async (owner: Person, ...others: Person[]) =>
  globalId("conversation", await world.group(owner, others));

async function messages(person: Person, id: string): Promise<Message[]> {
  const question = `query ($id: ID!) { conversation(id: $id) { messages(first: 100) { nodes { ${MESSAGE} } } } }`;
  type Messages = { conversation: { messages: { nodes: Message[] } } };
  return (await world.read<Messages>(person, question, { id })).conversation.messages.nodes;
}
const positionsOf = (nodes: Message[]) => nodes.map(({ position }) => position);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
/** A video that ann shares in a conversation; the share's id. */
async function shareIn(conversationId: string): Promise<string> {
  const videoId = globalId("video", await world.video(ann));
  const input = { videoId, conversationIds: [conversationId], nonce: `nonce ${nonces++}` };
  const { results } = await mutate(world, ann, "shareVideo", input);
  return results[0]?.share?.id ?? "";
}

describe("a message", () => {
  test("is in its place for both, and its nonce is the sender's alone", async () => {
    const { message, duplicate, conversation, userErrors } = await say(ann, talk, "Hello", {
      nonce: "hello",
    });
    expect(userErrors).toEqual([]);
    expect(duplicate).toBe(false);
    expect(conversation).toEqual({ id: talk });
    expect(message).toEqual({
      id: expect.stringMatching(/^message_/),
      position: 1,
      kind: "TEXT",
      status: "SENT",
      body: "Hello",
      nonce: "hello",
      videoAtMs: null,
      sender: { id: ann.globalId },
      replyTo: null,
      topic: null,
      share: null,
      moment: null,
    });
    expect(await messages(ann, talk)).toEqual([message]);
    expect(await messages(bob, talk)).toEqual([{ ...message, nonce: null }]);
  });

  test.each([
    ["without blanks around it", "  Hello \n", "Hello"],
    ["with its lines and tabs", "one\r\ntwo\rthree\n\tfour", "one\ntwo\nthree\n\tfour"],
    ["in NFC", "Zoe\u0308", "Zo\u00EB"],
    ["up to 4,000 characters", "x".repeat(4_000), "x".repeat(4_000)],
    ["up to 4,000 emoji", "🎈".repeat(4_000), "🎈".repeat(4_000)],
    ["up to 4,000 characters after NFC", "e\u0301".repeat(4_000), "\u00E9".repeat(4_000)],
    ["with whatever looks like code", "<b>&amp;</b> ' -- ; $1 {{x}}", "<b>&amp;</b> ' -- ; $1 {{x}}"],
    ["in any script", "مرحبا 👩‍🚀", "مرحبا 👩‍🚀"],
    ["with the joiners that it is spelled with", "می\u200Cخواهم", "می\u200Cخواهم"],
    ["of one emoji that several make", "👩‍🚀", "👩‍🚀"],
  ])("is kept %s", async (_, body, kept) => {
    expect((await say(ann, talk, body)).message?.body).toBe(kept);
  });

  test.each([
    ["nothing", ""],
    ["blanks", " \n\t "],
    ["what can't be seen", "\u200B\u2060 \u200D\n\u2800\u3164\uFE0F"],
    ["4,001 characters", "x".repeat(4_001)],
    ["a control character", "a\u0007b"],
    ["an escape sequence", "a\u001B[31mb"],
    ["a deleted character", "a\u007Fb"],
  ])("of %s is INVALID", async (_, body) => {
    expect(await say(ann, talk, body)).toMatchObject({
      message: null,
      duplicate: false,
      userErrors: [{ code: "INVALID", path: ["body"] }],
    });
  });

  test("goes to a conversation or to a person, not to both and not to neither", async () => {
    const both = { conversationId: talk, userId: bob.globalId };
    for (const target of [both, {}]) {
      const input = { ...target, body: "Hello", nonce: "target" };
      expect(codes(await mutate(world, ann, "sendMessage", input))).toEqual(["INVALID"]);
    }
    const toBob = { userId: bob.globalId, body: "Hello", nonce: "to bob" };
    expect((await mutate(world, ann, "sendMessage", toBob)).conversation?.id).toBe(talk);
    expect(codes(await mutate(world, ann, "sendMessage", { ...toBob, userId: ann.globalId }))).toEqual([
      "INVALID",
    ]);
  });

  test("is for those who take part", async () => {
    const cat = await world.person("cat");
    const { userErrors } = await say(cat, talk, "Hello");
    expect(userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["conversationId"] }]);
    const input = { conversationId: talk, body: "Hello", nonce: "1" };
    const { errors } = await world.ask(null, documentOf("sendMessage"), { input });
    expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
  });

  test("can answer another, and talk about an instant of a shared video", async () => {
    const first = await say(bob, talk, "What a rain");
    const share = await shareIn(talk);
    const { message } = await say(ann, talk, "There!", {
      replyToId: first.message?.id,
      topicId: share,
      videoAtMs: 4_200,
    });
    expect(message).toMatchObject({
      replyTo: { id: first.message?.id },
      topic: { id: share },
      videoAtMs: 4_200,
    });
  });

  test.each<[string, () => Promise<Record<string, unknown>>, string, string]>([
    [
      "answer what was not said yet",
      async () => ({ replyToId: `${talk.replace("conversation", "message")}_zz` }),
      "NOT_FOUND",
      "replyToId",
    ],
    [
      "answer a message of another conversation",
      async () => {
        const { message } = await say(ann, await groupOf(ann, bob), "Elsewhere");
        return { replyToId: message?.id };
      },
      "NOT_FOUND",
      "replyToId",
    ],
    [
      "talk about a video that was shared elsewhere",
      async () => ({ topicId: await shareIn(await groupOf(ann, bob)) }),
      "NOT_FOUND",
      "topicId",
    ],
    [
      "talk about a video that was not shared",
      async () => {
        const video = await world.video(ann);
        return { topicId: globalId("share", await world.direct(ann, bob), video) };
      },
      "NOT_FOUND",
      "topicId",
    ],
    ["name an instant of no video", async () => ({ videoAtMs: 1 }), "INVALID", "videoAtMs"],
    [
      "name an instant before the beginning",
      async () => ({ topicId: await shareIn(talk), videoAtMs: -1 }),
      "INVALID",
      "videoAtMs",
    ],
    [
      "name an instant after 10 minutes",
      async () => ({ topicId: await shareIn(talk), videoAtMs: 600_001 }),
      "INVALID",
      "videoAtMs",
    ],
    ["have an empty nonce", async () => ({ nonce: "" }), "INVALID", "nonce"],
    ["have a nonce of 101 characters", async () => ({ nonce: "x".repeat(101) }), "INVALID", "nonce"],
  ])("can't %s", async (_, more, code, path) => {
    const answer = await say(ann, talk, "Hello", await more());
    expect(answer).toMatchObject({ message: null, userErrors: [{ code, path: [path] }] });
  });
});

describe("sending again with the same nonce", () => {
  test("gives the same message, for good, and tells nobody a second time", async () => {
    const group = await groupOf(ann, bob);
    const once = { nonce: "once" };
    const { message } = await say(ann, group, "Hello", once);
    for (const body of ["In", "between"]) await say(bob, group, body);
    expect(await say(ann, group, "  Hello ", once)).toMatchObject({
      message,
      duplicate: true,
      userErrors: [],
    });
    expect(positionsOf(await messages(bob, group))).toEqual([1, 2, 3]);
    const told = await world.server.database.query(
      `select from viewer_events where viewer_id = $1 and kind = 'MESSAGE_SENT' and ids[1] = (
        select conversation_id from messages where nonce = 'once')`,
      [bob.id],
    );
    expect(told).toHaveLength(3);
  });

  test("twenty times at once, on two nodes, is one message and nineteen duplicates of it", async () => {
    const group = await groupOf(ann, bob);
    const tries = Array.from({ length: 20 }, (_, at) =>
      say(ann, group, "Hello", { nonce: "rush" }, at % 2 === 0 ? world : otherNode),
    );
    const answers = await Promise.all(tries);
    expect(answers.flatMap(codes)).toEqual([]);
    expect(new Set(answers.map(({ message }) => message?.id)).size).toBe(1);
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(positionsOf(await messages(bob, group))).toEqual([1]);
  });

  test("and something else to say is a CONFLICT", async () => {
    const group = await groupOf(ann, bob);
    const share = await shareIn(group);
    const first = await say(ann, group, "Hello", { nonce: "once" });
    const others: [string, Record<string, unknown>][] = [
      ["Goodbye", {}],
      ["Hello", { replyToId: first.message?.id }],
      ["Hello", { topicId: share }],
    ];
    for (const [body, more] of others) {
      const answer = await say(ann, group, body, { nonce: "once", ...more });
      expect(answer).toMatchObject({ message: null, userErrors: [{ code: "CONFLICT", path: ["nonce"] }] });
    }
    expect(await messages(bob, group)).toHaveLength(2);
  });

  test("after being removed and added again finds that it was sent, though its sender sees it no more", async () => {
    const group = await groupOf(bob, ann);
    const once = { nonce: "before" };
    expect((await say(ann, group, "Hello", once)).message?.position).toBe(1);
    const removed = { conversationId: group, userId: ann.globalId };
    expect(codes(await mutate(world, bob, "removeParticipant", removed))).toEqual([]);
    const added = { conversationId: group, userIds: [ann.globalId] };
    expect(codes(await mutate(world, bob, "addParticipants", added))).toEqual([]);
    const said = positionsOf(await messages(bob, group));
    expect(await say(ann, group, "Hello", once)).toEqual({
      message: null,
      duplicate: true,
      conversation: { id: group },
      userErrors: [],
    });
    expect(codes(await say(ann, group, "Goodbye", once))).toEqual(["CONFLICT"]);
    expect(positionsOf(await messages(bob, group))).toEqual(said);
  });

  test("as somebody else's is nobody's business", async () => {
    const group = await groupOf(ann, bob);
    expect((await say(ann, group, "Hello", { nonce: "1" })).duplicate).toBe(false);
    expect(await say(bob, group, "Hi", { nonce: "1" })).toMatchObject({
      duplicate: false,
      message: { position: 2 },
    });
  });
});

test("sixteen people who talk at once, on two nodes, get the positions 1, 2, 3 ... without gaps", async () => {
  const crowd = await world.people(...Array.from({ length: 16 }, (_, at) => `talker${at}`));
  const group = await groupOf(crowd[0] as Person, ...crowd.slice(1));
  const said = await Promise.all(
    crowd.map(async (person, at) => {
      const own: number[] = [];
      for (let time = 0; time < 6; time++) {
        const node = (at + time) % 2 === 0 ? world : otherNode;
        const { message } = await say(person, group, `${at} ${time}`, {}, node);
        own.push(message?.position ?? 0);
      }
      return own;
    }),
  );
  expect(said.flat().sort((a, b) => a - b)).toEqual(upTo(96));
  for (const own of said) expect(own).toEqual([...own].sort((a, b) => a - b));
  const page = await messages(crowd[3] as Person, group);
  expect(positionsOf(page)).toEqual(upTo(96));
  for (const { position, body, sender } of page) {
    const at = said.findIndex((own) => own.includes(position));
    expect([body, sender?.id]).toEqual([`${at} ${said[at]?.indexOf(position)}`, crowd[at]?.globalId]);
  }
});
