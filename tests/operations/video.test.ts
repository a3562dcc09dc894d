/** Publishing, changing, removing and liking videos, as the video section of the rules promises it. */
import { globalId } from "../../src/ids.ts";
import { atOnce } from "../support/at-once.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, documentOf, mutate, type Node, type Somebody } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
let ann: Person;
let bob: Person;
let friend: Person;
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
  [ann, bob, friend] = await world.people("ann", "bob", "friend");
  await world.befriend(ann, friend);
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

const ADDRESS = "https://media.example/video.mp4";
const publish = (input: Record<string, unknown> = {}, node: Node = world) =>
  mutate(node, ann, "publishVideo", { sourceUrl: ADDRESS, caption: "A video", ...input });
async function newVideo(input: Record<string, unknown> = {}): Promise<string> {
  const { video, userErrors } = await publish(input);
  if (video === null) throw new Error(JSON.stringify(userErrors));
  return video.id;
}
const like = (person: Somebody, videoId: string, node: Node = world) =>
  mutate(node, person, "likeVideo", { videoId });
const unlike = (person: Somebody, videoId: string, node: Node = world) =>
  mutate(node, person, "unlikeVideo", { videoId });

type Likes = { likeCount: number; viewerHasLiked: boolean; likers: { nodes: { handle: string }[] } };
async function likes(person: Person | null, id: string): Promise<Likes> {
  const question = `query ($id: ID!) {
    video(id: $id) { likeCount viewerHasLiked likers(first: 100) { nodes { handle } } }
  }`;
  return (await world.read<{ video: Likes }>(person, question, { id })).video;
}
async function captions(person: Person | null): Promise<string[]> {
  const question = `query ($id: ID!) { user(id: $id) { videos(first: 100) { nodes { caption } } } }`;
  type Videos = { user: { videos: { nodes: { caption: string }[] } } };
  const { user } = await world.read<Videos>(person, question, { id: ann.globalId });
  return user.videos.nodes.map(({ caption }) => caption);
}

