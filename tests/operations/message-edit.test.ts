/** Mentioning people, editing what was said, and a nonce that comes again, as the message section of the rules promises it. */
import { globalId, keyOf } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, MESSAGE, mutate } from "./mutations.ts";

interface Message {
  readonly id: string;
  readonly position: number;
  readonly status: string;
  readonly body: string | null;
  readonly editedAt: string | null;
  readonly mentions: { id: string }[];
  readonly replyTo: { id: string } | null;
  readonly reactions: { emoji: string; count: number }[];
}

let world: World;
let ann: Person;
let bob: Person;
let cat: Person;
let group: string;
beforeAll(async () => {
  world = await World.start();
  [ann, bob, cat] = await world.people("ann", "bob", "cat");
  await world.befriend(ann, bob);
});
beforeEach(async () => {
  group = globalId("conversation", await world.group(ann, [bob, cat]));
});
afterAll(() => world.stop());

let nonces = 0;
const rowOf = (id: string) => keyOf("conversation", id)[0] ?? "";
const say = async (person: Person, body: string, more: Record<string, unknown> = {}) =>
  mutate(world, person, "sendMessage", {
    conversationId: group,
    body,
    nonce: `nonce ${nonces++}`,
    ...more,
  });
const idOf = async (...args: Parameters<typeof say>) => (await say(...args)).message?.id ?? "";
const edit = (person: Person, messageId: string, body: string, more: Record<string, unknown> = {}) =>
  mutate(world, person, "editMessage", { messageId, body, ...more });
const unsend = (person: Person, messageId: string) => mutate(world, person, "unsendMessage", { messageId });
async function look(person: Person, id: string): Promise<Message | null> {
  const question = `query ($id: ID!) { node(id: $id) { ... on Message {
    ${MESSAGE} editedAt mentions { id } reactions { emoji count }
  } } }`;
  return (await world.read<{ node: Message | null }>(person, question, { id })).node;
}
const CHANGED = "... on MessageChanged { message { id body } }";
const changes = (person: Person, cursor: string) => changesSince<object>(world, person, cursor, CHANGED);
/** Lets time pass for a message. */
async function age(id: string, minutes: number): Promise<void> {
  const [conversation, position] = keyOf("message", id);
  await world.server.database.query(
    `update messages set created_at = created_at - make_interval(mins => $3)
     where conversation_id = $1 and position = $2`,
    [conversation, position, minutes],
  );
}

describe("a mention", () => {
  test("of people who take part is shown to all who may see them", async () => {
    const id = await idOf(ann, "You two!", { mentionIds: [cat.globalId, bob.globalId, bob.globalId] });
    const ids = (await look(bob, id))?.mentions.map((mentioned) => mentioned.id).sort();
    expect(ids).toEqual([bob.globalId, cat.globalId].sort());
    await world.block(bob, cat);
    expect((await look(cat, id))?.mentions).toEqual([{ id: cat.globalId }]);
    await mutate(world, bob, "unblockUser", { userId: cat.globalId });
  });

  test("of who does not take part, has blocked the sender, is blocked or is gone is INVALID, and nothing is sent", async () => {
    const [dan, eve, fay, gus] = await world.people("dan", "eve", "fay", "gus");
    const room = await world.group(ann, [bob, eve, fay, gus]);
    await world.block(eve, ann);
    await world.block(ann, fay);
    await world.suspend(gus);
    for (const person of [dan, eve, fay, gus]) {
      const answer = await say(ann, "You!", {
        conversationId: globalId("conversation", room),
        mentionIds: [bob.globalId, person.globalId],
      });
      expect([person.handle, answer]).toMatchObject([
        person.handle,
        { message: null, userErrors: [{ code: "INVALID", path: ["mentionIds"] }] },
      ]);
    }
    const first = await say(ann, "All of us", {
      conversationId: globalId("conversation", room),
      mentionIds: [ann.globalId],
    });
    expect(first.message?.position).toBe(1);
  });

  test("is of at most 50 people", async () => {
    const mentionIds = Array.from({ length: 51 }, (_, at) => globalId("user", at + 1));
    expect(await say(ann, "All!", { mentionIds })).toMatchObject({
      userErrors: [{ code: "INVALID", path: ["mentionIds"] }],
    });
  });
});

