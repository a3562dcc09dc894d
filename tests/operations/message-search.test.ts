/** Search in what was said: what is found, in which order, by whom, and what never is. */
import { setTimeout as sleep } from "node:timers/promises";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const range = (length: number) => Array.from({ length }, (_, at) => at);

let companies = 0;
async function friends() {
  companies++;
  const [ann, bob, cat] = await world.people(`ann${companies}`, `bob${companies}`, `cat${companies}`);
  await world.befriend(ann, bob, cat);
  return { ann, bob, cat };
}

interface Found {
  readonly nodes: { id: string; body: string }[];
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
const QUESTION = `query ($query: String!, $conversationId: ID, $first: Int, $after: String) { viewer {
  searchMessages(query: $query, conversationId: $conversationId, first: $first, after: $after) {
    nodes { id body } pageInfo { hasNextPage endCursor }
  }
} }`;
const ask = (
  person: Person,
  query: string,
  more: { conversation?: string; first?: number; after?: string | null },
) =>
  world.ask<{ viewer: { searchMessages: Found } }>(person, QUESTION, {
    query,
    conversationId: more.conversation === undefined ? null : globalId("conversation", more.conversation),
    first: more.first ?? 100,
    after: more.after ?? null,
  });
async function find(person: Person, query: string, more: Parameters<typeof ask>[2] = {}): Promise<Found> {
  const { data, errors } = await ask(person, query, more);
  expect(errors).toEqual([]);
  return data.viewer.searchMessages;
}
const bodies = async (...args: Parameters<typeof find>) =>
  (await find(...args)).nodes.map(({ body }) => body);

test("each word is found in whatever part of a message, without regard to case, accents and order, newest first", async () => {
  const { ann, bob, cat } = await friends();
  const [one, two] = [await world.direct(ann, bob), await world.direct(ann, cat)];
  await world.say(ann, one, "Crème brûlée, tomorrow?");
  // Of the same millisecond neither is newer.
  await sleep(2);
  await world.say(cat, two, "No creme for me. TOMORROW we swim");
  await sleep(2);
  await world.say(bob, one, "Swimming with a creme...");
  await world.say(bob, one, "Nothing");
  expect(await bodies(ann, "CREME")).toEqual([
    "Swimming with a creme...",
    "No creme for me. TOMORROW we swim",
    "Crème brûlée, tomorrow?",
  ]);
  expect(await bodies(ann, "  tomor   crème ")).toEqual([
    "No creme for me. TOMORROW we swim",
    "Crème brûlée, tomorrow?",
  ]);
  expect(await bodies(ann, "swim", { conversation: one })).toEqual(["Swimming with a creme..."]);
  expect(await bodies(bob, "creme")).toEqual(["Swimming with a creme...", "Crème brûlée, tomorrow?"]);
  expect(await bodies(bob, "swim", { conversation: two })).toEqual([]);
  for (const nothing of ["creme zebra", "", "  "]) expect(await bodies(ann, nothing)).toEqual([]);
});

test("scripts that put no blanks between words are found by any letters", async () => {
  const { ann, bob } = await friends();
  const direct = await world.direct(ann, bob);
  const said = [
    "我们明天八点见",
    "明日の朝ごはん",
    "สวัสดีครับเพื่อน",
    "내일 봐요",
    "Завтра в восемь",
    "iPhone手机",
  ];
  for (const body of said) await world.say(ann, direct, body);
  for (const [query, at] of [
    ["明天", 0],
    ["八", 0],
    ["朝ごはん", 1],
    ["ครับ", 2],
    ["내일", 3],
    ["автра", 4],
    ["iphone", 5],
    ["手机", 5],
  ] as const) {
    expect(await bodies(bob, query)).toEqual([said[at]]);
  }
});

test("what the viewer can't read is never found", async () => {
  const { ann, bob, cat } = await friends();
  const stranger = await world.person(`stranger${companies}`);
  const group = await world.group(ann, [bob, cat]);
  const say = async (person: Person, body: string) => {
    const { message } = await world.say(person, group, body);
    return globalId("message", group, message.position);
  };
  await say(bob, "needle of bob");
  const unsent = await say(cat, "needle unsent");
  const hidden = await say(cat, "needle hidden");
  const edited = await say(cat, "needle edited");
  await world.say(stranger, await world.direct(stranger, ann), "needle requested");
  expect(codes(await mutate(world, cat, "unsendMessage", { messageId: unsent }))).toEqual([]);
  expect(codes(await mutate(world, ann, "hideMessage", { messageId: hidden }))).toEqual([]);
  expect(codes(await mutate(world, cat, "editMessage", { messageId: edited, body: "thread" }))).toEqual([]);
  expect(await bodies(ann, "needle")).toEqual(["needle of bob"]);
  expect(await bodies(cat, "needle")).toEqual(["needle hidden", "needle of bob"]);
  expect(await bodies(bob, "thread")).toEqual(["thread"]);
  await world.block(ann, bob);
  expect(await bodies(ann, "needle")).toEqual([]);
  expect(await bodies(ann, "needle", { conversation: group })).toEqual([]);
  expect(await bodies(stranger, "needle", { conversation: group })).toEqual([]);
  expect(await bodies(ann, "needle", { conversation: "12345" })).toEqual([]);
});

test("no term does harm: signs that mean something elsewhere, single letters, long ones, and none at all", async () => {
  const { ann, bob } = await friends();
  const direct = await world.direct(ann, bob);
  const said = ["100% sure", "under_score", "back\\slash", "it's 'quoted' & !(odd):*", "plain"];
  for (const body of said) await world.say(ann, direct, body);
  for (const [query, expected] of [
    ["%", ["100% sure"]],
    ["_", ["under_score"]],
    ["\\", ["back\\slash"]],
    ["'quoted' & !(odd):*", [said[3]]],
    ["a", ["plain", "back\\slash"]],
    ["pl\u0001", ["plain"]],
    ["the", []],
    ["😀", []],
    ["' or 1 = 1 --", []],
    ["x".repeat(100), []],
    ["ž ".repeat(50).trim(), []],
  ] as const) {
    expect([query, await bodies(ann, query)]).toEqual([query, expected]);
    expect([query, await bodies(ann, query, { conversation: direct })]).toEqual([query, expected]);
  }
  for (const refused of ["x".repeat(500), "x".repeat(101), "pl\u0000ain"]) {
    const { errors } = await ask(ann, refused, {});
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  }
});

describe("in conversations of thousands of messages", () => {
  const WORDS = ["often", "sometimes", "seldom", "明天", "filler"];
  const wordAt = (at: number) =>
    at % 2 === 0
      ? "often"
      : at % 301 === 0
        ? "sometimes"
        : at % 2_503 === 0
          ? "明天"
          : at === 7
            ? "seldom"
            : "filler";
  let ann: Person;
  let talks: string[];

  beforeAll(async () => {
    const company = await friends();
    ann = company.ann;
    talks = await Promise.all(
      range(3).map((at) => world.group(ann, [company.bob, company.cat], `Long ${at}`)),
    );
    // Each second somebody says something in one of the three.
    const words = range(24_000).map(wordAt);
    await world.server.database.query(
      `insert into messages (conversation_id, position, sender_id, kind, body, created_at)
      select ($1::bigint[])[1 + s.at % 3], l.last_position + 1 + s.at / 3, $2, 'TEXT',
        'Said ' || ($3::text[])[1 + s.at] || ' at ' || s.at, timestamptz '2026-01-01' + s.at * interval '1 s'
      from generate_series(0, 23999) as s (at)
      join conversations l on l.id = ($1::bigint[])[1 + s.at % 3]`,
      [talks, company.bob.id, words],
    );
    await world.server.database.query(
      "update conversations set last_position = last_position + 8000 where id = any($1::bigint[])",
      [talks],
    );
  });

  const expected = (word: string, talk?: number) =>
    range(24_000)
      .reverse()
      .filter((at) => wordAt(at) === word && (talk === undefined || at % 3 === talk))
      .map((at) => `Said ${word} at ${at}`);
  async function walk(query: string, size: number, pages: number, conversation?: string): Promise<string[]> {
    const all: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < pages; page++) {
      const { nodes, pageInfo }: Found = await find(ann, query, {
        first: size,
        after,
        ...(conversation !== undefined && { conversation }),
      });
      all.push(...nodes.map(({ body }) => body));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    return all;
  }

  test.each(WORDS.filter((word) => word !== "filler"))(
    "%s is found to the first, page by page",
    async (word) => {
      const pages = word === "often" ? 4 : 100;
      const part = (bodies: string[]) => (word === "often" ? bodies.slice(0, 120) : bodies);
      expect(await walk(word, 30, pages)).toEqual(part(expected(word)));
      for (const [at, talk] of talks.entries()) {
        expect(await walk(word, 30, pages, talk)).toEqual(part(expected(word, at)));
      }
    },
  );

  test("several words are found together, however old", async () => {
    expect(await walk("said SELDOM", 10, 1)).toEqual(expected("seldom"));
    expect(await walk("seldom filler", 10, 1)).toEqual([]);
  });
});
