/** Suggestions: people whom the viewer may know, with what speaks for it, as far as the viewer may know of it. */
import { createHash } from "node:crypto";
import { setContactPoints, syncContacts } from "../../src/actions/contact.ts";
import { globalId } from "../../src/ids.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { TEST_SECRET } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let rounds = 0;
/** People of a scene of their own, by the names that they have in it. */
async function people<const Names extends readonly string[]>(
  ...names: Names
): Promise<{ [At in keyof Names]: Person }> {
  rounds++;
  return (await world.people(...names.map((name) => `${name}.${rounds}`))) as never;
}
/** The viewer, a friend, and somebody whom only that friend has for a friend. */
async function three() {
  const [viewer, friend, known] = await people("viewer", "friend", "known");
  await world.befriend(viewer, friend);
  await world.befriend(friend, known);
  return { viewer, friend, known };
}

const REASONS = `
  __typename
  ... on MutualFriendsReason { count sample { id } }
  ... on ContactReason { mutual }
  ... on SharedConversationReason { conversation { id } }`;
interface Suggestions {
  nodes: { user: { id: string }; reasons: Record<string, unknown>[] }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
async function suggestions(viewer: Person, page = "first: 20"): Promise<Suggestions> {
  const question = `{ viewer { friendSuggestions(${page}) {
    nodes { user { id } reasons { ${REASONS} } } pageInfo { hasNextPage endCursor } } } }`;
  return (await world.read<{ viewer: { friendSuggestions: Suggestions } }>(viewer, question)).viewer
    .friendSuggestions;
}
const suggested = async (viewer: Person) => (await suggestions(viewer)).nodes.map(({ user }) => user.id);

const emailOf = ({ handle }: Person) => `${handle}@example.com`;
const keys = deriveKeys(TEST_SECRET);
/** Makes somebody one who can be found by their address. */
const beKnown = (person: Person) =>
  world.database.transaction((queries) =>
    setContactPoints(queries, keys, person.id, { email: emailOf(person), phone: null }),
  );
const upload = (person: Person, ...contacts: readonly Person[]) =>
  syncContacts(world.as(person), {
    phoneHashes: [],
    emailHashes: contacts.map((contact) => createHash("sha256").update(emailOf(contact)).digest("hex")),
    replace: false,
  });

describe("a suggestion carries its evidence", () => {
  test("friends in common, counted exactly, and up to three of them", async () => {
    const [viewer, known, ...friends] = await people("viewer", "known", "one", "two", "three", "four");
    for (const friend of friends) {
      await world.befriend(viewer, friend);
      await world.befriend(friend, known);
    }
    const newest = friends.map(({ globalId }) => ({ id: globalId })).toReversed();
    expect((await suggestions(viewer)).nodes).toEqual([
      {
        user: { id: known.globalId },
        reasons: [{ __typename: "MutualFriendsReason", count: 4, sample: newest.slice(0, 3) }],
      },
    ]);
  });

  test("that each has the other in their contacts", async () => {
    const [viewer, known] = await people("viewer", "known");
    for (const person of [viewer, known]) await beKnown(person);
    await upload(viewer, known);
    expect(await suggested(viewer)).toEqual([]);
    await upload(known, viewer);
    const reasons = [{ __typename: "ContactReason", mutual: true }];
    expect((await suggestions(viewer)).nodes).toEqual([{ user: { id: known.globalId }, reasons }]);
    expect((await suggestions(known)).nodes).toEqual([{ user: { id: viewer.globalId }, reasons }]);
  });

  test("but never that one alone has the other in their contacts, on either side", async () => {
    const [viewer, known] = await people("viewer", "known");
    for (const person of [viewer, known]) await beKnown(person);
    await upload(viewer, known);
    expect([await suggested(viewer), await suggested(known)]).toEqual([[], []]);
  });

  test("a group in common, the liveliest, as long as both take part", async () => {
    const [viewer, known, owner] = await people("viewer", "known", "owner");
    const quiet = await world.group(owner, [viewer, known]);
    const lively = await world.group(owner, [viewer, known]);
    await world.say(owner, quiet, "Hello");
    await world.say(owner, lively, "Hello hello");
    const reason = {
      __typename: "SharedConversationReason",
      conversation: { id: globalId("conversation", lively) },
    };
    const found = (await suggestions(viewer)).nodes;
    expect(found.find(({ user }) => user.id === known.globalId)).toEqual({
      user: { id: known.globalId },
      reasons: [reason],
    });
    await world.server.database.query("update participants set state = 'LEFT' where user_id = $1", [
      known.id,
    ]);
    expect(await suggested(viewer)).toEqual([owner.globalId]);
  });

  test("but no direct conversation", async () => {
    const [viewer, known] = await people("viewer", "known");
    await world.privacy(known, { messagesFrom: "EVERYONE" });
    await world.say(viewer, await world.direct(viewer, known), "Hello");
    expect([await suggested(viewer), await suggested(known)]).toEqual([[], []]);
  });

  test("each thing that speaks for it", async () => {
    const { viewer, friend, known } = await three();
    for (const person of [viewer, known]) await beKnown(person);
    await upload(viewer, known);
    await upload(known, viewer);
    const group = await world.group(friend, [viewer, known]);
    await world.say(friend, group, "Do you know each other?");
    const [found] = (await suggestions(viewer)).nodes;
    expect(found?.reasons).toEqual([
      { __typename: "MutualFriendsReason", count: 1, sample: [{ id: friend.globalId }] },
      { __typename: "ContactReason", mutual: true },
      { __typename: "SharedConversationReason", conversation: { id: globalId("conversation", group) } },
    ]);
  });
});

describe("suggestions are ranked by their evidence", () => {
  let viewer: Person;
  let ranked: string[];
  beforeAll(async () => {
    const [self, one, two, three, contact, companion, both, single] = await people(
      ...(["viewer", "one", "two", "three", "contact", "companion", "both", "single"] as const),
    );
    viewer = self;
    for (const friend of [one, two, three]) await world.befriend(viewer, friend);
    await world.befriend(one, both, single);
    await world.befriend(two, both);
    for (const person of [viewer, contact]) await beKnown(person);
    await upload(viewer, contact);
    await upload(contact, viewer);
    await world.say(viewer, await world.group(viewer, [companion]), "Hello");
    ranked = [contact, companion, both, single].map(({ globalId }) => globalId);
  });

  test("contacts first, then groups, then by the number of friends in common", async () => {
    expect(await suggested(viewer)).toEqual(ranked);
  });

  test("in pages that are full and miss nobody", async () => {
    const read: string[] = [];
    let page = "first: 1";
    for (let more = true; more; ) {
      const { nodes, pageInfo } = await suggestions(viewer, page);
      expect(nodes).toHaveLength(1);
      read.push(...nodes.map(({ user }) => user.id));
      page = `first: 1, after: "${pageInfo.endCursor}"`;
      more = pageInfo.hasNextPage;
    }
    expect(read).toEqual(ranked);
  });
});

describe("nobody is suggested", () => {
  type Scene = Awaited<ReturnType<typeof three>>;
  async function declined(asker: Person, decliner: Person): Promise<void> {
    await world.request(asker, decliner);
    await mutate(world, decliner, "declineFriendRequest", { userId: asker.globalId });
  }
  async function forgotten(asker: Person, decliner: Person): Promise<void> {
    await declined(asker, decliner);
    await mutate(world, asker, "cancelFriendRequest", { userId: decliner.globalId });
  }
  const cases: [string, (scene: Scene) => Promise<unknown>][] = [
    ["who is a friend already", ({ viewer, known }) => world.befriend(viewer, known)],
    ["whom the viewer has asked", ({ viewer, known }) => world.request(viewer, known)],
    ["who has asked the viewer", ({ viewer, known }) => world.request(known, viewer)],
    ["who has declined the viewer", ({ viewer, known }) => declined(viewer, known)],
    ["whom the viewer has declined", ({ viewer, known }) => declined(known, viewer)],
    ["whom they have, also when it was taken back", ({ viewer, known }) => forgotten(known, viewer)],
    ["whom the viewer has blocked", ({ viewer, known }) => world.block(viewer, known)],
    ["who has blocked the viewer", ({ viewer, known }) => world.block(known, viewer)],
    ["who does not want to be suggested", ({ known }) => world.privacy(known, { suggestMe: false })],
    ["who takes no requests", ({ known }) => world.privacy(known, { friendRequestsFrom: "NO_ONE" })],
    ["who is suspended", ({ known }) => world.set(known, "suspended_at", new Date())],
    ["who has deleted their account", ({ known }) => world.set(known, "deleted_at", new Date())],
    ["whom the viewer has dismissed", ({ viewer, known }) => dismiss(viewer, known)],
  ];

  test.each(cases)("%s, whatever speaks for it", async (_, change) => {
    const scene = await three();
    const { viewer, friend, known } = scene;
    for (const person of [viewer, known]) await beKnown(person);
    await upload(viewer, known);
    await upload(known, viewer);
    await world.say(friend, await world.group(friend, [viewer, known]), "Do you know each other?");
    expect(await suggested(viewer)).toEqual([known.globalId]);
    await change(scene);
    expect(await suggested(viewer)).toEqual([]);
  });

  test.each<[string, (scene: Scene) => Promise<unknown>]>([
    [
      "who keeps their list of friends to themselves",
      ({ known }) => world.privacy(known, { friendListVisibleTo: "NO_ONE" }),
    ],
    [
      "who shows it to close friends",
      ({ known }) => world.privacy(known, { friendListVisibleTo: "CLOSE_FRIENDS" }),
    ],
    [
      "through a friend who keeps theirs",
      ({ friend }) => world.privacy(friend, { friendListVisibleTo: "NO_ONE" }),
    ],
    [
      "through a friend who shows it to others",
      ({ friend }) => world.privacy(friend, { friendListVisibleTo: "CLOSE_FRIENDS" }),
    ],
    ["through a friend who is suspended", ({ friend }) => world.set(friend, "suspended_at", new Date())],
    ["through who is a friend no more", ({ viewer, friend }) => world.unfriend(friend, viewer)],
    ["through who has blocked the viewer", ({ viewer, friend }) => world.block(friend, viewer)],
  ])("%s", async (_, change) => {
    const scene = await three();
    expect(await suggested(scene.viewer)).toEqual([scene.known.globalId]);
    await change(scene);
    expect((await suggested(scene.viewer)).filter((id) => id === scene.known.globalId)).toEqual([]);
  });

  test("by friends that they withhold: what else speaks for them is the only reason, and counts alone", async () => {
    const { viewer, friend, known } = await three();
    const [other, rival] = await people("other", "rival");
    await world.befriend(viewer, other);
    await world.befriend(other, rival);
    await world.say(friend, await world.group(friend, [viewer, known, rival]), "Hello");
    const order = await suggested(viewer);
    expect(order).toEqual([rival.globalId, known.globalId]);
    await world.privacy(rival, { friendListVisibleTo: "NO_ONE" });
    const { nodes } = await suggestions(viewer);
    expect(nodes.map(({ user }) => user.id)).toEqual([known.globalId, rival.globalId]);
    expect(nodes[1]?.reasons).toEqual([expect.objectContaining({ __typename: "SharedConversationReason" })]);
  });

  test("to those who do not want to be suggested themselves, they still are", async () => {
    const { viewer, known } = await three();
    await world.privacy(viewer, { suggestMe: false });
    expect(await suggested(viewer)).toEqual([known.globalId]);
    expect(await suggested(known)).toEqual([]);
  });
});

const dismiss = (viewer: Person, other: { globalId: string }) =>
  mutate(world, viewer, "dismissSuggestion", { userId: other.globalId });

describe("dismissing", () => {
  test("is for good, also after the next contact sync and after blocking and unblocking", async () => {
    const { viewer, known } = await three();
    for (const person of [viewer, known]) await beKnown(person);
    expect(await dismiss(viewer, known)).toEqual({ userId: known.globalId, userErrors: [] });
    expect(codes(await dismiss(viewer, known))).toEqual([]);
    await upload(viewer, known);
    await upload(known, viewer);
    await mutate(world, viewer, "blockUser", { userId: known.globalId });
    await mutate(world, viewer, "unblockUser", { userId: known.globalId });
    expect(await suggested(viewer)).toEqual([]);
    // The other is not told, and sees the viewer as before.
    expect(await suggested(known)).toEqual([viewer.globalId]);
  });

  test("does not keep the two from being friends", async () => {
    const { viewer, known } = await three();
    await dismiss(viewer, known);
    expect(codes(await mutate(world, viewer, "sendFriendRequest", { userId: known.globalId }))).toEqual([]);
  });

  test("of oneself is INVALID, and of whom one may not see NOT_FOUND", async () => {
    const { viewer, known } = await three();
    expect(await dismiss(viewer, viewer)).toMatchObject({ userId: null, userErrors: [{ code: "INVALID" }] });
    await world.block(known, viewer);
    expect(codes(await dismiss(viewer, known))).toEqual(["NOT_FOUND"]);
    expect(codes(await dismiss(viewer, { globalId: globalId("user", "12345") }))).toEqual(["NOT_FOUND"]);
  });
});
