/** One gate for both transports: what asks for too much is refused before it runs, and says how much it asked. */
import { request } from "node:http";
import { jest } from "@jest/globals";
import { getIntrospectionQuery } from "graphql";
import type { Client } from "graphql-ws";
import WebSocket from "ws";
import { globalId } from "../../src/ids.ts";
import { send } from "../support/ask.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";

const KIB = 1024;

let server: TestServer;
let token: string;
let client: Client;

interface Reply {
  readonly data?: Record<string, unknown> | null;
  readonly errors: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}
type Ask = (query: string, variables?: Record<string, unknown>, operationName?: string) => Promise<Reply>;

async function post(body: unknown, contentType = "application/json"): Promise<Reply & { status: number }> {
  const headers = { "content-type": contentType, authorization: `Bearer ${token}` };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/graphql`, { method: "POST", headers, body: text });
  return { errors: [], status: response.status, ...((await response.json()) as Partial<Reply>) };
}

const byPost: Ask = (query, variables, operationName) => post({ query, variables, operationName });

const byGet: Ask = async (query, variables = {}, operationName) => {
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  if (operationName !== undefined) search.set("operationName", operationName);
  const headers = { "apollo-require-preflight": "yes", authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}/graphql?${search}`, { headers });
  return { errors: [], ...((await response.json()) as Partial<Reply>) };
};

const bySocket: Ask = (query, variables, operationName) =>
  new Promise((resolve, reject) => {
    let result: object = {};
    client.subscribe(
      { query, variables, operationName },
      {
        next(next) {
          result = next;
        },
        error: (errors) => (Array.isArray(errors) ? resolve({ errors }) : reject(errors)),
        complete: () => resolve({ errors: [], ...result }),
      },
    );
  });

beforeAll(async () => {
  server = await startTestServer();
  const { data } = await send<{ signIn: { credentials: { accessToken: string } } }>(
    server.url,
    null,
    'mutation { signIn(input: { handle: "maya", password: "kith-demo-2026" }) { credentials { accessToken } } }',
  );
  token = data.signIn.credentials.accessToken;
  client = connect(server.url, token);
});

afterAll(async () => {
  await client?.dispose();
  await server?.stop();
});

/** A document whose fields stand so many levels within each other. */
function ofDepth(depth: number): string {
  const inner = depth - 3;
  const id = globalId("conversation", 1);
  return `{ conversation(id: "${id}") { lastMessage { ${"replyTo { ".repeat(inner)} id ${"} ".repeat(inner)} } } }`;
}

/** The same, with all but the first level in fragments. */
function ofDepthInFragments(depth: number): string {
  const id = globalId("conversation", 1);
  const fragments = Array.from({ length: depth - 2 }, (_, at) => {
    const inner = at === depth - 3 ? "id" : `... on Message { replyTo { ...F${at + 1} } }`;
    return `fragment F${at} on Message { ${inner} }`;
  });
  return `{ conversation(id: "${id}") { lastMessage { ...F0 } } } ${fragments.join(" ")}`;
}

const withAliases = (count: number) =>
  `{ viewer { user { ${Array.from({ length: count }, (_, at) => `a${at}: id`).join(" ")} } } }`;

const inFragment = (count: number) =>
  `{ viewer { user { ...F } } } fragment F on User { ${Array.from({ length: count }, (_, at) => `a${at}: id`).join(" ")} }`;

// Inline fragments of four tokens each: fields that are repeated more often are no valid document.
const ofTokens = (count: number) =>
  `{ viewer { user { ${"...{ id } ".repeat((count - 8) / 4)} ${"id ".repeat((count - 8) % 4)} } } }`;

// A connection of 100, and in each a connection of `first`, in each of whose nodes there are five fields.
const costOf = (first: number) => 1 + 1 + 100 * (1 + 1 + first * (1 + 5));
const nested = (variable: string, first: string) =>
  `query Costly${variable} { viewer { friends(first: 100) { nodes { videos(first: ${first}) { nodes { id caption likeCount createdAt status } } } } } }`;

const ids = (count: number) => Array.from({ length: count }, (_, at) => globalId("user", at + 1));
const VIDEOS_OF_MANY =
  "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { videos(first: 100) { nodes { id caption likeCount createdAt status } } } } }";

/** Fragments of which each has the next one twice: 2 to the power of their number fields. */
const multiplying = (count: number) =>
  `{ viewer { user { ...F0 } } } ${Array.from({ length: count }, (_, at) => `fragment F${at} on User { ...F${at + 1} ...F${at + 1} }`).join(" ")}
  fragment F${count} on User { id }`;

