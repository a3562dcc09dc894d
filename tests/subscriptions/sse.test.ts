/** GraphQL over server-sent events, as a frontend has it: the client of graphql-sse, cut off in every way there is. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "graphql-sse";
import { SignJWT } from "jose";
import { signIn } from "../../src/actions/account.ts";
import { signOut } from "../../src/actions/session.ts";
import { encodeEventCursor } from "../../src/event-cursor.ts";
import { globalId, packNodes } from "../../src/ids.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { send } from "../support/ask.ts";
import { startTestServer, TEST_SECRET } from "../support/server.ts";
import { type Subscription, subscribe } from "../support/socket.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { EventRequests, type RawEvents, type StreamEvent } from "./raw-events.ts";
import { EVENTS, type Item, placeOf, Streams } from "./streams.ts";

/** The server promises a second. */
const SOON_MS = 30_000;
/** Ten seconds for a client to take something, and some for looking. */
const LONG_MS = 90_000;
const MODES = [
  ["a stream for each operation", false],
  ["one stream for all", true],
] as const;

const VIEWER = "{ viewer { user { handle } } }";
const SUBSCRIPTION = "subscription { viewerEvents { __typename } }";

let world: World;
let streams: Streams;
let asks: EventRequests;
let maya: Person;
let leo: Person;
let pair: string;
const clients: { dispose: () => void }[] = [];
beforeAll(async () => {
  world = await World.start();
  [streams, asks] = [new Streams(world), new EventRequests(world)];
  [maya, leo] = await world.people("maya", "leo");
  await world.befriend(maya, leo);
  pair = await world.direct(maya, leo);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
  asks.close();
});
afterAll(() => world.stop());

/** A client of the library's, which comes back at once when it is cut off. */
function connect(singleConnection: boolean, token: () => string | null, url = () => world.server.url) {
  const client = createClient({
    url: () => `${url()}/graphql/stream`,
    singleConnection,
    headers: (): Record<string, string> => {
      const value = token();
      return value === null ? {} : { authorization: `Bearer ${value}` };
    },
    retryAttempts: 20,
    retry: () => sleep(50),
  });
  clients.push(client);
  return client;
}

/** All that changes somebody's world, resumed from the last cursor whenever it is cut off. */
function follow(client: ReturnType<typeof connect>, start: string): Subscription<Item> {
  const stream: Subscription<Item> = subscribe<Item>(client, "viewerEvents", EVENTS, {
    get after() {
      return stream?.items.at(-1)?.cursor ?? start;
    },
  });
  return stream;
}

const sign = (seconds: number) =>
  new SignJWT({ sid: maya.viewer.sessionId })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("kith")
    .setSubject(maya.id)
    .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
    .sign(deriveKeys(TEST_SECRET).accessToken);
const bodies = ({ items }: Subscription<Item>) =>
  items.flatMap(({ change }) => (change?.message as { body: string } | undefined)?.body ?? []);
const places = ({ items }: Subscription<Item>) =>
  items.filter(({ __typename }) => __typename === "ViewerEvent").map(({ cursor }) => placeOf(cursor));

describe.each(MODES)("over %s", (_mode, isSingle) => {
  test("queries, mutations and subscriptions work beside one another", async () => {
    const client = connect(isSingle, () => maya.token);
    const events = subscribe<Item>(
      connect(isSingle, () => leo.token),
      "viewerEvents",
      EVENTS,
    );
    await events.until(({ __typename }) => __typename === "StreamOpened");
    const viewer = subscribe<{ user: object }>(client, "viewer", VIEWER);
    expect(await viewer.until(() => true)).toEqual({ user: { handle: "maya" } });
    const body = `by stream ${isSingle}`;
    const say = subscribe<object>(
      client,
      "sendMessage",
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { duplicate userErrors { code } } }",
      { input: { conversationId: globalId("conversation", pair), body, nonce: body } },
    );
    expect(await say.until(() => true)).toEqual({ duplicate: false, userErrors: [] });
    await events.until(({ change }) => (change?.message as { body?: string } | undefined)?.body === body);
    await Promise.all([viewer.done, say.done]);
    events.stop();
    await events.done;
    await asks.settle(0);
  });

  test("a client that is cut off by a node that stops goes on at another, and nothing is missed or comes twice", async () => {
    const other = await startTestServer({ demo: false, database: world.server.database });
    let url = other.url;
    const start = await streams.cursorOf(leo);
    const events = follow(
      connect(
        isSingle,
        () => leo.token,
        () => url,
      ),
      start,
    );
    const said = Array.from({ length: 40 }, (_, nr) => `${isSingle} ${nr}`);
    const last = said.at(-1);
    const talk = (async () => {
      for (const body of said) await world.say(maya, pair, body);
    })();
    await events.until(({ change }) => (change?.message as { body?: string } | undefined)?.body === said[5]);
    url = world.server.url;
    const stoppedAt = Date.now();
    await other.stop();
    expect(Date.now() - stoppedAt).toBeLessThan(SOON_MS);
    await talk;
    await events.until(({ change }) => (change?.message as { body?: string } | undefined)?.body === last);
    expect(bodies(events)).toEqual(said);
    const first = placeOf(start) + 1;
    expect(places(events)).toEqual(places(events).map((_, at) => first + at));
    const openings = events.items.filter(({ __typename }) => __typename !== "ViewerEvent");
    expect(openings.map(({ resumed }) => resumed)).toEqual([true, true]);
    expect(events.errors).toEqual([]);
  });

  test("a token that expires cuts it off, and the client comes back with a fresh one", async () => {
    const start = await streams.cursorOf(maya);
    const tokens = [await sign(6)];
    const events = follow(
      connect(isSingle, () => tokens.pop() ?? maya.token),
      start,
    );
    if (isSingle) tokens.push(tokens[0] ?? "");
    await events.until(({ __typename }) => __typename === "StreamOpened");
    await world.say(leo, pair, "before");
    await events.until(() => events.items.filter(({ resumed }) => resumed !== undefined).length === 2);
    await world.say(leo, pair, "after");
    await events.until(() => bodies(events).length === 2);
    expect(bodies(events)).toEqual(["before", "after"]);
    expect(events.errors).toEqual([]);
  });
});

