/** Ten thousand likes and second thoughts at once, with reposts and views between them, from two nodes: every count is what there is. */
import pLimit from "p-limit";
import { countersThatDrift } from "../../scripts/check-counters.ts";
import type { ActionContext } from "../../src/actions/context.ts";
import { recordView, repost, undoRepost } from "../../src/actions/engagement.ts";
import { setLiked } from "../../src/actions/video.ts";
import { Database } from "../../src/db/database.ts";
import { createDataSource } from "../../src/db/source.ts";
import { Batch } from "../../src/loaders/kinds.ts";
import { atOnce } from "../support/at-once.ts";
import { World } from "../support/world.ts";

const PEOPLE = 100;
const VIDEOS = 4;
/** How often each of them likes each video, or likes it no longer, each twice and in turns: in the end every second does. */
const TURNS = 26;
/** How many act at the same time. */
const AT_ONCE = 40;
const likesAt = (nr: number, turn: number) => (Math.floor(turn / 2) + nr) % 2 === 0;
/** What else each does with each video, before the turn of this number: in the end it is watched, and reposted by nobody. */
const DOINGS: Readonly<Record<number, (context: ActionContext, videoId: string) => Promise<void>>> = {
  5: (context, videoId) => repost(context, videoId, "Look"),
  10: (context, videoId) => recordView(context, videoId, 1_000),
  15: (context, videoId) => undoRepost(context, videoId),
  20: (context, videoId) => recordView(context, videoId, 2_000),
};

let world: World;
let nodes: Database[];
beforeAll(async () => {
  world = await World.start();
  const { url } = world.server.database;
  nodes = await Promise.all([1, 2].map(async () => new Database(await createDataSource(url).initialize())));
});
afterAll(async () => {
  for (const { source } of nodes) await source.destroy();
  await world.stop();
});

test("ten thousand likes and unlikes of the same few videos by a hundred people at once, with reposts and views between them, leave exact counts", async () => {
  expect(PEOPLE * VIDEOS * TURNS).toBeGreaterThanOrEqual(10_000);
  const author = await world.person("author");
  const videos = await Promise.all(Array.from({ length: VIDEOS }, () => world.video(author)));
  await world.server.database.query(
    `with people as (
       insert into users (id, handle, display_name, country)
       select nr, 'fan' || nr, 'Fan', 'DE' from generate_series(1, $1::integer) nr
       returning id
     )
     insert into viewer_logs (viewer_id) select id from people`,
    [PEOPLE],
  );
  const anybody = world.as(author);
  const inTurn = pLimit(AT_ONCE);
  const pairs = Array.from({ length: PEOPLE }, (_, nr) => String(nr + 1)).flatMap((userId, nr) =>
    videos.map((videoId) => ({ nr, userId, videoId })),
  );
  await Promise.all(
    pairs.map(({ nr, userId, videoId }) =>
      inTurn(async () => {
        const database = nodes[nr % nodes.length] ?? world.database;
        const viewer = { userId, sessionId: "1", expiresAt: Number.MAX_SAFE_INTEGER };
        // What they see stays as it is: it is read once for all turns.
        const loads = { viewerId: userId, batch: new Batch(database) };
        const context = { ...anybody, database, viewer, loads };
        for (let turn = 0; turn < TURNS; turn++) {
          await DOINGS[turn]?.(context, videoId);
          await setLiked(context, videoId, likesAt(nr, turn));
        }
      }),
    ),
  );
  const counts = await world.server.database.query(
    `select like_count as likes, repost_count as reposts, view_count as views from videos where id = any($1)`,
    [videos],
  );
  const likes = pairs.filter(({ nr, videoId }) => videoId === videos[0] && likesAt(nr, TURNS - 1)).length;
  expect(likes).toBe(PEOPLE / 2);
  expect(counts).toEqual(videos.map(() => ({ likes, reposts: 0, views: PEOPLE })));
  expect(await countersThatDrift(world.database)).toEqual([]);
}, 900_000);

test("a hundred devices of one person that like and like no longer at once leave what they say of it in the end", async () => {
  const [author, fan] = await world.people("other.author", "fan");
  const video = await world.video(author);
  await atOnce(
    Array.from(
      { length: 100 },
      (_, nr) => () =>
        setLiked(world.as(fan), video, nr % 2 === 0).then(() => repost(world.as(fan), video, `${nr}`)),
    ),
  );
  const [counts] = await world.server.database.query<{ kept: number; counted: number }>(
    `select like_count as kept, (select count(*)::integer from likes l where l.video_id = v.id) as counted
     from videos v where id = $1`,
    [video],
  );
  expect(counts?.kept).toBe(counts?.counted);
  expect(await countersThatDrift(world.database)).toEqual([]);
});
