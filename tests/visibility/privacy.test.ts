/** Each privacy setting at its doors, from the read after `updatePrivacy` on. */
import { globalId } from "../../src/ids.ts";
import { codes, mutate, type Privacy } from "../operations/mutations.ts";
import { startTestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row, seen, type WHO } from "./cast.ts";

let world: World;
let cast: Cast;
beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  await cast.block();
});
afterAll(() => world.stop());

async function set(person: Person, input: Partial<Privacy>): Promise<Privacy | undefined> {
  const { viewer, userErrors } = await mutate(world, person, "updatePrivacy", input);
  expect(userErrors).toEqual([]);
  return viewer?.privacy;
}
const viewerOf = (who: (typeof WHO)[number]) => cast.viewers[who] as Person;
/** A field of the owner, as somebody sees it. */
async function ofOwner(viewer: Person | null, fields: string): Promise<unknown> {
  return at(await world.read(viewer, `{ user(id: "${cast.owner.globalId}") { ${fields} } }`), "user");
}

describe("updatePrivacy", () => {
  const usual = {
    messagesFrom: "FRIENDS",
    friendRequestsFrom: "EVERYONE",
    groupInvitesFrom: "FRIENDS",
    friendListVisibleTo: "FRIENDS",
    activityVisibleTo: "FRIENDS",
    readReceipts: true,
    showLastActive: true,
    discoverableByContacts: true,
    suggestMe: true,
  };
  const other: Privacy = {
    messagesFrom: "NO_ONE",
    friendRequestsFrom: "FRIENDS_OF_FRIENDS",
    groupInvitesFrom: "CLOSE_FRIENDS",
    friendListVisibleTo: "EVERYONE",
    activityVisibleTo: "NO_ONE",
    readReceipts: false,
    showLastActive: false,
    discoverableByContacts: false,
    suggestMe: false,
  };

  test.each(Object.keys(usual) as (keyof Privacy)[])("changes %s and nothing else", async (setting) => {
    const person = await world.person(`sets.${setting}`.toLowerCase());
    expect(await set(person, { [setting]: other[setting] })).toEqual({ ...usual, [setting]: other[setting] });
    expect(await set(person, {})).toEqual({ ...usual, [setting]: other[setting] });
  });

  test("changes all of them at once, and none where null is given, and nobody else's", async () => {
    const [person, bystander] = await world.people("sets.all", "bystander");
    expect(await set(person, other)).toEqual(other);
    const nothing = Object.fromEntries(Object.keys(usual).map((setting) => [setting, null]));
    expect(await set(person, nothing)).toEqual(other);
    expect(await set(bystander, {})).toEqual(usual);
  });
});

//                                oneself close friend fof stranger out blocked blocks
const REACHED: [string, Record<string, string>][] = [
  ["EVERYONE", row("              yes     yes   yes    yes yes      yes -       yes")],
  ["FRIENDS_OF_FRIENDS", row("    yes     yes   yes    yes -        -   -       -")],
  ["FRIENDS", row("               yes     yes   yes    -   -        -   -       -")],
  ["CLOSE_FRIENDS", row("         yes     yes   -      -   -        -   -       -")],
  ["NO_ONE", row("                yes     -     -      -   -        -   -       -")],
];

describe("friendListVisibleTo says who sees the list of friends, and how many they are", () => {
  test.each(REACHED)("%s", async (reach, expected) => {
    await set(cast.owner, { friendListVisibleTo: reach });
    for (const field of ["friends", "friendCount"]) {
      const selection = field === "friends" ? "friends { nodes { id } }" : field;
      const found = await everybody(cast, async (viewer) =>
        seen(at(await ofOwner(viewer, selection), field)),
      );
      expect([field, found]).toEqual([field, expected]);
    }
  });
});

describe("friendRequestsFrom says whose requests arrive", () => {
  test.each([
    ["EVERYONE", ["a friend of a friend", "a stranger"]],
    ["FRIENDS_OF_FRIENDS", ["a friend of a friend"]],
    ["FRIENDS", []],
    ["CLOSE_FRIENDS", []],
    ["NO_ONE", []],
  ])("%s", async (reach, expected) => {
    await set(cast.owner, { friendRequestsFrom: reach });
    const input = { userId: cast.owner.globalId };
    const arrived: string[] = [];
    for (const who of ["a friend of a friend", "a stranger"] as const) {
      const relationship = at(
        await ofOwner(viewerOf(who), "relationship { canRequestFriendship }"),
        "relationship",
        "canRequestFriendship",
      );
      const refused = codes(await mutate(world, viewerOf(who), "sendFriendRequest", input));
      expect([who, relationship]).toEqual([who, refused.length === 0]);
      if (refused.length === 0) arrived.push(who);
      else expect(refused).toEqual(["UNAVAILABLE"]);
      await mutate(world, viewerOf(who), "cancelFriendRequest", input);
    }
    expect(arrived).toEqual(expected);
  });
});

