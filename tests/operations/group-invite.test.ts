/** Invites to groups: who makes them, what they bring whoever takes them to, and what closes them. */
import { inviteHash } from "../../src/codes.ts";
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, type Node } from "./mutations.ts";

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

/** A group of an owner, an admin and a member, and somebody who comes to it. */
let groupsSoFar = 0;
async function company() {
  groupsSoFar++;
  const [owner, admin, member, guest] = await world.people(
    `owner${groupsSoFar}`,
    `admin${groupsSoFar}`,
    `member${groupsSoFar}`,
    `guest${groupsSoFar}`,
  );
  const group = await world.group(owner, [admin, member]);
  await give(owner, group, admin, "ADMIN");
  return { owner, admin, member, guest, group };
}

const inGroup = (group: string, more: object = {}) => ({
  conversationId: globalId("conversation", group),
  ...more,
});
const give = (owner: Person, group: string, { globalId: userId }: Person, role: string) =>
  mutate(world, owner, "setParticipantRole", inGroup(group, { userId, role }));
const leave = (person: Person, group: string) => mutate(world, person, "leaveConversation", inGroup(group));
const remove = (owner: Person, group: string, { globalId: userId }: Person) =>
  mutate(world, owner, "removeParticipant", inGroup(group, { userId }));
const invite = (person: Person, group: string, more: Record<string, unknown> = {}) =>
  mutate(world, person, "createInvite", { conversationId: globalId("conversation", group), ...more });
async function codeOf(person: Person, group: string, more: Record<string, unknown> = {}): Promise<string> {
  const made = await invite(person, group, more);
  if (made.invite === null) throw new Error(`There is no invite: ${JSON.stringify(made.userErrors)}`);
  return made.invite.code;
}
const take = (person: Person, code: string, node: Node = world) =>
  mutate(node, person, "redeemInvite", { code });
async function statusOf(code: string) {
  const question = "query ($code: String!) { invite(code: $code) { status usesLeft } }";
  return (await world.read<{ invite: object | null }>(null, question, { code })).invite;
}
interface Read {
  readonly unreadCount: number;
  readonly participantCount: number;
  readonly messages: { readonly nodes: { kind: string; status: string; body: string | null }[] };
}
async function open(person: Person, group: string): Promise<Read | null> {
  const question = `query ($id: ID!) { conversation(id: $id) {
    unreadCount participantCount messages(last: 100) { nodes { kind status body } }
  } }`;
  const id = globalId("conversation", group);
  return (await world.read<{ conversation: Read | null }>(person, question, { id })).conversation;
}
/** What people have said; what the group says of them is left out. */
const bodies = (read: Read | null) =>
  read?.messages.nodes.filter(({ kind }) => kind !== "NOTICE").map(({ body }) => body);

describe("making one", () => {
  test("is for the owner and the admins of a group, who see it in what they have made", async () => {
    const { owner, admin, member, group } = await company();
    for (const host of [owner, admin]) {
      expect((await invite(host, group)).invite).toMatchObject({
        status: "OPEN",
        from: { id: host.globalId },
        conversation: { id: globalId("conversation", group) },
      });
    }
    expect((await invite(member, group)).userErrors).toMatchObject([
      { code: "FORBIDDEN", path: ["conversationId"] },
    ]);
  });

  test("is not for two who talk to each other, nor for whoever does not take part", async () => {
    const { owner, admin, guest, group } = await company();
    await world.befriend(owner, guest);
    expect(codes(await invite(owner, await world.direct(owner, guest)))).toEqual(["FORBIDDEN"]);
    const nothing = await invite(guest, "12345");
    expect(nothing.userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["conversationId"] }]);
    expect(await invite(guest, group)).toEqual(nothing);
    await leave(admin, group);
    expect(await invite(admin, group)).toEqual(nothing);
  });
});

