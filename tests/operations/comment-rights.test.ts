/** Comments between people and Kith: reported, removed, held back, exported and erased. */
import { setTimeout as sleep } from "node:timers/promises";
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { removeComment } from "../../src/actions/comment.ts";
import { type ActionContext, write } from "../../src/actions/context.ts";
import { eraseDeleted } from "../../src/actions/erasure/erase.ts";
import type { Database } from "../../src/db/database.ts";
import { globalId, keyOf } from "../../src/ids.ts";
import { RATES } from "../../src/rates.ts";
import { startTestServer } from "../support/server.ts";
import { PASSWORD, type Person, type World } from "../support/world.ts";
import { commentAt, countOf, threadsOf } from "./comments.ts";
import { exportOf, ofType } from "./exports.ts";
import { codes, mutate } from "./mutations.ts";
import { Moderated } from "./reports.ts";

let moderated: Moderated;
let world: World;
let ann: Person;
let bob: Person;
let cat: Person;
let row: string;
let videoId: string;
beforeAll(async () => {
  moderated = await Moderated.start();
  world = moderated.world;
});
beforeEach(async () => {
  [ann, bob, cat] = await moderated.strangers();
  row = await world.video(ann);
  videoId = globalId("video", row);
});
afterEach(async () => {
  expect(await countersThatDrift(world.database)).toEqual([]);
});
afterAll(() => world.stop());

describe("a report of a comment", () => {
  test("keeps its words for the moderators, and REMOVE_CONTENT deletes it as its author would", async () => {
    const id = await world.comment(bob, row, "Bad words");
    await world.comment(cat, row, "Answer", id);
    const report = await moderated.report(cat, id, "Look");
    expect(report).toMatchObject({ subject: { __typename: "Comment", id }, excerpt: null });
    expect(await moderated.node(moderated.maya, report.id)).toMatchObject({ excerpt: "Bad words" });
    expect(codes(await moderated.resolve(moderated.maya, report.id, "REMOVE_CONTENT"))).toEqual([]);
    expect(await commentAt(world, bob, id)).toMatchObject({ text: null, author: null, replyCount: 1 });
    expect(await countOf(world, null, videoId)).toBe(1);
    expect(await moderated.node(moderated.maya, report.id)).toMatchObject({
      status: "ACTIONED",
      excerpt: "Bad words",
    });
  });

  test("is of another's, of which something is left", async () => {
    const id = await world.comment(bob, row);
    expect(codes(await moderated.reporting(bob, id))).toEqual(["INVALID"]);
    const { id: reported } = await moderated.report(cat, id);
    await mutate(world, bob, "deleteComment", { commentId: id });
    expect(codes(await moderated.reporting(cat, id))).toEqual(["NOT_FOUND"]);
    // What its author has deleted meanwhile stays so.
    expect(codes(await moderated.resolve(moderated.maya, reported, "REMOVE_CONTENT"))).toEqual([]);
    expect(await countOf(world, null, videoId)).toBe(0);
  });

  test("can be answered by suspending who wrote it, which hides all of theirs", async () => {
    const id = await world.comment(bob, row);
    const { id: report } = await moderated.report(cat, id);
    expect(codes(await moderated.resolve(moderated.maya, report, "SUSPEND_AUTHOR"))).toEqual([]);
    expect(await commentAt(world, cat, id)).toBeNull();
    // And what is removed of a person who is not counted is not taken out of the counts twice.
    const { id: again } = await moderated.report(moderated.leo, await world.comment(cat, row));
    await world.suspend(cat);
    expect(codes(await moderated.resolve(moderated.maya, again, "REMOVE_CONTENT"))).toEqual([]);
    await world.reinstate(cat);
    await world.reinstate(bob);
    expect(await countOf(world, ann, videoId)).toBe(1);
  });
});

test("who comments too often is held back for a while, on every node", async () => {
  const { database } = world.server;
  const node = { server: await startTestServer({ demo: false, database, config: { rateLimits: true } }) };
  const comment = () => mutate(node, bob, "addComment", { videoId, text: "Again" });
  for (let at = 0; at < RATES.comment.points; at++) expect(codes(await comment())).toEqual([]);
  const { comment: none, userErrors } = await comment();
  expect([none, userErrors]).toEqual([null, [expect.objectContaining({ code: "TOO_MANY_REQUESTS" })]]);
  expect(Date.parse(userErrors[0]?.retryAt ?? "")).toBeGreaterThan(Date.now());
  await node.server.stop();
});

test("an export has all comments of a person, and which ones they like", async () => {
  const top = await world.comment(cat, row, "Theirs");
  const written = [
    await world.comment(bob, row, `Mine for @${cat.handle}`),
    await world.comment(bob, row, "My answer", top),
    await world.comment(bob, row, "Regret"),
  ];
  await mutate(world, bob, "deleteComment", { commentId: written[2] });
  await world.likeComment(bob, top);
  await world.likeComment(cat, written[0] ?? "");
  const lines = await exportOf(world, bob);
  const kept = ofType(lines, "comment").map(({ id, replyTo, text, likeCount }) => [
    id,
    replyTo,
    text,
    likeCount,
  ]);
  expect(kept).toEqual([
    [written[0], null, `Mine for @${cat.handle}`, 1],
    [written[1], top, "My answer", 0],
    [written[2], null, null, 0],
  ]);
  expect(ofType(lines, "comment")[0]).toMatchObject({
    video: videoId,
    mentions: [cat.globalId],
    deletedAt: null,
  });
  expect(ofType(lines, "comment_like")).toEqual([expect.objectContaining({ comment: top })]);
  expect(JSON.stringify(lines)).not.toContain("Theirs");
});