describe("messagesFrom says whose first message comes to the inbox, and whose is a message request", () => {
  const people = async (reach: string) => {
    const name = reach.toLowerCase();
    const [receiver, close, friend, friendOfFriend, stranger] = await world.people(
      `${name}.to`,
      `${name}.close`,
      `${name}.friend`,
      `${name}.fof`,
      `${name}.stranger`,
    );
    await world.befriend(receiver, close, friend);
    await world.befriend(friend, friendOfFriend);
    await world.close(receiver, close);
    return { receiver, senders: [close, friend, friendOfFriend, stranger] };
  };

  test.each([
    ["EVERYONE", ["inbox", "inbox", "inbox", "inbox"]],
    ["FRIENDS_OF_FRIENDS", ["inbox", "inbox", "inbox", "request"]],
    ["FRIENDS", ["inbox", "inbox", "request", "request"]],
    ["CLOSE_FRIENDS", ["inbox", "request", "request", "request"]],
  ])("%s", async (reach, expected) => {
    const { receiver, senders } = await people(reach);
    await set(receiver, { messagesFrom: reach });
    const found: string[] = [];
    for (const sender of senders) {
      const input = { userId: receiver.globalId, body: "Hello", nonce: "1" };
      const { conversation } = await mutate(world, sender, "sendMessage", input);
      const list = `{ viewer {
        inbox: conversations(first: 100) { nodes { id } }
        request: messageRequests(first: 100) { nodes { id } }
      } }`;
      type Lists = { viewer: Record<"inbox" | "request", { nodes: { id: string }[] }> };
      const { viewer } = await world.read<Lists>(receiver, list);
      const places = Object.entries(viewer).filter(([, { nodes }]) =>
        nodes.some(({ id }) => id === conversation?.id),
      );
      found.push(places.map(([place]) => place).join(" and "));
    }
    expect(found).toEqual(expected);
  });

  test("NO_ONE lets no stranger write, and they see that they can't", async () => {
    const { receiver, senders } = await people("NO_ONE");
    await set(receiver, { messagesFrom: "NO_ONE" });
    const stranger = senders[3] as Person;
    const question = `{ user(id: "${receiver.globalId}") { relationship { canMessage } } }`;
    expect(await world.read(stranger, question)).toEqual({ user: { relationship: { canMessage: false } } });
    const input = { userId: receiver.globalId, body: "Hello", nonce: "1" };
    expect(codes(await mutate(world, stranger, "sendMessage", input))).toEqual(["UNAVAILABLE"]);
  });
});

describe("groupInvitesFrom says who may add somebody to a group", () => {
  test.each(REACHED)("%s", async (reach, expected) => {
    await set(cast.owner, { groupInvitesFrom: reach });
    for (const who of ["a close friend", "a friend", "a friend of a friend", "a stranger"] as const) {
      const input = { userIds: [cast.owner.globalId, cast.between.globalId], title: "A group", nonce: reach };
      await set(cast.between, { groupInvitesFrom: "EVERYONE" });
      const { conversation } = await mutate(world, viewerOf(who), "startConversation", input);
      const members = conversation?.participants.nodes.map(({ user }) => user?.id) ?? [];
      const isAdded = members.includes(cast.owner.globalId);
      expect([who, isAdded ? "yes" : "-"]).toEqual([who, expected[who]]);
      expect(members).toContain(cast.between.globalId);
    }
  });
});

describe("readReceipts", () => {
  test("switched off, none are given and none are seen; switched on again, they are", async () => {
    const [ann, bob] = await world.people("ann", "bob");
    await world.befriend(ann, bob);
    const conversation = await world.direct(ann, bob);
    await world.say(ann, conversation, "Hello");
    const id = globalId("conversation", conversation);
    await mutate(world, bob, "markRead", { conversationId: id, upTo: 1 });
    const receipts = async (viewer: Person) => {
      const question = `{ conversation(id: "${id}") { participants { nodes { user { id } readUpTo } } } }`;
      type Nodes = { user: { id: string }; readUpTo: number | null }[];
      const nodes = at(await world.read(viewer, question), "conversation", "participants", "nodes") as Nodes;
      return [ann, bob].map(({ globalId }) => nodes.find(({ user }) => user.id === globalId)?.readUpTo);
    };
    expect(await receipts(ann)).toEqual([1, 1]);
    await set(bob, { readReceipts: false });
    expect(await receipts(ann)).toEqual([1, null]);
    expect(await receipts(bob)).toEqual([null, 1]);
    await set(bob, { readReceipts: true });
    expect(await receipts(ann)).toEqual([1, 1]);
  });
});