describe("editing a message", () => {
  test("changes its words in its place, keeps replies and reactions, and tells everybody who sees it", async () => {
    const id = await idOf(ann, "Helo");
    const reply = await idOf(bob, "Helo?", { replyToId: id });
    await mutate(world, bob, "addReaction", { messageId: id, emoji: "😀" });
    const cursors = await Promise.all([ann, bob, cat].map((person) => cursorOf(world, person)));
    expect(codes(await edit(ann, id, "  Hello  "))).toEqual([]);
    expect(await look(bob, id)).toMatchObject({
      position: 1,
      body: "Hello",
      editedAt: expect.stringMatching(/Z$/),
      reactions: [{ emoji: "😀", count: 1 }],
    });
    expect(await look(cat, reply)).toMatchObject({ replyTo: { id }, editedAt: null });
    for (const [at, person] of [ann, bob, cat].entries()) {
      expect(await changes(person, cursors[at] ?? "")).toEqual([
        { __typename: "MessageChanged", message: { id, body: "Hello" } },
      ]);
    }
  });

  test("moves nothing: what was unread stays so, and what is newest as well", async () => {
    const question =
      "query ($id: ID!) { conversation(id: $id) { unreadCount lastActivityAt lastMessage { position } } }";
    const id = await idOf(ann, "One");
    await say(ann, "Two");
    const before = await world.read<object>(bob, question, { id: group });
    await edit(ann, id, "1");
    expect(await world.read<object>(bob, question, { id: group })).toEqual(before);
  });

  test("to the same words changes nothing and tells nobody", async () => {
    const id = await idOf(ann, "Hello", { mentionIds: [bob.globalId] });
    const cursor = await cursorOf(world, bob);
    expect(codes(await edit(ann, id, " Hello"))).toEqual([]);
    expect(codes(await edit(ann, id, "Hello", { mentionIds: [bob.globalId] }))).toEqual([]);
    expect((await look(ann, id))?.editedAt).toBeNull();
    expect(await changes(bob, cursor)).toEqual([]);
  });

  test("is for its sender alone, and for who takes part still; taking back is for who has left, too", async () => {
    const id = await idOf(ann, "Hello");
    expect(codes(await edit(bob, id, "Bye"))).toEqual(["FORBIDDEN"]);
    expect(codes(await edit(await world.person("nobody"), id, "Bye"))).toEqual(["NOT_FOUND"]);
    const own = await idOf(cat, "I was here");
    await mutate(world, cat, "leaveConversation", { conversationId: group });
    expect(codes(await edit(cat, own, "I was not"))).toEqual(["NOT_FOUND"]);
    expect(codes(await unsend(cat, own))).toEqual([]);
  });

  test("is possible for 15 minutes", async () => {
    const id = await idOf(ann, "Hello");
    await age(id, 14);
    expect(codes(await edit(ann, id, "Hello!"))).toEqual([]);
    await age(id, 2);
    expect(codes(await edit(ann, id, "Hello?"))).toEqual(["EXPIRED"]);
    expect((await look(bob, id))?.body).toBe("Hello!");
  });

  test("is for words: neither for a share, nor for what was taken back", async () => {
    const video = await world.video(ann);
    await world.share(ann, video, rowOf(group), "Look");
    const id = globalId("message", rowOf(group), 1);
    expect(codes(await edit(ann, id, "Hello"))).toEqual(["INVALID"]);
    await unsend(ann, id);
    expect(codes(await edit(ann, id, "Hello"))).toEqual(["CONFLICT"]);
    expect(codes(await edit(ann, await idOf(ann, "Oh"), "  "))).toEqual(["INVALID"]);
  });

  test("keeps whom it mentions, unless others are named, who have to take part", async () => {
    const id = await idOf(ann, "Hello", { mentionIds: [bob.globalId] });
    await edit(ann, id, "Hi");
    expect((await look(cat, id))?.mentions).toEqual([{ id: bob.globalId }]);
    await edit(ann, id, "Hi", { mentionIds: [cat.globalId] });
    expect(await look(cat, id)).toMatchObject({ body: "Hi", mentions: [{ id: cat.globalId }] });
    const stranger = await world.person("somebody");
    expect(await edit(ann, id, "Hey", { mentionIds: [stranger.globalId] })).toMatchObject({
      userErrors: [{ code: "INVALID", path: ["mentionIds"] }],
    });
    await edit(ann, id, "Hey", { mentionIds: [] });
    expect(await look(cat, id)).toMatchObject({ body: "Hey", mentions: [] });
  });

  test("twenty times at once leaves one of the twenty, and each was told", async () => {
    const id = await idOf(ann, "Hello");
    const cursor = await cursorOf(world, cat);
    const bodies = Array.from({ length: 20 }, (_, at) => `Edit ${at}`);
    const answers = await Promise.all(bodies.map((body) => edit(ann, id, body)));
    expect(answers.flatMap(codes)).toEqual([]);
    expect(bodies).toContain((await look(cat, id))?.body);
    expect(await changes(cat, cursor)).toHaveLength(20);
  });
});

