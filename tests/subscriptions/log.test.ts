/** What streams read from: a log that is kept by day, and how streams go on when what comes next is gone. */
import { SignJWT } from "jose";
import { keepLogDays } from "../../src/actions/log-days.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { TEST_SECRET } from "../support/server.ts";
import { connect, type Subscription, subscribe } from "../support/socket.ts";
import { type Person, World } from "../support/world.ts";
import { codesOf, EVENTS, type Item, placeOf, received, Streams } from "./streams.ts";

/** Closing codes at which a client comes back with its cursor. */
const COME_BACK = 1013;

let world: World;
let streams: Streams;
let maya: Person;
let leo: Person;
let pair: string;
beforeAll(async () => {
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

/** Appends events beside all actions, at these positions and so many days ago; nobody is woken. */
async function append({ id }: Person, positions: readonly number[], daysAgo: readonly number[] = []) {
  // In one statement, as every write does: nobody sees events beyond where their log has come to.
  await sql(
    `with moved as (
       update viewer_logs set position = $4 where viewer_id = $1
     )
     insert into viewer_events (viewer_id, position, kind, ids, created_at)
     select $1, e.position, 'ACCESS_REVOKED', '{}', now() - coalesce(e.days, 0) * interval '1 day'
     from unnest($2::bigint[], $3::int[]) as e (position, days)`,
    id,
    positions,
    daysAgo,
    Math.max(...positions),
  );
}

describe("the log by day", () => {
  const days = async () =>
    (
      (await sql(`
        select right(c.relname, 8) as day
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'viewer_events'::regclass
        order by day`)) as { day: string }[]
    ).map(({ day }) => day);
  const keep = () => keepLogDays(world.as(null), new AbortController().signal);
  const day = (fromNow: number) =>
    new Date(Date.now() + fromNow * 24 * 60 * 60 * 1_000).toISOString().slice(0, 10).replaceAll("-", "");

  test("whole days are dropped when they ended seven days ago; a cursor at the edge resumes, an older one is reset", async () => {
    const [person] = await world.people("keeper");
    // Those before the first day that there is lie in no day of their own.
    await append(person, upTo(12), [11, 10, 9, 9, 8, 8, 7, 7, 6, 1, 0, 0]);
    const cursorBefore = (await streams.opened(person)).items[0]?.cursor ?? "";
    expect(placeOf(cursorBefore)).toBe(12);
    await Promise.all([keep(), keep()]);
    const kept = (await sql(
      "select position::int, tableoid::regclass::text as day from viewer_events where viewer_id = $1 order by 1",
      person.id,
    )) as { position: number; day: string }[];
    expect(kept.map(({ position }) => position)).toEqual(upTo(12, 7));
    expect(kept.map((each) => each.day)).not.toContain("viewer_events_default");

    const at = (position: number) => streams.cursorAt(person, position);
    const [edge, tooOld] = [await streams.opened(person, at(6)), await streams.opened(person, at(5))];
    expect(edge.items[0]).toMatchObject({ __typename: "StreamOpened", resumed: true });
    expect(places(await received(edge, 7))).toEqual(upTo(12, 6));
    expect(tooOld.items[0]).toMatchObject({ __typename: "StreamReset", reason: "CURSOR_EXPIRED" });
  });

  test("days are made ahead, and what was written without one moves to its own, once it is made", async () => {
    const [person] = await world.people("early");
    await append(person, [1, 2], [-20, -21]);
    await Promise.all([keep(), keep(), keep()]);
    expect(await days()).toEqual(expect.arrayContaining([0, 1, 2, 3, 20, 21].map(day)));
    const [lost] = (await sql("select count(*)::int as count from viewer_events_default")) as {
      count: number;
    }[];
    expect(lost?.count).toBe(0);
    await sql(`drop table viewer_events_${day(20)}, viewer_events_${day(21)}`);
  });

  test("while somebody holds the log nobody waits for its days: they are kept with the next run", async () => {
    const [person] = await world.people("holder");
    await append(person, [1], [-30]);
    const source = world.database.source.createQueryRunner();
    await source.startTransaction();
    await source.query("select from viewer_events limit 1");
    await Promise.all([keep(), world.say(maya, pair, "meanwhile")]);
    expect(await days()).not.toContain(day(30));
    await source.rollbackTransaction();
    await source.release();
    await keep();
    expect(await days()).toContain(day(30));
    await sql(`drop table viewer_events_${day(30)}`);
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
});

test("a live stream that has lost what comes next is reset and goes on from there; one of messages is closed, for its client to come back and hear why", async () => {
  const [person] = await world.people("gap");
  await append(person, upTo(3));
  const after = streams.cursorAt(person, 0);
  const [events, messages] = [await streams.opened(person, after), streams.messages(person, { after })];
  await received(events, 4);
  await append(person, [7, 8, 9]);
  expect((await received(events, 5))[4]).toEqual({
    __typename: "StreamReset",
    cursor: streams.cursorAt(person, 9),
    reason: "CURSOR_EXPIRED",
  });
  await append(person, [10]);
  expect(places(await received(events, 6)).at(-1)).toBe(10);
  await messages.done;
  expect(codesOf(messages)).toEqual([COME_BACK]);
  const back = streams.messages(person, { after: streams.cursorAt(person, 3) });
  await back.done;
  expect(codesOf(back)).toEqual(["CURSOR_EXPIRED"]);
});

test("replaying a thousand events takes a few statements for each read of them, and not one for each event", async () => {
  const talk = await world.group(maya, [leo]);
  for (let nr = 1; nr <= 20; nr++) await world.say(maya, talk, `${nr}`);
  const [person] = await world.people("replayer");
  await world.befriend(maya, person);
  const theirs = await world.direct(maya, person);
  for (let nr = 1; nr <= 20; nr++) await world.say(maya, theirs, `${nr}`);
  const start = placeOf(await streams.cursorOf(person));
  await sql(
    `insert into viewer_events (viewer_id, position, kind, ids)
     select $1, $2::int + nr, (case when nr % 2 = 0 then 'MESSAGE_SENT' else 'READ_MOVED' end)::event_kind,
       case when nr % 2 = 0 then array[$3::bigint, nr % 20 + 1, $4] else array[$3, $4, nr % 20 + 1] end
     from generate_series(1, 1000) nr`,
    person.id,
    start,
    theirs,
    maya.id,
  );
  await sql("update viewer_logs set position = $2 where viewer_id = $1", person.id, start + 1_000);
  const before = await world.server.statements();
  const stream = await streams.opened(person, streams.cursorAt(person, start));
  expect(places(await received(stream, 1_001))).toEqual(upTo(start + 1_000, start));
  // Sixteen reads, each of which shows both kinds; and what the server looks after meanwhile.
  expect((await world.server.statements()) - before).toBeLessThan(16 * 8 + 40);
  expect(stream.errors).toEqual([]);
});

test("a client whose token runs out comes back with a fresh one and its cursor, and misses nothing", async () => {
  const seconds = 2;
  const short = () =>
    new SignJWT({ sid: leo.viewer.sessionId })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer("kith")
      .setSubject(leo.id)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
      .sign(deriveKeys(TEST_SECRET).accessToken);
  const start = await streams.cursorOf(leo);
  const closings: number[] = [];
  const client = connect(world.server.url, short, 10);
  client.on("closed", (event) => closings.push((event as { code: number }).code));
  const stream: Subscription<Item> = subscribe<Item>(client, "viewerEvents", EVENTS, {
    // Said anew with each connection.
    get after() {
      return stream?.items.at(-1)?.cursor ?? start;
    },
  });
  for (let nr = 1; closings.length < 2; nr++) {
    await world.say(maya, pair, `while tokens run out, ${nr}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { message } = await world.say(maya, pair, "the end");
  await stream.until(
    ({ change }) => (change?.message as { position?: number } | undefined)?.position === message.position,
    "the end",
  );
  const openings = stream.items.filter(({ __typename }) => __typename !== "ViewerEvent");
  expect(openings.length).toBeGreaterThan(2);
  expect(openings.every(({ resumed }) => resumed === true)).toBe(true);
  const told = places(stream.items.filter(({ __typename }) => __typename === "ViewerEvent"));
  expect(told).toEqual(upTo(told.at(-1) ?? 0, placeOf(start) + 1));
  expect(new Set(closings)).toEqual(new Set([4403]));
  await client.dispose();
});
