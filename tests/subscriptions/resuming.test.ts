/** Streams that break off and go on: exactly the rest, or a reset that says why; and what it costs to serve many. */
import { randomInt, randomUUID } from "node:crypto";
import { markRead } from "../../src/actions/receipt.ts";
import { encodeEventCursor } from "../../src/event-cursor.ts";
import { connect, type Subscription, subscribe } from "../support/socket.ts";
import { type Person, World } from "../support/world.ts";
import { type Change, codesOf, EVENTS, type Item, placeOf, received, Streams } from "./streams.ts";

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
const cursorAt = ({ id }: Person, position: number, epoch = 1) =>
  encodeEventCursor({ viewerId: id, epoch, position });

/** Somebody in whose log there are events that others had nothing to do with. */
async function personWithEvents(count: number): Promise<Person> {
  const person = await world.person(`busy.${randomUUID().slice(0, 8)}`);
  await sql(
    `insert into viewer_events (viewer_id, position, kind, ids)
     select $1, position, 'ACCESS_REVOKED', '{1}' from generate_series(1, $2::int) as position`,
    person.id,
    count,
  );
  await sql("update viewer_logs set position = $2 where viewer_id = $1", person.id, count);
  return person;
}

/** What came after the first item; without how people stand and what they are told of, which is as it is when it is read. */
const changes = (items: readonly Item[]) =>
  items
    .filter(({ __typename }) => __typename === "ViewerEvent")
    .map(({ change, ...item }) => ({
      ...item,
      change: { ...change, relationship: null, notification: null } as Change,
    }));
const places = (items: readonly { cursor: string }[]) => items.map(({ cursor }) => placeOf(cursor));

test("a stream opens by saying where it stands, and whether it goes on from the client's cursor", async () => {
  const fresh = await streams.opened(maya);
  expect(fresh.items).toEqual([
    { __typename: "StreamOpened", cursor: await streams.cursorOf(maya), resumed: false },
  ]);
  const cursor = await streams.cursorOf(maya);
  await world.say(leo, pair, "hello");
  const resumed = await streams.opened(maya, cursor);
  expect(resumed.items[0]).toEqual({ __typename: "StreamOpened", cursor, resumed: true });
  expect((await received(resumed, 2))[1]?.change).toMatchObject({ message: { body: "hello" } });
});

test("nobody who is not signed in has a stream, and a malformed cursor opens none", async () => {
  const nobody = streams.events(null);
  const malformed = streams.events(maya, "nonsense");
  await Promise.all([nobody.done, malformed.done]);
  expect([codesOf(nobody), codesOf(malformed)]).toEqual([["UNAUTHENTICATED"], ["BAD_USER_INPUT"]]);
});

test("a client that drops and resumes again and again gets what one that stays connected gets", async () => {
  const group = await world.group(maya, [leo], "Busy");
  const start = await streams.cursorOf(maya);
  const steady = await streams.opened(maya, start);
  const life = (async () => {
    const [friend] = await world.people("friend");
    const says = async (person: Person, talk: string, count: number) => {
      for (let nr = 0; nr < count; nr++) await world.say(person, talk, `${person.handle} ${nr}`);
    };
    await Promise.all([
      says(leo, pair, 150),
      says(maya, group, 150),
      says(leo, group, 150),
      (async () => {
        await world.befriend(friend, maya);
        for (let nr = 0; nr < 30; nr++) await world.video(maya, "FRIENDS");
        for (let upTo = 1; upTo <= 30; upTo++) await markRead(world.as(maya), pair, upTo);
      })(),
    ]);
    await world.say(leo, pair, "the end");
  })();

  const isEnd = ({ change }: { change?: Change }) =>
    (change?.message as { body?: string } | null)?.body === "the end";
  const pieces: ReturnType<typeof changes> = [];
  let cursor = start;
  let drops = 0;
  while (!pieces.some(isEnd)) {
    const client = connect(world.server.url, maya.token);
    const stream: Subscription<Item> = subscribe(client, "viewerEvents", EVENTS, { after: cursor });
    // Goes away in the middle of things: after an item, at any moment between two, or having lost the last few.
    const count = randomInt(1, 40);
    await stream.until((item) => isEnd(item) || stream.items.length >= count, "more");
    client.terminate();
    const kept = stream.items.slice(0, Math.max(1, stream.items.length - randomInt(4)));
    expect(kept[0]).toEqual({ __typename: "StreamOpened", cursor, resumed: true });
    pieces.push(...changes(kept));
    cursor = kept.at(-1)?.cursor ?? cursor;
    drops += 1;
  }
  await life;
  await steady.until(isEnd, "the end");
  expect(drops).toBeGreaterThan(5);
  expect(pieces).toEqual(changes(steady.items));
  const all = places(changes(steady.items));
  expect(all).toEqual(all.map((_, at) => placeOf(start) + 1 + at));
});

