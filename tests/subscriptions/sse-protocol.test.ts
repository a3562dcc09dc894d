/** GraphQL over server-sent events for whoever does not keep to the protocol, or uses what is another's. */
import { setTimeout as sleep } from "node:timers/promises";
import { jest } from "@jest/globals";
import { SignJWT } from "jose";
import { signIn } from "../../src/actions/account.ts";
import { LogReader } from "../../src/loaders/event.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { HeldTable } from "../support/held-table.ts";
import { TEST_SECRET } from "../support/server.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { type Ask, EventRequests, type RawEvents } from "./raw-events.ts";

/** How long a reserved stream waits for its client. */
const RESERVED_MS = 30_000;
const VIEWER = "{ viewer { user { handle } } }";
const SUBSCRIPTION = "subscription { viewerEvents { __typename } }";

let world: World;
let asks: EventRequests;
let maya: Person;
let leo: Person;
let pair: string;
/** Reserved when the tests begin, and never opened. */
let abandoned: string;
let abandonedAt: number;
beforeAll(async () => {
  world = await World.start();
  asks = new EventRequests(world);
  [maya, leo] = await world.people("maya", "leo");
  await world.befriend(maya, leo);
  pair = await world.direct(maya, leo);
  abandoned = await asks.reserve(maya);
  abandonedAt = Date.now();
});
afterEach(() => asks.close());
afterAll(() => world.stop());

const sign = (seconds: number) =>
  new SignJWT({ sid: maya.viewer.sessionId })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("kith")
    .setSubject(maya.id)
    .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
    .sign(deriveKeys(TEST_SECRET).accessToken);