describe("taking one", () => {
  test("makes a member of the group, who sees what is said from then on, and everybody there is told", async () => {
    const { owner, admin, member, guest, group } = await company();
    await world.say(owner, group, "Before");
    const code = await codeOf(admin, group);
    const { relationship, conversation, userErrors } = await take(guest, code);
    expect(userErrors).toEqual([]);
    expect(relationship).toBeNull();
    expect(conversation).toMatchObject({
      id: globalId("conversation", group),
      participantCount: 4,
      unreadCount: 0,
      viewerSettings: { state: "ACTIVE", readUpTo: 2 },
    });
    expect(conversation?.participants.nodes).toContainEqual({
      role: "MEMBER",
      user: { id: guest.globalId },
    });
    await world.say(member, group, "After");
    expect(await open(guest, group)).toMatchObject({ unreadCount: 1 });
    expect(bodies(await open(guest, group))).toEqual(["After"]);
    const told = await world.server.database.query<{ viewer: string }>(
      `select viewer_id as viewer from viewer_events
      where kind = 'CONVERSATION_CHANGED' and ids = array[$1::bigint] and created_at >= (
        select joined_at from participants where conversation_id = $1 and user_id = $2
      )`,
      [group, guest.id],
    );
    expect(told.map(({ viewer }) => viewer).sort()).toEqual(
      [owner, admin, member, guest].map(({ id }) => id).sort(),
    );
    const { viewer } = await world.read<{ viewer: { conversations: { nodes: { id: string }[] } } }>(
      guest,
      "{ viewer { conversations { nodes { id } } } }",
    );
    expect(viewer.conversations.nodes).toEqual([{ id: globalId("conversation", group) }]);
  });

  test("makes nobody a friend, and needs no leave to be added to groups", async () => {
    const { owner, guest, group } = await company();
    await world.privacy(guest, { groupInvitesFrom: "NO_ONE" });
    expect(codes(await take(guest, await codeOf(owner, group)))).toEqual([]);
    const question = `{ user(handle: "${owner.handle}") { relationship { state } } }`;
    expect(await world.read(guest, question)).toEqual({ user: { relationship: { state: "NONE" } } });
  });

  test("again, or as somebody who takes part already, is the same success and takes no use", async () => {
    const { owner, member, guest, group } = await company();
    const code = await codeOf(owner, group, { maxUses: 2 });
    const answers = await Promise.all([
      take(member, code),
      ...Array.from({ length: 8 }, (_, at) => take(guest, code, at % 2 === 0 ? world : otherNode)),
    ]);
    expect(answers.flatMap(codes)).toEqual([]);
    expect(new Set(answers.map(({ conversation }) => conversation?.id)).size).toBe(1);
    expect(await statusOf(code)).toEqual({ status: "OPEN", usesLeft: 1 });
    expect((await open(guest, group))?.participantCount).toBe(4);
  });

  test("brings back who has left, on the use that was theirs, to what is said from then on", async () => {
    const { owner, guest, group } = await company();
    const code = await codeOf(owner, group, { maxUses: 1 });
    await take(guest, code);
    await world.say(owner, group, "One");
    await leave(guest, group);
    await world.say(owner, group, "Two");
    expect(codes(await take(guest, code))).toEqual([]);
    await world.say(owner, group, "Three");
    const read = await open(guest, group);
    expect([bodies(read), read?.unreadCount, read?.participantCount]).toEqual([["Three"], 1, 4]);
  });

  test("does not bring back who was removed, who is not told why", async () => {
    const { owner, member, group } = await company();
    await remove(owner, group, member);
    const code = await codeOf(owner, group, { maxUses: 1 });
    expect((await take(member, code)).userErrors).toMatchObject([{ code: "UNAVAILABLE", path: null }]);
    expect(await open(member, group)).toBeNull();
    expect(await statusOf(code)).toEqual({ status: "OPEN", usesLeft: 1 });
  });

  test("of twenty at the same moment on two nodes, as many come in as the group has room for", async () => {
    const { owner, group } = await company();
    await world.server.database.query("update conversations set participant_count = 251 where id = $1", [
      group,
    ]);
    const code = await codeOf(owner, group);
    const guests = await world.people(...Array.from({ length: 20 }, (_, at) => `late.guest${at}`));
    const answers = await Promise.all(
      guests.map((guest, at) => take(guest, code, at % 2 === 0 ? world : otherNode)),
    );
    expect(answers.flatMap(codes)).toEqual(Array(15).fill("LIMIT_REACHED"));
    expect((await open(owner, group))?.participantCount).toBe(256);
    const [redeemed] = await world.server.database.query(
      "select uses from invites where code_hash = decode($1, 'hex')",
      [inviteHash(code)],
    );
    expect(redeemed).toEqual({ uses: 5 });
  });

  test("is not for who is under 16, unless it is a friend who invites; the rule is named", async () => {
    const { owner, guest, group } = await company();
    const [young] = await world.people("young.one");
    const born = (person: Person, years: number) =>
      world.server.database.query(
        "update accounts set birth_date = now() - make_interval(years => $2) where user_id = $1",
        [person.id, years],
      );
    await born(young, 15);
    const code = await codeOf(owner, group);
    expect((await take(young, code)).userErrors).toMatchObject([
      { code: "NOT_ALLOWED_BY_POLICY", ruleId: "groups-under-16", path: ["code"] },
    ]);
    await world.befriend(owner, young);
    expect(codes(await take(young, code))).toEqual([]);
    // Of the age of who invites nothing is said.
    await born(owner, 15);
    expect((await take(guest, code)).userErrors).toMatchObject([{ code: "UNAVAILABLE", ruleId: null }]);
  });
});

