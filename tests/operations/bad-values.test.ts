/** Operations with bad cursors, pages and values: each gets a clear answer with a code that repeats nothing, and the server goes on. */
import { globalId } from "../../src/ids.ts";
import { connect, subscribe } from "../support/socket.ts";
import { type Person, World } from "../support/world.ts";
import { type ConnectionName, connections } from "./connections.ts";
import { type Answer, ask, codesOf, expectCivil, expectRefusal, PASSWORD } from "./refusals.ts";

let world: World;
let url: string;
let ann: Person;
let conversation: string;
let share: string;
beforeAll(async () => {
  world = await World.start();
  url = world.server.url;
  const [one, other, another] = await world.people("ann", "bob", "cat");
  ann = one;
  await world.befriend(ann, other, another);
  const row = await world.direct(ann, other);
  const video = await world.video(ann);
  await world.like(other, video);
  await world.seeMoment(other, await world.moment(ann));
  await world.moment(other);
  await world.repost(other, await world.video(other));
  await world.save(ann, video);
  await world.comment(ann, video, "Hello");
  await world.share(ann, video, row);
  for (let at = 0; at < 3; at++) await world.say(other, row, "Hello", { topic: video });
  conversation = globalId("conversation", row);
  share = globalId("share", row, video);
});
afterAll(() => world.stop());
/** Whatever was sent, the next one is served. */
afterEach(async () => {
  expect((await ask(url, null, "{ __typename }")).text).toBe('{"data":{"__typename":"Query"}}');
});

/** Sends an operation until it has been run in every way that the server has: at first sight, and compiled. */
async function thrice(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const first = await ask(url, ann.token, query, variables);
  let last = first;
  for (let time = 0; time < 2; time++) {
    last = await ask(url, ann.token, query, variables);
    expect(codesOf(last)).toEqual(codesOf(first));
    expect(last.status).toBe(first.status);
  }
  return last;
}

/** How a connection is asked for with these arguments. */
const connection = (name: ConnectionName, args: string) =>
  connections[name](args, { viewer: ann.globalId, conversation, share });
const names = Object.keys(connections) as ConnectionName[];
const bothWays = ["messages", "replies"] as const;
const encoded = (text: string) => Buffer.from(text).toString("base64url");

describe("a page", () => {
  test.each(names)("of %s has from 1 to 100 edges", async (name) => {
    for (const size of [0, -1, 101, -2_147_483_648]) {
      expectRefusal(await thrice(connection(name, `(first: ${size})`)), "BAD_USER_INPUT");
    }
    expectRefusal(await thrice(connection(name, "(first: 2147483647)")), "OPERATION_TOO_LARGE");
    for (const size of [1, 100]) {
      const answer = await thrice(connection(name, `(first: ${size})`));
      expect([answer.status, codesOf(answer)]).toEqual([200, []]);
    }
  });

  test.each(bothWays)("of %s is asked for from one end", async (name) => {
    for (const args of ["first: 2, last: 2", "last: 0", "last: 101", "last: -1", "first: 0, last: 2"]) {
      expectRefusal(await thrice(connection(name, `(${args})`)), "BAD_USER_INPUT");
    }
    const answer = await ask(url, ann.token, connection(name, "(first: 1)"));
    const [, cursor] = /"cursor":"([^"]+)"/.exec(answer.text) ?? [];
    for (const args of [
      `first: 2, before: "${cursor}"`,
      `last: 2, after: "${cursor}"`,
      `before: "${cursor}"`,
    ]) {
      expectRefusal(await thrice(connection(name, `(${args})`)), "BAD_USER_INPUT");
    }
  });
});

const [FIRST, LAST] = ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"];

