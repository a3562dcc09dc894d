/** The hashtags that a video has from its author's own comments: they come and go with these. */
import { CommentHashtags1763856000034 } from "../../migrations/1763856000034-comment-hashtags.ts";
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { deleteComment } from "../../src/actions/comment.ts";
import { deleteVideo, updateVideo } from "../../src/actions/video.ts";
import type { Audience } from "../../src/entities/video.ts";
import { globalId, keyOf } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";

let world: World;
let ann: Person;
let bob: Person;
let viewer: Person;
beforeAll(async () => {
  world = await World.start();
  [ann, bob, viewer] = await world.people("ann", "bob", "viewer");
});
afterAll(() => world.stop());

/** The hashtags that a video of Ann's says it has. */
async function tagsOf(video: string): Promise<string[]> {
  const question = "query ($id: ID!) { video(id: $id) { hashtags } }";
  const id = globalId("video", video);
  return (await world.read<{ video: { hashtags: string[] } }>(ann, question, { id })).video.hashtags;
}

interface Found {
  readonly hashtag: {
    readonly videoCount: number;
    readonly videos: { readonly nodes: readonly { readonly caption: string }[] };
  } | null;
}

/** How many videos there are under a hashtag, and the first word of each: "1: word". */
async function under(name: string, person: Person | null = viewer): Promise<string> {
  const question =
    "query ($name: String!) { hashtag(name: $name) { videoCount videos(first: 100) { nodes { caption } } } }";
  const { hashtag } = await world.read<Found>(person, question, { name });
  if (hashtag === null) return "-";
  return `${hashtag.videoCount}: ${hashtag.videos.nodes.map(({ caption }) => caption.split(" ")[0]).join(" ")}`;
}

const change = (id: string, changes: { caption?: string; audience?: Audience }) =>
  updateVideo(world.as(ann), id, { caption: null, audience: null, commentsFrom: null, ...changes });

/** Deletes a comment as Ann. */
async function unsay(comment: string): Promise<void> {
  const [videoId = "", id = ""] = keyOf("comment", comment);
  await deleteComment(world.as(ann), { videoId, id });
}

