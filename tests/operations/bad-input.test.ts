/** Operations with bad ids and texts: each gets a clear answer with a code, and the server goes on. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { inputsOf, type Known } from "./inputs.ts";
import { type MutationName, mutations } from "./mutations.ts";
import { type Answer, ask, codesOf, expectCivil, expectRefusal } from "./refusals.ts";

let world: World;
let url: string;
let ann: Person;
/** Things that ann may see, for bad input beside good. */
let known: Known;
beforeAll(async () => {
  world = await World.start();
  url = world.server.url;
  const [one, other] = await world.people("ann", "bob");
  ann = one;
  await world.befriend(ann, other);
  const conversation = await world.direct(ann, other);
  const video = await world.video(ann);
  await world.share(ann, video, conversation);
  const moment = await world.moment(other);
  for (let at = 0; at < 3; at++) await world.say(other, conversation, "Hello", { topic: video });
  known = {
    user: other.globalId,
    video: globalId("video", video),
    comment: await world.comment(other, video),
    conversation: globalId("conversation", conversation),
    message: globalId("message", conversation, 2),
    share: globalId("share", conversation, video),
    moment: globalId("moment", moment.authorId, moment.id),
  };
});
afterAll(() => world.stop());
/** Whatever was sent, the next one is served. */
afterEach(async () => {
  expect((await ask(url, null, "{ __typename }")).text).toBe(
    JSON.stringify({ data: { __typename: "Query" } }),
  );
});

/** Sends an operation until it has been run in every way that the server has: at first sight, and compiled. */
async function thrice(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  const [first, ...later] = [
    await ask(url, ann.token, query, variables),
    await ask(url, ann.token, query, variables),
    await ask(url, ann.token, query, variables),
  ] as const;
  for (const answer of later) expect(codesOf(answer)).toEqual(codesOf(first));
  return later[1];
}

const names = Object.keys(mutations) as MutationName[];
const documentFor = (name: MutationName) =>
  `mutation ($input: ${mutations[name][0]}!) { ${name}(input: $input) { userErrors { code } } }`;

