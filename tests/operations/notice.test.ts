/** What groups say of themselves: in its place for everybody there, with nobody in it whom the reader may not see. */
import { eraseDeleted } from "../../src/actions/erasure/erase.ts";
import { globalId } from "../../src/ids.ts";
import { connect, subscribe } from "../support/socket.ts";
import { PASSWORD, type Person, type World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { Groups } from "./groups.ts";
import { codes, mutate } from "./mutations.ts";
import { notificationsOf } from "./notifications.ts";

let world: World;
let groups: Groups;
beforeAll(async () => {
  groups = await Groups.start();
  world = groups.world;
});
afterAll(() => groups.stop());

interface Told {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly body: string | null;
  readonly nonce: string | null;
  readonly sender: { readonly id: string } | null;
  readonly notice: {
    readonly kind: string;
    readonly title: string | null;
    readonly people: readonly { id: string }[];
  } | null;
}
const FIELDS = "id kind status body nonce sender { id } notice { kind title people { id } }";
async function read(person: Person, group: string) {
  const { conversation } = await world.read<{
    conversation: { unreadCount: number; lastMessage: Told; messages: { nodes: Told[] } };
  }>(
    person,
    `query ($id: ID!) { conversation(id: $id) {
      unreadCount lastMessage { ${FIELDS} } messages(last: 100) { nodes { ${FIELDS} } }
    } }`,
    { id: globalId("conversation", group) },
  );
  return { ...conversation, messages: conversation.messages.nodes };
}
const last = async (person: Person, group: string) => (await read(person, group)).lastMessage;

test("a notice says what happened, who did it and to whom, as data and as a sentence", async () => {
  const { owner, admin, member, guest, group } = await groups.company();
  const named = (...people: Person[]) => people.map(({ globalId: id }) => ({ id }));
  const expectLast = async (by: Person, sentence: string, notice: object) => {
    const message = await last(admin, group);
    expect({ ...message, body: message.body?.replace(/(?<=[a-z])\d+/g, "") }).toEqual({
      id: expect.any(String),
      kind: "NOTICE",
      status: "SENT",
      nonce: null,
      sender: { id: by.globalId },
      body: sentence,
      notice: { title: null, people: [], ...notice },
    });
  };
  await groups.update(owner, group, { title: "Cake" });
  await expectLast(owner, "owner changed the title to “Cake”.", { kind: "TITLE_CHANGED", title: "Cake" });
  await groups.update(owner, group, { avatarUrl: "https://media.example/a.png" });
  await expectLast(owner, "owner changed the picture.", { kind: "AVATAR_CHANGED" });
  await groups.add(owner, group, [guest]);
  await expectLast(owner, "owner added guest.", { kind: "PEOPLE_ADDED", people: named(guest) });
  await groups.remove(admin, group, member);
  await expectLast(admin, "admin removed member.", { kind: "REMOVED", people: named(member) });
  await groups.setRole(owner, group, admin, "OWNER");
  await expectLast(owner, "owner made admin the owner.", { kind: "MADE_OWNER", people: named(admin) });
  await groups.setRole(admin, group, owner, "MEMBER");
  await expectLast(admin, "admin made owner a member.", { kind: "MADE_MEMBER", people: named(owner) });
  await groups.leave(guest, group);
  await expectLast(guest, "guest left.", { kind: "LEFT" });
  const { invite } = await mutate(world, admin, "createInvite", {
    conversationId: globalId("conversation", group),
  });
  await mutate(world, guest, "redeemInvite", { code: invite?.code });
  await expectLast(guest, "guest joined by an invite.", { kind: "JOINED" });
});

test("those whom the reader may not see are somebody, and many are only counted", async () => {
  const { owner, admin, member, guest, group } = await groups.company();
  const many = await world.people(...Array.from({ length: 12 }, (_, at) => `one.of.many${at}`));
  for (const person of many) await world.privacy(person, { groupInvitesFrom: "EVERYONE" });
  await world.block(guest, member);
  await groups.add(owner, group, [guest]);
  expect(await last(member, group)).toMatchObject({
    body: `${owner.handle} added somebody.`,
    notice: { people: [] },
  });
  expect((await last(admin, group)).body).toBe(`${owner.handle} added ${guest.handle}.`);
  await groups.add(owner, group, many);
  const { body, notice } = await last(member, group);
  expect(body).toBe(`${owner.handle} added one.of.many0, one.of.many1, one.of.many2 and 9 others.`);
  expect(notice?.people).toHaveLength(10);
  await world.suspend(owner);
  expect((await last(member, group)).body).toMatch(/^Somebody added one\.of\.many0/);
});

test("of somebody whom the reader has blocked it is a placeholder that says nothing, an old one too", async () => {
  const { owner, admin, member, group } = await groups.company();
  await groups.update(admin, group, { title: "Before" });
  await world.block(member, admin);
  await groups.update(admin, group, { title: "After" });
  const placeholder = { kind: "TEXT", status: "HIDDEN", body: null, notice: null, nonce: null };
  expect((await read(member, group)).messages.slice(-2)).toMatchObject([placeholder, placeholder]);
  expect(await last(owner, group)).toMatchObject({ kind: "NOTICE", status: "SENT" });
});

test("it is nothing to be read: not unread, not notified, and not among messages that others send", async () => {
  const { owner, member, group } = await groups.company();
  const after = await cursorOf(world, member);
  const before = await notificationsOf(world, member);
  await groups.update(owner, group, { title: "Cake" });
  expect((await read(member, group)).unreadCount).toBe(0);
  await world.say(owner, group, "Hello");
  const client = connect(world.server.url, member.token);
  const received = subscribe<{ message: { body: string } }>(
    client,
    "messageReceived",
    "subscription ($after: EventCursor) { messageReceived(after: $after) { message { body } } }",
    { after },
  );
  await received.until(({ message }) => message.body === "Hello", "what is said after the notice");
  expect(received.items.map(({ message }) => message.body)).toEqual(["Hello"]);
  await groups.update(owner, group, { title: "Pie" });
  expect((await read(member, group)).unreadCount).toBe(1);
  const conversationId = globalId("conversation", group);
  const upTo = (await read(member, group)).messages.length - 1;
  // Counted anew, with a notice that comes after.
  const counted = await mutate(world, member, "markRead", { conversationId, upTo });
  expect(counted.conversation?.unreadCount).toBe(0);
  expect(await notificationsOf(world, member)).toEqual(before);
  received.stop();
  await client.dispose();
});

test("it can be neither edited nor taken back, also by whoever caused it", async () => {
  const { owner, group } = await groups.company();
  await groups.update(owner, group, { title: "Cake" });
  const { id: messageId } = await last(owner, group);
  expect(codes(await mutate(world, owner, "unsendMessage", { messageId }))).toEqual(["FORBIDDEN"]);
  expect(codes(await mutate(world, owner, "editMessage", { messageId, body: "Pie" }))).not.toEqual([]);
  expect((await last(owner, group)).body).toBe(`${owner.handle} changed the title to “Cake”.`);
});

test("a title goes with whoever wrote it and lets everything be erased, and otherwise stays without a name", async () => {
  for (const messages of ["ERASE", "KEEP_WITHOUT_NAME"] as const) {
    const { owner, admin, group } = await groups.company();
    await groups.update(owner, group, { title: "Words of mine" });
    await groups.update(admin, group, { title: "Ours" });
    await mutate(world, owner, "deleteAccount", { password: PASSWORD, messages });
    await world.server.database.query(
      "update users set deleted_at = deleted_at - interval '30 days' where id = $1",
      [owner.id],
    );
    await eraseDeleted(world.as(null), new AbortController().signal);
    const rows = await world.server.database.query<{ body: string }>(
      "select body from messages where conversation_id = $1 and body is not null order by position",
      [group],
    );
    const kept = rows.map(({ body }) => body);
    expect(kept).toEqual(messages === "ERASE" ? ["Ours"] : ["Words of mine", "Ours"]);
    const sentences = (await read(admin, group)).messages.map(({ body }) => body);
    expect(sentences.includes("Somebody changed the title to “Words of mine”.")).toBe(messages !== "ERASE");
  }
});