describe("a stream that can't go on from its cursor is reset, and goes on from there", () => {
  /** Opens with a cursor, and expects the reset: the end of the log, after which nothing is missing. */
  async function expectReset(person: Person, after: string, reason: string): Promise<void> {
    const end = await streams.cursorOf(person);
    const stream = await streams.opened(person, after);
    expect(stream.items[0]).toEqual({ __typename: "StreamReset", cursor: end, reason });
    await world.video(person);
    await world.video(person);
    const first = placeOf(end) + 1;
    expect(places(changes(await received(stream, 3)))).toEqual([first, first + 1]);
    expect(stream.errors).toEqual([]);
  }
  const forget = (person: Person, upTo: number) =>
    sql("delete from viewer_events where viewer_id = $1 and position <= $2", person.id, upTo);

  test("when what comes next is no longer kept", async () => {
    const person = await personWithEvents(20);
    await forget(person, 10);
    await expectReset(person, cursorAt(person, 9), "CURSOR_EXPIRED");
    const stream = await streams.opened(person, cursorAt(person, 10));
    expect(stream.items[0]).toMatchObject({ __typename: "StreamOpened", resumed: true });
    expect(places(await received(stream, 13))).toEqual(Array.from({ length: 13 }, (_, at) => 10 + at));
  });

  test("when nothing at all is kept any more", async () => {
    const person = await personWithEvents(5);
    await forget(person, 5);
    await expectReset(person, cursorAt(person, 4), "CURSOR_EXPIRED");
  });

  test("when the cursor is of a log that has since begun anew", async () => {
    const person = await personWithEvents(5);
    await sql("update viewer_logs set epoch = 2 where viewer_id = $1", person.id);
    await expectReset(person, cursorAt(person, 5), "CURSOR_EXPIRED");
  });

  test("when the cursor is ahead of the log, as after a restored backup", async () => {
    const person = await personWithEvents(5);
    await expectReset(person, cursorAt(person, 6), "CURSOR_EXPIRED");
  });

  test("when the cursor is of another person's log", async () => {
    const [long, short] = [await personWithEvents(9), await personWithEvents(3)];
    await expectReset(long, await streams.cursorOf(short), "CURSOR_EXPIRED");
  });

  test("when more than 10,000 events were missed; 10,000 are all replayed", async () => {
    const person = await personWithEvents(10_001);
    await expectReset(person, cursorAt(person, 0), "TOO_FAR_BEHIND");
    const messages = streams.messages(person, { after: cursorAt(person, 0) });
    await messages.done;
    expect(messages.errors.flat()).toEqual([
      expect.objectContaining({
        extensions: {
          code: "CURSOR_EXPIRED",
          reason: "TOO_FAR_BEHIND",
          cursor: await streams.cursorOf(person),
        },
      }),
    ]);
    // The reset above was followed by two more.
    const stream = await streams.opened(person, cursorAt(person, 3));
    expect(stream.items[0]).toMatchObject({ __typename: "StreamOpened", resumed: true });
    expect(places(await received(stream, 10_001))).toEqual(Array.from({ length: 10_001 }, (_, at) => 3 + at));
  });
});

test("the messages of a stream do not get in the way of one another: two of one person each get everything", async () => {
  const cursor = await streams.cursorOf(maya);
  const early = await streams.opened(maya, cursor);
  for (let nr = 0; nr < 50; nr++) await world.say(leo, pair, `first ${nr}`);
  const late = await streams.opened(maya, cursor);
  for (let nr = 0; nr < 50; nr++) await world.say(leo, pair, `then ${nr}`);
  const expected = Array.from({ length: 100 }, (_, at) => placeOf(cursor) + 1 + at);
  for (const stream of [early, late]) expect(places(changes(await received(stream, 101)))).toEqual(expected);
});

test("serving one message to fifty live participants takes as many statements as serving it to five", async () => {
  const crowd = await Promise.all(Array.from({ length: 50 }, (_, at) => world.person(`crowd${at}`)));
  const few = await world.group(maya, crowd.slice(0, 5), "Few");
  const many = await world.group(maya, crowd, "Many");
  const all = await Promise.all(
    crowd.map(async (person) => streams.messages(person, { after: await streams.cursorOf(person) })),
  );
  let said = 0;
  /** The fewest statements of several rounds: what the server looks after now and then comes on top of the others. */
  const cost = async (talk: string, audience: number, enough: number) => {
    let fewest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 200 && fewest > enough; round++) {
      const body = `${said++}`;
      const before = await world.server.statements();
      await world.say(maya, talk, body);
      await Promise.all(
        all.slice(0, audience).map((stream) => stream.until(({ message }) => message?.body === body, body)),
      );
      fewest = Math.min(fewest, (await world.server.statements()) - before);
    }
    return fewest;
  };
  const forFive = await cost(few, 5, 0);
  expect(forFive).toBeGreaterThan(0);
  expect(await cost(many, 50, forFive)).toBeLessThanOrEqual(forFive);
});
