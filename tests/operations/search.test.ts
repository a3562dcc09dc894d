/** Finding people, videos and hashtags by a few letters: in what order, how far, and whatever is typed. */
import { encodeCursor } from "../../src/db/cursor.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";

let world: World;
let viewer: Person;
beforeAll(async () => {
  world = await World.start();
  viewer = await world.person("viewer");
});
afterAll(() => world.stop());

interface Result {
  __typename: "User" | "Video" | "Hashtag";
  handle?: string;
  caption?: string;
  name?: string;
}
interface Found {
  nodes: Result[];
  edges: { cursor: string; node: Result }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
const QUESTION = `query ($query: String!, $first: Int, $after: String) {
  search(query: $query, first: $first, after: $after) {
    nodes { __typename ... on User { handle } ... on Video { caption } ... on Hashtag { name videoCount } }
    edges { cursor node { __typename ... on User { handle } ... on Video { caption } ... on Hashtag { name } } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const page = async (query: string, more: Record<string, unknown> = {}, person: Person | null = viewer) =>
  (await world.read<{ search: Found }>(person, QUESTION, { query, first: 100, ...more })).search;
const nameOf = ({ handle, caption, name }: Result) => handle ?? caption ?? `#${name}`;
/** What is found, in its order: handles, captions, and hashtags with their sign. */
const find = async (query: string, person: Person | null = viewer) =>
  (await page(query, {}, person)).nodes.map(nameOf);
const codeOf = async (variables: Record<string, unknown>) => {
  const { errors } = await world.ask<unknown>(viewer, QUESTION, variables);
  return errors.map(({ extensions }) => extensions.code);
};

async function named(handle: string, displayName: string): Promise<Person> {
  const person = await world.person(handle);
  await world.set(person, "display_name", displayName);
  return person;
}

describe("the order", () => {
  beforeAll(async () => {
    const friend = await named("zed", "Zed Kestrel");
    const other = await named("a.zed", "Also Kestrel");
    await world.befriend(viewer, friend, other);
    await named("kestrel.two", "Kestrel Two");
    await named("kestrel", "Nobody");
    await named("second", "Kestrels");
    await named("first", "Kestrel");
    await named("the.kestrel", "Older");
    await named("other", "A Kestrel");
    const author = await named("author", "Author");
    await world.video(author, "PUBLIC", "A kestrel, seen from below #kestrelwatch");
    await world.video(author, "PUBLIC", "No bird at all #kestrel");
  });

  test("is friends, handles, names, what is within them, hashtags and captions, each in its own", async () => {
    expect(await find("kestrel")).toEqual([
      "a.zed",
      "zed",
      "kestrel",
      "kestrel.two",
      "first",
      "second",
      "other",
      "the.kestrel",
      "#kestrel",
      "#kestrelwatch",
      "No bird at all #kestrel",
      "A kestrel, seen from below #kestrelwatch",
    ]);
  });

  test("is the same for somebody signed out, who has no friends", async () => {
    const found = await find("kestrel", null);
    expect(found.slice(0, 2)).toEqual(["kestrel", "kestrel.two"]);
    expect(found).toHaveLength(12);
  });

  test("with @ in front people alone are found, with # hashtags alone", async () => {
    expect(await find("@kestrel")).toHaveLength(8);
    expect(await find("＠ kestrel")).toHaveLength(8);
    expect(await find("#kestrel")).toEqual(["#kestrel", "#kestrelwatch"]);
    expect(await find("＃KESTRELW")).toEqual(["#kestrelwatch"]);
  });

  test.each([1, 2, 3, 5, 11])("pages of %i are full, and go through everything once", async (first) => {
    const whole = await find("kestrel");
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo } = await page("kestrel", { first, after });
      found.push(...nodes.map(nameOf));
      expect(found.length).toBeLessThanOrEqual(whole.length);
      if (!pageInfo.hasNextPage) break;
      expect(nodes).toHaveLength(first);
      after = pageInfo.endCursor;
    }
    expect(found).toEqual(whole);
  });

  test("every edge has the cursor after which the rest comes", async () => {
    const { edges } = await page("kestrel");
    for (const [at, { cursor }] of edges.entries()) {
      const rest = await page("kestrel", { after: cursor });
      expect(rest.nodes.map(nameOf)).toEqual(edges.slice(at + 1).map(({ node }) => nameOf(node)));
    }
  });
});

