/** Reading: pages of messages, unread counts and receipts. */
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, documentOf, mutate } from "./mutations.ts";

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

let groups = 0;
/** A new group of three, by its row id and its id in the API. */
async function company() {
  groups++;
  const [ann, bob, cat] = await world.people(`ann${groups}`, `bob${groups}`, `cat${groups}`);
  const group = await world.group(ann, [bob, cat]);
  return { ann, bob, cat, group, id: globalId("conversation", group) };
}
const read = (person: Person, conversationId: string, upTo: number) =>
  mutate(world, person, "markRead", { conversationId, upTo });

interface Reading {
  unreadCount: number;
  viewerSettings: { readUpTo: number };
  participants: { nodes: { user: { id: string }; readUpTo: number | null }[] };
}
async function readingOf(person: Person, id: string) {
  const question = `query ($id: ID!) { conversation(id: $id) {
    unreadCount viewerSettings { readUpTo } participants { nodes { user { id } readUpTo } }
  } }`;
  const { conversation } = await world.read<{ conversation: Reading }>(person, question, { id });
  const receipts = new Map(conversation.participants.nodes.map(({ user, readUpTo }) => [user.id, readUpTo]));
  return {
    unread: conversation.unreadCount,
    readUpTo: conversation.viewerSettings.readUpTo,
    receiptOf: (other: Person) => receipts.get(other.globalId),
  };
}

test("what others sent is unread until it is read, and reading takes away what it covers", async () => {
  const { ann, bob, cat, group, id } = await company();
  for (const body of ["One", "Two", "Three"]) await world.say(ann, group, body);
  expect(await readingOf(bob, id)).toMatchObject({ unread: 3, readUpTo: 0 });
  const { conversation, userErrors } = await read(bob, id, 2);
  expect(userErrors).toEqual([]);
  expect(conversation).toMatchObject({ unreadCount: 1, viewerSettings: { readUpTo: 2, state: "ACTIVE" } });
  expect(await readingOf(cat, id)).toMatchObject({ unread: 3, readUpTo: 0 });
});

test("how far one has read only grows", async () => {
  const { ann, bob, group, id } = await company();
  for (const body of ["One", "Two", "Three"]) await world.say(ann, group, body);
  for (const [upTo, expected] of [
    [2, 2],
    [1, 2],
    [0, 2],
    [3, 3],
    [2, 3],
  ] as const) {
    const { conversation, userErrors } = await read(bob, id, upTo);
    expect([userErrors, conversation?.viewerSettings.readUpTo]).toEqual([[], expected]);
  }
});

test("sending reads up to one's own message", async () => {
  const { ann, bob, group, id } = await company();
  for (const body of ["One", "Two"]) await world.say(ann, group, body);
  await world.say(bob, group, "Three");
  expect(await readingOf(bob, id)).toMatchObject({ unread: 0, readUpTo: 3 });
  expect(await readingOf(ann, id)).toMatchObject({ unread: 1, readUpTo: 2 });
});

test("what was not said yet can't be read: INVALID", async () => {
  const { ann, bob, group, id } = await company();
  await world.say(ann, group, "One");
  for (const upTo of [2, 2_147_483_647, -1]) {
    const answer = await read(bob, id, upTo);
    expect(answer).toMatchObject({ conversation: null, userErrors: [{ code: "INVALID", path: ["upTo"] }] });
  }
  expect(await readingOf(bob, id)).toMatchObject({ unread: 1, readUpTo: 0 });
});

test("reading is for those who take part", async () => {
  const { ann, id } = await company();
  const stranger = await world.person("stranger");
  expect(codes(await read(stranger, id, 0))).toEqual(["NOT_FOUND"]);
  expect(codes(await read(ann, globalId("conversation", "12345"), 0))).toEqual(["NOT_FOUND"]);
  const { errors } = await world.ask(null, documentOf("markRead"), {
    input: { conversationId: id, upTo: 0 },
  });
  expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
});

describe("a receipt", () => {
  test("says how far others have read", async () => {
    const { ann, bob, cat, group, id } = await company();
    for (const body of ["One", "Two"]) await world.say(ann, group, body);
    await read(bob, id, 1);
    const { receiptOf } = await readingOf(ann, id);
    expect([ann, bob, cat].map(receiptOf)).toEqual([2, 1, 0]);
  });

  test("is neither given nor seen by who has switched receipts off", async () => {
    const { ann, bob, cat, group, id } = await company();
    await world.privacy(bob, { readReceipts: false });
    await world.say(ann, group, "One");
    for (const person of [bob, cat]) await read(person, id, 1);
    const people = [ann, bob, cat];
    expect(people.map((await readingOf(ann, id)).receiptOf)).toEqual([1, null, 1]);
    expect(people.map((await readingOf(bob, id)).receiptOf)).toEqual([null, 1, null]);
    expect(people.map((await readingOf(cat, id)).receiptOf)).toEqual([1, null, 1]);
    await world.privacy(bob, { readReceipts: true });
    expect(people.map((await readingOf(bob, id)).receiptOf)).toEqual([1, 1, 1]);
  });

  test("goes to nobody who is blocked, and comes from nobody who can't be seen", async () => {
    const { ann, bob, cat, group, id } = await company();
    await world.say(cat, group, "One");
    for (const person of [ann, bob]) await read(person, id, 1);
    await world.block(ann, bob);
    const question = `query ($id: ID!) { conversation(id: $id) { participants { nodes { user { id } readUpTo } } } }`;
    const { conversation } = await world.read<{ conversation: Reading }>(bob, question, { id });
    expect(conversation.participants.nodes).toContainEqual({ user: null, readUpTo: null });
    expect(conversation.participants.nodes).not.toContainEqual(
      expect.objectContaining({ user: { id: ann.globalId } }),
    );
  });
});

