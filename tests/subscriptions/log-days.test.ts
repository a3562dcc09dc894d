/** The log by day: days are made ahead and dropped, whatever happens to some of them, and streams read across all of it. */
import { keepLogDays } from "../../src/actions/log-days.ts";
import { type Person, World } from "../support/world.ts";
import { type Item, placeOf, received, Streams } from "./streams.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Longer than this file takes: which days there are is told by when it begins. */
const BEFORE_MIDNIGHT_MS = 90_000;

let world: World;
let streams: Streams;
let maya: Person;
let leo: Person;
let pair: string;
beforeAll(async () => {
  while (DAY_MS - (Date.now() % DAY_MS) < BEFORE_MIDNIGHT_MS)
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  world = await World.start();
  streams = new Streams(world);
  [maya, leo] = await world.people("maya", "leo");
  await world.befriend(maya, leo);
  pair = await world.direct(maya, leo);
});
afterEach(() => streams.close());
afterAll(() => world.stop());

const sql = (text: string, ...values: unknown[]) => world.server.database.query(text, values);
const upTo = (count: number, from = 1) => Array.from({ length: count - from + 1 }, (_, at) => from + at);
const places = (items: readonly Item[]) => items.map(({ cursor }) => placeOf(cursor));
const keep = () => keepLogDays(world.as(null), new AbortController().signal);

const day = (fromNow: number) =>
  new Date(Date.now() + fromNow * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "");
const tableOf = (fromNow: number) => `viewer_events_${day(fromNow)}`;
const days = async () =>
  (
    (await sql(`
      select right(c.relname, 8) as day
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'viewer_events'::regclass
      order by day`)) as { day: string }[]
  ).map(({ day }) => day);

/** What is left when nobody has made a day for a while: what is written from then on lies in none. */
const forgetDays = (...fromNow: number[]) => sql(`drop table if exists ${fromNow.map(tableOf).join(", ")}`);
const makeDay = (fromNow: number) =>
  sql(
    `create table if not exists ${tableOf(fromNow)} partition of viewer_events
     for values from ('${day(fromNow)} 00:00+00') to ('${day(fromNow + 1)} 00:00+00')`,
  );
/** In which of the log's tables somebody's events are, by position. */
const whereabouts = async ({ id }: Person) =>
  (await sql(
    "select position::int, tableoid::regclass::text as in from viewer_events where viewer_id = $1 order by 1",
    id,
  )) as { position: number; in: string }[];

/** Does something while another connection has done `statement` and not ended. */
async function during(statement: string, act: () => Promise<unknown>): Promise<void> {
  const other = world.database.source.createQueryRunner();
  await other.startTransaction();
  try {
    await other.query(statement);
    await act();
  } finally {
    await other.rollbackTransaction();
    await other.release();
  }
}

test("whole days are dropped when they ended seven days ago; a cursor at the edge resumes, an older one is reset", async () => {
  const [person] = await world.people("keeper");
  await makeDay(-8);
  // Those before the first day that there is lie in no day of their own.
  await streams.append(person, upTo(12), [11, 10, 9, 9, 8, 8, 7, 7, 6, 1, 0, 0]);
  const cursorBefore = (await streams.opened(person)).items[0]?.cursor ?? "";
  expect(placeOf(cursorBefore)).toBe(12);
  await Promise.all([keep(), keep()]);
  const kept = await whereabouts(person);
  expect(kept.map(({ position }) => position)).toEqual(upTo(12, 7));
  expect(kept.map((each) => each.in)).not.toContain("viewer_events_default");

  const at = (position: number) => streams.cursorAt(person, position);
  const [edge, tooOld] = [await streams.opened(person, at(6)), await streams.opened(person, at(5))];
  expect(edge.items[0]).toMatchObject({ __typename: "StreamOpened", resumed: true });
  expect(places(await received(edge, 7))).toEqual(upTo(12, 6));
  expect(tooOld.items[0]).toMatchObject({ __typename: "StreamReset", reason: "CURSOR_EXPIRED" });
});

test("after days without anybody who made any, the next are made and the old are dropped, although some can't be had; another run has those too", async () => {
  await forgetDays(-2, -1, 0, 1, 2, 3);
  for (const old of [-9, -8]) await makeDay(old);
  const [person] = await world.people("returner");
  await streams.append(person, [1, 2, 3], [2, 1, 0]);
  // Tomorrow fails in a way that nobody foresees, and the oldest day is being read.
  await sql(`create table ${tableOf(1)} (in_the_way int)`);
  await during(`lock table ${tableOf(-9)} in access share mode`, async () => {
    await expect(keep()).rejects.toMatchObject({ code: "42P07" });
  });
  expect(await days()).toEqual(expect.arrayContaining([-9, 2, 3].map(day)));
  for (const missing of [-8, 0, 1]) expect(await days()).not.toContain(day(missing));

  await sql(`drop table ${tableOf(1)}`);
  await Promise.all([keep(), keep(), keep()]);
  expect(await days()).toEqual(expect.arrayContaining([1, 2, 3].map(day)));
  expect(await days()).not.toContain(day(-9));
  expect(places(await received(await streams.opened(person, streams.cursorAt(person, 0)), 4))).toEqual(
    upTo(3, 0),
  );
});