describe("publishing", () => {
  test("makes a video that anybody may watch and comment on, unless told otherwise", async () => {
    const { video, userErrors } = await publish({ caption: "  Rain \r\n again  " });
    expect(userErrors).toEqual([]);
    expect(video).toEqual({
      id: expect.stringMatching(/^video_/),
      caption: "Rain \n again",
      audience: "PUBLIC",
      commentsFrom: "EVERYONE",
      status: "READY",
      likeCount: 0,
      repostCount: 0,
      viewCount: 0,
      viewerHasLiked: false,
      viewerHasSaved: false,
      viewerHasReposted: false,
      playbackUrl: ADDRESS,
      author: { id: ann.globalId },
    });
    expect(await captions(null)).toContain("Rain \n again");
  });

  test("keeps the audience that is asked for", async () => {
    const { video } = await publish({ audience: "CLOSE_FRIENDS", commentsFrom: "FRIENDS" });
    expect(video).toMatchObject({ audience: "CLOSE_FRIENDS", commentsFrom: "FRIENDS" });
  });

  test("again with the same nonce finds the same video, also ten times at once and on two nodes", async () => {
    const { video } = await publish({ nonce: "first" });
    expect((await publish({ nonce: "first" })).video?.id).toBe(video?.id);
    const tries = Array.from({ length: 10 }, (_, at) =>
      publish({ nonce: "rush", caption: "In a rush" }, at % 2 === 0 ? world : otherNode),
    );
    expect(new Set((await Promise.all(tries)).map((answer) => answer.video?.id)).size).toBe(1);
    expect((await captions(ann)).filter((caption) => caption === "In a rush")).toHaveLength(1);
  });

  test("two people may have used the same nonce", async () => {
    const { video } = await publish({ nonce: "shared" });
    const other = await mutate(world, bob, "publishVideo", {
      sourceUrl: ADDRESS,
      caption: "Bob's",
      nonce: "shared",
    });
    expect(other.video?.id).not.toBe(video?.id);
    expect(other.video?.caption).toBe("Bob's");
  });

  test.each([
    ["no address", { sourceUrl: null }, "sourceUrl"],
    ["a caption of 2,201 characters", { caption: "x".repeat(2_201) }, "caption"],
    ["a control character in the caption", { caption: "a\u0007b" }, "caption"],
    ["a length of nothing", { durationMs: 0 }, "durationMs"],
    ["a length of more than 10 minutes", { durationMs: 600_001 }, "durationMs"],
    ["an empty nonce", { nonce: "" }, "nonce"],
    ["a nonce of 101 characters", { nonce: "x".repeat(101) }, "nonce"],
  ])("with %s is INVALID", async (_, input, path) => {
    const { video, userErrors } = await publish(input);
    expect(userErrors).toMatchObject([{ code: "INVALID", path: [path] }]);
    expect(video).toBeNull();
  });

  test.each([
    "javascript:alert(1)",
    "data:video/mp4;base64,AAAA",
    "file:///etc/passwd",
    "/video.mp4",
    "https://ann:secret@media.example/",
    `https://media.example/${"x".repeat(2_048)}`,
  ])("never keeps %p as an address", async (sourceUrl) => {
    const input = { sourceUrl, caption: "A video" };
    const { errors } = await world.ask(ann, documentOf("publishVideo"), { input });
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

describe("changing and removing", () => {
  test("what is left out stays", async () => {
    const videoId = await newVideo({ audience: "FRIENDS" });
    const { video } = await mutate(world, ann, "updateVideo", { videoId, caption: "Better" });
    expect(video).toMatchObject({ caption: "Better", audience: "FRIENDS", commentsFrom: "EVERYONE" });
    const changes = { videoId, audience: "ONLY_ME", commentsFrom: "NO_ONE" };
    expect((await mutate(world, ann, "updateVideo", changes)).video).toMatchObject({
      caption: "Better",
      audience: "ONLY_ME",
      commentsFrom: "NO_ONE",
    });
  });

  test("narrowing the audience takes the video away from who is outside of it, at the next read", async () => {
    const videoId = await newVideo({ caption: "For friends soon" });
    expect(await captions(bob)).toContain("For friends soon");
    await mutate(world, ann, "updateVideo", { videoId, audience: "FRIENDS" });
    expect(await captions(bob)).not.toContain("For friends soon");
    expect(await captions(friend)).toContain("For friends soon");
    await mutate(world, ann, "updateVideo", { videoId, audience: "PUBLIC" });
    expect(await captions(bob)).toContain("For friends soon");
  });

  test("a video of somebody else's is FORBIDDEN where it can be seen, NOT_FOUND where it can't, and stays", async () => {
    const [open, closed] = [await newVideo(), await newVideo({ audience: "FRIENDS" })];
    for (const [videoId, code] of [
      [open, "FORBIDDEN"],
      [closed, "NOT_FOUND"],
    ] as const) {
      const updated = await mutate(world, bob, "updateVideo", { videoId, caption: "Mine now" });
      expect(updated).toMatchObject({ video: null, userErrors: [{ code, path: ["videoId"] }] });
      const deleted = await mutate(world, bob, "deleteVideo", { videoId });
      expect(deleted).toMatchObject({ deletedId: null, userErrors: [{ code, path: ["videoId"] }] });
      expect((await like(ann, videoId)).video).toMatchObject({ caption: "A video" });
    }
  });

  test("a removed video is gone for everybody, its author too", async () => {
    const videoId = await newVideo({ caption: "Regret" });
    expect(await mutate(world, ann, "deleteVideo", { videoId })).toEqual({
      deletedId: videoId,
      userErrors: [],
    });
    expect(await world.read(ann, `{ video(id: "${videoId}") { id } }`)).toEqual({ video: null });
    expect(await captions(ann)).not.toContain("Regret");
    for (const name of ["deleteVideo", "likeVideo", "updateVideo"] as const) {
      expect(codes(await mutate(world, ann, name, { videoId }))).toEqual(["NOT_FOUND"]);
    }
  });

  test.each(["publishVideo", "updateVideo", "deleteVideo", "likeVideo", "unlikeVideo"] as const)(
    "%s is for those who are signed in",
    async (name) => {
      const videoId = await newVideo();
      const input = name === "publishVideo" ? { sourceUrl: ADDRESS, caption: "x" } : { videoId };
      const { errors } = await world.ask(null, documentOf(name), { input });
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    },
  );
});

describe("liking", () => {
  test("counts once, however often, and taking it back takes it back once", async () => {
    const videoId = await newVideo();
    for (let time = 0; time < 3; time++) {
      expect((await like(bob, videoId)).video).toMatchObject({ likeCount: 1, viewerHasLiked: true });
    }
    expect((await like(friend, videoId)).video?.likeCount).toBe(2);
    for (let time = 0; time < 3; time++) {
      expect((await unlike(bob, videoId)).video).toMatchObject({ likeCount: 1, viewerHasLiked: false });
    }
    expect(await likes(bob, videoId)).toMatchObject({ likers: { nodes: [{ handle: "friend" }] } });
  });

  test("is seen by everybody who sees the video, the newest like first", async () => {
    const videoId = await newVideo();
    for (const person of [bob, friend, ann]) await like(person, videoId);
    const expected = {
      likeCount: 3,
      likers: { nodes: ["ann", "friend", "bob"].map((handle) => ({ handle })) },
    };
    expect(await likes(ann, videoId)).toEqual({ ...expected, viewerHasLiked: true });
    expect(await likes(null, videoId)).toEqual({ ...expected, viewerHasLiked: false });
  });

  test("what one can't see is NOT_FOUND; a like stays when the video goes dark for who gave it, until they take it back", async () => {
    const videoId = await newVideo();
    await like(bob, videoId);
    await mutate(world, ann, "updateVideo", { videoId, audience: "FRIENDS" });
    expect(codes(await like(bob, videoId))).toEqual(["NOT_FOUND"]);
    const nothing = { videoId: globalId("video", "12345") };
    expect(codes(await mutate(world, bob, "likeVideo", nothing))).toEqual(["NOT_FOUND"]);
    expect((await likes(ann, videoId)).likeCount).toBe(1);
    expect(await unlike(bob, videoId)).toMatchObject({ video: null, userErrors: [] });
    expect((await likes(ann, videoId)).likeCount).toBe(0);
    expect(codes(await unlike(bob, videoId))).toEqual(["NOT_FOUND"]);
  });

  test("200 times at once, by twenty people on two nodes, ends with a count that is exact", async () => {
    const videoId = await newVideo();
    const crowd = await world.people(...Array.from({ length: 20 }, (_, at) => `fan${at}`));
    const moves = crowd.flatMap((person, at) =>
      Array.from({ length: 10 }, (_, move) => () => {
        const node = (at + move) % 2 === 0 ? world : otherNode;
        return move % 3 === 1 ? unlike(person, videoId, node) : like(person, videoId, node);
      }),
    );
    for (const { userErrors } of await atOnce(moves, 2)) expect(userErrors).toEqual([]);
    const { likeCount, likers } = await likes(null, videoId);
    expect(likers.nodes).toHaveLength(likeCount);
    // After the rush everybody makes up their mind once more.
    await Promise.all(crowd.map((person, at) => (at < 7 ? like(person, videoId) : unlike(person, videoId))));
    expect((await likes(null, videoId)).likeCount).toBe(7);
  });
});
