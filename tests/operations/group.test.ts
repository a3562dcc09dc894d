/** What a group looks like, and who comes into it: by whom, how many, and from when on. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { globalId } from "../../src/ids.ts";
import { bornFor } from "../support/birthday.ts";
import type { Person, World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { Groups, type Read } from "./groups.ts";
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

describe("the title and the picture of a group", () => {
  const picture = "https://media.example/group.png";

  test("are changed by its owner and its admins; what is left out stays, and null takes it away", async () => {
    const { owner, admin, member, group } = await groups.company();
    const look = async () => {
      const { title, avatarUrl } = (await groups.open(member, group)) as Read;
      return [title, avatarUrl];
    };
    expect((await groups.update(owner, group, { title: " Cake " })).conversation).toMatchObject({
      title: "Cake",
    });
    expect(codes(await groups.update(admin, group, { avatarUrl: picture }))).toEqual([]);
    expect(await look()).toEqual(["Cake", picture]);
    await groups.update(owner, group, { title: null });
    expect(await look()).toEqual([null, picture]);
    await groups.update(owner, group, { title: "Pie", avatarUrl: null });
    expect(await look()).toEqual(["Pie", null]);
    await groups.update(owner, group, {});
    expect(await look()).toEqual(["Pie", null]);
  });

  test("are told to everybody there, and said in its midst once for each change", async () => {
    const { owner, member, group } = await groups.company();
    const cursor = await cursorOf(world, member);
    await groups.update(owner, group, { title: "Cake", avatarUrl: picture });
    await groups.update(owner, group, { title: "Cake", avatarUrl: picture });
    await groups.update(owner, group, { title: null });
    expect(await groups.kinds(member, cursor)).toEqual([
      "ConversationChanged",
      "MessageSent",
      "MessageSent",
      "ConversationChanged",
      "MessageSent",
    ]);
    expect((await groups.bodies(member, group)).slice(-3)).toEqual([
      "owner changed the title to “Cake”.",
      "owner changed the picture.",
      "owner took the title away.",
    ]);
  });

  test("are not for members, nor for whoever does not take part, nor of two who talk to each other", async () => {
    const { owner, member, guest, group } = await groups.company();
    expect((await groups.update(member, group, { title: "Mine" })).userErrors).toMatchObject([
      { code: "FORBIDDEN", path: ["conversationId"] },
    ]);
    expect(codes(await groups.update(guest, group, { title: "Mine" }))).toEqual(["NOT_FOUND"]);
    expect(codes(await groups.update(owner, await world.direct(owner, guest), { title: "Ours" }))).toEqual([
      "FORBIDDEN",
    ]);
    expect((await groups.open(owner, group))?.title).toBe("Bread");
  });

  test.each(["", "   ", "x".repeat(101), "Bread\u200Bs"])("are refused as %j", async (title) => {
    const { owner, group } = await groups.company();
    expect((await groups.update(owner, group, { title })).userErrors).toMatchObject([
      { code: "INVALID", path: ["title"] },
    ]);
  });
});

describe("adding people", () => {
  test("takes in those who can be added, and names the others without a reason", async () => {
    const { owner, admin, guest, group } = await groups.company();
    const others = await world.people("closed", "blocker", "blocked", "gone");
    const [closed, blocker, blocked, gone] = others;
    await world.befriend(admin, ...others);
    for (const person of others) await world.privacy(person, { groupInvitesFrom: "EVERYONE" });
    await world.privacy(closed, { groupInvitesFrom: "NO_ONE" });
    await world.block(blocker, admin);
    await world.block(admin, blocked);
    await world.suspend(gone);
    const nobody = { globalId: globalId("user", "12345") } as Person;
    const asked = [closed, guest, blocker, blocked, gone, nobody, owner, admin, guest];
    const answer = await groups.add(admin, group, asked);
    expect(answer.userErrors).toEqual([]);
    expect(answer.added).toEqual([{ id: guest.globalId }]);
    expect(answer.notAdded).toEqual(
      [closed, blocker, blocked, gone, nobody, owner, admin].map(({ globalId }) => globalId),
    );
    expect(answer.conversation?.participantCount).toBe(4);
    expect(await groups.add(admin, group, [closed, guest])).toMatchObject({
      added: [],
      notAdded: [closed.globalId, guest.globalId],
      userErrors: [],
    });
  });

  test("shows them what is said from then on, tells everybody, and notifies those who are added", async () => {
    const { owner, member, guest, group } = await groups.company();
    await world.say(owner, group, "Before");
    const cursors = [await cursorOf(world, member), await cursorOf(world, guest)] as const;
    await groups.add(owner, group, [guest]);
    await world.say(member, group, "After");
    expect(await groups.bodies(guest, group)).toEqual(["owner added guest.", "After"]);
    expect(await groups.open(guest, group)).toMatchObject({ unreadCount: 1, participantCount: 4 });
    expect(await groups.kinds(member, cursors[0])).toEqual([
      "ConversationChanged",
      "MessageSent",
      "MessageSent",
    ]);
    expect(await groups.kinds(guest, cursors[1])).toEqual([
      "ConversationChanged",
      "MessageSent",
      "NotificationAdded",
      "MessageSent",
    ]);
    const { list } = await notificationsOf(world, guest);
    expect(list.find(({ kind }) => kind === "GROUP_INVITE")).toMatchObject({
      actors: [{ id: owner.globalId }],
      subject: { id: globalId("conversation", group) },
    });
  });

  test("is for the owner and the admins of a group", async () => {
    const { owner, member, guest, group } = await groups.company();
    expect(codes(await groups.add(member, group, [guest]))).toEqual(["FORBIDDEN"]);
    expect(codes(await groups.add(guest, group, [guest]))).toEqual(["NOT_FOUND"]);
    expect(codes(await groups.add(owner, await world.direct(owner, guest), [member]))).toEqual(["FORBIDDEN"]);
    expect(codes(await groups.add(owner, group, []))).toEqual(["INVALID"]);
    expect((await groups.open(owner, group))?.participantCount).toBe(3);
  });

  test("brings back who has left or was removed, as a member who sees what is said from then on", async () => {
    const { owner, admin, member, group } = await groups.company();
    await groups.leave(admin, group);
    await groups.remove(owner, group, member);
    await world.say(owner, group, "Meanwhile");
    await world.privacy(member, { groupInvitesFrom: "EVERYONE" });
    expect((await groups.add(owner, group, [admin, member])).notAdded).toEqual([]);
    expect(await groups.rolesIn(owner, group)).toEqual({ owner: "OWNER", admin: "MEMBER", member: "MEMBER" });
    expect(await groups.bodies(member, group)).toEqual(["owner added admin and member."]);
    expect((await groups.open(member, group))?.unreadCount).toBe(0);
  });

  test("who comes back to a group that they had pinned finds it pinned no more", async () => {
    const { owner, member, group } = await groups.company();
    const settings = { conversationId: globalId("conversation", group), pinned: true };
    expect(codes(await mutate(world, member, "updateConversationSettings", settings))).toEqual([]);
    const pinned = async () => {
      const question = "query ($id: ID!) { conversation(id: $id) { viewerSettings { pinned } } }";
      return world.read(member, question, { id: settings.conversationId });
    };
    expect(await pinned()).toEqual({ conversation: { viewerSettings: { pinned: true } } });
    await groups.leave(member, group);
    expect((await groups.add(owner, group, [member])).added).toEqual([{ id: member.globalId }]);
    expect(await pinned()).toEqual({ conversation: { viewerSettings: { pinned: false } } });
  });

  test("who is under 16 adds friends alone: NOT_ALLOWED_BY_POLICY names the rule", async () => {
    const { owner, guest, group } = await groups.company();
    const stranger = await world.person("a.stranger");
    await world.privacy(stranger, { groupInvitesFrom: "EVERYONE" });
    await world.server.database.query("update accounts set birth_date = $2 where user_id = $1", [
      owner.id,
      bornFor(15),
    ]);
    expect((await groups.add(owner, group, [stranger])).userErrors).toMatchObject([
      { code: "NOT_ALLOWED_BY_POLICY", ruleId: "groups-under-16" },
    ]);
    const mixed = await groups.add(owner, group, [stranger, guest]);
    expect(mixed).toMatchObject({ added: [{ id: guest.globalId }], notAdded: [stranger.globalId] });
  });

  test("beyond 256 is LIMIT_REACHED for all of them", async () => {
    const { owner, guest, group } = await groups.company();
    const another = await world.person("another");
    await world.befriend(owner, another);
    const count = (people: number) =>
      world.server.database.query("update conversations set participant_count = $2 where id = $1", [
        group,
        people,
      ]);
    await count(255);
    expect(codes(await groups.add(owner, group, [guest, another]))).toEqual(["LIMIT_REACHED"]);
    expect(await groups.open(guest, group)).toBeNull();
    expect(codes(await groups.add(owner, group, [guest]))).toEqual([]);
    expect(codes(await groups.add(owner, group, [another]))).toEqual(["LIMIT_REACHED"]);
    await count(4);
  });

  test("by twenty at the same moment on two nodes, fills the group and no more", async () => {
    const { owner, admin, group } = await groups.company();
    const people = await world.people(...Array.from({ length: 20 }, (_, at) => `late.comer${at}`));
    for (const person of people) await world.privacy(person, { groupInvitesFrom: "EVERYONE" });
    const set = "update conversations set participant_count = participant_count + $2 where id = $1";
    await world.server.database.query(set, [group, 248]);
    const answers = await Promise.all(
      people.map((person, at) =>
        groups.add(at % 3 === 0 ? admin : owner, group, [person], at % 2 === 0 ? world : groups.otherNode),
      ),
    );
    expect(answers.flatMap(codes)).toEqual(Array(15).fill("LIMIT_REACHED"));
    expect((await groups.open(owner, group))?.participantCount).toBe(256);
    await world.server.database.query(set, [group, -248]);
    expect(Object.keys(await groups.rolesIn(owner, group))).toContain("late.comer");
    expect((await groups.open(owner, group))?.participants.nodes).toHaveLength(8);
  });

  test("one person ten times at once adds them once", async () => {
    const { owner, admin, guest, group } = await groups.company();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        groups.add(at % 2 === 0 ? owner : admin, group, [guest], at % 3 === 0 ? world : groups.otherNode),
      ),
    );
    expect(answers.flatMap(({ added }) => added)).toEqual([{ id: guest.globalId }]);
    expect((await groups.open(guest, group))?.messages.nodes).toHaveLength(1);
  });
});
