/** What is left of a message that is taken back. */
import { setTimeout as sleep } from "node:timers/promises";
import { unblockUser } from "../../src/actions/block.ts";
import { write } from "../../src/actions/context.ts";
import { takeBack } from "../../src/actions/message-unsend.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { globalId } from "../../src/ids.ts";
import type { Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, MESSAGE, type Message, mutate } from "./mutations.ts";
import { Moderated } from "./reports.ts";

let moderated: Moderated;
let world: World;
let maya: Person;
beforeAll(async () => {
  moderated = await Moderated.start();
  ({ world, maya } = moderated);
});
afterAll(() => world.stop());

describe("a message that is taken back", () => {
  const FIELDS = `${MESSAGE} createdAt`;
  const messageOf = async (person: Person, group: string, position: number) =>
    (await moderated.node(person, globalId("message", group, position), FIELDS, "Message")) as Message;
  const remove = async (reporter: Person, group: string, position: number) => {
    const { id } = await moderated.report(reporter, globalId("message", group, position));
    expect(codes(await moderated.resolve(maya, id, "REMOVE_CONTENT"))).toEqual([]);
  };
  /** How the viewer has a conversation. */
  async function inbox(person: Person, group: string) {
    return at(
      await world.read(
        person,
        `query ($id: ID!) {
          conversation(id: $id) {
            unreadCount lastMessage { status body position } shares { nodes { replyCount unreadCount } }
          }
        }`,
        { id: globalId("conversation", group) },
      ),
      "conversation",
    );
  }

  test("leaves position, sender and time; previews, unread counts and replies follow, and everybody is told", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const group = await world.group(ann, [bob, cat]);
    const video = await world.video(ann);
    await world.share(ann, video, group);
    await world.say(bob, group, "Awful", { topic: video, replyTo: 1, nonce: "awful" });
    await world.say(cat, group, "Why?", { replyTo: 2, topic: video });
    await world.say(bob, group, "Awful as well");
    const { createdAt } = (await messageOf(ann, group, 2)) as unknown as { createdAt: string };
    const shares = (replies: number, unread: number) => ({
      nodes: [{ replyCount: replies, unreadCount: unread }],
    });
    expect(await inbox(ann, group)).toMatchObject({ unreadCount: 3, shares: shares(2, 2) });
    const cursors = await Promise.all([ann, bob, cat].map((person) => cursorOf(world, person)));

    await remove(ann, group, 2);
    const tombstone = {
      id: globalId("message", group, 2),
      position: 2,
      kind: "TEXT",
      status: "UNSENT",
      body: null,
      nonce: null,
      videoAtMs: null,
      sender: { id: bob.globalId },
      replyTo: null,
      topic: null,
      share: null,
      moment: null,
      createdAt,
    };
    expect(await messageOf(ann, group, 2)).toEqual(tombstone);
    expect(await messageOf(ann, group, 3)).toMatchObject({ body: "Why?", replyTo: { id: tombstone.id } });
    expect(await inbox(ann, group)).toMatchObject({ unreadCount: 2, shares: shares(1, 1) });
    for (const [at, person] of [ann, bob, cat].entries()) {
      const change = "... on MessageChanged { message { id status body } }";
      expect(await changesSince(world, person, cursors[at] ?? "", change)).toEqual([
        { __typename: "MessageChanged", message: { id: tombstone.id, status: "UNSENT", body: null } },
      ]);
    }
    await remove(ann, group, 4);
    expect(await inbox(ann, group)).toMatchObject({
      unreadCount: 1,
      lastMessage: { status: "UNSENT", body: null, position: 4 },
    });
    expect(codes(await moderated.reporting(cat, tombstone.id))).toEqual(["INVALID"]);
    expect(await moderated.drift()).toEqual([]);
  });

  test("that brought a video takes the share along; shared again, what was said about it is there again", async () => {
    const [ann, bob] = await moderated.strangers();
    const group = await world.group(ann, [bob]);
    const video = await world.video(bob);
    await world.share(bob, video, group, "An awful note");
    await world.say(ann, group, "Hm", { topic: video });
    await remove(ann, group, 1);
    expect(await messageOf(ann, group, 1)).toMatchObject({ kind: "TEXT", status: "UNSENT", share: null });
    expect(await messageOf(ann, group, 2)).toMatchObject({ body: "Hm", topic: null });
    expect(await inbox(ann, group)).toMatchObject({ shares: { nodes: [] } });
    expect(await moderated.drift()).toEqual([]);
    await world.share(bob, video, group);
    expect(await inbox(ann, group)).toMatchObject({ shares: { nodes: [{ replyCount: 1 }] } });
    expect(await messageOf(ann, group, 2)).toMatchObject({ topic: { id: globalId("share", group, video) } });
    expect(await moderated.drift()).toEqual([]);
  });

  test("that brought a video anew gives the share back to who had brought it before, with their note", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const group = await world.group(ann, [bob, cat]);
    const video = await world.video(cat);
    await world.share(ann, video, group, "Ann's note");
    await world.say(cat, group, "Hm", { topic: video });
    await mutate(world, bob, "hideMessage", { messageId: globalId("message", group, 1) });
    await world.share(bob, video, group, "Bob's note");
    const anns = async (person: Person) =>
      moderated.node(
        person,
        globalId("message", group, 1),
        "kind body share { note sharedBy { id } }",
        "Message",
      );
    expect(await anns(cat)).toMatchObject({ body: "Ann's note", share: { note: "Bob's note" } });
    const cursor = await cursorOf(world, cat);
    const bobs = { messageId: globalId("message", group, 3) };
    expect(codes(await mutate(world, bob, "unsendMessage", bobs))).toEqual([]);
    expect(await anns(cat)).toEqual({
      kind: "SHARE",
      body: null,
      share: { note: "Ann's note", sharedBy: { id: ann.globalId } },
    });
    expect(await inbox(cat, group)).toMatchObject({ shares: { nodes: [{ replyCount: 1 }] } });
    expect(await messageOf(ann, group, 2)).toMatchObject({ topic: { id: globalId("share", group, video) } });
    // Whoever has hidden it has no share there still.
    expect(await inbox(bob, group)).toMatchObject({ shares: { nodes: [] } });
    const told = await changesSince(world, cat, cursor, "... on MessageChanged { message { position } }");
    expect(told).toEqual([3, 1].map((position) => ({ __typename: "MessageChanged", message: { position } })));
    await remove(cat, group, 1);
    expect(await inbox(cat, group)).toMatchObject({ shares: { nodes: [] } });
    expect(await moderated.drift()).toEqual([]);
  });

  test("has no words any more, also where its video is shared anew at the same moment", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const group = await world.group(ann, [bob, cat]);
    const video = await world.video(cat);
    await world.share(ann, video, group, "Ann's note");
    await mutate(world, bob, "hideMessage", { messageId: globalId("message", group, 1) });
    let shared = Promise.resolve();
    await write(world.as(ann), async (queries, tell) => {
      await takeBack(queries, tell, group, 1);
      shared = world.share(bob, video, group, "Bob's note");
      const waiting =
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      while ((await world.server.database.query(waiting)).length === 0) await sleep(5);
    });
    await shared;
    const [row] = await world.server.database.query(
      "select body from messages where conversation_id = $1 and position = 1",
      [group],
    );
    expect(row).toEqual({ body: null });
    expect(await messageOf(cat, group, 2)).toMatchObject({ kind: "SHARE", status: "SENT" });
    expect(await moderated.drift()).toEqual([]);
  });

  test("stays so when it is sent again with its nonce: that is the same message", async () => {
    const [ann, bob] = await moderated.strangers();
    await world.befriend(ann, bob);
    const direct = await world.direct(bob, ann);
    const send = () =>
      mutate(world, bob, "sendMessage", {
        conversationId: globalId("conversation", direct),
        body: "Awful",
        nonce: "again",
      });
    expect((await send()).message).toMatchObject({ body: "Awful", status: "SENT" });
    await remove(ann, direct, 1);
    const again = await send();
    expect(again).toMatchObject({ duplicate: true, message: { position: 1, status: "UNSENT", body: null } });
  });

  test("is a placeholder still for who blocks its sender, who learns nothing of it", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const group = await world.group(cat, [ann, bob]);
    await world.say(bob, group, "Awful");
    await world.share(bob, await world.video(cat), group);
    await world.block(ann, bob);
    const cursor = await cursorOf(world, ann);
    const before = [await messageOf(ann, group, 1), await messageOf(ann, group, 2)];
    // Not even what kind of message it was.
    expect(before).toMatchObject([
      { kind: "TEXT", status: "HIDDEN" },
      { kind: "TEXT", status: "HIDDEN" },
    ]);
    for (const position of [1, 2]) await remove(cat, group, position);
    expect([await messageOf(ann, group, 1), await messageOf(ann, group, 2)]).toEqual(before);
    expect(await changesSince(world, ann, cursor, "... on MessageChanged { message { id } }")).toEqual([]);
    expect(await moderated.drift()).toEqual([]);
  });

  test("is counted right, however others read, talk, block and unblock meanwhile", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const group = await world.group(ann, [bob, cat]);
    const video = await world.video(ann);
    await world.share(ann, video, group);
    const takeBackAll = (positions: readonly number[]) =>
      positions.map((position) =>
        write(world.as(null), (queries, tell) => takeBack(queries, tell, group, position)),
      );
    for (let turn = 0; turn < 12; turn++) {
      const said = [];
      for (const person of [ann, cat, ann, ann])
        said.push(await world.say(person, group, "Oh", { topic: video }));
      const positions = said.map(({ message }) => message.position);
      await Promise.all([
        turn % 2 === 0 ? world.block(bob, ann) : unblockUser(world.as(bob), ann.id),
        ...takeBackAll(positions.slice(0, 3)),
        ...positions.slice(1, 3).map((upTo) => markRead(world.as(cat), group, upTo)),
        ...(turn % 3 === 2 ? [markRead(world.as(bob), group, positions[1] ?? 1)] : []),
        world.say(cat, group, "Meanwhile", { topic: video }),
      ]);
      expect(await moderated.drift()).toEqual([]);
    }
  });
});
