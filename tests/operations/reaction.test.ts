/** Reactions to messages: one for each person, message and emoji, counted right however many react at once. */
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { write } from "../../src/actions/context.ts";
import { eraseDeleted } from "../../src/actions/erasure/erase.ts";
import { takeBack } from "../../src/actions/message-unsend.ts";
import { addReaction, removeReaction } from "../../src/actions/reaction.ts";
import { statement } from "../../src/db/sql.ts";
import { globalId, keyOf } from "../../src/ids.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";
import { ask, expectRefusal } from "./refusals.ts";

interface Group {
  readonly emoji: string;
  readonly count: number;
  readonly viewerHasReacted: boolean;
  readonly users: { id: string }[];
}

let world: World;
let ann: Person;
let bob: Person;
let cat: Person;
beforeAll(async () => {
  world = await World.start();
  [ann, bob, cat] = await world.people("ann", "bob", "cat");
  await world.befriend(ann, bob);
});
afterAll(() => world.stop());

async function message(): Promise<{ group: string; id: string }> {
  const group = await world.group(ann, [bob, cat]);
  const { message } = await world.say(ann, group, "What a rain");
  return { group, id: globalId("message", group, message.position) };
}
const add = (person: Person, messageId: string, emoji: string) =>
  mutate(world, person, "addReaction", { messageId, emoji });
const remove = (person: Person, messageId: string, emoji: string) =>
  mutate(world, person, "removeReaction", { messageId, emoji });
async function reactions(person: Person, id: string): Promise<Group[]> {
  const question = `query ($id: ID!) { node(id: $id) { ... on Message {
    reactions { emoji count viewerHasReacted users { id } }
  } } }`;
  return (await world.read<{ node: { reactions: Group[] } }>(person, question, { id })).node.reactions;
}
const counts = async (person: Person, id: string) =>
  Object.fromEntries((await reactions(person, id)).map(({ emoji, count }) => [emoji, count]));
const changes = (person: Person, cursor: string) =>
  changesSince<object>(
    world,
    person,
    cursor,
    "... on MessageChanged { message { id reactions { emoji count } } }",
  );

