/** An operation's answer is the same whether graphql-js interprets it, as at first sight, or it runs compiled. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { getOperationAST, parse } from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import { projectRoot } from "../../src/config.ts";
import { DEMO_GUIDE, DEMO_PASSWORD } from "../../src/demo.ts";
import { createSchema } from "../../src/graphql/schema.ts";
import { type Answer, send } from "../support/ask.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";

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

interface Known {
  readonly viewer: {
    readonly friendRequests: { nodes: { from: { id: string } }[] };
    readonly conversations: {
      nodes: {
        id: string;
        kind: string;
        messages: { nodes: { id: string; position: number }[] };
        shares: { nodes: { id: string; video: { id: string } }[] };
      }[];
    };
    readonly friends: { nodes: { id: string; handle: string }[] };
  };
}

beforeAll(async () => {
  server = await startTestServer();
  const signIn = `mutation ($handle: String!, $password: String!) {
    signIn(input: { handle: $handle, password: $password }) { credentials { accessToken } }
  }`;
  const signedIn = await send<{ signIn: { credentials: { accessToken: string } } }>(
    server.url,
    null,
    signIn,
    DEMO_GUIDE,
  );
  token = signedIn.data.signIn.credentials.accessToken;
  const known = await send<Known>(
    server.url,
    token,
    `{ viewer {
      friendRequests(direction: INCOMING) { nodes { from { id } } }
      friends { nodes { id handle } }
      conversations { nodes {
        id kind messages(last: 3) { nodes { id position } } shares { nodes { id video { id } } }
      } }
    } }`,
  );
  const { friends, friendRequests, conversations } = known.data.viewer;
  const conversation = conversations.nodes.find(({ shares }) => shares.nodes.length > 0);
  const friend = friends.nodes.find(({ handle }) => handle === "leo");
  const message = conversation?.messages.nodes.at(-1);
  const share = conversation?.shares.nodes[0];
  variables = {
    handle: DEMO_GUIDE.handle,
    password: DEMO_PASSWORD,
    friendHandle: "leo",
    friendId: friend?.id,
    askerId: friendRequests.nodes[0]?.from.id,
    conversationId: conversation?.id,
    upTo: message?.position,
    videoId: share?.video.id,
    ids: [friend?.id, conversation?.id, message?.id, share?.id, share?.video.id],
    sourceUrl: "https://media.example/mine.mp4",
    caption: "Mine",
    body: "Hello",
    note: "See this",
    title: "A group of our own",
    nonce: "the same each time",
  };
});

afterAll(() => server?.stop());

/** Another document for the server, which keeps what it has compiled by its text, with the same meaning. */
const anew = (source: string) => `${source}\n# ${Math.random()}`;

/** What differs at every sign-in. */
function withoutTokens(answer: Answer<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(answer), (key, value) => (/Token|ExpiresAt$/.test(key) ? "***" : value));
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

test.each(ofType("subscription"))(
  "%s delivers alike, interpreted and compiled",
  async (_name, { source, document }) => {
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
  },
);

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