describe("when somebody was last active", () => {
  let since: number;
  beforeAll(async () => {
    since = Date.now();
    // Written when their node stops, if not before.
    const node = await startTestServer({ demo: false, database: world.server.database });
    const { owner, people } = cast;
    for (const { token } of [owner, ...people])
      await mutate({ server: node }, { token }, "updatePrivacy", {});
    await node.stop();
  });
  afterEach(async () => {
    for (const person of [cast.owner, viewerOf("a close friend"), viewerOf("a friend")]) {
      await set(person, { showLastActive: true });
    }
  });
  const known = () =>
    everybody(cast, async (viewer) => seen(at(await ofOwner(viewer, "lastActiveAt"), "lastActiveAt")));

  test("is known to friends, and to nobody else but themselves", async () => {
    expect(await known()).toEqual(row("yes yes yes - - - - -"));
  });

  test("is the moment at which they last asked for anything", async () => {
    const found = at(await ofOwner(viewerOf("a friend"), "lastActiveAt"), "lastActiveAt");
    expect(Date.parse(String(found))).toBeGreaterThanOrEqual(since);
    expect(Date.parse(String(found))).toBeLessThanOrEqual(Date.now());
  });

  test("is known to nobody but themselves where they do not share it", async () => {
    await set(cast.owner, { showLastActive: false });
    expect(await known()).toEqual(row("yes - - - - - - -"));
  });

  test("is not known to a friend who does not share it either", async () => {
    await set(viewerOf("a friend"), { showLastActive: false });
    expect(await known()).toEqual(row("yes yes - - - - - -"));
  });

  test("is found behind every door to a person alike", async () => {
    const [friend, stranger] = [viewerOf("a friend"), viewerOf("a stranger")];
    const id = cast.owner.globalId;
    const question = `{
      byHandle: user(handle: "owner") { lastActiveAt }
      byId: node(id: "${id}") { ... on User { lastActiveAt } }
      among: nodes(ids: ["${id}"]) { ... on User { lastActiveAt } }
    }`;
    for (const [viewer, expected] of [
      [friend, "yes"],
      [stranger, "-"],
    ] as const) {
      const data = await world.read(viewer, question);
      const found = [
        at(data, "byHandle", "lastActiveAt"),
        at(data, "byId", "lastActiveAt"),
        at(data, "among", 0, "lastActiveAt"),
      ];
      expect(found.map(seen)).toEqual([expected, expected, expected]);
    }
    const list = "{ viewer { friends(first: 100) { nodes { id lastActiveAt } } } }";
    type Friends = { viewer: { friends: { nodes: { id: string; lastActiveAt: string | null }[] } } };
    const { viewer } = await world.read<Friends>(friend, list);
    expect(seen(viewer.friends.nodes.find((node) => node.id === id)?.lastActiveAt)).toBe("yes");
  });

  test("is known to nobody who is a friend no more", async () => {
    const friend = viewerOf("a friend");
    await world.unfriend(friend, cast.owner);
    expect((await known())["a friend"]).toBe("-");
    await world.befriend(cast.owner, friend);
    expect((await known())["a friend"]).toBe("yes");
  });

  test.each(["deleted_at", "suspended_at"])("is known to nobody once their account is %s", async (column) => {
    await world.set(cast.owner, column, new Date());
    expect(await known()).toEqual(row("- - - - - - - -"));
    await world.set(cast.owner, column, null);
  });

  test("grows and never shrinks, whichever node writes last", async () => {
    const read = async () => String(at(await ofOwner(viewerOf("a friend"), "lastActiveAt"), "lastActiveAt"));
    await world.server.database.query(
      "update last_active set at = now() + interval '1 hour' where user_id = $1",
      [cast.owner.id],
    );
    const later = await read();
    const node = await startTestServer({ demo: false, database: world.server.database });
    await mutate({ server: node }, cast.owner, "updatePrivacy", {});
    await node.stop();
    expect(await read()).toBe(later);
  });
});
