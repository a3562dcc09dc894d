/** Starting conversations, direct and in groups, and the inbox, as the conversation section of the rules promises them. */
import { setTimeout as sleep } from "node:timers/promises";
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, documentOf, mutate, type Node } from "./mutations.ts";

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

let pairs = 0;
const strangers = () => {
  pairs++;
  return world.people(`ann${pairs}`, `bob${pairs}`);
};
const start = (
  person: Person,
  others: readonly Person[],
  more: Record<string, unknown> = {},
  node: Node = world,
) => mutate(node, person, "startConversation", { userIds: others.map(({ globalId }) => globalId), ...more });
const say = (person: Person, conversationId: string | undefined, body = "Hello") =>
  mutate(world, person, "sendMessage", { conversationId, body, nonce: `${Math.random()}` });

interface Inbox {
  inbox: { nodes: { id: string; unreadCount: number }[]; edges: { cursor: string }[]; pageInfo: object };
  requests: { nodes: { id: string; unreadCount: number; viewerSettings: { state: string } }[] };
  unread: { conversations: number; messageRequests: number };
}
async function inboxOf(person: Person, variables: Record<string, unknown> = {}): Promise<Inbox> {
  const { viewer } = await world.read<{ viewer: Inbox }>(
    person,
    `query ($first: Int, $after: String, $filter: ConversationFilter) { viewer {
      inbox: conversations(first: $first, after: $after, filter: $filter) {
        nodes { id unreadCount } edges { cursor } pageInfo { hasNextPage hasPreviousPage }
      }
      requests: messageRequests { nodes { id unreadCount viewerSettings { state } } }
      unread { conversations messageRequests }
    } }`,
    variables,
  );
  return viewer;
}
const idsIn = (list: { nodes: { id: string }[] }) => list.nodes.map(({ id }) => id);

describe("a direct conversation", () => {
  test("is one per pair, whoever begins it", async () => {
    const [ann, bob] = await strangers();
    const { conversation, userErrors } = await start(ann, [bob]);
    expect(userErrors).toEqual([]);
    expect(conversation).toMatchObject({ kind: "DIRECT", title: null, participantCount: 2, unreadCount: 0 });
    const people = conversation?.participants.nodes.map(({ user }) => user?.id).sort();
    expect(people).toEqual([ann.globalId, bob.globalId].sort());
    for (const again of [
      await start(ann, [bob, bob]),
      await start(bob, [ann]),
      await start(bob, [ann, bob]),
    ]) {
      expect(again.conversation?.id).toBe(conversation?.id);
    }
  });

  test("is one per pair also when both begin it at the same moment, on two nodes", async () => {
    for (let time = 0; time < 10; time++) {
      const [ann, bob] = await strangers();
      const hello = { body: "Hello", nonce: "1" };
      const answers = await Promise.all([
        start(ann, [bob]),
        start(bob, [ann], {}, otherNode),
        mutate(world, bob, "sendMessage", { userId: ann.globalId, ...hello }),
        mutate(otherNode, ann, "sendMessage", { userId: bob.globalId, ...hello }),
      ]);
      expect(answers.flatMap(codes)).toEqual([]);
      expect(new Set(answers.map(({ conversation }) => conversation?.id)).size).toBe(1);
    }
  });

  test("is in the inbox of who began it, and in the other's only once something is said", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    const id = (await start(ann, [bob])).conversation?.id;
    expect(idsIn((await inboxOf(ann)).inbox)).toEqual([id]);
    expect(idsIn((await inboxOf(bob)).inbox)).toEqual([]);
    await say(ann, id);
    expect((await inboxOf(bob)).inbox.nodes).toEqual([{ id, unreadCount: 1 }]);
  });

  test.each([
    ["nobody", () => []],
    ["oneself alone", (ann: Person) => [ann]],
  ])("with %s is INVALID", async (_, others: (ann: Person) => Person[]) => {
    const [ann] = await strangers();
    expect(await start(ann, others(ann))).toMatchObject({
      conversation: null,
      userErrors: [{ code: "INVALID", path: ["userIds"] }],
    });
  });

  test("is for those who are signed in", async () => {
    const [ann] = await strangers();
    const answer = await world.ask(null, documentOf("startConversation"), {
      input: { userIds: [ann.globalId] },
    });
    expect(answer.errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
  });
});

