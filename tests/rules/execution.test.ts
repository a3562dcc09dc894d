/** An operation's answer is the same whether graphql-js interprets it, as at first sight, or it runs compiled. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { getOperationAST, parse } from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import { projectRoot } from "../../src/config.ts";
import { createSchema } from "../../src/graphql/schema.ts";
import { type Answer, send } from "../support/ask.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";
import { demoVariables } from "./demo.ts";

const folder = path.join(projectRoot, "schema/operations");
const operations = readdirSync(folder).map((file) => {
  const source = readFileSync(path.join(folder, file), "utf8");
  const document = parse(source);
  return {
    name: path.basename(file, ".graphql"),
    source,
    document,
    type: getOperationAST(document)?.operation,
  };
});
const ofType = (...types: string[]) =>
  operations.filter(({ type = "" }) => types.includes(type)).map((each) => [each.name, each] as const);

const schema = createSchema();
let server: TestServer;
let token: string;
let variables: Record<string, unknown>;

const ask = (source: string, own: Record<string, unknown> = variables) =>
  send<Record<string, unknown>>(server.url, token, source, own);

beforeAll(async () => {
  server = await startTestServer();
  ({ token, variables } = await demoVariables(server.url));
});

afterAll(() => server?.stop());

// One bound for all answers: of a bound that moves, what the demo world did a minute ago differs from sight to sight.
const begunAt = Date.now();

/** Another document for the server, which keeps what it has compiled by its text, with the same meaning. */
const anew = (source: string) => `${source}\n# ${Math.random()}`;

/**
 * What differs each time: credentials, codes, the addresses that carry them, new uploads, the instant as of which a
 * feed is chosen, when somebody was last active, and how far an export has come.
 */
function withoutTokens(answer: Answer<Record<string, unknown>>): unknown {
  const isNew = (key: string, value: unknown) =>
    key === "code"
      ? /^[fv][0-9a-z]{16,}$/.test(String(value))
      : /Token|ExpiresAt$|^(?:url|qrSvg|expiresAt|until|uploadUrl|lastActiveAt)$/.test(key) ||
        /^upload_/.test(String(value)) ||
        isOfInstant(key, value);
  return JSON.parse(JSON.stringify(answer), (key, value) =>
    isNew(key, value) || value === "RUNNING" || value === "READY" ? "***" : value,
  );
}

/** Whether it is a cursor that says as of when a feed was chosen, or that instant itself. */
function isOfInstant(key: string, value: unknown): boolean {
  const isChosen =
    /cursor$/i.test(key) && Buffer.from(String(value), "base64url").toString().startsWith("for_you|");
  return isChosen || (key === "at" && Date.parse(String(value)) > begunAt - 60_000);
}

/** The answers at first, second and third sight: interpreted, compiled, and compiled before. */
async function threeSights(source: string, own?: Record<string, unknown>): Promise<unknown[]> {
  const document = anew(source);
  const answers: unknown[] = [];
  for (let sight = 1; sight <= 3; sight++) answers.push(withoutTokens(await ask(document, own)));
  return answers;
}

test.each(operations.map((each) => [each.name, each] as const))(
  "%s can be compiled",
  (_name, { document }) => {
    expect(isCompiledQuery(compileQuery(schema, document))).toBe(true);
  },
);

test.each(ofType("query", "mutation"))(
  "%s is answered alike, interpreted and compiled",
  async (_name, { source }) => {
    // A mutation does its work at the first time; what it answers from then on is the same.
    const { status, errors, data } = await ask(anew(source));
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
    // Instants have milliseconds, neither more nor less.
    expect(JSON.stringify(data)).not.toMatch(/"[\d-]{10}T[\d:]{8}(?!\.\d{3}Z")/);
    expect(JSON.stringify(data)).not.toMatch(/^\{"\w+":null\}$|"userErrors":\[\{/);
    const [first, ...others] = await threeSights(source);
    for (const other of others) expect(other).toEqual(first);
  },
);

// What is never stored has no beginning to be asked from.
const logged = ofType("subscription").filter(([name]) => name !== "41-presence");

test.each(logged)("%s delivers alike, interpreted and compiled", async (_name, { source, document }) => {
  const field = getOperationAST(document)?.selectionSet.selections[0];
  if (field?.kind !== "Field") throw new Error("A subscription has one field.");
  const { sub } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
    sub: string;
  };
  const beginning = Buffer.from(`${sub}.1.0`).toString("base64url");
  const deliveries: unknown[][] = [];
  const subscription = anew(source);
  for (let sight = 1; sight <= 3; sight++) {
    const client = connect(server.url, token);
    const last = field.name.value === "messageReceived" ? 4 : 12;
    const { items, until, stop } = subscribe<{ cursor: string }>(client, field.name.value, subscription, {
      after: beginning,
    });
    await until(() => items.length >= last, `item ${last} from the beginning`);
    stop();
    await client.dispose();
    deliveries.push(items.slice(0, last));
  }
  for (const delivered of deliveries) expect(delivered).toEqual(deliveries[0]);
});

