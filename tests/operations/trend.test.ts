/** What trends: how it is counted, and how it is read while it is made anew. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { makeTrends } from "../../src/actions/trend.ts";
import { TRENDING_LENGTH, TRENDS_MADE_MINUTES } from "../../src/limits.ts";
import { type Person, World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());
beforeEach(async () => {
  for (const table of ["likes", "reposts", "views", "sharings", "comments", "trending_videos"])
    await sql(`delete from ${table}`);
});

const SLOT_MS = TRENDS_MADE_MINUTES * 60_000;
const sql = <Row>(text: string, values: unknown[] = []) => world.server.database.query<Row>(text, values);
const make = () => makeTrends(world.as(null), new AbortController().signal);
/** Makes the lists again, as five minutes later. */
async function makeAnew(): Promise<void> {
  await sql("update trending_videos set made_at = made_at - interval '5 minutes'");
  await make();
}

interface Trending {
  readonly nodes: { caption: string }[];
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
async function page(viewer: Person | null, country: string | null, first = 100, after: string | null = null) {
  const data = await world.read<{ trendingVideos: Trending }>(
    viewer,
    `query ($country: CountryCode, $first: Int, $after: String) {
      trendingVideos(country: $country, first: $first, after: $after) { nodes { caption } pageInfo { hasNextPage endCursor } }
    }`,
    { country, first, after },
  );
  return data.trendingVideos;
}
const captions = async (viewer: Person | null, country: string | null = null) =>
  (await page(viewer, country)).nodes.map(({ caption }) => caption);

const fans = (count: number, country = "DE") =>
  Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const fan = await world.person(`fan.${country.toLowerCase()}${at}`);
      await world.set(fan, "country", country);
      return fan;
    }),
  );
async function liked(author: Person, caption: string, by: readonly Person[], hours = 0): Promise<string> {
  const video = await world.video(author, "PUBLIC", caption);
  for (const fan of by) await world.like(fan, video);
  await sql("update likes set created_at = created_at - $2 * interval '1 hour' where video_id = $1", [
    video,
    hours,
  ]);
  return video;
}

test("what most people like comes first, for everybody who looks, signed in or not", async () => {
  const author = await world.person("author");
  const [one, two, three] = (await fans(3)) as [Person, Person, Person];
  await liked(author, "by one", [one]);
  await liked(author, "by three", [one, two, three]);
  await liked(author, "by two", [one, two]);
  await liked(author, "by nobody", []);
  await make();
  for (const viewer of [null, author, one]) {
    expect(await captions(viewer)).toEqual(["by three", "by two", "by one"]);
  }
});

test("what was done a day ago counts half as much, and what was done last week not at all", async () => {
  const author = await world.person("author");
  const all = (await fans(3)) as [Person, Person, Person];
  await liked(author, "by three, two days ago", all, 48);
  await liked(author, "by one today", all.slice(0, 1));
  await liked(author, "by three last week", all, 24 * 7);
  await liked(author, "by three yesterday", all, 24);
  await make();
  expect(await captions(null)).toEqual(["by three yesterday", "by one today", "by three, two days ago"]);
});

test("reposts, shares and comments count more than likes, a look at it little, and each person once for each", async () => {
  const author = await world.person("author");
  const [fan, other] = (await fans(2)) as [Person, Person];
  const video = async (caption: string) => world.video(author, "PUBLIC", caption);
  await world.repost(fan, await video("reposted"));
  await liked(author, "liked by both", [fan, other]);
  const talked = await video("talked about by one");
  for (let turn = 1; turn <= 9; turn++) await world.comment(fan, talked, `Me again, ${turn}`);
  await liked(author, "liked", [fan]);
  await world.watch(fan, await video("watched"));
  const own = await video("liked by its author");
  await world.like(author, own);
  await make();
  const found = await captions(null);
  expect(found[0]).toBe("reposted");
  expect(found.slice(1, 3).sort()).toEqual(["liked by both", "talked about by one"]);
  expect(found.slice(3)).toEqual(["liked", "watched"]);
});

test("a country has the list of what its people do, and one that has none shows what trends everywhere", async () => {
  const author = await world.person("author");
  const germans = await fans(1, "DE");
  const brazilians = await fans(2, "BR");
  await liked(author, "in Germany", germans);
  await liked(author, "in Brazil", brazilians);
  await make();
  expect(await captions(null, "DE")).toEqual(["in Germany"]);
  expect(await captions(null, "BR")).toEqual(["in Brazil"]);
  for (const country of ["JP", null])
    expect(await captions(null, country)).toEqual(["in Brazil", "in Germany"]);
});

test("who has named no country counts everywhere and in no country, and what they like is there once", async () => {
  const author = await world.person("author");
  const [german] = await fans(1, "DE");
  await liked(author, "by two of nowhere and one", [...(await fans(2, "ZZ")), german as Person]);
  await liked(author, "by one of nowhere", (await fans(2, "ZZ")).slice(0, 1));
  await make();
  for (const country of [null, "ZZ", "JP"])
    expect(await captions(null, country)).toEqual(["by two of nowhere and one", "by one of nowhere"]);
  expect(await captions(null, "DE")).toEqual(["by two of nowhere and one"]);
});