const refusedFor = (what: string, asked: number, limit: number) => [
  expect.objectContaining({ extensions: { code: "OPERATION_TOO_LARGE", [what]: asked, limit } }),
];

describe.each([
  ["by POST", byPost],
  ["by GET", byGet],
  ["over a socket", bySocket],
])("%s", (_how, ask) => {
  test("twelve levels are let in, thirteen are not, however they are written", async () => {
    for (const write of [ofDepth, ofDepthInFragments]) {
      expect((await ask(write(12))).errors).toEqual([]);
      expect((await ask(write(13))).errors).toEqual(refusedFor("depth", 13, 12));
    }
  });

  test("thirty aliases are let in, thirty-one are not, however they are written", async () => {
    for (const write of [withAliases, inFragment]) {
      expect((await ask(write(30))).errors).toEqual([]);
      expect((await ask(write(31))).errors).toEqual(refusedFor("aliases", 31, 30));
    }
  });

  test("two thousand tokens are let in, one more is not", async () => {
    expect((await ask(ofTokens(2_000))).errors).toEqual([]);
    expect((await ask(ofTokens(2_001))).errors).toEqual([
      expect.objectContaining({ extensions: { code: "OPERATION_TOO_LARGE", limit: 2_000 } }),
    ]);
  });

  test("a cost of up to 60,000 is let in; more is refused, with the cost and the limit", async () => {
    expect(costOf(99)).toBeLessThan(60_000);
    expect((await ask(nested("", "99"))).errors).toEqual([]);
    expect((await ask(nested("", "100"))).errors).toEqual(refusedFor("cost", costOf(100), 60_000));
  });

  test("variables decide the cost, given or by default", async () => {
    const given = nested("($first: Int!)", "$first");
    expect((await ask(given, { first: 99 })).errors).toEqual([]);
    expect((await ask(given, { first: 100 })).errors).toEqual(refusedFor("cost", costOf(100), 60_000));
    const byDefault = nested("($first: Int = 100)", "$first");
    expect((await ask(byDefault, { first: 99 })).errors).toEqual([]);
    expect((await ask(byDefault)).errors).toEqual(refusedFor("cost", costOf(100), 60_000));
  });

  test("a page whose size is left out counts as the twenty that it brings", async () => {
    const big = `{ viewer { friends { nodes { videos { nodes { likers { nodes { friends(first: 7) { nodes { id } } } } } } } } } }`;
    const cost = 1 + 1 + 20 * (1 + 1 + 20 * (1 + 1 + 20 * (1 + 1 + 7 * 2)));
    expect((await ask(big)).errors).toEqual(refusedFor("cost", cost, 60_000));
  });

  test("what is read by ids costs as much for each of them", async () => {
    expect((await ask(VIDEOS_OF_MANY, { ids: ids(99) })).errors).toEqual([]);
    const cost = 1 + 100 * (1 + 100 * 6);
    expect((await ask(VIDEOS_OF_MANY, { ids: ids(100) })).errors).toEqual(refusedFor("cost", cost, 60_000));
  });

  test("fragments that multiply are refused at once", async () => {
    expect((await ask(multiplying(40))).errors).toEqual(refusedFor("cost", 2 ** 40 + 2, 60_000));
    expect((await ask(multiplying(90))).errors).toEqual(refusedFor("cost", Number.MAX_SAFE_INTEGER, 60_000));
  });

  test("fragments that go round in circles are no document", async () => {
    const circle = "{ viewer { user { ...A } } } fragment A on User { ...B } fragment B on User { ...A }";
    const { errors } = await ask(circle);
    expect(errors[0]?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("only the operation that is to run is measured", async () => {
    const two = `${nested("", "100")} query Small { viewer { user { handle } } }`;
    expect(await ask(two, {}, "Small")).toMatchObject({ data: { viewer: { user: { handle: "maya" } } } });
    expect((await ask(two, {}, "Costly")).errors).toEqual(refusedFor("cost", costOf(100), 60_000));
  });

  test("the standard introspection query is let in, and what unfolds the schema without end is not", async () => {
    const options = { inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true };
    const { data, errors } = await ask(getIntrospectionQuery(options));
    expect(errors).toEqual([]);
    expect(data).toHaveProperty("__schema.types");
    const unfolding = `{ __schema { types { ${"fields { type { ".repeat(4)} name ${"} } ".repeat(4)} } } }`;
    expect((await ask(unfolding)).errors).not.toEqual([]);
  });
});

const isGoingOn = async () =>
  expect(await byPost("{ __typename }")).toMatchObject({ data: { __typename: "Query" } });

/** A request's body, or a frame, of exactly so many bytes. */
function ofSize(bytes: number, message: Record<string, unknown> & { payload?: object }): string {
  const padded = (pad: string) =>
    JSON.stringify(message.payload === undefined ? { ...message, extensions: { pad } } : { ...message, pad });
  return padded("x".repeat(bytes - padded("").length));
}

test("a body of 64 KiB is read; of a larger one no more than that, and the next request is answered", async () => {
  const query = "{ __typename }";
  expect(await post(ofSize(64 * KIB, { query }))).toMatchObject({ status: 200, errors: [] });
  for (const size of [64 * KIB + 1, 5 * KIB * KIB]) {
    expect(await post(ofSize(size, { query }))).toMatchObject({
      status: 413,
      errors: [{ extensions: { code: "PAYLOAD_TOO_LARGE", limit: 64 * KIB } }],
    });
  }
  await isGoingOn();
});

test("a body that does not say its length is measured as it comes", async () => {
  const status = await new Promise((resolve, reject) => {
    const asking = request(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
    });
    asking.on("response", (response) => resolve(response.statusCode));
    asking.on("error", reject);
    asking.write(`{"query":"`);
    asking.write("x".repeat(70 * KIB));
  });
  expect(status).toBe(413);
  await isGoingOn();
});

test("an operation whose name is not in its document is refused, and has not run", async () => {
  const publish = `mutation Publish {
    publishVideo(input: { sourceUrl: "https://media.example/x.mp4", caption: "Unseen" }) { video { id } }
  }`;
  for (const ask of [byPost, bySocket]) {
    for (const name of ["", "publish", "Nope"]) {
      const { data, errors } = await ask(publish, {}, name);
      const codes = errors.map(({ extensions }) => extensions?.code);
      expect({ name, data: data ?? null, codes }).toEqual({ name, data: null, codes: ["BAD_REQUEST"] });
    }
  }
  expect(await server.database.query("select id from videos where caption = 'Unseen'")).toEqual([]);
});

test("many operations in one body are refused", async () => {
  const { status } = await post([{ query: "{ __typename }" }, { query: "{ __typename }" }]);
  expect(status).toBe(400);
});

/** Opens a socket by hand, sends frames after the greeting, and says with what code it was closed, or what came. */
function sendFrames(...frames: (string | Buffer)[]): Promise<{ code: number } | { type: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    socket.on("error", reject);
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init", payload: {} })));
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type: string };
      if (message.type === "connection_ack") for (const frame of frames) socket.send(frame);
      else resolve(message);
      if (message.type !== "connection_ack") socket.close();
    });
    socket.on("close", (code) => resolve({ code }));
  });
}