describe("a group", () => {
  /** Somebody with two friends, who let their friends add them. */
  const company = async () => {
    const [ann, bob] = await strangers();
    const cat = await world.person(`cat${pairs}`);
    await world.befriend(ann, bob, cat);
    return [ann, bob, cat] as const;
  };

  test("has its owner and its members, and is in everybody's inbox at once", async () => {
    const [ann, bob, cat] = await company();
    const { conversation, userErrors } = await start(ann, [bob, cat, bob], { title: "  Bread  " });
    expect(userErrors).toEqual([]);
    expect(conversation).toMatchObject({ kind: "GROUP", title: "Bread", participantCount: 3 });
    expect(conversation?.participants.nodes).toHaveLength(3);
    expect(conversation?.participants.nodes).toEqual(
      expect.arrayContaining([
        { role: "OWNER", user: { id: ann.globalId } },
        { role: "MEMBER", user: { id: bob.globalId } },
        { role: "MEMBER", user: { id: cat.globalId } },
      ]),
    );
    for (const person of [ann, bob, cat]) {
      expect(idsIn((await inboxOf(person)).inbox)).toContain(conversation?.id);
    }
  });

  test("is never the same as another with the same people, and one with a title may have two", async () => {
    const [ann, bob, cat] = await company();
    const groups = [
      await start(ann, [bob, cat]),
      await start(ann, [bob, cat]),
      await start(ann, [bob], { title: "Two" }),
      await start(ann, [bob]),
    ];
    expect(groups.map(({ conversation }) => conversation?.kind)).toEqual([
      "GROUP",
      "GROUP",
      "GROUP",
      "DIRECT",
    ]);
    expect(new Set(groups.map(({ conversation }) => conversation?.id)).size).toBe(4);
  });

  test("begun again with the same nonce is the same, also ten times at once", async () => {
    const [ann, bob, cat] = await company();
    const tries = Array.from({ length: 10 }, (_, at) =>
      start(ann, [bob, cat], { nonce: "sunday" }, at % 2 === 0 ? world : otherNode),
    );
    const ids = (await Promise.all(tries)).map(({ conversation }) => conversation?.id);
    expect(new Set(ids)).toEqual(
      new Set([(await start(ann, [bob, cat], { nonce: "sunday" })).conversation?.id]),
    );
    const other = await start(bob, [ann], { title: "Bob's", nonce: "sunday" });
    expect(ids).not.toContain(other.conversation?.id);
    expect((await inboxOf(cat)).inbox.nodes).toHaveLength(1);
  });

  test("begun again with the same nonce is found also when nobody in it could be added any more", async () => {
    const [ann, bob, cat] = await company();
    const { conversation } = await start(ann, [bob, cat], { nonce: "once" });
    await world.unfriend(ann, bob);
    await world.block(cat, ann);
    expect((await start(ann, [bob, cat], { nonce: "once" })).conversation?.id).toBe(conversation?.id);
  });

  test.each([
    ["", ["INVALID"]],
    ["   ", ["INVALID"]],
    ["x".repeat(101), ["INVALID"]],
    ["Bread\u200Bs", ["INVALID"]],
    ["x".repeat(100), []],
  ])("with the title %j: %j", async (title, expected) => {
    const [ann, bob, cat] = await company();
    expect(codes(await start(ann, [bob, cat], { title }))).toEqual(expected);
  });

  test("holds up to 256 people", async () => {
    const [ann] = await strangers();
    const others = (count: number) => Array.from({ length: count }, (_, at) => globalId("user", at + 1));
    const begin = (userIds: string[]) => mutate(world, ann, "startConversation", { userIds });
    expect(codes(await begin(others(255)))).toEqual(["UNAVAILABLE"]);
    expect(codes(await begin(others(256)))).toEqual(["LIMIT_REACHED"]);
    expect(codes(await begin(others(257)))).toEqual(["INVALID"]);
  });

  const who = ["a close friend", "a friend", "a friend of a friend", "a stranger"] as const;
  test.each([
    ["EVERYONE", [true, true, true, true]],
    ["FRIENDS_OF_FRIENDS", [true, true, true, false]],
    ["FRIENDS", [true, true, false, false]],
    ["CLOSE_FRIENDS", [true, false, false, false]],
    ["NO_ONE", [false, false, false, false]],
  ])(
    "takes in who lets %s add them, and names each of the others without a reason",
    async (reach, expected) => {
      const [ann, between] = await strangers();
      await world.befriend(ann, between);
      for (const [at, kind] of who.entries()) {
        const bob = await world.person(`${reach.toLowerCase()}.${at}`);
        if (kind === "a close friend" || kind === "a friend") await world.befriend(ann, bob);
        if (kind === "a friend of a friend") await world.befriend(between, bob);
        if (kind === "a close friend") await world.close(bob, ann);
        await world.set(bob, "group_invites_from", reach);
        const { conversation, userErrors } = await start(ann, [between, bob], { title: reach });
        const members = conversation?.participants.nodes.map(({ user }) => user?.id);
        expect([kind, members?.includes(bob.globalId)]).toEqual([kind, expected[at]]);
        const refusal = {
          code: "UNAVAILABLE",
          message: "This person can't be added.",
          path: ["userIds", "1"],
        };
        expect(userErrors).toEqual(expected[at] ? [] : [{ ...refusal, retryAt: null, ruleId: null }]);
      }
    },
  );

  test("leaves out whom its owner can't reach, all with the same words", async () => {
    const [ann, bob] = await company();
    const [blocker, blocked, gone] = await world.people("blocker", "blocked", "gone");
    for (const person of [blocker, blocked, gone])
      await world.privacy(person, { groupInvitesFrom: "EVERYONE" });
    await world.block(blocker, ann);
    await world.block(ann, blocked);
    await world.set(gone, "deleted_at", new Date());
    const nobody = { globalId: globalId("user", "12345") } as Person;
    const { conversation, userErrors } = await start(ann, [blocker, bob, blocked, gone, nobody]);
    expect(conversation?.participantCount).toBe(2);
    expect(userErrors.map(({ path }) => path?.[1])).toEqual(["0", "2", "3", "4"]);
    expect(new Set(userErrors.map(({ code, message }) => `${code} ${message}`)).size).toBe(1);
    expect(await start(ann, [blocker, gone])).toMatchObject({
      conversation: null,
      userErrors: [{ code: "UNAVAILABLE" }],
    });
  });
});