describe("a cursor", () => {
  test.each(names)("that Kith can never have made is BAD_USER_INPUT: %s", async (name) => {
    for (const cursor of [
      "",
      "x",
      "🎈",
      "0",
      encoded("x"),
      encoded("|"),
      encoded("friends_of|1"),
      `${"A".repeat(5_000)}`,
    ]) {
      expectRefusal(
        await ask(url, ann.token, connection(name, `(after: ${JSON.stringify(cursor)})`)),
        "BAD_USER_INPUT",
      );
    }
  });

  test("of one connection is refused by every other", async () => {
    const cursors = new Map<ConnectionName, string>();
    for (const name of names) {
      const { text } = await ask(url, ann.token, connection(name, "(first: 1)"));
      const [, cursor] = /"cursor":"([^"]+)"/.exec(text) ?? [];
      if (cursor !== undefined) cursors.set(name, cursor);
    }
    expect(cursors.size).toBeGreaterThan(14);
    for (const [owner, cursor] of cursors) {
      for (const name of names) {
        const answer = await ask(url, ann.token, connection(name, `(after: "${cursor}")`));
        // The two lists of friends are one and the same, and so are the two inboxes.
        const isSame =
          [owner, name].every((one) => /friends/.test(one)) ||
          [owner, name].every((one) => /inbox|Req/.test(one));
        if (owner === name || isSame) expect(codesOf(answer)).toEqual([]);
        else expectRefusal(answer, "BAD_USER_INPUT");
      }
    }
  });

  test.each<[string, ConnectionName, string]>([
    ["the last instant of which an id can tell", "feed", "friends_feed|2094-09-07T15:47:35.551Z|1"],
    ["that instant in another round of its bits", "feed", "friends_feed|2234-01-20T23:22:46.655Z|1"],
    ["an instant before the first id", "feed", "friends_feed|0001-01-01T00:00:00.000Z|1"],
    ["the last instant of all", "forYou", `for_you|${LAST}|${LAST}|0|1`],
    ["the first instant of all", "forYou", `for_you|${FIRST}|${FIRST}|0|1`],
    ["a country with a NUL character", "trends", `trending_in|00|${LAST}|1`],
    ["a country that is half a letter", "trends", `trending_in|c3|${LAST}|1`],
    ["a place that there is not", "comments", "comments_nearest|7|1"],
    ["a day that there is not", "friends", "friends_of|2026-02-30T00:00:00.000Z|1"],
    ["a year that there is not", "friends", "friends_of|0000-01-01T00:00:00.000Z|1"],
    ["a minute that there is not", "friends", "friends_of|2026-01-01T00:61:00.000Z|1"],
    ["the very end of a day", "friends", "friends_of|2026-01-01T24:00:00.000Z|1"],
    ["an id that is too large", "friends", "friends_of|2026-01-01T00:00:00.000Z|9223372036854775808"],
    ["an id that is no number", "videos", "videos_of|1e3"],
    ["a position that is too large", "messages", "messages_of|9999999999"],
    ["a position below zero", "messages", "messages_of|-1"],
    ["one part too many", "messages", "messages_of|1|1"],
    ["one part too few", "friends", "friends_of|2026-01-01T00:00:00.000Z"],
    ["a NUL character", "messages", "messages_of|1\u0000"],
  ])("that was made up with %s finds nothing, or is BAD_USER_INPUT", async (_, name, text) => {
    const answer = await thrice(connection(name, `(after: "${encoded(text)}")`));
    expectCivil(answer);
    expect(codesOf(answer).filter((code) => code !== "BAD_USER_INPUT")).toEqual([]);
  });
});