test("has public videos alone, and nobody who is not here counts or is counted", async () => {
  const [author, gone] = await world.people("author", "gone.author");
  const [one, two] = (await fans(2)) as [Person, Person];
  const narrow = await liked(author, "for friends by now", [one, two]);
  await sql("update videos set audience = 'FRIENDS' where id = $1", [narrow]);
  const removed = await liked(author, "removed", [one, two]);
  await sql("update videos set status = 'REMOVED' where id = $1", [removed]);
  await liked(gone, "of somebody suspended", [one, two]);
  await liked(author, "liked by one who is here", [one]);
  await liked(author, "liked by one who is not", [two]);
  await world.suspend(gone);
  await world.suspend(two);
  await make();
  await world.reinstate(two);
  expect(await captions(null)).toEqual(["liked by one who is here"]);
});

test("what its reader may not see is left out, pages are full, and no count tells of it", async () => {
  const [author, blocker, reader] = await world.people("author", "blocker", "reader");
  const all = await fans(6);
  for (const [at, fan] of all.entries()) {
    await liked(at % 2 === 0 ? author : blocker, `video ${at}`, all.slice(all.indexOf(fan)));
  }
  await make();
  await world.block(blocker, reader);
  const first = await page(reader, null, 2);
  expect(first.nodes.map(({ caption }) => caption)).toEqual(["video 0", "video 2"]);
  const rest = await page(reader, null, 2, first.pageInfo.endCursor);
  expect(rest).toMatchObject({ nodes: [{ caption: "video 4" }], pageInfo: { hasNextPage: false } });
  expect(await captions(null)).toHaveLength(6);
});

test.each([1, 3, 7])(
  "pages of %i keep to the list that they began in, while it is made anew",
  async (size) => {
    const author = await world.person("author");
    const all = (await fans(9)) as [Person, ...Person[]];
    const videos: string[] = [];
    for (let at = 0; at < all.length; at++) videos.push(await liked(author, `video ${at}`, all.slice(at)));
    await make();
    const before = await captions(null);
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo }: Trending = await page(null, null, size, after);
      found.push(...nodes.map(({ caption }) => caption));
      if (!pageInfo.hasNextPage) break;
      expect(nodes).toHaveLength(size);
      after = pageInfo.endCursor;
      for (const fan of all) await world.like(fan, videos[8] ?? "");
      await liked(author, "new", all);
      const [list] = await sql<{ made_at: Date }>("select max(made_at) as made_at from trending_videos");
      await sql(
        "insert into trending_videos select country, made_at + interval '1 second', 10 - rank, video_id from trending_videos where made_at = $1",
        [list?.made_at],
      );
    }
    expect(found).toEqual(before);
  },
);

test("a list has its end", async () => {
  const author = await world.person("author");
  const [fan] = (await fans(1)) as [Person];
  await sql(
    `insert into videos (id, author_id, caption, status, audience)
    select n, $1, 'many', 'READY', 'PUBLIC' from generate_series(1, $2::integer) n`,
    [author.id, TRENDING_LENGTH + 5],
  );
  await sql("insert into likes (video_id, user_id) select id, $1 from videos where caption = 'many'", [
    fan.id,
  ]);
  await make();
  expect(
    await sql("select country, count(*)::integer from trending_videos group by country order by country"),
  ).toEqual(["DE", "ZZ"].map((country) => ({ country, count: TRENDING_LENGTH })));
  await sql("delete from likes");
  await sql("delete from videos where caption = 'many'");
});

describe("the lists in the background", () => {
  const lists = () =>
    sql<{ made_at: Date; count: number }>(
      "select made_at, count(*)::integer from trending_videos where country = 'ZZ' group by made_at order by made_at desc",
    );

  test("are made once in five minutes, by whichever node, however many try at once", async () => {
    const author = await world.person("author");
    await liked(author, "one", await fans(2));
    // Not at the end of five minutes, where others begin.
    const left = SLOT_MS - (Date.now() % SLOT_MS);
    if (left < 10_000) await sleep(left);
    await Promise.all(Array.from({ length: 6 }, make));
    expect(await lists()).toMatchObject([{ count: 1 }]);
    await liked(author, "two", await fans(1));
    await make();
    expect(await captions(null)).toEqual(["one"]);
    await makeAnew();
    expect(await captions(null)).toEqual(["one", "two"]);
    expect(await lists()).toHaveLength(2);
  });

  test("are dropped after an hour, the newest as well where nothing has happened since", async () => {
    await liked(await world.person("author"), "old", await fans(1));
    await make();
    await sql("update trending_videos set made_at = made_at - interval '61 minutes'");
    await makeAnew();
    expect(await lists()).toHaveLength(1);
    await sql("update trending_videos set made_at = made_at - interval '61 minutes'");
    await sql("delete from likes");
    await make();
    expect(await captions(null)).toEqual([]);
    expect(await lists()).toEqual([]);
  });

  test("are the last ones, whole, when whoever makes new ones is killed half-way", async () => {
    const author = await world.person("author");
    await liked(author, "before", await fans(2));
    await make();
    await sql("update trending_videos set made_at = made_at - interval '61 minutes'");
    await liked(author, "after", await fans(1));
    // Somebody holds one row of the list that is to be dropped, so the new lists are written and wait for their commit.
    const holder = new pg.Client({ connectionString: world.server.database.url });
    await holder.connect();
    await holder.query("begin");
    await holder.query("select from trending_videos order by made_at limit 1 for update");
    const making = make().catch((error: unknown) => error);
    const waiting = () =>
      sql<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%delete from trending_videos%'",
      );
    let found = await waiting();
    while (found.length === 0) found = await waiting();
    await sql("select pg_terminate_backend($1)", [found[0]?.pid]);
    expect(await making).toBeInstanceOf(Error);
    await holder.query("rollback");
    await holder.end();
    expect(await captions(null)).toEqual(["before"]);
    await make();
    expect(await captions(null)).toEqual(["before", "after"]);
  });
});
