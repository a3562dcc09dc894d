/** Comments: written once, answered one level deep, and deleted without a trace or with a tombstone. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { updateVideo } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { at } from "../visibility/cast.ts";
import { commentAt, countOf, threadsOf } from "./comments.ts";
import { codes, documentOf, mutate } from "./mutations.ts";

let world: World;
let ann: Person;
let bob: Person;
let cat: Person;
/** A video of Ann's, as a row and as the API calls it. */
let row: string;
let videoId: string;
beforeAll(async () => {
  world = await World.start();
  [ann, bob, cat] = await world.people("ann", "bob", "cat");
  await world.befriend(ann, bob);
});
beforeEach(async () => {
  row = await world.video(ann);
  videoId = globalId("video", row);
});
afterEach(async () => {
  expect(await countersThatDrift(world.database)).toEqual([]);
});
afterAll(() => world.stop());

const add = (person: Person, text: string, more: Record<string, unknown> = {}) =>
  mutate(world, person, "addComment", { videoId, text, ...more });
const remove = (person: Person, commentId: string) => mutate(world, person, "deleteComment", { commentId });
const texts = (comments: readonly { text: string | null }[]) => comments.map(({ text }) => text);

describe("a comment", () => {
  test("is there for everybody who sees the video, and counts", async () => {
    const { comment, video, userErrors } = await add(bob, "  Lovely!\r\nReally.  ");
    expect(userErrors).toEqual([]);
    expect(comment).toMatchObject({
      text: "Lovely!\nReally.",
      deletedAt: null,
      likeCount: 0,
      viewerHasLiked: false,
      replyCount: 0,
      author: { id: bob.globalId },
      replyTo: null,
      video: { id: videoId },
      mentions: [],
    });
    expect(video).toEqual({ id: videoId, commentCount: 1 });
    for (const person of [ann, bob, cat, null]) {
      expect(await commentAt(world, person, comment?.id ?? "")).toMatchObject({ id: comment?.id });
      expect(texts(await threadsOf(world, person, videoId))).toEqual(["Lovely!\nReally."]);
      expect(await countOf(world, person, videoId)).toBe(1);
    }
  });

  test.each([
    ["no letter", "", "INVALID"],
    ["blanks alone", " \n\t ", "INVALID"],
    ["1,001 letters", "x".repeat(1_001), "INVALID"],
    ["a control character", "a\u0007b", "INVALID"],
    ["1,000 letters", "x".repeat(1_000), null],
    ["a family", "👩‍👩‍👧", null],
    ["1,000 letters of two signs each", "e\u0301".repeat(1_000), null],
  ])("of %s is taken or refused by its length in characters", async (_, text, code) => {
    const answer = await add(bob, text);
    expect(codes(answer)).toEqual(code === null ? [] : [code]);
    expect(answer.comment?.text ?? null).toBe(code === null ? text.normalize("NFC") : null);
    if (code !== null) expect(answer).toMatchObject({ video: null, userErrors: [{ path: ["text"] }] });
  });

  test("with a nonce is written once for good; the same nonce with anything else is a CONFLICT", async () => {
    const first = await add(bob, "Once", { nonce: "n" });
    const again = await add(bob, " Once ", { nonce: "n" });
    expect([again.comment?.id, again.video?.commentCount]).toEqual([first.comment?.id, 1]);
    const other = (await add(bob, "Top")).comment?.id;
    for (const more of [{ text: "Twice" }, { text: "Once", replyToId: other }]) {
      const refused = await mutate(world, bob, "addComment", { videoId, nonce: "n", ...more });
      expect(refused).toMatchObject({ comment: null, userErrors: [{ code: "CONFLICT", path: ["nonce"] }] });
    }
    // Another's nonce, or one on another video, is another.
    expect((await add(cat, "Mine", { nonce: "n" })).comment?.text).toBe("Mine");
    const elsewhere = { videoId: globalId("video", await world.video(ann)), text: "There", nonce: "n" };
    expect((await mutate(world, bob, "addComment", elsewhere)).comment?.text).toBe("There");
    // A late retry brings back nothing that was deleted meanwhile, and none is refused for what has changed since.
    await updateVideo(world.as(ann), row, { caption: null, audience: null, commentsFrom: "NO_ONE" });
    expect((await add(bob, "Once", { nonce: "n" })).comment?.id).toBe(first.comment?.id);
    await remove(bob, first.comment?.id ?? "");
    expect(await add(bob, "Once", { nonce: "n" })).toMatchObject({ comment: null, userErrors: [] });
    expect(await countOf(world, bob, videoId)).toBe(2);
  });

  test("on what one can't see is NOT_FOUND, as on what there is not", async () => {
    const hidden = globalId("video", await world.video(ann, "CLOSE_FRIENDS"));
    for (const id of [hidden, globalId("video", 12345)]) {
      const answer = await mutate(world, bob, "addComment", { videoId: id, text: "Hello" });
      expect(answer).toEqual({
        comment: null,
        video: null,
        userErrors: [expect.objectContaining({ code: "NOT_FOUND", path: ["videoId"] })],
      });
    }
  });

  test.each(["addComment", "deleteComment", "likeComment", "unlikeComment"] as const)(
    "%s is for those who are signed in",
    async (name) => {
      const id = await world.comment(bob, row);
      const input = name === "addComment" ? { videoId, text: "x" } : { commentId: id };
      const { errors } = await world.ask(null, documentOf(name), { input });
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    },
  );
});

