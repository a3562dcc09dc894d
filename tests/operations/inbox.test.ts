/** The inbox: its order and filters, and what the viewer pins, mutes, puts away and marks. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const range = (length: number) => Array.from({ length }, (_, at) => at);

let companies = 0;
/** Friends who have not talked yet. */
async function friends() {
  companies++;
  const [ann, bob, cat] = await world.people(`ann${companies}`, `bob${companies}`, `cat${companies}`);
  await world.befriend(ann, bob, cat);
  return { ann, bob, cat };
}

interface Row {
  readonly id: string;
  readonly kind: "DIRECT" | "GROUP";
  readonly lastActivityAt: string;
  readonly unreadCount: number;
  readonly viewerSettings: Readonly<Record<string, unknown>>;
}
const ROW =
  "id kind lastActivityAt unreadCount viewerSettings { mutedUntil pinned archived readUpTo markedUnread }";

interface Inbox {
  readonly conversations: { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  readonly unread: { conversations: number };
}
/** A page of somebody's inbox, and their badge. */
async function inboxOf(person: Person, variables: Record<string, unknown> = {}) {
  const { viewer } = await world.read<{ viewer: Inbox }>(
    person,
    `query ($filter: ConversationFilter, $first: Int, $after: String) { viewer {
      conversations(filter: $filter, first: $first, after: $after) {
        nodes { ${ROW} } pageInfo { hasNextPage endCursor }
      }
      unread { conversations }
    } }`,
    variables,
  );
  const { nodes, pageInfo } = viewer.conversations;
  return { nodes, ids: nodes.map(({ id }) => id), pageInfo, badge: viewer.unread.conversations };
}
/** Everything that a filter finds, two at a time. */
async function walk(person: Person, filter: Record<string, unknown> | undefined): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await inboxOf(person, { filter, first: 2, after });
    ids.push(...page.ids);
    if (!page.pageInfo.hasNextPage) return ids;
    after = page.pageInfo.endCursor;
  }
}
async function rowOf(person: Person, conversation: string): Promise<Row> {
  const question = `query ($id: ID!) { conversation(id: $id) { ${ROW} } }`;
  const id = globalId("conversation", conversation);
  return (await world.read<{ conversation: Row }>(person, question, { id })).conversation;
}

const change = (person: Person, conversation: string, settings: Record<string, unknown>) =>
  mutate(world, person, "updateConversationSettings", {
    conversationId: globalId("conversation", conversation),
    ...settings,
  });
async function set(person: Person, conversation: string, settings: Record<string, unknown>): Promise<void> {
  expect(codes(await change(person, conversation, settings))).toEqual([]);
}
const mark = (person: Person, conversation: string) =>
  mutate(world, person, "markUnread", { conversationId: globalId("conversation", conversation) });
const read = (person: Person, conversation: string, upTo: number) =>
  mutate(world, person, "markRead", { conversationId: globalId("conversation", conversation), upTo });
const soon = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

test("what is pinned stands first, and then what was last talked in", async () => {
  const { ann, bob, cat } = await friends();
  const [one, two, three] = [
    await world.direct(ann, bob),
    await world.direct(ann, cat),
    await world.group(ann, [bob]),
  ];
  for (const id of [one, two, three]) await world.say(ann, id, "Hello");
  const ids = (...rows: string[]) => rows.map((row) => globalId("conversation", row));
  expect((await inboxOf(ann)).ids).toEqual(ids(three, two, one));
  await world.say(bob, one, "Hi");
  expect((await inboxOf(ann)).ids).toEqual(ids(one, three, two));
  await set(ann, two, { pinned: true });
  await set(ann, three, { pinned: true });
  expect((await inboxOf(ann)).ids).toEqual(ids(three, two, one));
  await world.say(cat, two, "Hi");
  expect((await inboxOf(ann)).ids).toEqual(ids(two, three, one));
  await set(ann, two, { pinned: false });
  expect((await inboxOf(ann)).ids).toEqual(ids(three, two, one));
  expect((await inboxOf(bob)).ids).toEqual(ids(one, three));
});