describe("the inbox", () => {
  test("has the liveliest first, in full pages, and no conversation twice", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    const groups: string[] = [];
    for (let at = 0; at < 5; at++) groups.push(await world.group(bob, [ann], `${at}`));
    for (const at of [3, 0, 4, 1, 2]) {
      await world.say(bob, groups[at] ?? "", "Hello");
      // Instants are kept to the millisecond: what is said within one is as lively.
      await sleep(2);
    }
    const expected = [2, 1, 4, 0, 3].map((at) => globalId("conversation", groups[at] ?? ""));
    const read: string[] = [];
    let after: string | undefined;
    for (const size of [2, 2, 1]) {
      const { inbox } = await inboxOf(ann, { first: 2, after });
      read.push(...idsIn(inbox));
      expect(inbox.nodes).toHaveLength(size);
      expect(inbox.pageInfo).toEqual({ hasNextPage: size === 2, hasPreviousPage: after !== undefined });
      after = inbox.edges.at(-1)?.cursor;
    }
    expect(read).toEqual(expected);
    await world.say(ann, groups[3] ?? "", "Hello");
    expect(idsIn((await inboxOf(ann)).inbox)[0]).toBe(expected[4]);
  });

  test("can be narrowed to what is unread", async () => {
    const [ann, bob] = await strangers();
    const groups = [await world.group(bob, [ann], "Read"), await world.group(bob, [ann], "Unread")] as const;
    for (const group of groups) await world.say(bob, group, "Hello");
    await mutate(world, ann, "markRead", { conversationId: globalId("conversation", groups[0]), upTo: 1 });
    const { inbox, unread } = await inboxOf(ann, { filter: { unreadOnly: true } });
    expect(inbox.nodes).toEqual([{ id: globalId("conversation", groups[1]), unreadCount: 1 }]);
    expect(unread).toEqual({ conversations: 1, messageRequests: 0 });
  });
});