describe("a reaction", () => {
  test("is shown to everybody with its emoji, its count, the viewer's own, and who it was, in order", async () => {
    const { id } = await message();
    for (const [person, emoji] of [
      [bob, "🌧️"],
      [ann, "😀"],
      [cat, "😀"],
      [cat, "🌧️"],
    ] as const)
      expect(codes(await add(person, id, emoji))).toEqual([]);
    expect(await reactions(ann, id)).toEqual([
      {
        emoji: "🌧️",
        count: 2,
        viewerHasReacted: false,
        users: [{ id: bob.globalId }, { id: cat.globalId }],
      },
      { emoji: "😀", count: 2, viewerHasReacted: true, users: [{ id: ann.globalId }, { id: cat.globalId }] },
    ]);
  });

  test("is one for each person, message and emoji, and taken back once", async () => {
    const { id } = await message();
    const cursor = await cursorOf(world, ann);
    for (let turn = 0; turn < 3; turn++) await add(bob, id, "👍");
    expect(await counts(ann, id)).toEqual({ "👍": 1 });
    for (let turn = 0; turn < 3; turn++) expect(codes(await remove(bob, id, "👍"))).toEqual([]);
    expect(await counts(ann, id)).toEqual({});
    expect(await changes(ann, cursor)).toHaveLength(2);
  });

  test("tells everybody who sees the message, and moves, raises and marks nothing", async () => {
    const { group, id } = await message();
    const question =
      "query ($id: ID!) { conversation(id: $id) { unreadCount lastActivityAt lastMessage { position } } }";
    const conversation = { id: globalId("conversation", group) };
    const before = await world.read<object>(cat, question, conversation);
    const cursor = await cursorOf(world, cat);
    await add(bob, id, "👍");
    expect(await changes(cat, cursor)).toEqual([
      { __typename: "MessageChanged", message: { id, reactions: [{ emoji: "👍", count: 1 }] } },
    ]);
    expect(await world.read<object>(cat, question, conversation)).toEqual(before);
  });

  test.each([
    ["❤", "❤️"],
    ["❤️", "❤️"],
    ["👁‍🗨", "👁️‍🗨️"],
    ["1⃣", "1️⃣"],
    ["⌚️", "⌚"],
    ["👩🏻‍❤️‍💋‍👨🏻", "👩🏻‍❤️‍💋‍👨🏻"],
    ["🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
    ["🇩🇪", "🇩🇪"],
  ])("of %s is kept in its one spelling", async (emoji, kept) => {
    const { id } = await message();
    await add(bob, id, emoji);
    await add(bob, id, kept);
    expect(await counts(bob, id)).toEqual({ [kept]: 1 });
    await remove(bob, id, emoji);
    expect(await counts(bob, id)).toEqual({});
  });

  test.each(["", "a", "1", "#", "😀😀", "😀a", "🇩", ":)", "\u200D", "👍".repeat(50)])(
    "of %j is refused: it is not one emoji",
    async (emoji) => {
      const { id } = await message();
      const query =
        "mutation ($input: ReactionInput!) { addReaction(input: $input) { userErrors { code } } }";
      const answer = await ask(world.server.url, ann.token, query, { input: { messageId: id, emoji } });
      expectRefusal(answer, "BAD_USER_INPUT");
    },
  );

  test("is of up to 20 kinds on a message; one more of those that are there is fine", async () => {
    const { id } = await message();
    const kinds = Array.from({ length: 21 }, (_, at) => String.fromCodePoint(0x1f600 + at));
    // All at once: which one is too many is chance, that one is, is not.
    const answers = await Promise.all(kinds.map((emoji, at) => add(at % 2 === 0 ? bob : cat, id, emoji)));
    expect(answers.flatMap(codes)).toEqual(["LIMIT_REACHED"]);
    const [first] = await reactions(ann, id);
    expect(codes(await add(ann, id, first?.emoji ?? ""))).toEqual([]);
    expect(await reactions(ann, id)).toHaveLength(20);
  });

  test("is for those who take part and can read what it is put on", async () => {
    const { group, id } = await message();
    const dan = await world.person("dan");
    expect(codes(await add(dan, id, "👍"))).toEqual(["NOT_FOUND"]);
    expect(codes(await remove(dan, id, "👍"))).toEqual(["NOT_FOUND"]);
    await mutate(world, bob, "hideMessage", { messageId: id });
    expect(codes(await add(bob, id, "👍"))).toEqual(["FORBIDDEN"]);
    await mutate(world, ann, "unsendMessage", { messageId: id });
    expect(codes(await add(cat, id, "👍"))).toEqual(["CONFLICT"]);
    await mutate(world, ann, "updateConversation", {
      conversationId: globalId("conversation", group),
      title: "Another title",
    });
    const notice = globalId("message", group, 2);
    expect(codes(await add(cat, notice, "👍"))).toEqual(["FORBIDDEN"]);
    const [eve] = await world.people("eve");
    await world.privacy(cat, { messagesFrom: "FRIENDS", groupInvitesFrom: "EVERYONE" });
    const request = await world.direct(eve, cat);
    const { message: asked } = await world.say(eve, request, "May I?");
    const askedId = globalId("message", request, asked.position);
    expect(codes(await add(cat, askedId, "👍"))).toEqual(["FORBIDDEN"]);
    await world.say(cat, request, "Yes");
    expect(codes(await add(cat, askedId, "👍"))).toEqual([]);
  });

  test("of somebody whom the viewer has blocked, who has blocked the viewer, or who is gone is not counted, and told to nobody whom it would not be shown to", async () => {
    const { id } = await message();
    for (const person of [ann, bob, cat]) await add(person, id, "👍");
    await add(bob, id, "😀");
    await world.block(bob, cat);
    const ids = async (person: Person) =>
      (await reactions(person, id)).map(({ emoji, count, users }) => [
        emoji,
        count,
        users.map((user) => user.id),
      ]);
    const [a, b, c] = [ann.globalId, bob.globalId, cat.globalId];
    expect(await ids(ann)).toEqual([
      ["👍", 3, [a, b, c]],
      ["😀", 1, [b]],
    ]);
    expect(await ids(bob)).toEqual([
      ["👍", 2, [a, b]],
      ["😀", 1, [b]],
    ]);
    expect(await ids(cat)).toEqual([["👍", 2, [a, c]]]);
    const cursors = await Promise.all([ann, bob, cat].map((person) => cursorOf(world, person)));
    await add(cat, id, "🎈");
    await remove(bob, id, "😀");
    const told = await Promise.all(
      [ann, bob, cat].map(async (person, at) => (await changes(person, cursors[at] ?? "")).length),
    );
    expect(told).toEqual([2, 1, 1]);
    await mutate(world, bob, "unblockUser", { userId: c });
    expect(await counts(bob, id)).toEqual({ "👍": 3, "🎈": 1 });
    await world.suspend(cat);
    expect(await ids(ann)).toEqual([["👍", 2, [a, b]]]);
    await world.reinstate(cat);
    expect(await counts(ann, id)).toEqual({ "👍": 3, "🎈": 1 });
    // A suspension ends every session, for good.
    const { credentials } = await mutate(world, null, "signIn", { handle: cat.handle, password: PASSWORD });
    cat = { ...cat, token: credentials?.accessToken ?? "" };
  });
});

describe("a reaction to a message that goes at the same moment goes with it", () => {
  const holdLog = statement<{ viewerId: string }, object>(
    "test_hold_log",
    "select from viewer_logs where viewer_id = :viewerId for update",
  );
  /** Resolves once so many transactions of this database wait for others. */
  async function waiting(count: number): Promise<void> {
    const query =
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while ((await world.server.database.query(query)).length < count) await sleep(5);
  }

  /** A message of somebody new, in a group with bob and cat. */
  async function said(handle: string) {
    const author = await world.person(handle);
    const group = await world.group(bob, [author, cat]);
    const { message } = await world.say(author, group, "What a rain");
    return { author, place: { conversationId: group, position: message.position } };
  }
  /** What is left of bob's reaction to a message, if `go` begins before it is committed. */
  async function reactingWhile(place: { conversationId: string; position: number }, go: () => Promise<void>) {
    let reacted = Promise.resolve();
    let gone = Promise.resolve();
    // Whoever reacts waits at the end of their transaction, for the log of somebody who is to be told.
    await world.database.transaction(async (queries) => {
      await queries.run(holdLog, { viewerId: cat.id });
      reacted = addReaction(world.as(bob), place, "👍");
      await waiting(1);
      gone = go();
      await waiting(2);
    });
    await Promise.all([reacted, gone]);
    const { conversationId } = place;
    return world.server.database.query("select emoji from reactions where conversation_id = $1", [
      conversationId,
    ]);
  }

  test("where it is removed", async () => {
    const { place } = await said("removed");
    const remove = () =>
      write(world.as(null), (queries, tell) => takeBack(queries, tell, place.conversationId, place.position));
    expect(await reactingWhile(place, remove)).toEqual([]);
  });

  test("where its author is erased", async () => {
    const { author, place } = await said("erased");
    const input = { password: PASSWORD, messages: "ERASE" };
    expect(codes(await mutate(world, author, "deleteAccount", input))).toEqual([]);
    await world.set(author, "deleted_at", new Date(Date.now() - 31 * 86_400_000));
    const erase = () => eraseDeleted(world.as(null), new AbortController().signal);
    expect(await reactingWhile(place, erase)).toEqual([]);
  });
});

test("a thousand who react and take it back at once leave exactly what was put there last", async () => {
  const { group, id } = await message();
  const [, position] = keyOf("message", id);
  const place = { conversationId: group, position: Number(position) };
  const emoji = ["👍", "😀", "🌧️"];
  // More wait at a time than a message or the pool can serve, and none so long that it gives up.
  const crowd = pLimit(50);
  await Promise.all(
    [ann, bob, cat].flatMap((person, who) =>
      Array.from({ length: 334 }, (_, turn) => {
        const kind = emoji[turn % 3] ?? "👍";
        const act = (turn + who) % 2 === 0 ? addReaction : removeReaction;
        return crowd(() => act(world.as(person), place, kind));
      }),
    ),
  );
  const rows = await world.server.database.query<{ emoji: string; count: number }>(
    "select emoji, count(*)::integer as count from reactions where conversation_id = $1 group by emoji",
    [group],
  );
  expect(await counts(ann, id)).toEqual(Object.fromEntries(rows.map((row) => [row.emoji, row.count])));
  await Promise.all([ann, bob, cat].flatMap((person) => emoji.map((kind) => add(person, id, kind))));
  expect(await counts(ann, id)).toEqual({ "👍": 3, "😀": 3, "🌧️": 3 });
  await Promise.all(
    [ann, bob, cat].flatMap((person) =>
      emoji.flatMap((kind) => [remove(person, id, kind), remove(person, id, kind)]),
    ),
  );
  expect(await counts(ann, id)).toEqual({});
});