describe("what matches", () => {
  beforeAll(async () => {
    await named("elodie", "Élodie Łęcka");
    await named("mariya", "Мария Петрова");
    await named("sara", "سارة");
    await named("han", "한지민");
    await named("tanaka", "田中さくら");
    const author = await named("writer", "Writer");
    await world.video(author, "PUBLIC", "Crème brûlée à la maison 🍮🔥");
    await world.video(author, "PUBLIC", '100% cotton_wool \\o/ it\'s "fine"');
    await world.video(author, "PUBLIC", "مَرحَبا بالعالم #مرحبا");
    await world.video(author, "PUBLIC", "東京の夜 #東京");
  });

  test.each([
    ["without accents", "elodie", ["elodie"]],
    ["with accents that are put otherwise", "E\u0301LODIE", ["elodie"]],
    ["by several words", "elodie łęcka", ["elodie"]],
    ["by several words in another order", "lecka elodie", ["elodie"]],
    ["in Cyrillic capitals", "МАРИЯ", ["mariya"]],
    ["in Arabic", "سارة", ["sara"]],
    ["in Korean, by a part of a syllable", "하", ["han"]],
    ["in Japanese", "田中", ["tanaka"]],
    ["by a word of a caption", "creme", ["Crème brûlée à la maison 🍮🔥"]],
    ["by several words of a caption, in any order", "maison crème", ["Crème brûlée à la maison 🍮🔥"]],
    ["by an emoji", "🍮", ["Crème brûlée à la maison 🍮🔥"]],
    ["by Arabic without its vowels", "مرحبا", ["#مرحبا", "مَرحَبا بالعالم #مرحبا"]],
    ["by two characters", "東京", ["#東京", "東京の夜 #東京"]],
    ["by a percent sign, which stands for itself", "100%", ['100% cotton_wool \\o/ it\'s "fine"']],
    ["by an underscore, which stands for itself", "n_w", ['100% cotton_wool \\o/ it\'s "fine"']],
    ["by a backslash, which stands for itself", "\\o/", ['100% cotton_wool \\o/ it\'s "fine"']],
    ["by quotes", `it's "fine"`, ['100% cotton_wool \\o/ it\'s "fine"']],
    ["but not where a wildcard would", "cr_me", []],
    ["nor where another would", "cr%me", []],
  ])("%s", async (_, term, expected) => {
    expect(await find(term)).toEqual(expected);
  });

  test("by two letters of a name only where it begins", async () => {
    await named("xq.person", "Begins");
    await named("within", "Maxqa");
    expect(await find("@xq")).toEqual(["xq.person"]);
    expect(await find("@xqa")).toEqual(["within"]);
  });
});

