/** Hashtags: how they are read from captions, which videos they gather, and how many. */
import { write } from "../../src/actions/context.ts";
import { hidePerson, showPerson } from "../../src/actions/departure.ts";
import { deleteVideo, updateVideo } from "../../src/actions/video.ts";
import type { Audience } from "../../src/entities/video.ts";
import { globalId } from "../../src/ids.ts";
import { atOnce } from "../support/at-once.ts";
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

async function hashtagsOf(caption: string): Promise<string[]> {
  const id = globalId("video", await world.video(ann, "ONLY_ME", caption));
  const found = await world.read<{ video: { hashtags: string[] } }>(
    ann,
    "query ($id: ID!) { video(id: $id) { hashtags } }",
    { id },
  );
  return found.video.hashtags;
}

interface Seen {
  name: string;
  videoCount: number;
  videos: { nodes: { caption: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}
const hashtag = async (name: string, person: Person | null = viewer, more = "first: 100") => {
  const question = `query ($name: String!) { hashtag(name: $name) {
    name videoCount videos(${more}) { nodes { caption } pageInfo { hasNextPage endCursor } }
  } }`;
  return (await world.read<{ hashtag: Seen | null }>(person, question, { name })).hashtag;
};
/** "3: captions" where there are three. */
async function under(name: string, person: Person | null = viewer): Promise<string> {
  const found = await hashtag(name, person);
  if (found === null) return "-";
  return `${found.videoCount}: ${found.videos.nodes.map(({ caption }) => caption.split(" ")[0]).join(" ")}`;
}
const change = (id: string, changes: { caption?: string; audience?: Audience }) =>
  updateVideo(world.as(ann), id, { caption: null, audience: null, commentsFrom: null, ...changes });

describe("read from a caption", () => {
  test.each<[string, string, string[]]>([
    [
      "are words after a sign, in lower case and in their order",
      "#Rain and #snow_2, #RAIN.",
      ["rain", "snow_2"],
    ],
    ["stand together or apart", "#one#two (#three)", ["one", "two", "three"]],
    [
      "may be of any alphabet",
      "#Ünïcode #हिन्दी #한국 #日本 #עברית",
      ["ünïcode", "हिन्दी", "한국", "日本", "עברית"],
    ],
    ["have the wide sign as well", "＃東京", ["東京"]],
    ["are the same however their accents are put", "#cafe\u0301 #café", ["café"]],
    ["have a letter", "#1 #2026 #_ #4ever", ["4ever"]],
    ["are not within a word, an address or another sign", "a#b &#x27; ##twice /#slash", []],
    [
      "are not a part of a link",
      "https://x.example/?q=1#part http://y.example/?#frag www.z.example/#z #real",
      ["real"],
    ],
    ["end where the word ends", "#don't #hash-tag #emoji🙂", ["don", "hash", "emoji"]],
    ["are up to 100 characters", `#${"x".repeat(100)} #${"y".repeat(101)}`, ["x".repeat(100)]],
    ["are none without a sign", "nothing here # # #", []],
  ])("they %s", async (_, caption, expected) => {
    expect(await hashtagsOf(caption)).toEqual(expected);
  });

  test("they are 30 at most", async () => {
    const caption = Array.from({ length: 40 }, (_, at) => `#t${at}`).join(" ");
    expect(await hashtagsOf(caption)).toHaveLength(30);
  });
});

describe("a hashtag", () => {
  test("gathers public videos, newest first, and is found in any case, with the sign and without", async () => {
    await world.video(ann, "PUBLIC", "one #Gather");
    await world.video(bob, "PUBLIC", "two #gather #gather");
    for (const name of ["gather", "GATHER", "#gather", "＃Gather"])
      expect(await under(name, null)).toBe("2: two one");
    expect(await hashtag("#gather")).toMatchObject({ name: "gather" });
  });

  test.each(["", "#", "no such", "none", "##gather", "gather ", "x".repeat(101), "a:b", "%", "1"])(
    "%j is none",
    async (name) => {
      expect(await hashtag(name)).toBeNull();
    },
  );

  test("is paged", async () => {
    for (const at of [1, 2, 3, 4, 5]) await world.video(ann, "PUBLIC", `${at} #paged`);
    const first = await hashtag("paged", viewer, "first: 2");
    expect(first?.videos.nodes.map(({ caption }) => caption)).toEqual(["5 #paged", "4 #paged"]);
    const rest = await hashtag("paged", viewer, `after: "${first?.videos.pageInfo.endCursor}"`);
    expect(rest?.videos.nodes.map(({ caption }) => caption[0])).toEqual(["3", "2", "1"]);
    expect(rest?.videos.pageInfo.hasNextPage).toBe(false);
  });

  test("follows the caption and the audience of each video, and its removal", async () => {
    const id = await world.video(ann, "PUBLIC", "a #follow #along");
    await change(id, { caption: "b #follow" });
    expect([await under("follow"), await under("along")]).toEqual(["1: b", "-"]);
    await change(id, { caption: "c #along" });
    expect([await under("follow"), await under("along")]).toEqual(["-", "1: c"]);
    await change(id, { audience: "FRIENDS" });
    expect(await under("along")).toBe("-");
    await change(id, { caption: "d #follow" });
    expect([await under("follow"), await under("along")]).toEqual(["-", "-"]);
    await change(id, { audience: "PUBLIC" });
    expect([await under("follow"), await under("along")]).toEqual(["1: d", "-"]);
    await deleteVideo(world.as(ann), id);
    expect(await under("follow")).toBe("-");
  });

  test("of videos for friends alone does not exist, not even for the author and the friends", async () => {
    const friend = await world.person("friend");
    await world.befriend(ann, friend);
    for (const audience of ["FRIENDS", "CLOSE_FRIENDS", "ONLY_ME"] as const)
      await world.video(ann, audience, `${audience} #private`);
    for (const person of [ann, friend, viewer, null]) {
      expect(await under("private", person)).toBe("-");
      const found = await world.read(person, `{ search(query: "#private") { nodes { __typename } } }`);
      expect(found).toEqual({ search: { nodes: [] } });
    }
  });

  test("is less by the videos of those who are hidden, and of who blocks or is blocked, and is not there for none", async () => {
    const [cleo, dan] = await world.people("cleo", "dan");
    await world.video(cleo, "PUBLIC", "cleo #hidden");
    await world.video(dan, "PUBLIC", "dan #hidden");
    expect(await under("hidden")).toBe("2: dan cleo");
    await world.block(cleo, viewer);
    expect(await under("hidden")).toBe("1: dan");
    await world.block(viewer, dan);
    expect(await under("hidden")).toBe("-");
    expect([await under("hidden", null), await under("hidden", dan)]).toEqual(["2: dan cleo", "2: dan cleo"]);

    await world.set(cleo, "suspended_at", new Date());
    await write(world.as(null), (queries, tell) => hidePerson(queries, tell, cleo.id));
    expect([await under("hidden", null), await under("hidden")]).toEqual(["1: dan", "-"]);
    await world.set(dan, "suspended_at", new Date());
    await write(world.as(null), (queries, tell) => hidePerson(queries, tell, dan.id));
    expect(await under("hidden", null)).toBe("-");
    for (const person of [cleo, dan]) {
      await world.set(person, "suspended_at", null);
      await write(world.as(null), (queries, tell) => showPerson(queries, tell, person.id));
    }
    expect([await under("hidden", null), await under("hidden")]).toEqual(["2: dan cleo", "-"]);
  });

  test("counts what many publish, change and remove at once", async () => {
    const ids = await Promise.all(
      Array.from({ length: 24 }, (_, at) => world.video(ann, "PUBLIC", `${at} #rush #rush${at % 3}`)),
    );
    await atOnce(
      ids.flatMap((id, at) => [
        () => change(id, at % 2 === 0 ? { audience: "ONLY_ME" } : { caption: `${at} #rush1 #rush0` }),
        () => change(id, at % 3 === 0 ? { audience: "PUBLIC" } : { caption: `${at} #rush2 #rush` }),
      ]),
    );
    for (const name of ["rush", "rush0", "rush1", "rush2"]) {
      const found = await hashtag(name);
      expect(found?.videoCount).toBe(found?.videos.nodes.length);
    }
    await atOnce(ids.map((id) => () => deleteVideo(world.as(ann), id)));
    for (const name of ["rush", "rush0", "rush1", "rush2"]) expect(await hashtag(name)).toBeNull();
  });
});