test("a day in which something was written before it was made goes on without, and keeps no other from being made", async () => {
  await forgetDays(1, 2, 3);
  const [person] = await world.people("early");
  await streams.append(person, [1], [-2]);
  await keep();
  await streams.append(person, [2], [-2]);
  await keep();
  expect(await days()).toEqual(expect.arrayContaining([1, 3].map(day)));
  expect(await days()).not.toContain(day(2));
  expect(new Set((await whereabouts(person)).map((each) => each.in))).toEqual(
    new Set(["viewer_events_default"]),
  );
  expect(places(await received(await streams.opened(person, streams.cursorAt(person, 0)), 3))).toEqual(
    upTo(2, 0),
  );
  await sql("delete from viewer_events where viewer_id = $1", person.id);
  await keep();
  expect(await days()).toContain(day(2));
});

test("what lies in no day is deleted after seven days, however much it is, and while somebody reads the log", async () => {
  const people = await world.people("much.one", "much.two", "much.three");
  for (const person of people) {
    const old = upTo(8_000);
    await streams.append(
      person,
      [...old, 8_001, 8_002],
      [...old.map((nr) => 30 - Math.floor(nr / 500)), 2, 0],
    );
  }
  await during("select from viewer_events limit 1", keep);
  for (const person of people)
    expect((await whereabouts(person)).map(({ position }) => position)).toEqual([8_001, 8_002]);
  for (const person of people) {
    const [edge, tooOld] = [8_000, 7_999].map((position) => streams.cursorAt(person, position));
    expect(places(await received(await streams.opened(person, edge), 3))).toEqual(upTo(8_002, 8_000));
    expect((await streams.opened(person, tooOld)).items[0]).toMatchObject({ __typename: "StreamReset" });
  }
});

test("whoever resumes across days that were made and some that were not has every event, in order and once, also while days are made and dropped", async () => {
  await forgetDays(-3, -2, 0);
  const [person] = await world.people("across");
  const daysAgo = [12, 9, 5, 4, 3, 3, 2, 1, 1, 0].flatMap((ago) => Array<number>(100).fill(ago));
  await streams.append(person, upTo(1_000), daysAgo);
  let isOver = false;
  const keeping = (async () => {
    for (; !isOver; await keep()) {
      await forgetDays(1, 2, 3);
      await makeDay(-20);
    }
  })();
  try {
    for (let end = 1_001; end <= 1_010; end++) {
      const stream = await streams.opened(person, streams.cursorAt(person, 200));
      await world.video(person, "PUBLIC", `meanwhile, ${end}`);
      const items = await received(stream, end - 199);
      expect(items.map(({ __typename }) => __typename)).not.toContain("StreamReset");
      expect(places(items)).toEqual(upTo(end, 200));
    }
  } finally {
    isOver = true;
    await keeping;
  }
  await keep();
  expect((await whereabouts(person)).map(({ position }) => position)).toEqual(upTo(1_010, 201));
});

test("while somebody holds the log nobody waits for its days: they are kept with the next run", async () => {
  await forgetDays(3);
  await during("select from viewer_events limit 1", () =>
    Promise.all([keep(), world.say(maya, pair, "meanwhile")]),
  );
  expect(await days()).not.toContain(day(3));
  await keep();
  expect(await days()).toContain(day(3));
});

test("an event is never older than the one before it, whatever the clock of the database says", async () => {
  const [person] = await world.people("timeless");
  await sql("update viewer_logs set moved_at = now() + interval '1 hour' where viewer_id = $1", person.id);
  const stream = await streams.opened(person);
  for (const caption of ["one", "two"]) await world.video(person, "PUBLIC", caption);
  expect(await received(stream, 3)).toMatchObject([
    {},
    { change: { video: { caption: "one" } } },
    { change: { video: { caption: "two" } } },
  ]);
  const [log] = (await sql(
    "select count(*)::int as late from viewer_events where viewer_id = $1 and created_at > now() + interval '50 min'",
    person.id,
  )) as { late: number }[];
  expect(log?.late).toBe(2);
});
