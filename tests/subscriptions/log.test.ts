/** What streams read from: how they go on when what comes next is gone, and what it costs to replay. */
import { SignJWT } from "jose";
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

test("a live stream that has lost what comes next is reset and goes on from there; one of messages is closed, for its client to come back and hear why", async () => {
  const [person] = await world.people("gap");
  await streams.append(person, upTo(3));
  const after = streams.cursorAt(person, 0);
  const [events, messages] = [await streams.opened(person, after), streams.messages(person, { after })];
  await received(events, 4);
  await streams.append(person, [7, 8, 9]);
  expect((await received(events, 5))[4]).toEqual({
    __typename: "StreamReset",
    cursor: streams.cursorAt(person, 9),
    reason: "CURSOR_EXPIRED",
  });
  await streams.append(person, [10]);
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