const ENUMS = [
  "action",
  "audience",
  "metThrough",
  "commentsFrom",
  "messages",
  "messagesFrom",
  "reason",
  "role",
];
/** An input as it is written into a document. */
const literal = (value: unknown, key = ""): string => {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, part]) => `${name}: ${literal(part, name)}`)
      .join(", ")} }`;
  return ENUMS.includes(key) ? String(value) : JSON.stringify(value);
};
const spoil = (value: unknown, by: unknown) => (Array.isArray(value) ? [by] : by);

const malformed = [
  "",
  " ",
  "x",
  "1",
  "user",
  "user_",
  "user__1",
  "USER_1",
  "user_-1",
  "user_01",
  "user_1_2_3",
  "user_1 ",
  " user_1",
  "user_1\n",
  "user_zzzzzzzzzzzzz",
  "user_zzzzzzzzzzzzzz",
  "message_1",
  "video_1_1",
  "message_1_zzzzzzzzzzzzz",
  "constructor_1",
  "__proto___1",
  "toString_1",
  "user_1'--",
  "user_1;drop table users",
  "user_🎈",
  "null",
  `user_${"1".repeat(1_000)}`,
];
const overflowing = [
  "message_1_zik0zj",
  "message_1_zik0zk",
  "message_1_1y2p0ij32e8e7",
  "share_1y2p0ij32e8e7_1y2p0ij32e8e7",
];

describe("an id", () => {
  const doors = {
    user: "query ($id: ID!) { user(id: $id) { id } }",
    video: "query ($id: ID!) { video(id: $id) { id } }",
    conversation: "query ($id: ID!) { conversation(id: $id) { id } }",
    node: "query ($id: ID!) { node(id: $id) { id } }",
    nodes: "query ($id: ID!) { nodes(ids: [$id]) { id } }",
  };

  test.each(Object.entries(doors))("that Kith can never have made is BAD_USER_INPUT: %s", async (_, door) => {
    for (const id of malformed) expectRefusal(await ask(url, ann.token, door, { id }), "BAD_USER_INPUT");
    expectRefusal(await thrice(door, { id: "user_" }), "BAD_USER_INPUT");
  });

  test("with a number that is too large finds nothing, or is BAD_USER_INPUT", async () => {
    for (const id of overflowing) {
      for (const door of [doors.node, doors.nodes]) {
        const answer = await ask(url, ann.token, door, { id });
        expectCivil(answer);
        expect([id, answer.text]).not.toEqual([id, expect.stringContaining('"id":"')]);
      }
      const input = { conversationId: known.conversation, body: "Hello", nonce: "1", replyToId: id };
      expectRefusal(
        await ask(url, ann.token, documentFor("sendMessage"), { input }),
        "BAD_USER_INPUT",
        "NOT_FOUND",
      );
    }
  });

  test("of another kind is BAD_USER_INPUT", async () => {
    for (const [kind, id] of Object.entries(known)) {
      for (const door of ["user", "video", "conversation"] as const) {
        if (kind !== door) expectRefusal(await ask(url, ann.token, doors[door], { id }), "BAD_USER_INPUT");
      }
    }
  });

  test("of nothing finds nothing, and is no error", async () => {
    for (const kind of ["user", "video", "conversation"] as const) {
      expect((await thrice(doors[kind], { id: globalId(kind, "12345") })).text).toBe(
        `{"data":{"${kind}":null}}`,
      );
    }
    const ids = [
      globalId("user", 1),
      globalId("request", 1, 2),
      globalId("share", 1, 2),
      globalId("message", 1, 2),
      globalId("session", 1, 2),
    ];
    const question = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    expect((await thrice(question, { ids })).text).toBe('{"data":{"nodes":[null,null,null,null,null]}}');
  });

  test("among a hundred good ones spoils none of the others, and 101 are too many", async () => {
    const question = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    const answer = await ask(url, ann.token, question, {
      ids: [known.user, "x", overflowing[1], known.video],
    });
    expectCivil(answer);
    expect(JSON.parse(answer.text).data.nodes).toEqual([{ id: known.user }, null, null, { id: known.video }]);
    const ids = Array.from({ length: 101 }, () => known.user);
    expectRefusal(await thrice(question, { ids }), "BAD_USER_INPUT");
  });

  test.each(names.filter((name) => !["signUp", "signIn", "refreshSession", "publishVideo"].includes(name)))(
    "that is malformed or of another kind is BAD_USER_INPUT: %s",
    async (name) => {
      const input = inputsOf(known)[name];
      for (const [key, value] of Object.entries(input).filter(([key]) => /Ids?$/.test(key))) {
        for (const id of ["", "x", "user_01", "message_1_2_3", globalId("request", 1, 2)]) {
          const spoiled = { ...input, ...(name === "markRead" ? { upTo: 1 } : {}), [key]: spoil(value, id) };
          expectRefusal(await ask(url, ann.token, documentFor(name), { input: spoiled }), "BAD_USER_INPUT");
        }
      }
    },
  );

  test("of a user or a handle, but not both and not neither", async () => {
    for (const args of ["", '(handle: "ann", id: "user_1")', "(id: null)", "(handle: null)"]) {
      expectRefusal(await thrice(`{ user${args} { id } }`), "BAD_USER_INPUT");
    }
    for (const handle of ["", "%", "a b", "\u{1F388}", "ann'--", "x".repeat(5_000)]) {
      const answer = await ask(url, null, "query ($handle: String) { user(handle: $handle) { id } }", {
        handle,
      });
      expect(answer.text).toBe('{"data":{"user":null}}');
    }
  });
});

describe("a text with what can't be kept", () => {
  const spoilt = {
    "a NUL character": "a\u0000b",
    "half a surrogate pair": "a\ud800b",
    "the other half": "\udc00",
  };
  const textKeys = (name: MutationName) =>
    Object.entries(inputsOf(known)[name]).filter(
      ([key, value]) => !ENUMS.includes(key) && typeof spoil(value, "") === "string",
    );

  test.each(names)(
    "is refused in each input of %s, as a variable, in the document and as a default",
    async (name) => {
      const good = { ...inputsOf(known)[name], ...(name === "markRead" ? { upTo: 0 } : {}) };
      for (const [key, value] of textKeys(name)) {
        for (const text of Object.values(spoilt)) {
          const input = { ...good, [key]: spoil(value, text) };
          const written = literal(input);
          const end = "{ userErrors { code } } }";
          const answers = [
            await ask(url, ann.token, documentFor(name), { input }),
            await ask(url, ann.token, `mutation { ${name}(input: ${written}) ${end}`),
            await ask(
              url,
              ann.token,
              `mutation ($input: ${mutations[name][0]}! = ${written}) { ${name}(input: $input) ${end}`,
            ),
          ];
          for (const answer of answers) {
            expectRefusal(answer, "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED");
          }
        }
      }
    },
  );

  test("is refused in cursors, handles and names of variables", async () => {
    for (const text of Object.values(spoilt)) {
      for (const query of [
        "query ($x: String) { viewer { friends(after: $x) { nodes { id } } } }",
        "query ($x: String) { user(handle: $x) { id } }",
        "query ($y: String) { user(handle: $y) { id } __typename }",
      ]) {
        expectRefusal(await ask(url, ann.token, query, { x: text, [text]: text }), "BAD_USER_INPUT");
      }
    }
  });
});

test("an instant of no year from 1 to 9999 is refused", async () => {
  const query =
    "mutation ($at: DateTime!) { markNotificationsSeen(input: { upTo: $at }) { userErrors { code } } }";
  for (const at of ["0000-12-31T23:59:59Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"]) {
    expectRefusal(await thrice(query, { at }), "BAD_USER_INPUT");
  }
  expect(codesOf(await thrice(query, { at: "0001-01-01T00:00:00Z" }))).toEqual([]);
});
