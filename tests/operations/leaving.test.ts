/** Who goes out of a group, by themselves or not, who may do what there, and that nobody is counted wrong meanwhile. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { globalId } from "../../src/ids.ts";
import type { World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { Groups, inGroup, type Read } from "./groups.ts";
import { codes, mutate } from "./mutations.ts";
import { notificationsOf } from "./notifications.ts";

let world: World;
let groups: Groups;
beforeAll(async () => {
  groups = await Groups.start();
  world = groups.world;
});
afterAll(async () => {
  expect(await countersThatDrift(world.database)).toEqual([]);
  await groups.stop();
});

describe("removing people", () => {
  test.each([
    ["owner", "admin", []],
    ["owner", "member", []],
    ["admin", "member", []],
    ["admin", "owner", ["FORBIDDEN"]],
    ["member", "admin", ["FORBIDDEN"]],
    ["guest", "member", ["NOT_FOUND"]],
    ["owner", "guest", ["NOT_FOUND"]],
    ["owner", "owner", ["INVALID"]],
    ["admin", "admin", ["INVALID"]],
  ] as const)("the %s removes the %s: %j", async (who, whom, expected) => {
    const { group, ...people } = await groups.company();
    expect(codes(await groups.remove(people[who], group, people[whom]))).toEqual(expected);
    const isIn = (await groups.open(people[whom], group)) !== null;
    expect(isIn).toBe(expected.length > 0 && whom !== "guest");
  });

  test("an admin does not remove another admin", async () => {
    const { owner, admin, member, group } = await groups.company();
    await groups.setRole(owner, group, member, "ADMIN");
    expect(codes(await groups.remove(admin, group, member))).toEqual(["FORBIDDEN"]);
  });

  test("leaves them nothing of the group: they are told so, it is out of their inbox, and of what they are told of", async () => {
    const { owner, member, guest, group } = await groups.company();
    await groups.add(owner, group, [guest]);
    await world.say(owner, group, "Hello");
    const cursors = [await cursorOf(world, guest), await cursorOf(world, member)] as const;
    const { conversation } = await groups.remove(owner, group, guest);
    expect(conversation?.participantCount).toBe(3);
    const id = globalId("conversation", group);
    const told = await groups.changes(guest, cursors[0]);
    expect(told[0]).toEqual({ __typename: "ConversationLeft", conversationId: id });
    // Of the group, and of what they were told of it.
    expect(told.slice(1)).toEqual(Array(2).fill({ __typename: "AccessRevoked" }));
    expect(await groups.kinds(member, cursors[1])).toEqual(["ConversationChanged", "MessageSent"]);
    expect(await groups.inboxOf(guest)).not.toContain(id);
    expect(await groups.open(guest, group)).toBeNull();
    const { list } = await notificationsOf(world, guest);
    expect(list.filter(({ kind }) => kind === "GROUP_INVITE")).toEqual([]);
    const { viewer } = await world.read<{ viewer: { unread: { conversations: number } } }>(
      guest,
      "{ viewer { unread { conversations } } }",
    );
    expect(viewer.unread.conversations).toBe(0);
    expect((await groups.bodies(member, group)).at(-1)).toBe("owner removed guest.");
  });

  test("who blocks the owner and the admins is removed, and given a role, like everybody, and not shown to them", async () => {
    const { owner, admin, member, group } = await groups.company();
    await world.block(member, owner);
    await world.block(member, admin);
    expect(codes(await groups.setRole(owner, group, member, "ADMIN"))).toEqual([]);
    expect(await groups.rolesIn(admin, group)).toEqual({ owner: "OWNER", admin: "ADMIN", "?": "ADMIN" });
    const { conversation, userErrors } = await groups.remove(owner, group, member);
    expect(userErrors).toEqual([]);
    const left = conversation?.participants.nodes.map(({ user }) => user?.id) ?? [];
    expect(left.sort()).toEqual([owner.globalId, admin.globalId].sort());
    expect((await groups.bodies(admin, group)).slice(-2)).toEqual([
      "owner made somebody an admin.",
      "owner removed somebody.",
    ]);
    expect(await groups.open(member, group)).toBeNull();
  });

  test("whose account is suspended is removed while it is", async () => {
    const { owner, member, group } = await groups.company();
    await world.suspend(member);
    const { conversation, userErrors } = await groups.remove(owner, group, member);
    expect(userErrors).toEqual([]);
    expect(conversation?.participantCount).toBe(2);
    await world.reinstate(member);
    expect(await groups.rolesIn(owner, group)).toEqual({ owner: "OWNER", admin: "ADMIN" });
  });
});

describe("roles", () => {
  test("are given by the owner alone", async () => {
    const { owner, admin, member, guest, group } = await groups.company();
    for (const person of [admin, member]) {
      expect(codes(await groups.setRole(person, group, person === admin ? member : admin, "ADMIN"))).toEqual([
        "FORBIDDEN",
      ]);
    }
    expect(codes(await groups.setRole(owner, group, owner, "MEMBER"))).toEqual(["INVALID"]);
    expect(codes(await groups.setRole(owner, group, guest, "ADMIN"))).toEqual(["NOT_FOUND"]);
    await groups.setRole(owner, group, member, "ADMIN");
    await groups.setRole(owner, group, member, "ADMIN");
    await groups.setRole(owner, group, admin, "MEMBER");
    expect(await groups.rolesIn(guest, group)).toEqual({});
    expect(await groups.rolesIn(member, group)).toEqual({ owner: "OWNER", admin: "MEMBER", member: "ADMIN" });
    expect((await groups.bodies(member, group)).slice(-2)).toEqual([
      "owner made member an admin.",
      "owner made admin a member.",
    ]);
  });

  test("making somebody the owner hands the group over, to one of two who are made it at once", async () => {
    const { owner, admin, member, group } = await groups.company();
    const answers = await Promise.all([
      groups.setRole(owner, group, admin, "OWNER"),
      groups.setRole(owner, group, member, "OWNER", groups.otherNode),
    ]);
    expect(answers.flatMap(codes)).toEqual(["FORBIDDEN"]);
    const roles = await groups.rolesIn(owner, group);
    expect(roles.owner).toBe("ADMIN");
    expect(Object.values(roles).filter((role) => role === "OWNER")).toHaveLength(1);
  });
});

describe("leaving a group", () => {
  test("the oldest admin inherits from its owner, else the oldest of all, and the last one ends it", async () => {
    const { owner, admin, member, guest, group } = await groups.company();
    await groups.add(owner, group, [guest]);
    const newest = await world.person("newest.admin");
    await world.befriend(owner, newest);
    await groups.add(owner, group, [newest]);
    for (const person of [guest, newest]) await groups.setRole(owner, group, person, "ADMIN");
    await groups.setRole(owner, group, admin, "MEMBER");
    expect(await groups.leave(owner, group)).toMatchObject({ conversation: null, userErrors: [] });
    expect(await groups.rolesIn(member, group)).toEqual({
      admin: "MEMBER",
      member: "MEMBER",
      guest: "OWNER",
      "newest.admin": "ADMIN",
    });
    expect((await groups.bodies(member, group)).at(-1)).toBe("owner left, and guest is the owner now.");
    await groups.remove(guest, group, admin);
    await groups.setRole(guest, group, newest, "MEMBER");
    await groups.leave(guest, group);
    expect(await groups.rolesIn(member, group)).toEqual({ member: "OWNER", "newest.admin": "MEMBER" });
    await groups.leave(member, group);
    expect((await groups.bodies(newest, group)).at(-1)).toBe(
      "member left, and newest.admin is the owner now.",
    );
    await groups.leave(newest, group);
    expect(codes(await groups.leave(newest, group))).toEqual(["NOT_FOUND"]);
    const [ended] = await world.server.database.query(
      "select title, participant_count as count from conversations where id = $1",
      [group],
    );
    expect(ended).toEqual({ title: null, count: 0 });
  });

  test("nobody inherits before those who can still be seen", async () => {
    const { owner, admin, member, group } = await groups.company();
    await world.suspend(admin);
    await groups.leave(owner, group);
    expect((await groups.rolesIn(member, group)).member).toBe("OWNER");
  });

  test("tells one's own devices and those who stay, and takes the group out of the inbox", async () => {
    const { admin, member, group } = await groups.company();
    const cursors = [await cursorOf(world, member), await cursorOf(world, admin)] as const;
    await groups.leave(member, group);
    expect((await groups.changes(member, cursors[0]))[0]).toEqual({
      __typename: "ConversationLeft",
      conversationId: globalId("conversation", group),
    });
    expect(await groups.kinds(admin, cursors[1])).toEqual(["ConversationChanged", "MessageSent"]);
    expect(await groups.inboxOf(member)).toEqual([]);
    expect(
      codes(await mutate(world, member, "sendMessage", inGroup(group, { body: "?", nonce: "1" }))),
    ).toEqual(["NOT_FOUND"]);
  });

  test("by all at the same moment on two nodes leaves nobody, and always one owner meanwhile", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { owner, admin, member, group } = await groups.company();
      const people = [owner, admin, member];
      await Promise.all(
        people.slice(0, 2).map((each, at) => groups.leave(each, group, at === 0 ? world : groups.otherNode)),
      );
      expect(await groups.rolesIn(member, group)).toEqual({ member: "OWNER" });
      await groups.leave(member, group);
    }
  });

  test("against sending: either the message is there from before, or it is refused", async () => {
    for (let turn = 0; turn < 8; turn++) {
      const { owner, member, group } = await groups.company();
      const input = inGroup(group, { body: "Goodbye", nonce: "1" });
      const [left, sent] = await Promise.all([
        groups.leave(member, group, groups.otherNode),
        mutate(world, member, "sendMessage", input),
      ]);
      expect(codes(left)).toEqual([]);
      const said = (await groups.open(owner, group))?.messages.nodes ?? [];
      expect(said.map(({ position }) => position)).toEqual(said.map((_, at) => at + 1));
      const at = said.findIndex(({ body }) => body === "Goodbye");
      const end = said.findIndex(({ body }) => /left\.$/.test(body ?? ""));
      if (codes(sent).length > 0) expect([codes(sent), at]).toEqual([["NOT_FOUND"], -1]);
      else expect(at).toBe(end - 1);
      expect(end).toBe(said.length - 1);
    }
  });

  test("against being removed, added and made an admin: the count is that of those who take part", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const { owner, admin, member, guest, group } = await groups.company();
      await Promise.all([
        groups.leave(member, group, groups.otherNode),
        groups.remove(owner, group, member),
        groups.remove(admin, group, member, groups.otherNode),
        groups.setRole(owner, group, member, "ADMIN"),
        groups.add(admin, group, [guest, member]),
        groups.leave(owner, group, groups.otherNode),
        world.say(admin, group, "Hello"),
      ]);
      const read = (await groups.open(admin, group)) as Read;
      expect(read.participantCount).toBe(read.participants.nodes.length);
      expect(read.participants.nodes.filter(({ role }) => role === "OWNER")).toHaveLength(1);
      expect(read.messages.nodes.map(({ position }) => position)).toEqual(
        read.messages.nodes.map((_, at) => at + 1),
      );
    }
  });
});