describe("who may comment", () => {
  test.each([
    //                      ann bob  fof  cat   nobody
    ["EVERYONE", [true, true, true, true, false]],
    ["FRIENDS_OF_FRIENDS", [true, true, true, false, false]],
    ["FRIENDS", [true, true, false, false, false]],
    ["CLOSE_FRIENDS", [true, false, false, false, false]],
    ["NO_ONE", [true, false, false, false, false]],
  ] as const)("of %s is what the video says, and the author always", async (commentsFrom, expected) => {
    const fof = await world.person("fof");
    await world.befriend(bob, fof);
    await updateVideo(world.as(ann), row, { caption: null, audience: null, commentsFrom });
    const question = "query ($id: ID!) { video(id: $id) { viewerCanComment } }";
    for (const [nr, person] of [ann, bob, fof, cat, null].entries()) {
      const may = at(await world.read(person, question, { id: videoId }), "video", "viewerCanComment");
      expect([nr, may]).toEqual([nr, expected[nr]]);
      if (person === null) continue;
      const answer = await add(person, "May I?");
      expect([nr, ...codes(answer)]).toEqual(expected[nr] ? [nr] : [nr, "FORBIDDEN"]);
    }
    expect(await countOf(world, null, videoId)).toBe(expected.filter((may) => may).length);
  });
});

describe("an answer", () => {
  test("stands under the comment, and an answer to an answer beside it, oldest first", async () => {
    const top = await world.comment(bob, row, "Top");
    const first = await add(ann, "First", { replyToId: top });
    expect(first.comment).toMatchObject({ replyTo: { id: top } });
    const second = await add(cat, "Second", { replyToId: first.comment?.id });
    expect(second.comment).toMatchObject({ replyTo: { id: top } });
    expect(second.video?.commentCount).toBe(3);
    const [thread, ...others] = await threadsOf(world, null, videoId);
    expect(others).toEqual([]);
    expect(thread).toMatchObject({ id: top, replyCount: 2 });
    expect(texts(thread?.replies.nodes ?? [])).toEqual(["First", "Second"]);
    expect(thread?.replies.nodes.map(({ replyCount }) => replyCount)).toEqual([0, 0]);
  });

  test("goes to a comment on the same video that one sees; to any other it is NOT_FOUND", async () => {
    const elsewhere = await world.comment(bob, await world.video(ann));
    const [shy] = await world.people("shy");
    const hidden = await world.comment(shy, row);
    await world.block(shy, bob);
    for (const replyToId of [elsewhere, hidden, globalId("comment", row, 12345)]) {
      expect(await add(bob, "Hello?", { replyToId })).toMatchObject({
        comment: null,
        userErrors: [{ code: "NOT_FOUND", path: ["replyToId"] }],
      });
    }
  });

  test("to a comment that was deleted is a CONFLICT, to an answer under it not", async () => {
    const top = await world.comment(bob, row, "Top");
    const reply = await world.comment(cat, row, "Reply", top);
    await remove(bob, top);
    const refused = await add(ann, "To a tombstone", { replyToId: top });
    expect(refused).toMatchObject({ comment: null, userErrors: [{ code: "CONFLICT", path: ["replyToId"] }] });
    expect((await add(ann, "To what is left", { replyToId: reply })).comment?.replyTo).toEqual({ id: top });
  });
});

