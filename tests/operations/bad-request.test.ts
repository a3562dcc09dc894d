/** Requests that are none: each gets a clear answer with a code, and the server goes on. */
import { request } from "node:http";
import { World } from "../support/world.ts";
import { type Answer, ask, codesOf, expectRefusal, PASSWORD, post } from "./refusals.ts";

let world: World;
let url: string;
beforeAll(async () => {
  world = await World.start();
  url = world.server.url;
});
afterAll(() => world.stop());
/** Whatever was sent, the next one is served. */
afterEach(async () => {
  expect(await ask(url, null, "{ __typename }")).toEqual({
    status: 200,
    text: JSON.stringify({ data: { __typename: "Query" } }),
  });
});

const QUESTION = "{ viewer { user { id } } }";
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }`;
const json = (value: unknown) => JSON.stringify(value);

describe("a body that is no request", () => {
  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    [
      "half of a sign-in",
      `{"query":${json(SIGN_IN)},"variables":{"input":{"handle":"ann","password":"${PASSWORD}"`,
    ],
    ["JSON with a password that is not closed", `{"password":"${PASSWORD}`],
    ["text", PASSWORD],
    ["null", "null"],
    ["a number", "5"],
    ["a string", json(QUESTION)],
    ["an empty object", "{}"],
    ["an empty list", "[]"],
    ["a list of operations", json([{ query: QUESTION }, { query: QUESTION }])],
    ["no query", json({ variables: { password: PASSWORD } })],
    ["an empty query", json({ query: "" })],
    ["a query that is a number", json({ query: 5 })],
    ["a query that is an object", json({ query: { password: PASSWORD } })],
    ["variables that are a string", json({ query: QUESTION, variables: PASSWORD })],
    ["variables that are a list", json({ query: QUESTION, variables: [PASSWORD] })],
    ["extensions that are a string", json({ query: QUESTION, extensions: PASSWORD })],
    ["a name that is a number", json({ query: QUESTION, operationName: 5 })],
    ["a name that is an object", json({ query: QUESTION, operationName: {} })],
  ])("of %s", async (_, body) => {
    const answer = await post(url, body);
    expectRefusal(answer, "BAD_REQUEST");
    expect(answer.status).toBe(400);
  });

  test("of bytes that are no text", async () => {
    expectRefusal(await post(url, new Uint8Array([0xff, 0xfe, 0x00, 0x7b])), "BAD_REQUEST");
  });
});

test("a persisted query is told that it has to be sent whole, in the words that clients know", async () => {
  const answer = await post(url, json({ extensions: { persistedQuery: { version: 1, sha256Hash: "x" } } }));
  expect(codesOf(answer)).toEqual(["PERSISTED_QUERY_NOT_SUPPORTED"]);
});

describe("a document that is none", () => {
  test.each([
    ["no GraphQL", "hello", "GRAPHQL_PARSE_FAILED"],
    ["blanks", "  ", "GRAPHQL_PARSE_FAILED"],
    ["an open brace", "{", "GRAPHQL_PARSE_FAILED"],
    ["a NUL character", "{ viewer\u0000 }", "GRAPHQL_PARSE_FAILED"],
    ["half a surrogate pair", '{ user(handle: "\ud800") { id } }', "GRAPHQL_PARSE_FAILED"],
    ["half a surrogate pair, escaped", '{ user(handle: "\\ud800") { id } }', "GRAPHQL_PARSE_FAILED"],
    [
      "a password where a name belongs",
      `mutation { signIn(input: { handle: "ann", "${PASSWORD}" }) { userErrors { code } } }`,
      "GRAPHQL_PARSE_FAILED",
    ],
    [
      "a password that is not closed",
      `mutation { signIn(input: { handle: "ann", password: "${PASSWORD}\n }) }`,
      "GRAPHQL_PARSE_FAILED",
    ],
    [
      "a fragment alone",
      "fragment F on Query { __typename }",
      "BAD_REQUEST",
      "OPERATION_RESOLUTION_FAILURE",
      "GRAPHQL_VALIDATION_FAILED",
    ],
    ["a field that there is not", "{ viewer { passwordHash } }", "GRAPHQL_VALIDATION_FAILED"],
    ["no fields", "{ viewer }", "GRAPHQL_VALIDATION_FAILED"],
    [
      "fragments that go in circles",
      "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
      "GRAPHQL_VALIDATION_FAILED",
    ],
    ["a fragment that there is not", "{ ...A }", "GRAPHQL_VALIDATION_FAILED"],
    [
      "two operations and no name",
      "query A { __typename } query B { __typename }",
      "BAD_REQUEST",
      "OPERATION_RESOLUTION_FAILURE",
    ],
    ["a schema", "type Query { a: Int }", "GRAPHQL_VALIDATION_FAILED", "OPERATION_RESOLUTION_FAILURE"],
    ["too many words", `{ ${"a ".repeat(3_000)} }`, "OPERATION_TOO_LARGE"],
    [
      "too many layers",
      `{ viewer ${"{ user ".repeat(14)} { id } ${"} ".repeat(14)} }`,
      "GRAPHQL_VALIDATION_FAILED",
      "OPERATION_TOO_LARGE",
    ],
  ])("but %s", async (_, query, ...codes) => {
    const answer = await ask(url, null, query);
    expectRefusal(answer, ...codes);
    expect(answer.status).toBe(400);
  });

  test("is not remembered as good: it is refused every time", async () => {
    for (let time = 0; time < 3; time++)
      expectRefusal(await ask(url, null, "{ viewer }"), "GRAPHQL_VALIDATION_FAILED");
  });

  test("an operation by a name that the document does not have", async () => {
    for (const operationName of ["C", "\u0000", "__proto__"]) {
      const answer = await post(url, json({ query: "query A { __typename }", operationName }));
      expectRefusal(answer, "OPERATION_RESOLUTION_FAILURE", "BAD_REQUEST");
    }
  });

  test("a subscription by POST: those go over a socket", async () => {
    const { token } = await world.person("ann");
    for (const query of [
      "subscription { messageReceived { cursor } }",
      "subscription { viewerEvents { __typename } }",
    ]) {
      const answer = await ask(url, token, query);
      expectRefusal(answer, "BAD_REQUEST");
      expect(answer.status).toBe(400);
    }
  });
});

