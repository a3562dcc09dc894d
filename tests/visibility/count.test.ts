/** Counts less those whom the viewer may not see cost a look at each of those, however many others are counted. */
import { Batch } from "../../src/loaders/kinds.ts";
import { videoById } from "../../src/loaders/video.ts";
import { type Person, World } from "../support/world.ts";

const CROWD = 5_000;
const TABLES = ["likes", "reposts", "views", "sharings", "comments"];

let world: World;
let viewer: Person;
let hider: Person;
let hot: string;
beforeAll(async () => {
  world = await World.start();
  const [author, ...people] = await world.people("author", "viewer", "hider", "blocked");
  const blocked = people[2];
  [viewer, hider] = people;
  await world.block(hider, viewer);
  await world.block(viewer, blocked);
  hot = await world.video(author);
  const run = (sql: string, ...values: unknown[]) => world.server.database.query(sql, values);
  await run(
    `insert into users (id, handle, display_name, country)
     select i, 'fan' || i, 'Fan', 'DE' from generate_series(1, $1::integer) i`,
    CROWD,
  );
  // Of all videos and people the planner knows that few did anything with most of them, and some are blocked by many.
  await run(
    `insert into blocks (user_id, blocked_id)
     select b, 1 + (b * 7 + i) % 250 from generate_series(1001, 2000) b, generate_series(1, 10) i`,
  );
  await run(
    `insert into videos (id, author_id, source_url, caption, status, audience)
     select i, $1::bigint, 'https://example.com/video', '', 'READY', 'PUBLIC' from generate_series(1, 3000) i`,
    author.id,
  );
  const doings = `(
    select $1::bigint as video_id, i as user_id from generate_series(1, $2::integer) i
    union all
    select $1::bigint, unnest($3::bigint[])
    union all
    select v, 1 + (v * 7 + i) % $2 from generate_series(1, 3000) v, generate_series(1, 3) i
  ) d`;
  const given = [hot, CROWD, [hider.id, blocked.id]];
  for (const table of ["likes", "reposts"])
    await run(
      `insert into ${table} (video_id, user_id) select d.video_id, d.user_id from ${doings}`,
      ...given,
    );
  await run(
    `insert into views (video_id, user_id, day) select d.video_id, d.user_id, current_date from ${doings}`,
    ...given,
  );
  await run(
    `insert into sharings (video_id, user_id, conversation_id) select d.video_id, d.user_id, 1 from ${doings}`,
    ...given,
  );
  await run(
    `insert into comments (video_id, id, author_id, text)
     select d.video_id, row_number() over (), d.user_id, 'Well' from ${doings}`,
    ...given,
  );
  const kept = CROWD + 2;
  await run(
    `update videos set like_count = $2, repost_count = $2, view_count = $2, share_count = $2, comment_count = $2
     where id = $1`,
    hot,
    kept,
  );
  await run("analyze");
});
afterAll(() => world?.stop());

interface Step {
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Step[];
}

/** How many rows of these tables are gone through below a step of a plan. */
function walked(step: Step): number {
  const rows = TABLES.includes(step["Relation Name"] ?? "")
    ? (step["Actual Rows"] + (step["Rows Removed by Filter"] ?? 0)) * step["Actual Loops"]
    : 0;
  return (step.Plans ?? []).reduce((sum, below) => sum + walked(below), rows);
}

test("a card of a video with thousands of likes goes through the rows of those who hide alone", async () => {
  for (const [person, most] of [
    [viewer, 20],
    [hider, 20],
    [null, 0],
  ] as const) {
    const steps: Step[] = [];
    const batch = new Batch({
      run: async ({ text, parameters: order }, parameters) => {
        const sql = `explain (analyze, format json) ${text}`;
        const values = order.map((parameter) => parameters[parameter]);
        const [row] = (await world.database.source.query(sql, values)) as [
          { "QUERY PLAN": readonly { Plan: Step }[] },
        ];
        steps.push(...row["QUERY PLAN"].map(({ Plan }) => Plan));
        return [];
      },
    });
    await videoById({ viewerId: person?.id ?? "0", batch }, hot);
    expect(steps).toHaveLength(1);
    for (const step of steps) expect(walked(step)).toBeLessThanOrEqual(most);
  }
});

test("and counts them out: in comments also whom the viewer has blocked", async () => {
  const countsFor = async (viewerId: string) => {
    const video = await videoById({ viewerId, batch: new Batch(world.database) }, hot);
    return [
      video?.likeCount,
      video?.repostCount,
      video?.viewCount,
      video?.shareCount,
      video?.commentCount,
    ].map((count) => (count ?? 0) - CROWD);
  };
  expect(await countsFor(viewer.id)).toEqual([1, 1, 1, 1, 0]);
  expect(await countsFor(hider.id)).toEqual([2, 2, 2, 2, 2]);
  expect(await countsFor("0")).toEqual([2, 2, 2, 2, 2]);
});