test("unread counts are exact while eight people send and one reads, on two nodes", async () => {
  const crowd = await world.people(...Array.from({ length: 8 }, (_, at) => `talker${at}`));
  const reader = await world.person("reader");
  const group = await world.group(reader, crowd);
  const id = globalId("conversation", group);
  let sent = 0;
  const talking = crowd.map(async (person, at) => {
    const node = at % 2 === 0 ? world : otherNode;
    for (let time = 0; time < 12; time++) {
      await mutate(node, person, "sendMessage", { conversationId: id, body: "Hello", nonce: `${time}` });
      sent++;
    }
  });
  const reading = Array.from({ length: 3 }, async (_, at) => {
    const node = at % 2 === 0 ? world : otherNode;
    while (sent < 90) {
      const { userErrors } = await mutate(node, reader, "markRead", { conversationId: id, upTo: sent });
      expect(userErrors).toEqual([]);
    }
  });
  await Promise.all([...talking, ...reading]);
  for (const person of [reader, ...crowd]) {
    const { unread, readUpTo } = await readingOf(person, id);
    const [exact] = await world.server.database.query<{ unread: number }>(
      `select count(*)::integer as unread from messages
      where conversation_id = $1 and position > $2 and sender_id <> $3`,
      [group, readUpTo, person.id],
    );
    expect({ unread }).toEqual(exact);
  }
  expect((await read(reader, id, 96)).conversation).toMatchObject({ unreadCount: 0 });
  expect(await world.read(reader, "{ viewer { unread { conversations } } }")).toEqual({
    viewer: { unread: { conversations: 0 } },
  });
});

interface Page {
  nodes: { position: number }[];
  edges: { cursor: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}
async function messages(
  person: Person,
  id: string,
  variables: Record<string, unknown> = { first: 100 },
): Promise<Page> {
  const question = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    conversation(id: $id) {
      messages(first: $first, after: $after, last: $last, before: $before) {
        nodes { position } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }`;
  const { conversation } = await world.read<{ conversation: { messages: Page } }>(person, question, {
    id,
    ...variables,
  });
  return conversation.messages;
}
const positionsOf = ({ nodes }: Page) => nodes.map(({ position }) => position);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

describe("the messages of a conversation", () => {
  let ann: Person;
  let bob: Person;
  let row: string;
  let group: string;
  beforeAll(async () => {
    ({ ann, bob, group: row, id: group } = await company());
    for (const position of upTo(25)) await world.say(position % 2 === 0 ? ann : bob, row, `${position}`);
  });

  test("are read from the oldest on, in full pages", async () => {
    const read: number[] = [];
    let after: string | null = null;
    for (const size of [10, 10, 5]) {
      const page: Page = await messages(bob, group, { first: 10, after });
      read.push(...positionsOf(page));
      expect(page.nodes).toHaveLength(size);
      expect(page.pageInfo).toMatchObject({ hasNextPage: size === 10, hasPreviousPage: after !== null });
      after = page.pageInfo.endCursor;
    }
    expect(read).toEqual(upTo(25));
    expect((await messages(bob, group, { first: 10, after })).nodes).toEqual([]);
  });

  test("are read backwards from the newest, each page still from old to new", async () => {
    const read: number[] = [];
    let before: string | null = null;
    for (const size of [10, 10, 5]) {
      const page: Page = await messages(bob, group, { last: 10, before });
      read.unshift(...positionsOf(page));
      expect(page.nodes).toHaveLength(size);
      expect(page.pageInfo).toMatchObject({ hasPreviousPage: size === 10, hasNextPage: before !== null });
      before = page.pageInfo.startCursor;
    }
    expect(read).toEqual(upTo(25));
  });

  test("are twenty when no number is asked for, and every edge has the cursor to go on from", async () => {
    const page = await messages(bob, group, {});
    expect(positionsOf(page)).toEqual(upTo(20));
    const after = page.edges[6]?.cursor;
    expect(positionsOf(await messages(bob, group, { first: 3, after }))).toEqual([8, 9, 10]);
    expect(positionsOf(await messages(bob, group, { last: 3, before: after }))).toEqual([4, 5, 6]);
  });

  test("that come in the meantime are on the next page, and none is read twice", async () => {
    const { pageInfo } = await messages(bob, group, { first: 100 });
    const { message } = await world.say(ann, row, "Late");
    expect(positionsOf(await messages(bob, group, { first: 10, after: pageInfo.endCursor }))).toEqual([
      message.position,
    ]);
  });
});