describe("too much at once", () => {
  const padded = (bytes: number) => {
    const body = json({ query: "{ __typename }", extensions: { pad: "" } });
    return body.replace('"pad":""', `"pad":"${"x".repeat(bytes - body.length)}"`);
  };

  test("a body of 64 KiB is served, and of one byte more is not", async () => {
    expect((await post(url, padded(65_536))).status).toBe(200);
    const answer = await post(url, padded(65_537));
    expectRefusal(answer, "PAYLOAD_TOO_LARGE");
    expect(answer.status).toBe(413);
  });

  test("a body of 5 MB is not waited for", async () => {
    const answer = await post(url, padded(5_000_000)).catch((error: Error) => error);
    // The server may hang up before a client has sent it all.
    if (!(answer instanceof Error)) expect(answer.status).toBe(413);
  });

  test("a body that comes in pieces and says no length is measured as well", async () => {
    const answer = await new Promise<Answer>((resolve, reject) => {
      const sending = request(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
      });
      sending.on("error", reject).on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      for (let at = 0; at < 70; at++) sending.write(" ".repeat(1_000));
      sending.end();
    });
    expectRefusal(answer, "PAYLOAD_TOO_LARGE");
  });

  test("variables of lists within lists, as deep as fits into a body", async () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    const query = json("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }");
    for (const variables of [`{"ids":${deep}}`, `{"unknown":${deep}}`]) {
      expectRefusal(
        await post(url, `{"query":${query},"variables":${variables}}`),
        "BAD_USER_INPUT",
        "OPERATION_TOO_LARGE",
      );
    }
  });

  test("lists within lists in the document itself", async () => {
    const answer = await ask(url, null, `{ nodes(ids: ${"[".repeat(900)}${"]".repeat(900)}) { id } }`);
    expectRefusal(answer, "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "OPERATION_TOO_LARGE");
  });
});

describe("a request of another kind", () => {
  const send = async (init: RequestInit & { search?: string }): Promise<Answer> => {
    const response = await fetch(`${url}/graphql${init.search ?? ""}`, init);
    return { status: response.status, text: await response.text() };
  };
  const search = (query: string) => `?query=${encodeURIComponent(query)}`;
  const preflighted = { "apollo-require-preflight": "yes" };

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/graphql",
    "application/jsonp",
    "",
  ])("a POST of the type %j", async (type) => {
    const body = json({ query: QUESTION, variables: { password: PASSWORD } });
    const answer = await send({ method: "POST", headers: { "content-type": type }, body });
    expectRefusal(answer, "BAD_REQUEST");
    expect(answer.status).toBe(400);
  });

  test.each([
    ["by a page that was not allowed to", {}, search("{ __typename }"), 400],
    ["of a mutation", preflighted, search("mutation { signOut(input: {}) { signedOut } }"), 405],
    ["of a subscription", preflighted, search("subscription { viewerEvents { __typename } }"), 405],
    ["without a query", preflighted, "", 400],
    [
      "with variables that are no JSON",
      preflighted,
      `${search("{ __typename }")}&variables=${PASSWORD}`,
      400,
    ],
    ["with an escape that is none", preflighted, "?query=%E0%A4%A", 400],
    ["with two queries", preflighted, `${search("{ __typename }")}&query=x`, 400],
  ])("a GET %s", async (_, headers, search, status) => {
    const answer = await send({ headers, search });
    expectRefusal(answer, "BAD_REQUEST", "GRAPHQL_PARSE_FAILED");
    expect(answer.status).toBe(status);
  });

  test.each(["PUT", "PATCH", "DELETE", "HEAD"])("a %s", async (method) => {
    const answer = await send({ method, headers: { "content-type": "application/json" } });
    expect([400, 405]).toContain(answer.status);
  });
});