const REFUSED: readonly (readonly [what: string, source: string])[] = [
  ["an id of another noun", '{ user(id: "video_1") { id } video(id: "video_1") { id } }'],
  ["a page that is too long", "{ viewer { friends(first: 101) { nodes { id } } user { id } } }"],
  ["a cursor of another list", '{ viewer { friends(first: 1, after: "eA") { nodes { id } } } }'],
  [
    "what does not exist",
    '{ nodes(ids: ["user_1", "message_1_1"]) { id } conversation(id: "conversation_1") { id } }',
  ],
];

test.each(REFUSED)("asking for %s fails alike, interpreted and compiled", async (_what, source) => {
  const [first, ...others] = await threeSights(source);
  for (const other of others) expect(other).toEqual(first);
});

const PUBLISH = `mutation ($input: PublishVideoInput!, $n: Int) {
  publishVideo(input: $input) { video { id likers(first: $n) { nodes { id } } } userErrors { code path } }
}`;
const fine = { sourceUrl: "https://media.example/x.mp4", caption: "x" };

const MISFITS: readonly (readonly [what: string, variables: Record<string, unknown>])[] = [
  ["a number that is a text", { input: fine, n: "1" }],
  ["a number that is not whole", { input: fine, n: 1.5 }],
  ["none at all", {}],
  ["null", { input: null }],
  ["a list in place of an object", { input: [] }],
  ["an input without what it needs", { input: { caption: "x" } }],
  ["an input with a field too many", { input: { ...fine, colour: "secret-value" } }],
  ["an unknown enum value", { input: { ...fine, audience: "secret-value" } }],
  ["an address that is none", { input: { ...fine, sourceUrl: "secret-value" } }],
  ["a text with a NUL character", { input: { ...fine, caption: "secret-value\u0000" } }],
  ["a text that is too long", { input: { ...fine, caption: "secret-value".repeat(500) } }],
];

test.each(MISFITS)(
  "variables with %s are refused alike, interpreted and compiled, and never repeated",
  async (_what, own) => {
    const [first, ...others] = await threeSights(PUBLISH, own);
    expect(JSON.stringify(first)).toMatch(/"code":"(BAD_USER_INPUT|INVALID)"/);
    expect(JSON.stringify([first, others])).not.toContain("secret-value");
    for (const other of others) expect(other).toEqual(first);
  },
);

test("over a socket they are refused in the same words, and it stays open", async () => {
  const client = connect(server.url, token);
  const document = anew(PUBLISH);
  for (const [, own] of MISFITS) {
    const byHttp = await ask(anew(PUBLISH), own);
    for (let sight = 1; sight <= 3; sight++) {
      const stream = subscribe(client, "publishVideo", document, own);
      await stream.done;
      const refusals = byHttp.errors.map(({ message, extensions }) => ({ message, extensions }));
      expect([...stream.errors.flat(), ...stream.items]).toMatchObject(
        refusals.length > 0 ? refusals : [byHttp.data.publishVideo],
      );
    }
  }
  await client.dispose();
});

// Compiled, the first fragment would be missing among the friends wherever it is left out of the user.
const CONDITIONAL = `query ($with: Boolean!) {
  viewer {
    user { id ...Named @include(if: $with) bio @skip(if: $with) }
    friends(first: 2) { nodes { ...Named ...Befriended @skip(if: $with) } }
  }
  again: viewer @skip(if: $with) { country }
}
fragment Named on User { handle }
fragment Befriended on User { id @skip(if: $with) relationship { state isBlocked @include(if: $with) } }`;

test("what is skipped or included follows its variable, at every sight", async () => {
  const document = anew(CONDITIONAL);
  const friend = { handle: expect.any(String) };
  const known = { ...friend, id: expect.any(String), relationship: { state: "FRIENDS" } };
  const user = { id: expect.any(String) };
  for (const included of [true, false, false, true, true, false]) {
    const { data, errors } = await ask(document, { with: included });
    expect(errors).toEqual([]);
    expect(data).toEqual(
      included
        ? { viewer: { user: { ...user, handle: "maya" }, friends: { nodes: [friend, friend] } } }
        : {
            viewer: { user: { ...user, bio: null }, friends: { nodes: [known, known] } },
            again: { country: "NG" },
          },
    );
  }
});

const DEFAULTS = `query ($first: Int = 1, $handle: String = "leo", $none: Boolean) {
  user(handle: $handle) { __typename handle videos(first: $first) { nodes { __typename caption author { handle } } } }
  viewer { conversations(first: $first, filter: { unreadOnly: $none }) { nodes { kind ... on Node { id } } } }
}`;

test.each([
  ["left out", {}],
  ["given", { first: 2, handle: "ana", none: false }],
  ["null where null may be", { first: null, none: null }],
])("variables that are %s mean the same, interpreted and compiled", async (_how, own) => {
  const [first, ...others] = await threeSights(DEFAULTS, own);
  expect(JSON.stringify(first)).toContain('"errors":[]');
  for (const other of others) expect(other).toEqual(first);
});