test("every filter finds what it says, in the same order, on pages of any size", async () => {
  const { ann, bob } = await friends();
  const everybody = await Promise.all(range(8).map((at) => world.person(`filtered${companies}.${at}`)));
  await world.befriend(ann, ...everybody);
  for (const [at, other] of everybody.entries()) {
    const group = await world.group(bob, [ann], `Group ${at}`);
    for (const [conversation, speaker] of [
      [await world.direct(other, ann), other],
      [group, bob],
    ] as const) {
      const turn = 2 * at + (speaker === bob ? 1 : 0);
      await world.say(turn % 3 === 0 ? speaker : ann, conversation, "Hello");
      await set(ann, conversation, turn % 4 === 1 ? { archived: true } : { pinned: turn % 5 === 2 });
      if (turn % 7 === 4) await mark(ann, conversation);
    }
  }
  const [inbox, archive] = await Promise.all([
    inboxOf(ann, { first: 100 }),
    inboxOf(ann, { first: 100, filter: { archived: true } }),
  ]);
  expect([inbox.nodes.length, archive.nodes.length]).toEqual([12, 4]);
  const place = ({ viewerSettings, lastActivityAt }: Row) => `${viewerSettings.pinned} ${lastActivityAt}`;
  const places = inbox.nodes.map(place);
  expect(places).toEqual(places.toSorted().reverse());

  for (const [archived, rows] of [
    [undefined, inbox.nodes],
    [true, archive.nodes],
  ] as const) {
    for (const kind of [undefined, "DIRECT", "GROUP"]) {
      for (const unreadOnly of [undefined, true]) {
        const expected = rows
          .filter((row) => kind === undefined || row.kind === kind)
          .filter(({ unreadCount }) => unreadOnly !== true || unreadCount > 0)
          .map(({ id }) => id);
        expect(await walk(ann, { archived, kind, unreadOnly })).toEqual(expected);
      }
    }
  }
  expect(inbox.badge).toBe((await walk(ann, { unreadOnly: true })).length);
});

test("what is put away comes back with the next message, unless it is muted", async () => {
  const { ann, bob } = await friends();
  const direct = await world.direct(ann, bob);
  await world.say(bob, direct, "Hello");
  const isThere = async (archived: boolean) =>
    (await inboxOf(ann, { filter: { archived } })).ids.length === 1;

  await set(ann, direct, { archived: true });
  expect([await isThere(false), await isThere(true), (await inboxOf(ann)).badge]).toEqual([false, true, 0]);
  await world.say(bob, direct, "Are you there?");
  expect([await isThere(false), await isThere(true), (await inboxOf(ann)).badge]).toEqual([true, false, 1]);

  await set(ann, direct, { archived: true, mutedUntil: soon(60) });
  await world.say(bob, direct, "Hello?");
  expect([await isThere(false), await isThere(true)]).toEqual([false, true]);
  await world.say(ann, direct, "Yes");
  expect([await isThere(false), await isThere(true)]).toEqual([true, false]);
  const group = await world.group(ann, [bob]);
  await set(ann, group, { archived: true });
  await world.block(ann, bob);
  await world.say(bob, group, "Hello!");
  expect((await rowOf(ann, group)).viewerSettings.archived).toBe(true);
});

test("nothing is pinned and put away at once", async () => {
  const { ann, bob } = await friends();
  const direct = await world.direct(ann, bob);
  expect(await change(ann, direct, { pinned: true, archived: true })).toMatchObject({
    conversation: null,
    userErrors: [{ code: "INVALID", path: ["pinned"] }],
  });
  const settings = async () => (await rowOf(ann, direct)).viewerSettings;
  await set(ann, direct, { pinned: true });
  expect(await settings()).toMatchObject({ pinned: true, archived: false });
  await set(ann, direct, { archived: true });
  expect(await settings()).toMatchObject({ pinned: false, archived: true });
  await set(ann, direct, { pinned: true });
  expect(await settings()).toMatchObject({ pinned: true, archived: false });
  // What is left out stays, and so does what is null and can't be.
  await set(ann, direct, { archived: false, pinned: null });
  expect(await settings()).toMatchObject({ pinned: true, archived: false });
});

test("at most twenty conversations are pinned, also when more are pinned at the same moment", async () => {
  const { ann, bob } = await friends();
  const groups = await Promise.all(range(24).map((at) => world.group(ann, [bob], `Group ${at}`)));
  const answers = await Promise.all(groups.map((group) => change(ann, group, { pinned: true })));
  const refused = answers.filter(({ userErrors }) => userErrors.length > 0);
  expect(refused).toHaveLength(4);
  for (const answer of refused)
    expect(answer).toMatchObject({ userErrors: [{ code: "LIMIT_REACHED", path: ["pinned"] }] });
  const { nodes } = await inboxOf(ann, { first: 100 });
  const pinned = nodes.filter(({ viewerSettings }) => viewerSettings.pinned);
  expect(pinned).toHaveLength(20);
  // One that is pinned already can be pinned again, and one that is put away makes room.
  const first = groups.find((id) => globalId("conversation", id) === pinned[0]?.id) ?? "";
  const left = groups.find((id) => !pinned.some((row) => row.id === globalId("conversation", id))) ?? "";
  await set(ann, first, { pinned: true });
  expect(codes(await change(ann, left, { pinned: true }))).toEqual(["LIMIT_REACHED"]);
  await set(ann, first, { archived: true });
  await set(ann, left, { pinned: true });
});

