/** Hiding messages for oneself. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { write } from "../../src/actions/context.ts";
import { hideMessage } from "../../src/actions/message-hide.ts";
import { takeBack } from "../../src/actions/message-unsend.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { globalId } from "../../src/ids.ts";
import { atOnce } from "../support/at-once.ts";
import { type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, MESSAGE, mutate } from "./mutations.ts";

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

const idAt = (group: string, position: number) => globalId("message", group, position);
const pin = (person: Person, messageId: string) => mutate(world, person, "pinMessage", { messageId });
const hide = (person: Person, messageId: string) => mutate(world, person, "hideMessage", { messageId });
const conversation = async (person: Person, group: string, selection: string) =>
  at(
    await world.read<object>(person, `query ($id: ID!) { conversation(id: $id) { ${selection} } }`, {
      id: globalId("conversation", group),
    }),
    "conversation",
  );
const node = async (person: Person, id: string) =>
  at(
    await world.read<object>(
      person,
      `query ($id: ID!) { node(id: $id) { ... on Message { ${MESSAGE} mentions { id } reactions { emoji } } } }`,
      { id },
    ),
    "node",
  );
const changes = (person: Person, cursor: string) =>
  changesSince<object>(
    world,
    person,
    cursor,
    "... on MessageChanged { message { id status } } ... on ConversationChanged { conversation { id } }",
  );
/** A group of all three in which ann has said so much. */
async function talk(...bodies: string[]): Promise<string> {
  const group = await world.group(ann, [bob, cat]);
  for (const body of bodies) await world.say(ann, group, body);
  return group;
}