describe("a nonce that comes again", () => {
  test("after an edit is the same message as it is now, and other words are a CONFLICT", async () => {
    const first = { nonce: "edited", mentionIds: [bob.globalId] };
    const id = await idOf(ann, "Helo", first);
    await edit(ann, id, "Hello", { mentionIds: [] });
    const cursor = await cursorOf(world, bob);
    const again = await say(ann, "Helo", first);
    expect(again).toMatchObject({ duplicate: true, userErrors: [], message: { id, body: "Hello" } });
    for (const [body, more] of [
      ["Hello", first],
      ["Helo", { nonce: "edited" }],
      ["Helo", { nonce: "edited", mentionIds: [cat.globalId] }],
      ["Helo", { ...first, replyToId: id }],
    ] as const) {
      expect(await say(ann, body, more)).toMatchObject({
        message: null,
        userErrors: [{ code: "CONFLICT", path: ["nonce"] }],
      });
    }
    expect(await changes(bob, cursor)).toEqual([]);
  });

  test("after the message was taken back is its tombstone, and other words are a CONFLICT", async () => {
    const id = await idOf(ann, "Oops", { nonce: "unsent" });
    await unsend(ann, id);
    expect(await say(ann, "Oops", { nonce: "unsent" })).toMatchObject({
      duplicate: true,
      message: { id, status: "UNSENT", body: null },
    });
    expect(codes(await say(ann, "Better", { nonce: "unsent" }))).toEqual(["CONFLICT"]);
  });

  test("is known by what was said, of which nothing is kept that could be read", async () => {
    const id = await idOf(ann, "A secret", { nonce: "secret" });
    await unsend(ann, id);
    const rows = await world.server.database.query<{ row: string }>(
      "select m::text as row from messages m where nonce = 'secret'",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.row).not.toContain("A secret");
    // The same words with the same nonce in another conversation are another message.
    const elsewhere = await world.group(ann, [bob]);
    expect((await world.say(ann, elsewhere, "A secret", { nonce: "secret" })).duplicate).toBe(false);
  });
});

describe("taking one's own message back", () => {
  test("is possible for ever, for its sender alone, and again changes nothing", async () => {
    const id = await idOf(ann, "Oops");
    await age(id, 60 * 24 * 365 * 3);
    expect(codes(await unsend(bob, id))).toEqual(["FORBIDDEN"]);
    const cursor = await cursorOf(world, bob);
    expect(await unsend(ann, id)).toMatchObject({ message: { status: "UNSENT" }, userErrors: [] });
    expect(await unsend(ann, id)).toMatchObject({ message: { status: "UNSENT" }, userErrors: [] });
    expect(await changes(bob, cursor)).toEqual([
      { __typename: "MessageChanged", message: { id, body: null } },
    ]);
  });

  test("takes its mentions, its reactions, its pin and its edit along, and what answers it shows the tombstone", async () => {
    const id = await idOf(ann, "Oops", { mentionIds: [bob.globalId] });
    const reply = await idOf(bob, "What?", { replyToId: id });
    await edit(ann, id, "Ooops");
    await mutate(world, bob, "addReaction", { messageId: id, emoji: "😮" });
    await mutate(world, ann, "pinMessage", { messageId: id });
    await unsend(ann, id);
    expect(await look(bob, id)).toMatchObject({ mentions: [], reactions: [], editedAt: null, body: null });
    expect(await look(bob, reply)).toMatchObject({ replyTo: { id } });
    const pinned = await world.read<object>(
      bob,
      "query ($id: ID!) { conversation(id: $id) { pinnedMessages { id } } }",
      { id: group },
    );
    expect(pinned).toEqual({ conversation: { pinnedMessages: [] } });
  });

  test("against an edit at the same moment: the tombstone stays", async () => {
    for (let turn = 0; turn < 10; turn++) {
      const id = await idOf(ann, "Oops");
      await Promise.all([unsend(ann, id), edit(ann, id, "Ooops"), edit(ann, id, "Oooops")]);
      expect(await look(bob, id)).toMatchObject({ status: "UNSENT", body: null, editedAt: null });
    }
  });
});

test("what somebody answers who joined later is not theirs to see, and its answer names nothing", async () => {
  const dan = await world.person("dan.late");
  const id = await idOf(ann, "Before");
  await world.befriend(ann, dan);
  await mutate(world, ann, "addParticipants", { conversationId: group, userIds: [dan.globalId] });
  const reply = await idOf(bob, "After", { replyToId: id });
  expect(await look(dan, id)).toBeNull();
  expect(await look(dan, reply)).toMatchObject({ body: "After", replyTo: null });
  await expect(world.say(dan, rowOf(group), "About that", { replyTo: 1 })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  for (const name of ["unsendMessage", "hideMessage", "pinMessage"] as const)
    expect(codes(await mutate(world, dan, name, { messageId: id }))).toEqual(["NOT_FOUND"]);
  expect(codes(await mutate(world, dan, "addReaction", { messageId: id, emoji: "😮" }))).toEqual([
    "NOT_FOUND",
  ]);
});