describe("a session that ends takes its streams with it within a second", () => {
  async function expectEnded(end: (token: string, session: Person) => Promise<unknown>) {
    const { viewer, credentials } = await signIn(world.as(null), { handle: "maya", password: PASSWORD });
    const session: Person = { ...maya, viewer, token: credentials.accessToken };
    const mine = [
      await asks.alone({ token: session.token, query: SUBSCRIPTION }),
      (await asks.single(session)).events,
    ];
    const unopened = await asks.reserve(session);
    const other = await asks.alone({ token: maya.token, query: SUBSCRIPTION });
    await mine[0]?.event(({ event }) => event === "next");
    const endedAt = Date.now();
    await end(session.token, session);
    for (const stream of mine) await stream.closed;
    expect(Date.now() - endedAt).toBeLessThan(SOON_MS);
    // A client takes what is complete for done, and would not come back.
    for (const stream of mine) expect(stream.events.filter(({ event }) => event === "complete")).toEqual([]);
    const again = await asks.alone({ token: session.token, query: SUBSCRIPTION });
    expect([again.status, await again.whole()]).toEqual([401, expect.stringContaining("UNAUTHENTICATED")]);
    expect((await asks.alone({ method: "GET", token: maya.token, stream: unopened })).status).toBe(404);
    await world.say(leo, pair, "still there?");
    await other.event(({ data }) => JSON.stringify(data).includes("ViewerEvent"));
  }

  test("when it is signed out of", () =>
    expectEnded((token) => send(world.server.url, token, "mutation { signOut(input: {}) { signedOut } }")));

  test("and when that happens on another node", () =>
    expectEnded((_token, session) => signOut(world.as(session), {})));
});

describe("a client that stops reading", () => {
  const count = 2_500;

  /** Somebody whose log has thousands of events, of some seven thousand characters each as they are sent. */
  async function personWithEvents(): Promise<Person> {
    const person = await world.person(`busy.${randomUUID().slice(0, 8)}`);
    const nodes = Array.from({ length: 500 }, (_, nr) => ({
      kind: "video" as const,
      key: [`${nr}00000000000`],
    }));
    await world.server.database.query(
      `insert into viewer_events (viewer_id, position, kind, ids)
       select $1, position, 'ACCESS_REVOKED', $3 from generate_series(1, $2::int) as position`,
      [person.id, count, packNodes(...nodes)],
    );
    const raise = "update viewer_logs set position = $2 where viewer_id = $1";
    await world.server.database.query(raise, [person.id, count]);
    return person;
  }

  const itemOf = ({ data }: StreamEvent) => (data.payload ?? data).data?.viewerEvents as Item | undefined;
  const placesOf = ({ events }: RawEvents) =>
    events.flatMap((event) => {
      const item = itemOf(event);
      return item?.__typename === "ViewerEvent" ? [placeOf(item.cursor)] : [];
    });
  const deliveries = () => asks.metric("kith_deliveries_total");

  test.each(MODES)(
    "holds no more than a place, is let go, and misses nothing: %s",
    async (_mode, isSingle) => {
      const person = await personWithEvents();
      const cursorAt = (position: number) => encodeEventCursor({ viewerId: person.id, epoch: 1, position });
      const open = async (after: string) => {
        if (!isSingle) return asks.alone({ token: person.token, query: EVENTS, variables: { after } });
        const { events, begin } = await asks.single(person);
        expect((await begin("all", EVENTS, { after })).status).toBe(202);
        return events;
      };
      await asks.settle(0);
      const before = await deliveries();
      const slow = await open(cursorAt(0));
      await slow.event((event) => itemOf(event)?.cursor === cursorAt(10));
      slow.pause();
      await asks.settle(0, LONG_MS);
      // What lies in the network is all that was read from the log.
      expect((await deliveries()) - before).toBeLessThan(count / 2);
      slow.resume();
      expect(await slow.closed).toBe(false);
      const seen = placesOf(slow);
      const resumed = await open(cursorAt(seen.length));
      await resumed.event((event) => itemOf(event)?.cursor === cursorAt(count), LONG_MS);
      expect([...seen, ...placesOf(resumed)]).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    },
    6 * LONG_MS,
  );
});
