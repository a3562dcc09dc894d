/** Who knows how far somebody has read, from the conversation and from events: it is mutual, and between people who meet. */
import { unblockUser } from "../../src/actions/block.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "./cast.ts";

let world: World;
let reader: Person;
let other: Person;
let third: Person;
let group: string;
beforeAll(async () => {
  world = await World.start();
  [reader, other, third] = await world.people("reader", "other", "third");
  group = await world.group(third, [reader, other]);
});
afterAll(() => world.stop());

interface ReadMoved {
  readonly __typename: string;
  readonly readUpTo?: number;
  readonly user?: { readonly id: string } | null;
}

/** How far a viewer sees somebody to have read: in the conversation, and in what they were told since a cursor. */
async function seenBy(viewer: Person, of: Person, cursor: string, conversation = group) {
  const question = `{ conversation(id: "${globalId("conversation", conversation)}") {
    participants { nodes { user { id } readUpTo } } } }`;
  type Participants = { nodes: { user: { id: string } | null; readUpTo: number | null }[] };
  const answer = await world.read<{ conversation: { participants: Participants } }>(viewer, question);
  const own = answer.conversation.participants.nodes.find(({ user }) => user?.id === of.globalId);
  const change = "... on ReadMoved { readUpTo user { id } }";
  const changes = await changesSince<ReadMoved>(world, viewer, cursor, change);
  const told = changes.filter((each) => each.__typename === "ReadMoved" && each.user?.id === of.globalId);
  return { there: own?.readUpTo ?? null, told: told.map(({ readUpTo }) => readUpTo) };
}

/** Somebody says something more, which the reader reads; returns what each of these then knows of it. */
async function afterReading(viewers: readonly Person[], then: () => Promise<void> = async () => {}) {
  const cursors = await Promise.all(viewers.map((viewer) => cursorOf(world, viewer)));
  const { message } = await world.say(third, group, "One more");
  await markRead(world.as(reader), group, message.position);
  await then();
  const seen = await Promise.all(viewers.map((viewer, at) => seenBy(viewer, reader, cursors[at] ?? "")));
  return seen.map(({ there, told }) => [there === message.position, told.at(-1) === message.position]);
}

const KNOWS = [true, true];
const KNOWS_NOT = [false, false];

test("everybody who takes part and gives receipts knows, and the reader on their other devices", async () => {
  expect(await afterReading([reader, other, third])).toEqual([KNOWS, KNOWS, KNOWS]);
});

test("who gives none is known by nobody, and knows of nobody, and still knows of themselves", async () => {
  await world.privacy(reader, { readReceipts: false });
  expect(await afterReading([reader, other])).toEqual([KNOWS, KNOWS_NOT]);
  await world.privacy(reader, { readReceipts: true });
  await world.privacy(other, { readReceipts: false });
  expect(await afterReading([reader, other, third])).toEqual([KNOWS, KNOWS_NOT, KNOWS]);
  await world.privacy(other, { readReceipts: true });
});

test("what was told before is shown to nobody once receipts are off", async () => {
  const off = () => world.privacy(reader, { readReceipts: false });
  expect(await afterReading([reader, other], off)).toEqual([KNOWS, KNOWS_NOT]);
  await world.privacy(reader, { readReceipts: true });
});

test("who blocks the reader knows nothing, nor does whom the reader blocks", async () => {
  for (const [one, two] of [
    [other, reader],
    [reader, other],
  ] as const) {
    await world.block(one, two);
    expect(await afterReading([other, third])).toEqual([KNOWS_NOT, KNOWS]);
    await unblockUser(world.as(one), two.id);
    const block = () => world.block(one, two);
    expect(await afterReading([other, third], block)).toEqual([KNOWS_NOT, KNOWS]);
    await unblockUser(world.as(one), two.id);
  }
  expect(await afterReading([other, third])).toEqual([KNOWS, KNOWS]);
});

test("a message request gives no receipts in either direction", async () => {
  const [asking, asked] = await world.people("asking", "asked");
  const talk = await world.direct(asking, asked);
  const cursor = await cursorOf(world, asking);
  for (const body of ["May I?", "Please."]) await world.say(asking, talk, body);
  await markRead(world.as(asked), talk, 2);
  expect(await seenBy(asking, asked, cursor, talk)).toEqual({ there: null, told: [] });
  expect((await seenBy(asked, asking, await cursorOf(world, asked), talk)).there).toBeNull();
  await world.say(asked, talk, "You may.");
  expect(await seenBy(asking, asked, cursor, talk)).toEqual({ there: 3, told: [] });
  expect((await seenBy(asked, asking, await cursorOf(world, asked), talk)).there).toBe(2);
});

test("each event says the whole of how far was read, and reading less tells nobody", async () => {
  const cursor = await cursorOf(world, other);
  const first = (await world.say(third, group, "One")).message.position;
  for (const body of ["Two", "Three"]) await world.say(third, group, body);
  for (const upTo of [first, first, first + 2, first + 1, 0]) await markRead(world.as(reader), group, upTo);
  expect(await seenBy(other, reader, cursor)).toEqual({ there: first + 2, told: [first, first + 2] });
});