describe("a value of the wrong type repeats nothing of itself", () => {
  const signIn = "mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }";
  const publish =
    "mutation ($input: PublishVideoInput!) { publishVideo(input: $input) { userErrors { code } } }";
  const user = "query ($id: ID!) { user(id: $id) { id } }";
  const friends = "query ($first: Int) { viewer { friends(first: $first) { nodes { id } } } }";
  const markRead =
    'mutation ($upTo: Int!) { markRead(input: { conversationId: "x", upTo: $upTo }) { userErrors { code } } }';

  test.each<[string, string, Record<string, unknown>]>([
    ["no variables", signIn, {}],
    ["null for what has to be there", signIn, { input: null }],
    ["a text for an object", signIn, { input: PASSWORD }],
    ["a list for an object", signIn, { input: [PASSWORD] }],
    ["a field too few", signIn, { input: { password: PASSWORD } }],
    ["a field too many", signIn, { input: { handle: "ann", password: PASSWORD, pin: PASSWORD } }],
    ["a field of a strange name", signIn, { input: { handle: "ann", password: PASSWORD, [PASSWORD]: 1 } }],
    ["an object for a text", signIn, { input: { handle: { is: PASSWORD }, password: PASSWORD } }],
    ["a list for a text", signIn, { input: { handle: "ann", password: [PASSWORD] } }],
    ["a number for a text", signIn, { input: { handle: 5, password: PASSWORD } }],
    ["null for a text", signIn, { input: { handle: null, password: PASSWORD } }],
    ["something else for an enum", publish, { input: { caption: "x", audience: PASSWORD } }],
    ["a number for an enum", publish, { input: { caption: "x", audience: 5 } }],
    ["no address for an address", publish, { input: { caption: "x", sourceUrl: PASSWORD } }],
    ["a number for an address", publish, { input: { caption: "x", sourceUrl: 5 } }],
    ["a fraction for a whole number", publish, { input: { caption: "x", durationMs: 1.5 } }],
    ["a text for a number", publish, { input: { caption: "x", durationMs: PASSWORD } }],
    ["an object for an id", user, { id: { is: PASSWORD } }],
    ["a fraction for an id", user, { id: 1.5 }],
    ["a truth for an id", user, { id: true }],
    ["null for an id", user, { id: null }],
    ["a text for a page's size", friends, { first: PASSWORD }],
    ["a number that is too large", markRead, { upTo: 3_000_000_000 }],
    ["a number that is far too large", markRead, { upTo: 1e300 }],
    ["a truth for a number", friends, { first: true }],
  ])("%s, in a variable", async (_, query, variables) => {
    expectRefusal(await thrice(query, variables), "BAD_USER_INPUT");
  });

  const written = (input: string) => `mutation { signIn(input: ${input}) { userErrors { code } } }`;
  const published = (field: string) =>
    `mutation { publishVideo(input: { caption: "x", ${field} }) { userErrors { code } } }`;
  test.each([
    ["a text for an object", written(JSON.stringify(PASSWORD))],
    ["a list for an object", written(`[${JSON.stringify(PASSWORD)}]`)],
    ["a field too few", written(`{ password: "${PASSWORD}" }`)],
    ["a field too many", written(`{ handle: "ann", password: "${PASSWORD}", pin: "${PASSWORD}" }`)],
    ["an object for a text", written(`{ handle: { is: "${PASSWORD}" }, password: "${PASSWORD}" }`)],
    ["a list for a text", written(`{ handle: "ann", password: ["${PASSWORD}"] }`)],
    ["a text for an enum", published(`audience: "${PASSWORD}"`)],
    ["another word for an enum", published(`audience: ${PASSWORD.replace("-", "_")}`)],
    ["no address for an address", published(`sourceUrl: "${PASSWORD}"`)],
    ["a text for a number", published(`durationMs: "${PASSWORD}"`)],
    ["a number that is too large", published("durationMs: 3000000000")],
    ["a text for a page's size", `{ viewer { friends(first: "${PASSWORD}") { nodes { id } } } }`],
    ["a text for a condition", `{ viewer @include(if: "${PASSWORD}") { email } }`],
    [
      "a default that does not fit",
      `query ($first: Int = "${PASSWORD}") { viewer { friends(first: $first) { nodes { id } } } }`,
    ],
  ])("%s, in the document", async (_, query) => {
    const answer = await thrice(query);
    expectRefusal(answer, "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED");
    expect(answer.text).not.toContain(PASSWORD.replace("-", "_"));
  });

  test.each<[string, string, Record<string, unknown>]>([
    ["a query without its variables", user, {}],
    ["a query with a bad variable", user, { id: { is: PASSWORD } }],
    ["a query with a bad id", user, { id: PASSWORD }],
    ["a mutation with a bad variable", signIn, { input: { handle: 5, password: PASSWORD } }],
    [
      "a subscription without its variables",
      "subscription ($id: ID!) { messageReceived(conversationId: $id) { cursor } }",
      {},
    ],
    [
      "a subscription with a bad variable",
      "subscription ($id: ID!) { messageReceived(conversationId: $id) { cursor } }",
      { id: { is: PASSWORD } },
    ],
    [
      "a subscription with a bad id",
      "subscription ($id: ID!) { messageReceived(conversationId: $id) { cursor } }",
      { id: PASSWORD },
    ],
    [
      "a subscription of a conversation that there is not",
      'subscription { messageReceived(conversationId: "conversation_1") { cursor } }',
      {},
    ],
    [
      "a subscription from a bad cursor",
      "subscription ($x: EventCursor) { viewerEvents(after: $x) { __typename } }",
      { x: PASSWORD },
    ],
    [
      "a subscription from a cursor that is too large",
      "subscription ($x: EventCursor) { viewerEvents(after: $x) { __typename } }",
      { x: encoded("9999999999.1") },
    ],
    [
      "a subscription from a cursor of the wrong type",
      "subscription ($x: EventCursor) { viewerEvents(after: $x) { __typename } }",
      { x: 5 },
    ],
    ["a document that is none", `{ user(handle: "${PASSWORD}" }`, {}],
    ["a field that there is not", "{ viewer { passwordHash } }", {}],
    ["a text that can't be kept", "query ($x: String) { user(handle: $x) { id } }", { x: "a\u0000b" }],
  ])("over a socket, %s", async (_, query, variables) => {
    const client = connect(url, ann.token);
    for (let time = 0; time < 3; time++) {
      const { errors, done } = subscribe(client, "x", query, variables);
      await done;
      const answer = { status: 200, text: JSON.stringify({ errors: errors.flat() }) };
      expectRefusal(
        answer,
        "BAD_USER_INPUT",
        "NOT_FOUND",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
      );
    }
    await client.dispose();
  });
});

test("what goes wrong inside is INTERNAL with an id to ask about, at first sight and ever after, and says nothing of the inside", async () => {
  const question = `{ user(id: "${ann.globalId}") { handle videos { nodes { viewerHasLiked } } } }`;
  await world.server.database.query("alter table likes rename to likes_that_went_away");
  try {
    for (let time = 0; time < 3; time++) {
      const { status, text } = await ask(url, ann.token, question);
      const [error] = JSON.parse(text).errors;
      expect(error.extensions).toEqual({ code: "INTERNAL", id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      expect(error.message).toContain(error.extensions.id);
      expect([status, text]).toEqual([200, expect.not.stringMatching(/likes|42P01|relation|stack|select/i)]);
    }
  } finally {
    await world.server.database.query("alter table likes_that_went_away rename to likes");
  }
  expect(codesOf(await ask(url, ann.token, question))).toEqual([]);
});