describe("a message that is hidden for oneself", () => {
  test("is a placeholder at every door for the viewer, and as it was for the others", async () => {
    const group = await talk("One");
    const video = await world.video(ann);
    await world.share(ann, video, group, "Look");
    await world.say(bob, group, "A reply", { replyTo: 1, topic: video, mentions: [cat] });
    await mutate(world, cat, "addReaction", { messageId: idAt(group, 3), emoji: "👍" });
    await pin(ann, idAt(group, 3));
    const before = await node(ann, idAt(group, 3));
    const cursors = await Promise.all([ann, cat].map((person) => cursorOf(world, person)));
    expect(await hide(cat, idAt(group, 3))).toMatchObject({ message: { status: "HIDDEN", body: null } });
    expect(codes(await hide(cat, idAt(group, 3)))).toEqual([]);
    expect(await node(cat, idAt(group, 3))).toEqual({
      id: idAt(group, 3),
      position: 3,
      kind: "TEXT",
      status: "HIDDEN",
      body: null,
      nonce: null,
      videoAtMs: null,
      sender: { id: bob.globalId },
      replyTo: null,
      topic: null,
      share: null,
      moment: null,
      mentions: [],
      reactions: [],
    });
    const words = `id body status`;
    const doors = (await conversation(
      cat,
      group,
      `lastMessage { ${words} } pinnedMessages { ${words} } messages(last: 1) { nodes { ${words} } }
       shares { nodes { replies(last: 1) { nodes { ${words} } } } }`,
    )) as object;
    const placeholder = { id: idAt(group, 3), body: null, status: "HIDDEN" };
    expect(doors).toEqual({
      lastMessage: placeholder,
      pinnedMessages: [],
      messages: { nodes: [placeholder] },
      shares: { nodes: [{ replies: { nodes: [placeholder] } }] },
    });
    const inbox = await world.read<object>(
      cat,
      `{ viewer { conversations(first: 20) { nodes { lastMessage { ${words} } } } } }`,
    );
    expect(at(inbox, "viewer", "conversations", "nodes", 0)).toEqual({ lastMessage: placeholder });
    await world.say(ann, group, "Answering", { replyTo: 3 });
    expect(await node(cat, idAt(group, 4))).toMatchObject({ replyTo: { id: idAt(group, 3) } });
    expect(await node(ann, idAt(group, 3))).toEqual(before);
    expect((await changes(ann, cursors[0] ?? "")).map((change) => at(change, "__typename"))).toEqual([
      "MessageSent",
    ]);
    expect(await changes(cat, cursors[1] ?? "")).toEqual([
      { __typename: "MessageChanged", message: { id: idAt(group, 3), status: "HIDDEN" } },
      // Of being told that it mentions her.
      { __typename: "AccessRevoked" },
      { __typename: "MessageSent" },
    ]);
  });

  test("counts as unread no more, and what happens to it is not told", async () => {
    const group = await talk("One", "Two", "Three");
    const unread = () => conversation(cat, group, "unreadCount");
    expect(await unread()).toEqual({ unreadCount: 3 });
    await hide(cat, idAt(group, 2));
    expect(await unread()).toEqual({ unreadCount: 2 });
    await hide(cat, idAt(group, 2));
    expect(await unread()).toEqual({ unreadCount: 2 });
    // One that was read did not count before.
    await markRead(world.as(cat), group, 1);
    await hide(cat, idAt(group, 1));
    expect(await unread()).toEqual({ unreadCount: 1 });
    const cursor = await cursorOf(world, cat);
    await mutate(world, ann, "editMessage", { messageId: idAt(group, 2), body: "Zwei" });
    await mutate(world, bob, "addReaction", { messageId: idAt(group, 2), emoji: "👍" });
    await mutate(world, ann, "unsendMessage", { messageId: idAt(group, 2) });
    expect(await unread()).toEqual({ unreadCount: 1 });
    expect(await changes(cat, cursor)).toEqual([]);
    expect(await countersThatDrift(world.database)).toEqual([]);
  });

  test("that brought a video takes the share along, for the viewer alone", async () => {
    const group = await talk("One");
    const video = await world.video(ann);
    await world.share(ann, video, group);
    await world.say(ann, group, "About it", { topic: video });
    await hide(bob, idAt(group, 2));
    expect(await conversation(bob, group, "shares { nodes { id } }")).toEqual({ shares: { nodes: [] } });
    expect(await node(bob, idAt(group, 3))).toMatchObject({ body: "About it", topic: null });
    expect(await node(cat, idAt(group, 3))).toMatchObject({ topic: { id: globalId("share", group, video) } });
  });

  test.each<[string, number, (group: string) => Promise<Person>]>([
    [
      "has hidden it",
      1,
      async (group) => {
        await hide(bob, idAt(group, 2));
        return bob;
      },
    ],
    [
      "blocks who brought it",
      1,
      async () => {
        const eve = await world.person("eve");
        await world.block(eve, ann);
        return eve;
      },
    ],
    [
      "came later",
      // What was said before they came is not theirs to count.
      0,
      async (group) => {
        const fay = await world.person("fay");
        await world.befriend(ann, fay);
        await mutate(world, ann, "addParticipants", {
          conversationId: globalId("conversation", group),
          userIds: [fay.globalId],
        });
        return fay;
      },
    ],
  ])(
    "or is not seen otherwise: who %s shares its video anew, and it is theirs",
    async (_, replyCount, leave) => {
      const eve = await world.person("eve");
      const group = await world.group(ann, [bob, cat, eve]);
      await world.say(ann, group, "One");
      const author = await world.person("author");
      const video = await world.video(author);
      await world.share(ann, video, group, "Ann's note");
      await world.say(cat, group, "About it", { topic: video });
      const sharer = await leave(group);
      const share = { videoId: globalId("video", video), conversationIds: [globalId("conversation", group)] };
      const anew = await mutate(world, sharer, "shareVideo", { ...share, note: "Look", nonce: "anew" });
      expect(anew.results).toMatchObject([{ alreadyShared: false, share: { note: "Look", replyCount } }]);
      expect(await conversation(cat, group, "shares { nodes { replyCount } }")).toEqual({
        shares: { nodes: [{ replyCount: 1 }] },
      });
      const again = await mutate(world, sharer, "shareVideo", { ...share, nonce: "again" });
      expect(again.results).toMatchObject([{ alreadyShared: true, share: { note: "Look" } }]);
      // Nothing of what was noted before is lost.
      expect(await node(cat, idAt(group, 2))).toMatchObject({ kind: "SHARE", body: "Ann's note" });
      expect(await countersThatDrift(world.database)).toEqual([]);
    },
  );

  test("can be one's own; sent again with its nonce it is hidden still", async () => {
    const group = await talk("One");
    await world.say(bob, group, "Oh", { nonce: "oh" });
    expect(codes(await hide(bob, idAt(group, 2)))).toEqual([]);
    expect(
      await mutate(world, bob, "sendMessage", {
        conversationId: globalId("conversation", group),
        body: "Oh",
        nonce: "oh",
      }),
    ).toMatchObject({ duplicate: true, message: { status: "HIDDEN", body: null } });
    expect(await node(ann, idAt(group, 2))).toMatchObject({ body: "Oh" });
  });

  test("is one of at most 1,000 in a conversation, and for those who take part", async () => {
    const group = await talk("One", "Two");
    await world.server.database.query(
      `update participants set hidden_positions = array(select generate_series(1002, 2000))
       where conversation_id = $1 and user_id = $2`,
      [group, cat.id],
    );
    expect(codes(await hide(cat, idAt(group, 1)))).toEqual([]);
    expect(codes(await hide(cat, idAt(group, 2)))).toEqual(["LIMIT_REACHED"]);
    expect(codes(await hide(cat, idAt(group, 1)))).toEqual([]);
    expect(codes(await hide(await world.person("nobody"), idAt(group, 1)))).toEqual(["NOT_FOUND"]);
  });

  test("is counted once where it is taken back at the same moment", async () => {
    const group = await talk(...Array.from({ length: 60 }, (_, turn) => `Message ${turn}`));
    await atOnce<unknown>(
      Array.from({ length: 60 }, (_, turn) => ({ conversationId: group, position: turn + 1 })).flatMap(
        (place) => [
          () => write(world.as(null), (queries, tell) => takeBack(queries, tell, group, place.position)),
          () => hideMessage(world.as(cat), place),
        ],
      ),
    );
    expect(await countersThatDrift(world.database)).toEqual([]);
  });

  test("is counted right, however others take back, block, talk and read meanwhile", async () => {
    const group = await talk("Zero");
    for (let turn = 0; turn < 10; turn++) {
      const positions: number[] = [];
      for (const person of [ann, bob, ann, ann])
        positions.push((await world.say(person, group, "Oh")).message.position);
      const place = (index: number) => ({ conversationId: group, position: positions[index] ?? 1 });
      await Promise.all([
        ...[0, 1, 2].flatMap((index) => [
          hideMessage(world.as(cat), place(index)),
          hideMessage(world.as(cat), place(index)),
        ]),
        ...[1, 2].map((index) =>
          write(world.as(null), (queries, tell) => takeBack(queries, tell, group, place(index).position)),
        ),
        turn % 2 === 0 ? world.block(cat, bob) : mutate(world, cat, "unblockUser", { userId: bob.globalId }),
        ...(turn % 3 === 0 ? [markRead(world.as(cat), group, positions[0] ?? 1)] : []),
        world.say(ann, group, "Meanwhile"),
      ]);
      expect(await countersThatDrift(world.database)).toEqual([]);
    }
  });
});