test("an export counts of what others did to a person's video and comments only what the person may see", async () => {
  const comment = await world.comment(ann, row, "First!");
  for (const person of [bob, cat]) {
    await world.like(person, row);
    await world.likeComment(person, comment);
    await world.comment(person, row, "Not at all", comment);
  }
  await world.block(cat, ann);
  const lines = await exportOf(world, ann);
  expect(ofType(lines, "video")).toMatchObject([{ likeCount: 1 }]);
  expect(ofType(lines, "comment")).toMatchObject([{ likeCount: 1, replyCount: 1 }]);
});

describe("erasing an account", () => {
  const leave = async (person: Person) => {
    const input = { password: PASSWORD, messages: "ERASE" };
    expect(codes(await mutate(world, person, "deleteAccount", input))).toEqual([]);
    const { query } = world.server.database;
    await query("update users set deleted_at = deleted_at - interval '30 days' where id = $1", [person.id]);
  };
  const erase = (context: ActionContext = world.as(null)) =>
    eraseDeleted(context, new AbortController().signal);
  /** A context whose transactions look at the counts of what stays when they are over. */
  const watching = (look: () => Promise<void>): ActionContext => {
    const context = world.as(null);
    const database: Pick<Database, "run" | "decide" | "transaction"> = {
      run: (...args) => context.database.run(...args),
      decide: (...args) => context.database.decide(...args),
      transaction: async (work) => {
        const result = await context.database.transaction(work);
        await look();
        return result;
      },
    };
    return { ...context, database: database as Database };
  };

  test("takes their comments, and leaves tombstones over the answers of others, with the counts right at every step", async () => {
    const answered = await world.comment(bob, row, "Answered");
    const reply = await world.comment(cat, row, "An answer", answered);
    const plain = await world.comment(bob, row, "Plain");
    const theirs = await world.comment(cat, row, "Theirs");
    const own = await world.comment(bob, row, "My answer", theirs);
    for (const id of [answered, reply, plain, theirs, own])
      for (const person of [ann, bob, cat]) await world.likeComment(person, id);
    await leave(bob);
    let looks = 0;
    await erase(
      watching(async () => {
        looks++;
        expect(await countOf(world, ann, videoId)).toBe(2);
        expect(await commentAt(world, ann, theirs)).toMatchObject({ likeCount: 2, replyCount: 0 });
        const drifts = await countersThatDrift(world.database);
        expect(drifts.filter(({ counter }) => /^(videos|comments)\./.test(counter))).toEqual([]);
      }),
    );
    expect(looks).toBeGreaterThan(10);
    const threads = await threadsOf(world, ann, videoId);
    expect(
      threads.map(({ id, text, author, likeCount, replyCount }) => [id, text, author, likeCount, replyCount]),
    ).toEqual([
      [answered, null, null, 0, 1],
      [theirs, "Theirs", { id: cat.globalId }, 2, 0],
    ]);
    const { query } = world.server.database;
    const left = await query<object>(
      `select author_id, text, mentions, nonce, like_count
       from comments
       where video_id = $1 and (author_id is null or author_id = $2)`,
      [row, bob.id],
    );
    expect(left).toEqual([{ author_id: null, text: null, mentions: null, nonce: null, like_count: 0 }]);
    expect(await query("select comment_id from comment_likes where user_id = $1", [bob.id])).toEqual([]);
    // Answers go on under the tombstone, which goes with the last of them.
    const more = await mutate(world, ann, "addComment", { videoId, text: "More", replyToId: reply });
    expect(more.comment?.replyTo).toEqual({ id: answered });
    for (const id of [reply, more.comment?.id]) await mutate(world, ann, "deleteComment", { commentId: id });
    expect((await threadsOf(world, ann, videoId)).map(({ id }) => id)).toEqual([theirs]);
  });

  test("counts each like out once, also of a comment that a moderator removes at the same moment", async () => {
    const answered = await world.comment(bob, row, "Answered");
    await world.comment(cat, row, "An answer", answered);
    for (const person of [ann, cat]) await world.likeComment(person, answered);
    await leave(bob);
    let erased = Promise.resolve();
    await write(world.as(null), async (queries, tell) => {
      const [, id = ""] = keyOf("comment", answered);
      await removeComment(queries, tell, { videoId: row, id });
      erased = erase();
      const waiting =
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      while ((await world.server.database.query(waiting)).length === 0) await sleep(5);
    });
    await erased;
    expect(await commentAt(world, ann, answered)).toMatchObject({ likeCount: 0, replyCount: 1 });
    expect(await countersThatDrift(world.database)).toEqual([]);
  });

  test("takes what others said about their videos, with the videos", async () => {
    const top = await world.comment(ann, row, "Ann's");
    const reply = await world.comment(bob, row, "An answer on the video that goes", top);
    const later = await world.comment(ann, row, "Another", reply);
    for (const id of [top, reply, later]) await world.likeComment(cat, id);
    await leave(ann);
    await erase();
    const { query } = world.server.database;
    for (const table of ["comments", "comment_likes"])
      expect(await query(`select 1 from ${table} where video_id = $1`, [row])).toEqual([]);
    for (const id of [top, reply, later]) expect(await commentAt(world, bob, id)).toBeNull();
  });
});