describe("whatever is typed is answered", () => {
  test.each(["", "   ", "@", "#", "# ", "\u200B\u200D", "\u0301", "\n\t", "@@", "##"])(
    "%j finds nothing",
    async (term) => {
      expect(await page(term)).toEqual({
        nodes: [],
        edges: [],
        pageInfo: { hasNextPage: false, endCursor: null },
      });
    },
  );

  const HOSTILE = String.raw`% _ \\ %%% \% ' " ';-- a aaa the [a-z]+ ((( {} $1 :limit ::text 🙂 👨‍👩‍👧 null 0 -1 | a:b a|b:c`;
  test.each([
    ...HOSTILE.split(" "),
    ...["\u202Egnihtemos", "ﷺ".repeat(100), "a\u0301".repeat(50), "x".repeat(100), "a b ".repeat(25)],
    ...["\uFFFD", "\u{10FFFF}"],
  ])("%j finds what there is", async (term) => {
    const { nodes } = await page(term);
    expect(nodes.length).toBeLessThanOrEqual(100);
  });

  test("up to 100 characters; a longer text is refused, not cut", async () => {
    expect(await codeOf({ query: "é".repeat(100) })).toEqual([]);
    expect(await codeOf({ query: `  ${"é".repeat(100)}  ` })).toEqual([]);
    expect(await codeOf({ query: "é".repeat(101) })).toEqual(["BAD_USER_INPUT"]);
    expect(await codeOf({ query: "x".repeat(5_000) })).toEqual(["BAD_USER_INPUT"]);
  });

  test("but for what can't be text, and pages that can't be", async () => {
    expect(await codeOf({ query: "a\u0000b" })).toEqual(["BAD_USER_INPUT"]);
    expect(await codeOf({ query: "a\uD800b" })).toEqual(["BAD_USER_INPUT"]);
    expect(await codeOf({ query: "a", first: 0 })).toEqual(["BAD_USER_INPUT"]);
    expect(await codeOf({ query: "a", first: 101 })).toEqual(["BAD_USER_INPUT"]);
  });

  const types = ["integer", "text", "bigint"] as const;
  const raw = (...key: string[]) => Buffer.from(["search", ...key].join("|")).toString("base64url");
  test.each([
    ["of another connection", encodeCursor("friends_of", types, [1, "a", "5"])],
    ["with half a character", raw("1", "ff", "5")],
    ["with a NUL", raw("1", "00", "5")],
    ["with half a byte", raw("1", "6", "5")],
    ["in capitals", raw("1", "6B", "5")],
    ["with too large a number", raw("1", "61", "9".repeat(19))],
    ["with too much", raw("1", "61", "5", "5")],
    ["with too little", raw("1", "61")],
    ["that is nothing", ""],
  ])("a cursor %s is refused", async (_, after) => {
    expect(await codeOf({ query: "kestrel", after })).toEqual(["BAD_USER_INPUT"]);
  });

  test.each([0, 1, 2, 3, 4, 5, 6, 999_999_999])(
    "a cursor that was made up for way %i does no harm",
    async (way) => {
      for (const key of ["", "kestrel", "zzz", "|", "\u{10FFFF}", "%"]) {
        for (const place of ["0", "9223372036854775807"]) {
          const found = await page("kestrel", { after: encodeCursor("search", types, [way, key, place]) });
          expect(found.nodes.length).toBeLessThanOrEqual(12);
        }
      }
    },
  );
});

describe("what is older than thousands of others", () => {
  const many = 3_200;
  beforeAll(async () => {
    const author = await named("archivist", "Archivist");
    for (const at of [1, 2, 3]) {
      await named(`deep${at}`, `The Oldwombat ${at}`);
      await world.video(author, "PUBLIC", `An oldwombat, take ${at}`);
      await world.video(author, "ONLY_ME", `A hidden oldwombat, take ${at}`);
    }
    const last = BigInt(await world.video(author, "PUBLIC", "The last of the old"));
    const { query } = world.server.database;
    // Later than all there is, a part of them by months, as ids tell the time.
    await query(
      `insert into users (id, handle, display_name, country)
      select $1::bigint + n * (1::bigint << 43), 'filler.' || n, 'Filler', 'DE'
      from generate_series(1, $2::integer) n`,
      [last, many],
    );
    await query(
      `insert into videos (id, author_id, caption, status, audience)
      select $1::bigint + n * (1::bigint << 43), $3, 'Filling the time', 'READY', 'PUBLIC'
      from generate_series(1, $2::integer) n`,
      [last, many, author.id],
    );
    await world
      .video(author, "PUBLIC", "The newest oldwombat")
      .then((id) => query("update videos set id = $2 where id = $1", [id, last + (1n << 57n)]));
  });

  test.each([100, 1, 2, 3])("is found after what is new, once, in pages of %i", async (first) => {
    const expected = [
      ...["deep3", "deep2", "deep1", "The newest oldwombat"],
      ...["An oldwombat, take 3", "An oldwombat, take 2", "An oldwombat, take 1"],
    ];
    const found: string[] = [];
    for (let after: string | null = null; found.length <= expected.length; ) {
      const { nodes, pageInfo } = await page("oldwombat", { first, after }, null);
      found.push(...nodes.map(nameOf));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(found).toEqual(expected);
  });

  test("by whatever alphabet and sign", async () => {
    expect(await find("メ")).toEqual([]);
    const author = await world.person("archivist");
    await world.video(author, "PUBLIC", "Старые фильмы 🎞️ всегда");
    const [title] = await find("фильмы");
    expect(title).toBe("Старые фильмы 🎞️ всегда");
    expect(await find("🎞")).toEqual([title]);
  });
});

test("a person and a video are links to themselves", async () => {
  const found = await world.read<{ search: { nodes: { id: string }[] } }>(
    null,
    `{ search(query: "@viewer", first: 1) { nodes { ... on User { id } } } }`,
  );
  expect(found.search.nodes).toEqual([{ id: globalId("user", viewer.id) }]);
});