test("a frame of 64 KiB is read; a larger one closes its socket without a word in the log, and the others go on", async () => {
  const printed = jest.spyOn(console, "error");
  const payload = { query: "{ __typename }" };
  const frame = (size: number) => ofSize(size, { id: "1", type: "subscribe", payload });
  expect(await sendFrames(frame(64 * KIB))).toMatchObject({ type: "next" });
  expect(await sendFrames(frame(64 * KIB + 1))).toEqual({ code: 1009 });
  expect(await sendFrames(frame(5 * KIB * KIB))).toEqual({ code: 1009 });
  expect(await sendFrames(Buffer.alloc(70 * KIB))).toEqual({ code: 1009 });
  expect(await bySocket("{ __typename }")).toMatchObject({ data: { __typename: "Query" } });
  await isGoingOn();
  expect(printed).not.toHaveBeenCalled();
});

test("a socket has fifty operations at most, and one that ends makes room for another", async () => {
  const own = connect(server.url, token);
  const open = () =>
    subscribe(own, "viewerEvents", "subscription { viewerEvents { ... on StreamOpened { resumed } } }");
  const streams = Array.from({ length: 50 }, open);
  for (const { until } of streams) await until(() => true, "the opening of a stream");
  const oneMore = open();
  await oneMore.done;
  expect(oneMore.errors.flat()).toEqual([
    expect.objectContaining({ extensions: { code: "OPERATION_TOO_LARGE", limit: 50 } }),
  ]);
  streams[0]?.stop();
  await open().until(() => true, "the opening of a stream in the room that was made");
  await own.dispose();
});