describe("deleting", () => {
  test("is for the author of the comment and the author of the video, and FORBIDDEN for others", async () => {
    const [one, other, third] = [
      await world.comment(bob, row),
      await world.comment(bob, row),
      await world.comment(ann, row),
    ];
    for (const id of [one, third]) {
      expect(codes(await remove(id === third ? bob : cat, id))).toEqual(["FORBIDDEN"]);
    }
    expect(await remove(bob, one)).toEqual({
      deletedId: one,
      video: { id: videoId, commentCount: 2 },
      userErrors: [],
    });
    expect((await remove(ann, other)).video?.commentCount).toBe(1);
    for (const person of [ann, bob, cat]) {
      expect(await commentAt(world, person, one)).toBeNull();
      expect(codes(await remove(person, one))).toEqual(["NOT_FOUND"]);
    }
  });

  test("leaves a tombstone over answers, of which nothing is told but the day, and which goes with the last of them", async () => {
    const top = await world.comment(bob, row, "Words that go");
    const replies = [await world.comment(cat, row, "One", top), await world.comment(ann, row, "Two", top)];
    await world.likeComment(cat, top);
    const { createdAt } = (await commentAt(world, cat, top)) ?? {};
    expect((await remove(bob, top)).video?.commentCount).toBe(2);
    for (const person of [ann, bob, cat, null]) {
      expect(await commentAt(world, person, top)).toMatchObject({
        id: top,
        text: null,
        author: null,
        deletedAt: `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`,
        createdAt,
        likeCount: 0,
        viewerHasLiked: false,
        replyCount: 2,
      });
      expect(texts(await threadsOf(world, person, videoId))).toEqual([null]);
    }
    for (const person of [ann, bob]) expect(codes(await remove(person, top))).toEqual(["CONFLICT"]);
    for (const name of ["likeComment", "unlikeComment"] as const) {
      expect(codes(await mutate(world, cat, name, { commentId: top }))).toEqual(["CONFLICT"]);
    }
    for (const id of replies) await remove(ann, id);
    expect(await threadsOf(world, ann, videoId)).toEqual([]);
    expect(await commentAt(world, bob, top)).toBeNull();
    expect(await countOf(world, ann, videoId)).toBe(0);
    // Nothing of the words is kept.
    const kept = await world.server.database.query(
      "select text, mentions from comments where video_id = $1",
      [row],
    );
    expect(kept).toEqual(Array(3).fill({ text: null, mentions: null }));
  });

  test("an answer takes it out of the count of answers", async () => {
    const top = await world.comment(bob, row);
    const reply = await world.comment(cat, row, "Reply", top);
    await remove(cat, reply);
    expect(await commentAt(world, bob, top)).toMatchObject({ replyCount: 0, replies: { nodes: [] } });
  });
});

describe("liking a comment", () => {
  test("counts once, however often, and taking it back takes it back once", async () => {
    const commentId = await world.comment(bob, row);
    for (let time = 0; time < 2; time++) {
      const { comment } = await mutate(world, cat, "likeComment", { commentId });
      expect(comment).toMatchObject({ likeCount: 1, viewerHasLiked: true });
    }
    const { comment } = await mutate(world, bob, "likeComment", { commentId });
    expect(comment?.likeCount).toBe(2);
    expect(await commentAt(world, ann, commentId)).toMatchObject({ likeCount: 2, viewerHasLiked: false });
    for (let time = 0; time < 2; time++) {
      const { comment } = await mutate(world, cat, "unlikeComment", { commentId });
      expect(comment).toMatchObject({ likeCount: 1, viewerHasLiked: false });
    }
  });

  test("that one can't see is NOT_FOUND", async () => {
    const commentId = await world.comment(bob, await world.video(ann, "FRIENDS"));
    for (const id of [commentId, globalId("comment", row, 12345)]) {
      for (const name of ["likeComment", "unlikeComment", "deleteComment"] as const) {
        expect(codes(await mutate(world, cat, name, { commentId: id }))).toEqual(["NOT_FOUND"]);
      }
    }
  });
});
