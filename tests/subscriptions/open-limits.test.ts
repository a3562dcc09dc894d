/** How much is open at a time: so many sockets and streams of a person, and of all who are not signed in at one place. */
import { setTimeout as sleep } from "node:timers/promises";
import { jest } from "@jest/globals";
import { MAX_OPEN_PER_NETWORK, MAX_OPEN_PER_VIEWER, NOBODYS_IDLE_SECONDS } from "../../src/graphql/limits.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { RawSocket } from "./raw.ts";
import { EventRequests } from "./raw-events.ts";

const NORMAL = 1000;
const TOO_MANY = 4429;
const EVENTS = "subscription { viewerEvents { __typename } }";
const NOTHING = "{ __typename }";

let world: World;
let asks: EventRequests;
/** A node with RATE_LIMITS=off. */
let free: TestServer;
let maya: Person;
let leo: Person;
beforeAll(async () => {
  world = await World.start({ rateLimits: true });
  free = await startTestServer({ demo: false, database: world.server.database });
  asks = new EventRequests(world);
  [maya, leo] = await world.people("maya", "leo");
});
const sockets: RawSocket[] = [];
afterEach(() => {
  jest.useRealTimers();
  for (const socket of sockets.splice(0)) socket.terminate();
  asks.close();
});
afterAll(async () => {
  await free?.stop();
  await world?.stop();
});

/** Opens a socket as somebody; says with what code it was closed, or that it stays. */
async function open(person: Person | null, url = world.server.url): Promise<number | "open"> {
  const socket = await RawSocket.open(url);
  sockets.push(socket);
  socket.init(person === null ? {} : { authorization: `Bearer ${person.token}` });
  while (socket.isOpen) {
    if (socket.frames.some(({ type }) => type === "connection_ack")) return "open";
    await sleep(10);
  }
  return socket.closed;
}

/** Opens that many, all of which stay. */
async function openMany(person: Person | null, count: number, url = world.server.url): Promise<void> {
  const outcomes = await Promise.all(Array.from({ length: count }, () => open(person, url)));
  expect(new Set(outcomes)).toEqual(new Set(["open"]));
}

/** Tries until there is room: the server hears a little later than we do that something has closed. */
async function openInTime(person: Person | null): Promise<void> {
  for (let tries = 0; (await open(person)) !== "open"; tries++) {
    if (tries === 100) throw new Error("There is no room.");
    await sleep(50);
  }
}

test("a person has thirty sockets and streams at a time; one more is refused, and one that ends makes room", async () => {
  expect(MAX_OPEN_PER_VIEWER).toBe(30);
  await openMany(maya, MAX_OPEN_PER_VIEWER - 2);
  const alone = await asks.alone({ token: maya.token, query: EVENTS });
  await asks.single(maya);
  expect(await open(maya)).toBe(TOO_MANY);
  for (const refused of [
    await asks.alone({ token: maya.token, query: EVENTS }),
    await asks.ask({ method: "PUT", token: maya.token }),
  ]) {
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(await refused.whole()).toContain("TOO_MANY_REQUESTS");
  }
  expect(await open(leo)).toBe("open");
  alone.terminate();
  await openInTime(maya);
  sockets[0]?.close();
  await openInTime(maya);
});

test("all who are not signed in have two hundred at one place, and whoever signs in is not counted among them", async () => {
  expect(MAX_OPEN_PER_NETWORK).toBe(200);
  await openMany(null, MAX_OPEN_PER_NETWORK);
  expect(await open(null)).toBe(TOO_MANY);
  expect((await asks.alone({ query: NOTHING })).status).toBe(429);
  expect(await open(leo)).toBe("open");
  sockets[0]?.terminate();
  await openInTime(null);
});

test("a stream that answers its operation and ends leaves nothing behind that counts", async () => {
  for (let nr = 0; nr <= MAX_OPEN_PER_VIEWER; nr++) {
    const answer = await asks.alone({ token: leo.token, query: NOTHING });
    expect([nr, answer.status]).toEqual([nr, 200]);
    await answer.whole();
  }
});

test("with RATE_LIMITS=off nothing is counted", async () => {
  await openMany(maya, MAX_OPEN_PER_VIEWER + 1, free.url);
});

test("a socket of nobody's is closed when nothing was asked on it for a minute, and one of somebody's stays", async () => {
  jest.useFakeTimers({
    doNotFake: [
      "Date",
      "hrtime",
      "nextTick",
      "performance",
      "queueMicrotask",
      "setImmediate",
      "clearImmediate",
      "setInterval",
      "clearInterval",
    ],
  });
  await openMany(null, 1);
  await openMany(maya, 1);
  const [nobodys, mayas] = sockets;
  jest.advanceTimersByTime((NOBODYS_IDLE_SECONDS - 1) * 1_000);
  nobodys?.begin("1", NOTHING);
  expect((await nobodys?.answer("1"))?.payload?.data).toEqual({ __typename: "Query" });
  jest.advanceTimersByTime((NOBODYS_IDLE_SECONDS - 1) * 1_000);
  nobodys?.begin("2", NOTHING);
  await nobodys?.answer("2");
  jest.advanceTimersByTime(NOBODYS_IDLE_SECONDS * 1_000);
  expect(await nobodys?.closed).toBe(NORMAL);
  mayas?.begin("1", NOTHING);
  await mayas?.answer("1");
  expect(mayas?.isOpen).toBe(true);
});