describe("blocks", () => {
  test("between who invites and who is invited make the invite unknown, whoever blocks, also afterwards", async () => {
    for (const hostBlocks of [true, false]) {
      const { owner, guest, group } = await company();
      const nothing = await take(guest, "v");
      const code = await codeOf(owner, group);
      const [blocker, blocked] = hostBlocks ? [owner, guest] : [guest, owner];
      await world.block(blocker, blocked);
      expect(await take(guest, code)).toEqual(nothing);
      await mutate(world, blocker, "unblockUser", { userId: blocked.globalId });
      expect(await take(guest, code)).toEqual(nothing);
      expect(codes(await take(guest, await codeOf(owner, group)))).toEqual([]);
    }
  });

  test("with others of the group hide what the blocked one says, as if they had always been there together", async () => {
    const { owner, admin, member, guest, group } = await company();
    await world.block(member, guest);
    await world.block(guest, admin);
    await take(guest, await codeOf(owner, group));
    await world.say(guest, group, "Hello");
    await world.say(admin, group, "Welcome");
    const seen = async (person: Person) => {
      const read = await open(person, group);
      // The guest's coming, and what is said.
      return [read?.messages.nodes.slice(-3).map(({ status }) => status), read?.unreadCount];
    };
    expect(await seen(owner)).toEqual([["SENT", "SENT", "SENT"], 2]);
    expect(await seen(member)).toEqual([["HIDDEN", "HIDDEN", "SENT"], 1]);
    expect(await seen(guest)).toEqual([["SENT", "SENT", "HIDDEN"], 0]);
    await mutate(world, member, "unblockUser", { userId: guest.globalId });
    expect(await seen(member)).toEqual([["SENT", "SENT", "SENT"], 2]);
  });

  test("at the same moment as the coming hide the one from the other all the same", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { owner, member, guest, group } = await company();
      const code = await codeOf(owner, group);
      const [taken] = await Promise.all([
        take(guest, code, otherNode),
        mutate(world, member, "blockUser", { userId: guest.globalId }),
      ]);
      expect(codes(taken)).toEqual([]);
      await world.say(guest, group, "Hello");
      const hidden = { kind: "TEXT", status: "HIDDEN", body: null };
      expect((await open(member, group))?.messages.nodes.slice(-2)).toEqual([hidden, hidden]);
    }
  });
});

describe("one ends", () => {
  test.each<[string, (group: string, owner: Person, admin: Person) => Promise<unknown>]>([
    ["leaves", (group, _, admin) => leave(admin, group)],
    ["is removed", (group, owner, admin) => remove(owner, group, admin)],
    ["is an admin no longer", (group, owner, admin) => give(owner, group, admin, "MEMBER")],
  ])("when its maker %s", async (_, happen) => {
    const { owner, admin, guest, group } = await company();
    const code = await codeOf(admin, group);
    await happen(group, owner, admin);
    expect(await statusOf(code)).toMatchObject({ status: "REVOKED" });
    expect((await take(guest, code)).userErrors).toMatchObject([{ code: "EXPIRED", path: ["code"] }]);
    expect(await open(guest, group)).toBeNull();
  });

  test("for good when its maker leaves: coming back does not open it again", async () => {
    const { owner, admin, guest, group } = await company();
    const code = await codeOf(admin, group);
    await leave(admin, group);
    expect(codes(await take(admin, await codeOf(owner, group)))).toEqual([]);
    await give(owner, group, admin, "ADMIN");
    expect(await statusOf(code)).toMatchObject({ status: "REVOKED" });
    expect(codes(await take(guest, code))).toEqual(["EXPIRED"]);
    expect(codes(await take(guest, await codeOf(admin, group)))).toEqual([]);
  });
});
