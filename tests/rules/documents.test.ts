/** What is kept of documents: comments, length and the room for all of them are bounded, by whichever way they come. */
import { buildSchema } from "graphql";
import { createClient } from "graphql-sse";
import { Documents } from "../../src/graphql/documents.ts";
import { printedSchema } from "../../src/graphql/print.ts";
import { send } from "../support/ask.ts";
import { connect, subscribe } from "../support/socket.ts";
import { World } from "../support/world.ts";

const KIB = 1024;
const EVENTS = "text/event-stream";

type Refusals = readonly { readonly extensions?: Record<string, unknown> }[];
type Ask = (query: string) => Promise<Refusals>;

let world: World;
let token: string;
const clients: { dispose: () => void | Promise<void> }[] = [];
beforeAll(async () => {
  world = await World.start();
  token = (await world.person("maya")).token;
});
afterAll(async () => {
  for (const client of clients) await client.dispose();
  await world.stop();
});

const byPost: Ask = async (query) => (await send(world.server.url, token, query)).errors;

const byGet: Ask = async (query) => {
  const headers = { "apollo-require-preflight": "yes" };
  const response = await fetch(`${world.server.url}/graphql?${new URLSearchParams({ query })}`, { headers });
  const { errors = [] } = (await response.json()) as { errors?: Refusals };
  return errors;
};

const over = async (client: Parameters<typeof subscribe>[0], query: string): Promise<Refusals> => {
  const { done, errors } = subscribe(client, "__typename", query);
  await done;
  return errors.flat() as Refusals;
};

const bySocket: Ask = (query) => {
  const client = connect(world.server.url, token);
  clients.push(client);
  return over(client, query);
};

const byStream: Ask = (query) => {
  const headers = { authorization: `Bearer ${token}` };
  const client = createClient({ url: `${world.server.url}/graphql/stream`, headers, retryAttempts: 0 });
  clients.push(client);
  return over(client, query);
};

test.each([
  ["by POST", byPost],
  ["by GET", byGet],
  ["over a socket", bySocket],
  ["over an event stream", byStream],
])("a document with a hundred comments is read, with one more it is not: %s", async (_how, ask) => {
  const withComments = (count: number) => `{ __typename }\n${"#\n".repeat(count)}`;
  expect(await ask(withComments(100))).toEqual([]);
  expect(await ask(withComments(101))).toMatchObject([
    { extensions: { code: "OPERATION_TOO_LARGE", limit: 100 } },
  ]);
});

test.each([
  ["HTTP", "/graphql", "application/json"],
  ["an event stream", "/graphql/stream", EVENTS],
])("an address book has a document of 64 KiB at most, over %s", async (_how, path, accept) => {
  const post = async (query: string, phoneHashes: string[] = []) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, accept };
    const body = JSON.stringify({ variables: { phoneHashes }, query });
    const response = await fetch(`${world.server.url}${path}`, { method: "POST", headers, body });
    return [response.status, await response.text()];
  };
  const ofBytes = (bytes: number) => "{ __typename }".padEnd(bytes);
  const read = [200, expect.stringContaining(`"__typename":"Query"`)];
  expect(await post(ofBytes(64 * KIB), ["x".repeat(300 * KIB)])).toEqual(read);
  const refused = [413, expect.stringContaining(`"code":"PAYLOAD_TOO_LARGE","limit":${64 * KIB}`)];
  expect(await post(ofBytes(64 * KIB + 1))).toEqual(refused);
  expect(await post(`{ __typename } # ${"é".repeat(40 * KIB)}`)).toEqual(refused);
  expect(await post(ofBytes(400 * KIB))).toEqual(refused);
});

describe("a document that was read", () => {
  const schema = buildSchema(printedSchema());
  /** Whether the first of so many is still there when the others have been read. */
  const keepsFirst = (count: number, make: (nr: number) => string): boolean => {
    const documents = new Documents();
    const [first] = Array.from({ length: count }, (_, nr) => documents.parse(schema, make(nr)));
    expect(first).toHaveProperty("kind");
    return documents.parse(schema, make(0)) === first;
  };

  test("is kept until a thousand others have come, where they are such as apps have", () => {
    const make = (nr: number) => `{ viewer { user { id handle displayName a${nr}: id } } }`;
    expect(keepsFirst(1_000, make)).toBe(true);
    expect(keepsFirst(1_001, make)).toBe(false);
  });

  test.each<[string, number, (nr: number) => string]>([
    ["long", 300, (nr) => `{ __typename }${" ".repeat(60 * KIB)}#${nr}`],
    ["of many tokens", 50, (nr) => `{ nodes(ids: [${"1 ".repeat(1_900)}${nr}]) { id } }`],
    ["of many escapes", 500, (nr) => `{ nodes(ids: "${"\\n".repeat(1_500)}${nr}") { id } }`],
  ])("is forgotten sooner where the others are %s, for all together have 64 MiB", (_what, count, make) => {
    expect(keepsFirst(count, make)).toBe(false);
  });
});