test("what is muted is not on the badge until the mute is over; null unmutes, and what is left out stays", async () => {
  const { ann, bob } = await friends();
  const direct = await world.direct(ann, bob);
  await world.say(bob, direct, "Hello");
  const until = soon(60);
  expect((await inboxOf(ann)).badge).toBe(1);
  await set(ann, direct, { mutedUntil: until });
  await world.say(bob, direct, "Hello?");
  expect(await inboxOf(ann)).toMatchObject({
    badge: 0,
    nodes: [{ unreadCount: 2, viewerSettings: { mutedUntil: until } }],
  });
  expect((await walk(ann, { unreadOnly: true })).length).toBe(1);
  await set(ann, direct, { pinned: true });
  expect(await inboxOf(ann)).toMatchObject({ badge: 0, nodes: [{ viewerSettings: { mutedUntil: until } }] });
  await set(ann, direct, { mutedUntil: null });
  expect(await inboxOf(ann)).toMatchObject({ badge: 1, nodes: [{ viewerSettings: { mutedUntil: null } }] });

  await set(ann, direct, { mutedUntil: until });
  await world.server.database.query(
    "update inbox set muted_until = now() - interval '1 s' where user_id = $1",
    [ann.id],
  );
  expect(await inboxOf(ann)).toMatchObject({ badge: 1, nodes: [{ viewerSettings: { mutedUntil: null } }] });
  for (const instant of [soon(-1), soon(60 * 24 * 366 * 11)]) {
    expect(await change(ann, direct, { mutedUntil: instant })).toMatchObject({
      userErrors: [{ code: "INVALID", path: ["mutedUntil"] }],
    });
  }
});

test("what is marked as unread shows so until it is read or answered, though nothing was unread", async () => {
  const { ann, bob } = await friends();
  const direct = await world.direct(ann, bob);
  for (const body of ["One", "Two"]) await world.say(bob, direct, body);
  await read(ann, direct, 2);
  const shows = async () => {
    const { nodes, badge } = await inboxOf(ann, { filter: { unreadOnly: true } });
    const { unreadCount, viewerSettings } = await rowOf(ann, direct);
    return [nodes.length, badge, unreadCount, viewerSettings.markedUnread, viewerSettings.readUpTo];
  };
  expect(await shows()).toEqual([0, 0, 0, false, 2]);
  expect(codes(await mark(ann, direct))).toEqual([]);
  expect(await shows()).toEqual([1, 1, 1, true, 2]);
  expect(codes(await read(ann, direct, 2))).toEqual([]);
  expect(await shows()).toEqual([0, 0, 0, false, 2]);
  await mark(ann, direct);
  await world.say(ann, direct, "Three");
  expect(await shows()).toEqual([0, 0, 0, false, 3]);
  await mark(ann, direct);
  await world.say(bob, direct, "Four");
  expect(await shows()).toEqual([1, 1, 1, true, 3]);
  await read(ann, direct, 4);
  expect(await shows()).toEqual([0, 0, 0, false, 4]);
  expect((await rowOf(bob, direct)).viewerSettings.markedUnread).toBe(false);
});

test("the viewer's other devices are told of what is arranged, and nobody else", async () => {
  const { ann, bob } = await friends();
  const direct = await world.direct(ann, bob);
  await world.say(bob, direct, "Hello");
  await read(ann, direct, 1);
  const cursors = [await cursorOf(world, ann), await cursorOf(world, bob)];
  await set(ann, direct, { pinned: true });
  await mark(ann, direct);
  await read(ann, direct, 1);
  await read(ann, direct, 1);
  const shown =
    "... on ConversationChanged { conversation { unreadCount viewerSettings { pinned markedUnread } } }";
  const now = { unreadCount: 0, viewerSettings: { pinned: true, markedUnread: false } };
  const changed = { __typename: "ConversationChanged", conversation: now };
  expect(await changesSince(world, ann, cursors[0] ?? "", shown)).toEqual([changed, changed, changed]);
  expect(await changesSince(world, bob, cursors[1] ?? "", shown)).toEqual([]);
});

test("a message request has to be answered first, and what one takes no part in is not there", async () => {
  const { ann, bob } = await friends();
  const stranger = await world.person(`stranger${companies}`);
  const request = await world.direct(stranger, ann);
  await world.say(stranger, request, "May I?");
  const foreign = await world.direct(ann, bob);
  for (const attempt of [
    (person: Person, id: string) => change(person, id, { pinned: true }),
    (person: Person, id: string) => change(person, id, { mutedUntil: soon(5) }),
    mark,
  ]) {
    expect(codes(await attempt(ann, request))).toEqual(["FORBIDDEN"]);
    expect(codes(await attempt(stranger, foreign))).toEqual(["NOT_FOUND"]);
    expect(codes(await attempt(stranger, "12345"))).toEqual(["NOT_FOUND"]);
  }
});