describe("a reserved stream", () => {
  test("is its viewer's alone, also for who knows its name, and is open once at a time", async () => {
    const { stream, events, begin } = await asks.single(maya);
    const { credentials } = await signIn(world.as(null), { handle: "maya", password: PASSWORD });
    const uses = (token: string | null, name: string): Promise<RawEvents>[] => [
      asks.alone({ method: "GET", token, stream: name }),
      asks.alone({ method: "GET", token, search: `?token=${name}` }),
      asks.ask({ token, stream: name, operationId: "1", query: VIEWER }),
      asks.ask({ method: "DELETE", token, stream: name, search: "?operationId=1" }),
    ];
    const statuses = async (token: string | null, name: string) =>
      (await Promise.all(uses(token, name))).map(({ status }) => status);
    expect(await statuses(leo.token, stream)).toEqual([404, 404, 404, 404]);
    expect(await statuses(leo.token, "never reserved")).toEqual([404, 404, 404, 404]);
    expect(await statuses(credentials.accessToken, stream)).toEqual([404, 404, 404, 404]);
    expect(await statuses(null, stream)).toEqual([401, 401, 401, 401]);
    expect((await asks.alone({ method: "GET", token: maya.token, stream })).status).toBe(409);
    expect((await asks.ask({ method: "PUT" })).status).toBe(401);
    expect((await begin("mine", VIEWER)).status).toBe(202);
    const { data } = await events.event(({ data }) => data.id === "mine");
    expect(data.payload).toEqual({ data: { viewer: { user: { handle: "maya" } } } });
    expect(events.events.filter(({ data }) => data.id !== "mine")).toEqual([]);
    events.terminate();
    await asks.settle(0);
    expect((await begin("gone", VIEWER)).status).toBe(404);
  });

  test("takes fifty operations at a time, refuses one more, and has room when another ends", async () => {
    const { stream, events, begin } = await asks.single(maya);
    const names = Array.from({ length: 50 }, (_, nr) => `${nr}`);
    const answers = await Promise.all(names.map((name) => begin(name, SUBSCRIPTION)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    for (const name of names) await events.event(({ data }) => data.id === name);
    const tooMany = await begin("one more", SUBSCRIPTION);
    expect([tooMany.status, await tooMany.whole()]).toEqual([400, expect.stringContaining("TOO_LARGE")]);
    expect((await begin("8", SUBSCRIPTION)).status).toBe(400);
    await asks.ask({ method: "DELETE", token: maya.token, stream, search: "?operationId=7" });
    await events.event(({ event, data }) => event === "complete" && data.id === "7");
    expect((await begin("8", SUBSCRIPTION)).status).toBe(409);
    expect((await begin("again", "{ wrong }")).status).toBe(400);
    expect((await begin("again", SUBSCRIPTION)).status).toBe(202);
    await world.say(leo, pair, "to all fifty");
    const news = () => events.events.filter(({ data }) => JSON.stringify(data).includes("ViewerEvent"));
    await events.event(() => news().length === 50);
    expect(news().map(({ data }) => data.id)).not.toContain("7");
  });

  test("is one of twenty at most", async () => {
    const person = await world.person("greedy");
    for (let nr = 1; nr <= 20; nr++) await asks.reserve(person);
    const answer = await asks.ask({ method: "PUT", token: person.token });
    expect([answer.status, await answer.whole()]).toEqual([
      429,
      expect.stringContaining("TOO_MANY_REQUESTS"),
    ]);
    await asks.reserve(leo);
  });

  test("may be given operations before it is open, and sends what came of them then", async () => {
    const stream = await asks.reserve(maya);
    for (const operationId of ["1", "2"]) {
      expect((await asks.ask({ token: maya.token, stream, operationId, query: VIEWER })).status).toBe(202);
    }
    const events = await asks.alone({ method: "GET", token: maya.token, search: `?token=${stream}` });
    await events.event(({ event, data }) => event === "complete" && data.id === "2");
    await events.event(({ event, data }) => event === "complete" && data.id === "1");
  });
});

describe("an operation", () => {
  const deep = `{ viewer { user { ${"friends(first: 1) { nodes { ".repeat(6)} id ${"} }".repeat(6)} } } }`;
  const user = "query ($handle: String!) { user(handle: $handle) { id } }";
  const wrong: [code: string, query: string, variables?: Record<string, unknown>][] = [
    ["GRAPHQL_PARSE_FAILED", "{ viewer {"],
    ["GRAPHQL_PARSE_FAILED", ""],
    ["GRAPHQL_VALIDATION_FAILED", "{ secrets }"],
    ["OPERATION_TOO_LARGE", deep],
    ["BAD_REQUEST", `query A ${VIEWER} query B ${VIEWER}`],
    ["BAD_USER_INPUT", user],
    ["BAD_USER_INPUT", user, { handle: "a\0" }],
  ];

  test("that is wrong or asks too much is refused with a code", async () => {
    const { begin } = await asks.single(maya);
    for (const [code, query, variables] of wrong) {
      const own = await asks.alone({ token: maya.token, query, variables });
      expect([query, own.status, await own.refusal()]).toEqual([query, 200, [code]]);
      await own.event(({ event }) => event === "complete");
      await own.closed;
    }
    const before: [code: string, query: string, variables?: Record<string, unknown>][] = wrong.slice(0, 5);
    for (const [code, query, variables] of before) {
      const shared = await begin("1", query, variables);
      expect([shared.status, await shared.whole()]).toEqual([400, expect.stringContaining(code)]);
    }
  });

  test("of somebody who is not signed in can ask what anybody can", async () => {
    const search = new URLSearchParams({ query: user, variables: JSON.stringify({ handle: "maya" }) });
    for (const request of [
      { query: user, variables: { handle: "maya" } },
      { method: "GET", search: `?${search}` },
    ]) {
      const stream = await asks.alone(request);
      expect(stream.headers).toMatchObject({
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        "access-control-allow-origin": "*",
      });
      expect((await stream.event(({ event }) => event === "next")).data.data).toEqual({
        user: { id: maya.globalId },
      });
      expect(await stream.closed).toBe(true);
      expect(stream.events.map(({ event }) => event)).toEqual(["next", "complete"]);
    }
    expect(await (await asks.alone({ query: SUBSCRIPTION })).refusal()).toEqual(["UNAUTHENTICATED"]);
  });

  test("with a token that is not good is refused as a whole, with the status that says so", async () => {
    for (const [code, token] of [
      ["TOKEN_EXPIRED", await sign(-1)],
      ["UNAUTHENTICATED", "nonsense"],
    ] as const) {
      for (const request of [asks.alone({ token, query: VIEWER }), asks.ask({ method: "PUT", token })]) {
        const answer = await request;
        expect([answer.status, await answer.whole()]).toEqual([401, expect.stringContaining(code)]);
      }
    }
  });

  test("can't be begun by a page of another origin without asking first", async () => {
    const mutation = "mutation { signOut(input: {}) { signedOut } }";
    const get = `?${new URLSearchParams({ query: mutation })}`;
    expect((await asks.alone({ method: "GET", search: get, token: maya.token })).status).toBe(405);
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const simple = await asks.alone({ query: VIEWER, headers: { "content-type": type } });
      expect([type, simple.status]).toEqual([type, 415]);
    }
    const preflight = await asks.ask({ method: "OPTIONS" });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-methods"]).toContain("PUT");
    expect(preflight.headers["access-control-allow-headers"]).toContain("x-graphql-event-stream-token");
    expect(preflight.headers["access-control-allow-credentials"]).toBeUndefined();
  });

  test("that is malformed, or too large, or asked for in another way, is refused", async () => {
    const large = (bytes: number) => JSON.stringify({ query: VIEWER, extensions: { x: "x".repeat(bytes) } });
    const addresses = (bytes: number) =>
      JSON.stringify({ query: VIEWER, variables: { phoneHashes: ["x".repeat(bytes)] } });
    const { token } = maya;
    const statusOf = async (request: Ask) => (await asks.alone(request)).status;
    expect(await statusOf({ body: large(65 * 1_024) })).toBe(413);
    expect(await statusOf({ body: large(65 * 1_024), token })).toBe(413);
    expect(await statusOf({ body: addresses(65 * 1_024), token })).toBe(200);
    expect(await statusOf({ body: addresses(65 * 1_024) })).toBe(413);
    expect(await statusOf({ body: addresses(513 * 1_024), token })).toBe(413);
    for (const body of ["", "nonsense", "null", "[]", "{}", '{"query":7}', `{"query":"{a}","variables":7}`]) {
      expect([body, await statusOf({ body })]).toEqual([body, 400]);
    }
    expect(await statusOf({ method: "GET" })).toBe(400);
    expect(await statusOf({ method: "GET", search: "?query={a}&variables=x" })).toBe(400);
    expect(await statusOf({ method: "PATCH" })).toBe(405);
    expect(await statusOf({ method: "DELETE", token })).toBe(404);
    expect((await asks.ask({ query: VIEWER, token })).status).toBe(406);
  });
});

test("streams that are closed, or break off in the middle of things, leave nothing behind", async () => {
  await asks.settle(0);
  const many = await Promise.all(
    Array.from({ length: 20 }, (_, nr) =>
      nr % 2 === 0
        ? asks.alone({ token: maya.token, query: SUBSCRIPTION })
        : asks.single(leo).then(async ({ events, begin }) => {
            await begin("1", SUBSCRIPTION);
            return events;
          }),
    ),
  );
  await asks.settle(20);
  for (const stream of many) stream.terminate();
  await asks.settle(0);
});

test("operations that are completed while they begin leave nothing on their stream, however many", async () => {
  await asks.settle(0);
  const { stream, events, begin } = await asks.single(maya);
  await asks.settle(1);
  const closed = jest.spyOn(LogReader.prototype, "close");
  const names = Array.from({ length: 8 }, (_, nr) => `${nr}`);
  for (let round = 0; round < 7; round++) {
    // Each has to see how far the log has come before it begins.
    const logs = await HeldTable.hold(world.server.database.url, "viewer_logs");
    const begun = Promise.all(names.map((name) => begin(name, SUBSCRIPTION)));
    await logs.waiting(names.length);
    for (const name of names) {
      const search = `?operationId=${name}`;
      expect((await asks.ask({ method: "DELETE", token: maya.token, stream, search })).status).toBe(200);
    }
    await logs.release();
    expect(new Set((await begun).map(({ status }) => status))).toEqual(new Set([204]));
  }
  // What the stream still has is closed when it ends.
  const before = closed.mock.calls.length;
  expect(before).toBeGreaterThanOrEqual(7 * names.length);
  events.terminate();
  await asks.settle(0);
  expect(closed.mock.calls).toHaveLength(before);
  closed.mockRestore();
});

test("a stream that is never opened is forgotten after half a minute; one that is quiet is kept alive", async () => {
  const quiet = await asks.alone({ token: maya.token, query: SUBSCRIPTION });
  await quiet.event(() => true);
  const atFirst = quiet.comments;
  await sleep(abandonedAt + RESERVED_MS - Date.now() + 500);
  while (quiet.comments === atFirst) await sleep(100);
  const opening = await asks.alone({ method: "GET", token: maya.token, stream: abandoned });
  expect(opening.status).toBe(404);
});
