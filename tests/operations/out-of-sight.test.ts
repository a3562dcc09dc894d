/** What people did to a video that they see no longer, or can't see who did it: it is theirs to take back all the same. */
import { globalId } from "../../src/ids.ts";
import type { Person, World } from "../support/world.ts";
import { NOTHING } from "../visibility/cast.ts";
import { commentAt, countOf } from "./comments.ts";
import { codes, mutate } from "./mutations.ts";
import { notificationsOf } from "./notifications.ts";
import { Moderated } from "./reports.ts";

let moderated: Moderated;
let world: World;
let author: Person;
let viewer: Person;
let friend: Person;
let row: string;
let videoId: string;
beforeAll(async () => {
  moderated = await Moderated.start();
  world = moderated.world;
});
beforeEach(async () => {
  [author, viewer, friend] = await moderated.strangers();
  await world.befriend(author, viewer, friend);
  row = await world.video(author, "FRIENDS");
  videoId = globalId("video", row);
});
afterEach(async () => {
  expect(await moderated.drift()).toEqual([]);
});
afterAll(() => world.stop());

/** How the viewer loses sight of the author's video. */
const WAYS = {
  "its author has blocked them": () => world.block(author, viewer),
  "they have blocked its author": () => world.block(viewer, author),
  "the two are friends no more": () => world.unfriend(author, viewer),
  "it is for its author alone": async () => {
    await mutate(world, author, "updateVideo", { videoId, audience: "ONLY_ME" });
  },
} as const;
const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];
const kept = async (table: string) =>
  world.server.database.query(`select from ${table} where video_id = $1 and user_id = $2`, [row, viewer.id]);

/** What somebody was notified of, beside new friends. */
const told = async (person: Person) =>
  (await notificationsOf(world, person)).list.filter(({ kind }) => kind !== "FRIEND_ACCEPTED");

const doings = [
  ["likeVideo", "unlikeVideo", "likes"],
  ["saveVideo", "unsaveVideo", "saves"],
  ["repostVideo", "undoRepost", "reposts"],
] as const;

describe.each(ways)("of a video that somebody does not see, for %s,", (way) => {
  test.each(doings)(
    "what they did by %s goes by %s, and then there is no such video",
    async (did, undo, table) => {
      await mutate(world, viewer, did, { videoId });
      await WAYS[way]();
      expect(await kept(table)).toHaveLength(1);
      expect(await mutate(world, viewer, undo, { videoId })).toEqual({ video: null, userErrors: [] });
      expect(await kept(table)).toEqual([]);
      expect(await told(author)).toEqual([]);
      const nothing = await mutate(world, viewer, undo, { videoId: NOTHING.video });
      expect(codes(nothing)).toEqual(["NOT_FOUND"]);
      expect(await mutate(world, viewer, undo, { videoId })).toEqual(nothing);
      // And it is not done again.
      expect(codes(await mutate(world, viewer, did, { videoId }))).toEqual(["NOT_FOUND"]);
    },
  );

  test("their like of a comment goes, and then there is no such comment", async () => {
    const commentId = await world.comment(friend, row);
    await world.likeComment(viewer, commentId);
    await WAYS[way]();
    const payload = await mutate(world, viewer, "unlikeComment", { commentId });
    expect(payload).toEqual({ comment: null, video: null, userErrors: [] });
    expect(await kept("comment_likes")).toEqual([]);
    expect(await told(friend)).toEqual([]);
    expect(codes(await mutate(world, viewer, "unlikeComment", { commentId }))).toEqual(["NOT_FOUND"]);
    expect(codes(await mutate(world, viewer, "likeComment", { commentId }))).toEqual(["NOT_FOUND"]);
  });

  test("their own comment goes, and then there is no such comment", async () => {
    const commentId = await world.comment(viewer, row, "Regret");
    await WAYS[way]();
    const payload = await mutate(world, viewer, "deleteComment", { commentId });
    expect(payload).toEqual({ deletedId: commentId, video: null, userErrors: [] });
    expect(await countOf(world, author, videoId)).toBe(0);
    const left = "select text from comments where video_id = $1";
    expect(await world.server.database.query(left, [row])).toEqual([{ text: null }]);
    expect(codes(await mutate(world, viewer, "deleteComment", { commentId }))).toEqual(["NOT_FOUND"]);
  });
});

/** How the author of a video loses sight of who comments on it. */
const WRITERS = {
  "somebody who has blocked them": () => world.block(viewer, author),
  "somebody whom they have blocked": () => world.block(author, viewer),
  "somebody who is suspended": () => world.suspend(viewer),
} as const;

describe.each(Object.keys(WRITERS) as (keyof typeof WRITERS)[])("a comment of %s", (writer) => {
  test("is deleted by whose video it is on, with or without answers, and by nobody else", async () => {
    const plain = await world.comment(viewer, row, "Plain");
    const answered = await world.comment(viewer, row, "Answered");
    await world.comment(friend, row, "An answer", answered);
    await WRITERS[writer]();
    if (writer !== "somebody who is suspended")
      expect(codes(await mutate(world, friend, "deleteComment", { commentId: plain }))).toEqual([
        "FORBIDDEN",
      ]);
    for (const commentId of [plain, answered]) {
      const payload = await mutate(world, author, "deleteComment", { commentId });
      expect(payload).toMatchObject({ deletedId: commentId, userErrors: [] });
    }
    expect(codes(await mutate(world, author, "deleteComment", { commentId: plain }))).toEqual(["NOT_FOUND"]);
    expect(codes(await mutate(world, author, "deleteComment", { commentId: answered }))).toEqual([
      "CONFLICT",
    ]);
    expect(await commentAt(world, friend, plain)).toBeNull();
    expect(await commentAt(world, friend, answered)).toMatchObject({ text: null, replyCount: 1 });
  });

  test("is reported by whose video it is on, with its words, until nothing is left of it", async () => {
    const plain = await world.comment(viewer, row, "Bad words");
    const answered = await world.comment(viewer, row, "Worse words");
    await world.comment(friend, row, "An answer", answered);
    await WRITERS[writer]();
    for (const [id, excerpt] of [
      [plain, "Bad words"],
      [answered, "Worse words"],
    ] as const) {
      const report = await moderated.report(author, id);
      expect(await moderated.node(moderated.maya, report.id)).toMatchObject({ excerpt });
      await mutate(world, author, "deleteComment", { commentId: id });
    }
    expect(codes(await moderated.reporting(author, plain))).toEqual(["NOT_FOUND"]);
    expect(codes(await moderated.reporting(author, answered))).toEqual(["INVALID"]);
  });
});

test("a like of a comment whose writer is blocked goes as well, whether or not a tombstone stands for it", async () => {
  const plain = await world.comment(friend, row);
  const answered = await world.comment(friend, row);
  await world.comment(author, row, "An answer", answered);
  for (const id of [plain, answered]) await world.likeComment(viewer, id);
  await world.block(friend, viewer);
  for (const commentId of [plain, answered])
    expect(codes(await mutate(world, viewer, "unlikeComment", { commentId }))).toEqual([]);
  expect(await kept("comment_likes")).toEqual([]);
  const again = [plain, answered].map((commentId) => mutate(world, viewer, "unlikeComment", { commentId }));
  expect((await Promise.all(again)).flatMap(codes)).toEqual(["NOT_FOUND", "CONFLICT"]);
});
