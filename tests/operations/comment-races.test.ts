/** Comments under concurrency: whatever meets, what is counted is what there is. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { deleteVideo } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { atOnce } from "../support/at-once.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { commentAt, countOf, pageOf, threadsOf } from "./comments.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
let other: { server: TestServer };
let ann: Person;
let crowd: Person[];
let row: string;
let videoId: string;
beforeAll(async () => {
  world = await World.start();
  other = { server: await startTestServer({ demo: false, database: world.server.database }) };
  ann = await world.person("ann");
  crowd = await world.people(...Array.from({ length: 12 }, (_, at) => `fan${at}`));
});
beforeEach(async () => {
  row = await world.video(ann);
  videoId = globalId("video", row);
});
afterAll(async () => {
  await other.server.stop();
  await world.stop();
});

/** Every second of a crowd asks another node. */
const node = (at: number) => (at % 2 === 0 ? world : other);
const person = (at: number) => crowd[at % crowd.length] as Person;
const add = (at: number, text: string, more: Record<string, unknown> = {}, by = person(at)) =>
  mutate(node(at), by, "addComment", { videoId, text, ...more });
const remove = (at: number, commentId: string, by: Person) =>
  mutate(node(at), by, "deleteComment", { commentId });

/** What is kept of a video and its comments, and what there is, as its author sees it. */
async function expectExact(): Promise<void> {
  const threads = await threadsOf(world, ann, videoId);
  const readable = threads
    .flatMap((thread) => [thread, ...thread.replies.nodes])
    .filter(({ text }) => text !== null);
  expect(await countOf(world, ann, videoId)).toBe(readable.length);
  for (const { replyCount, replies } of threads) expect(replyCount).toBe(replies.nodes.length);
  const drift = await world.server.database.query(
    `select c.id from comments c
     where c.video_id = $1 and (
       c.like_count <> (select count(*) from comment_likes l where l.video_id = c.video_id and l.comment_id = c.id)
       or c.reply_count <> (
         select count(*) from comments r
         where r.video_id = c.video_id and r.reply_to_id = c.id and r.deleted_at is null
       )
     )`,
    [row],
  );
  expect(drift).toEqual([]);
  expect(await countersThatDrift(world.database)).toEqual([]);
}

test("sixty comments and answers at once, by twelve people on two nodes, are all there and counted once", async () => {
  const top = await world.comment(ann, row);
  const answers = await atOnce(
    Array.from({ length: 60 }, (_, at) => () => add(at, `${at}`, at % 2 === 0 ? {} : { replyToId: top })),
    2,
  );
  expect(answers.flatMap(codes)).toEqual([]);
  expect(await countOf(world, ann, videoId)).toBe(61);
  expect(await commentAt(world, ann, top)).toMatchObject({ replyCount: 30 });
  const ids = answers.map(({ comment }) => comment?.id);
  const tops = (await pageOf(world, ann, videoId, "first: 100, order: NEWEST")).nodes;
  expect(new Set(tops.map(({ id }) => id))).toEqual(new Set([top, ...ids.filter((_, at) => at % 2 === 0)]));
});

test("the same nonce ten times at once is one comment", async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) => add(at, "Once", { nonce: "the same" }, ann)),
  );
  expect(answers.flatMap(codes)).toEqual([]);
  expect(new Set(answers.map(({ comment }) => comment?.id)).size).toBe(1);
  expect(await countOf(world, ann, videoId)).toBe(1);
});

test("answers against deleting: each is refused, or stands under a tombstone", async () => {
  for (let round = 0; round < 5; round++) {
    const top = await world.comment(person(round), row, "Goes");
    const [gone, ...answers] = await Promise.all([
      remove(round, top, ann),
      ...Array.from({ length: 4 }, (_, at) => add(round + at, "Answer", { replyToId: top })),
    ]);
    expect(codes(gone)).toEqual([]);
    const written = answers.filter(({ comment }) => comment !== null).length;
    const refusals = answers.flatMap(codes);
    expect(refusals.filter((code) => !["CONFLICT", "NOT_FOUND"].includes(code))).toEqual([]);
    expect(written + refusals.length).toBe(4);
    const left = await commentAt(world, ann, top);
    if (written === 0) expect(left).toBeNull();
    else expect(left).toMatchObject({ text: null, author: null, replyCount: written });
    await expectExact();
  }
});

test("likes against deleting, and deleting twice: no like is left, and nothing is counted twice", async () => {
  const answered = await world.comment(person(0), row, "With an answer");
  await world.comment(person(1), row, "Answer", answered);
  for (const top of [answered, await world.comment(person(0), row, "Without")]) {
    await Promise.all([
      ...crowd.map((by, at) => mutate(node(at), by, "likeComment", { commentId: top })),
      remove(0, top, ann),
      remove(1, top, person(0)),
      ...crowd.map((by, at) => mutate(node(at + 1), by, "unlikeComment", { commentId: top })),
    ]);
    expect((await commentAt(world, ann, top))?.text ?? null).toBeNull();
    await expectExact();
  }
  expect(await countOf(world, ann, videoId)).toBe(1);
});

test("a hundred likes and unlikes of one comment at once end with a count that is exact", async () => {
  const commentId = await world.comment(ann, row);
  const moves = crowd.flatMap((by, at) =>
    Array.from(
      { length: 9 },
      (_, move) => () =>
        mutate(node(at + move), by, move % 3 === 1 ? "unlikeComment" : "likeComment", { commentId }),
    ),
  );
  expect((await atOnce(moves, 2)).flatMap(codes)).toEqual([]);
  await expectExact();
  await Promise.all(
    crowd.map((by, at) => mutate(node(at), by, at < 5 ? "likeComment" : "unlikeComment", { commentId })),
  );
  expect(await commentAt(world, ann, commentId)).toMatchObject({ likeCount: 5 });
  await expectExact();
});

test("whoever is hidden while they comment and like is counted once they are back, and not before", async () => {
  const top = await world.comment(ann, row);
  const hider = await world.person("hider");
  for (const change of [world.suspend, world.reinstate, world.suspend]) {
    await Promise.allSettled([
      change.call(world, hider),
      world.comment(hider, row, "Here?", top),
      world.comment(hider, row, "Here?"),
      world.likeComment(hider, top),
      ...[1, 2, 3].map((at) => world.comment(person(at), row, "Still here", top)),
    ]);
    expect(await countersThatDrift(world.database)).toEqual([]);
    const [{ kept, counted } = { kept: 0, counted: 1 }] = await world.server.database.query<{
      kept: number;
      counted: number;
    }>(
      `select v.comment_count as kept, (
         select count(*)::integer from comments c join users u on u.id = c.author_id
         where c.video_id = v.id and c.deleted_at is null and u.suspended_at is null
       ) as counted
       from videos v where v.id = $1`,
      [row],
    );
    expect(kept).toBe(counted);
  }
});

test("comments against the end of their video are written before it, or NOT_FOUND", async () => {
  const [, ...answers] = await Promise.all([
    deleteVideo(world.as(ann), row),
    ...Array.from({ length: 10 }, (_, at) => add(at, "In time?")),
  ]);
  expect(answers.flatMap(codes).filter((code) => code !== "NOT_FOUND")).toEqual([]);
  expect(await countersThatDrift(world.database)).toEqual([]);
});