describe("in comments, hashtags", () => {
  afterEach(async () => {
    expect(await countersThatDrift(world.database)).toEqual([]);
  });

  test("of the video's author count as the video's, after those of the caption, each once", async () => {
    const id = await world.video(ann, "PUBLIC", "said #InCaption");
    const top = await world.comment(ann, id, "#Spoken, #incaption");
    await world.comment(ann, id, "#日本 #spoken", top);
    expect(await tagsOf(id)).toEqual(["incaption", "spoken", "日本"]);
    for (const name of ["incaption", "spoken", "日本"]) expect(await under(name, null)).toBe("1: said");
    const found = await world.read(
      viewer,
      `{ search(query: "#spok") { nodes { ... on Hashtag { name } } } }`,
    );
    expect(found).toEqual({ search: { nodes: [{ name: "spoken" }] } });
  });

  test("of others bring a video under none, whoever they are", async () => {
    const id = await world.video(ann, "PUBLIC", "plain");
    const top = await world.comment(bob, id, "#imposed");
    await world.comment(viewer, id, "#imposed", top);
    expect(await tagsOf(id)).toEqual([]);
    expect(await under("imposed")).toBe("-");
  });

  test("go with the comment, but where the caption or another comment has them too", async () => {
    const id = await world.video(ann, "PUBLIC", "going #stays");
    const first = await world.comment(ann, id, "#stays #goes #shared");
    const second = await world.comment(ann, id, "#shared #later");
    await unsay(first);
    expect(await tagsOf(id)).toEqual(["stays", "shared", "later"]);
    expect([await under("stays"), await under("goes"), await under("shared")]).toEqual([
      "1: going",
      "-",
      "1: going",
    ]);
    await unsay(second);
    expect(await tagsOf(id)).toEqual(["stays"]);
    expect([await under("shared"), await under("later")]).toEqual(["-", "-"]);
  });

  test("follow the audience and the caption of the video, and its removal", async () => {
    const id = await world.video(ann, "FRIENDS", "shy #outside");
    const comment = await world.comment(ann, id, "#within #outside");
    expect(await tagsOf(id)).toEqual(["outside", "within"]);
    expect(await under("within", ann)).toBe("-");
    await change(id, { audience: "PUBLIC" });
    expect(await under("within")).toBe("1: shy");
    await change(id, { caption: "bold" });
    expect([await under("within"), await under("outside")]).toEqual(["1: bold", "1: bold"]);
    await change(id, { audience: "CLOSE_FRIENDS" });
    await unsay(comment);
    await change(id, { audience: "PUBLIC" });
    expect([await under("within"), await under("outside")]).toEqual(["-", "-"]);
    await world.comment(ann, id, "#within");
    await deleteVideo(world.as(ann), id);
    expect(await under("within")).toBe("-");
  });

  test("do not make a video have more than 30, and those of the caption come first", async () => {
    const tags = (word: string, from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => `#${word}${from + at}`).join(" ");
    const id = await world.video(ann, "PUBLIC", `full ${tags("capped", 0, 25)}`);
    const first = await world.comment(ann, id, tags("more", 0, 20));
    await world.comment(ann, id, tags("more", 20, 40));
    expect(await tagsOf(id)).toHaveLength(30);
    expect([await under("capped24"), await under("more4"), await under("more5")]).toEqual([
      "1: full",
      "1: full",
      "-",
    ]);
    await change(id, { caption: "emptied" });
    expect([await under("more29"), await under("more30")]).toEqual(["1: emptied", "-"]);
    await unsay(first);
    expect(await tagsOf(id)).toHaveLength(20);
    expect([await under("more19"), await under("more39")]).toEqual(["-", "1: emptied"]);
  });

  test("of an author who is hidden are not counted, and are again when they come back", async () => {
    const cleo = await world.person("cleo");
    const id = await world.video(cleo, "PUBLIC", "hiding");
    await world.comment(cleo, id, "#absent");
    await world.suspend(cleo);
    expect(await under("absent")).toBe("-");
    await world.reinstate(cleo);
    expect(await under("absent", null)).toBe("1: hiding");
  });

  test("are those of the comments and the caption that are left, whatever comes and goes at once", async () => {
    for (let round = 0; round < 4; round++) {
      const id = await world.video(ann, "PUBLIC", "busy #caption");
      const doomed = await world.comment(ann, id, "#doomed #both");
      await Promise.all([
        world.comment(ann, id, "#both #one"),
        world.comment(ann, id, "#both #two"),
        unsay(doomed),
        change(id, { caption: "busy #edited" }),
        world.comment(bob, id, "#three"),
      ]);
      expect((await tagsOf(id)).sort()).toEqual(["both", "edited", "one", "two"]);
      for (const name of ["both", "edited", "one", "two"]) expect(await under(name)).toBe("1: busy");
      for (const name of ["doomed", "caption", "three"]) expect(await under(name)).toBe("-");
      const comment = await world.comment(ann, id, "#last");
      await Promise.all([unsay(comment), change(id, { audience: "ONLY_ME" })]);
      for (const name of ["both", "edited", "last"]) expect(await under(name)).toBe("-");
      expect((await tagsOf(id)).sort()).toEqual(["both", "edited", "one", "two"]);
    }
  });

  test("are found as well where they were written before they were looked for", async () => {
    const id = await world.video(ann, "PUBLIC", "before #known");
    await world.comment(ann, id, "#written #known");
    await world.comment(bob, id, "#foreign");
    const hidden = await world.video(ann, "ONLY_ME", "quiet");
    await world.comment(ann, hidden, "#written");
    const migration = new CommentHashtags1763856000034();
    const runner = world.database.source.createQueryRunner();
    try {
      await runner.startTransaction();
      await migration.down(runner);
      await runner.commitTransaction();
      const left = await runner.query("select name from video_hashtags where video_id = $1", [id]);
      expect(left).toEqual([{ name: "known" }]);
      await runner.startTransaction();
      await migration.up(runner);
      await runner.commitTransaction();
    } finally {
      await runner.release();
    }
    expect(await tagsOf(id)).toEqual(["known", "written"]);
    expect(await tagsOf(hidden)).toEqual(["written"]);
    expect([await under("written"), await under("known"), await under("foreign")]).toEqual([
      "1: before",
      "1: before",
      "-",
    ]);
  });
});
