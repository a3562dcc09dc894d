/** Who is given the bytes of a video: whoever may see it, at the moment at which they ask, whatever address they have. */
import { randomBytes } from "node:crypto";
import { mediaUrl } from "../../src/actions/video-playback.ts";
import { globalId } from "../../src/ids.ts";
import type { MediaName } from "../../src/media/store.ts";
import { mutate } from "../operations/mutations.ts";
import { videoOfUpload } from "../operations/uploads.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row } from "./cast.ts";

const FILES = { "video.mp4": randomBytes(3_000), "poster.jpg": randomBytes(300) };
const NAMES = Object.keys(FILES) as MediaName[];
const AUDIENCES = ["PUBLIC", "FRIENDS", "CLOSE_FRIENDS", "ONLY_ME"] as const;

let world: World;
let cast: Cast;
const videos = new Map<string, { videoId: string; uploadId: string }>();
beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  for (const name of [...AUDIENCES, "REMOVED", "PROCESSING", "FAILED"])
    videos.set(name, await videoOfUpload(world, cast.owner, FILES));
  for (const [name, { videoId }] of videos) {
    const column = AUDIENCES.some((audience) => audience === name) ? "audience" : "status";
    await world.server.database.query(`update videos set ${column} = $2 where id = $1`, [videoId, name]);
  }
  await cast.block();
});
afterAll(() => world.stop());

const videoOf = (name: string) => {
  const found = videos.get(name);
  if (found === undefined) throw new Error(`There is no video that is ${name}.`);
  return found;
};

/** An address as Kith would sign it for somebody, whether or not it ever gives it to them. */
const signed = (viewer: Person | null, video: { videoId: string; uploadId: string }, file: MediaName) =>
  mediaUrl(world.as(viewer), { id: video.videoId, uploadId: video.uploadId, status: "READY" }, file) ?? "";

const NOTHING = { status: 404, body: "There is nothing here." };

/** "yes" for the file, "-" for nothing, which always sounds the same. */
async function fetched(url: string, file: MediaName): Promise<string> {
  const response = await fetch(url);
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status === 200) {
    expect(body.equals(FILES[file])).toBe(true);
    return "yes";
  }
  expect({ status: response.status, body: body.toString() }).toEqual(NOTHING);
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, head.headers.get("etag")]).toEqual([404, null]);
  return "-";
}

/** What somebody is told of where a video plays; null where they don't see it. */
async function told(viewer: Person | null, name: string): Promise<Record<MediaName, string> | null> {
  const question = `{ video(id: "${globalId("video", videoOf(name).videoId)}") { playbackUrl thumbnailUrl } }`;
  const video = at(await world.read(viewer, question), "video") as Record<string, string> | null;
  return video === null
    ? null
    : { "video.mp4": video.playbackUrl ?? "", "poster.jpg": video.thumbnailUrl ?? "" };
}

describe.each([
  //                      oneself close friend fof stranger out blocked blocks
  ["PUBLIC", row("        yes yes yes yes yes yes - -")],
  ["FRIENDS", row("       yes yes yes -   -   -   - -")],
  ["CLOSE_FRIENDS", row(" yes yes -   -   -   -   - -")],
  ["ONLY_ME", row("       yes -   -   -   -   -   - -")],
  ["REMOVED", row("       -   -   -   -   -   -   - -")],
  ["PROCESSING", row("    -   -   -   -   -   -   - -")],
  ["FAILED", row("        -   -   -   -   -   -   - -")],
])("the bytes of a video that is %s", (name, audience) => {
  test.each(NAMES)("%s is given to its audience and nobody else", async (file) => {
    expect(await everybody(cast, (viewer) => fetched(signed(viewer, videoOf(name), file), file))).toEqual(
      audience,
    );
  });

  test("and who sees the video is told where", async () => {
    const found = await everybody(cast, async (viewer) => {
      // An address is another one each quarter of an hour, which may be over meanwhile.
      const addresses = (file: (typeof NAMES)[number]) => signed(viewer, videoOf(name), file);
      const before = NAMES.map(addresses);
      const urls = await told(viewer, name);
      if (urls === null || urls["video.mp4"] === "") return "-";
      for (const [at, file] of NAMES.entries()) expect([before[at], addresses(file)]).toContain(urls[file]);
      return "yes";
    });
    expect(found).toEqual(audience);
  });
});

test("an address is good until its viewer may not see the video any more, and again once they may", async () => {
  const [author, friend] = await world.people("author", "friend.of.author");
  await world.befriend(author, friend);
  const video = await videoOfUpload(world, author, FILES, "FRIENDS");
  const look = () => fetched(signed(friend, video, "video.mp4"), "video.mp4");
  const change = (audience: string) =>
    mutate(world, author, "updateVideo", { videoId: globalId("video", video.videoId), audience });

  expect(await look()).toBe("yes");
  await world.unfriend(author, friend);
  expect(await look()).toBe("-");
  await world.befriend(author, friend);
  expect(await look()).toBe("yes");
  await change("CLOSE_FRIENDS");
  expect(await look()).toBe("-");
  await world.close(author, friend);
  expect(await look()).toBe("yes");
  await change("ONLY_ME");
  expect(await look()).toBe("-");
  await change("PUBLIC");
  expect(await look()).toBe("yes");
  for (const person of [author, friend]) {
    await world.suspend(person);
    expect(await look()).toBe("-");
    await world.reinstate(person);
    expect(await look()).toBe("yes");
    await world.set(person, "deleted_at", new Date());
    expect(await look()).toBe("-");
    await world.set(person, "deleted_at", null);
    expect(await look()).toBe("yes");
  }
  await world.block(friend, author);
  expect(await look()).toBe("-");
});

test("once a video is deleted, its author is given nothing either", async () => {
  const author = await world.person("deleter");
  const video = await videoOfUpload(world, author, FILES, "PUBLIC");
  const look = () => fetched(signed(author, video, "poster.jpg"), "poster.jpg");
  expect(await look()).toBe("yes");
  await mutate(world, author, "deleteVideo", { videoId: globalId("video", video.videoId) });
  expect(await look()).toBe("-");
});

describe("an address that Kith did not make is good for nothing", () => {
  const [stranger, friend] = ["a stranger", "a friend"] as const;
  const good = (name = "PUBLIC", viewer = cast.viewers[stranger]) =>
    signed(viewer, videoOf(name), "video.mp4");
  const parts = (url: string) => url.split("/");
  const spoiled: Readonly<Record<string, () => string>> = {
    "another signature": () => good().replace(/\/[\w-]{43}\//, `/${"A".repeat(43)}/`),
    "no signature": () => good().replace(/\/[\w-]{43}\//, "/"),
    "one that is good for longer": () =>
      good().replace(/\/(\d{10})\//, (_, time) => `/${Number(time) + 900}/`),
    "another video": () => good().replace(/video_[0-9a-z]+/, globalId("video", videoOf("FRIENDS").videoId)),
    "another viewer": () => good("FRIENDS").replace(/user_[0-9a-z]+/, cast.viewers[friend]?.globalId ?? ""),
    "nobody as its viewer": () => good().replace(/user_[0-9a-z]+/, "nobody"),
    "another file": () => good().replace(/video\.mp4$/, "poster.jpg"),
    "a file that is none": () => good().replace(/video\.mp4$/, "secret"),
    "a property of every object": () => good().replace(/video\.mp4$/, "constructor"),
    "a way out of its folder": () => good().replace(/video\.mp4$/, "..%2f..%2fsecret"),
    "more behind it": () => `${good()}/..`,
    "a host before it": () => good().replace("/media/", "//media/"),
    "something less": () => parts(good()).slice(0, -1).join("/"),
  };
  test.each(Object.entries(spoiled))("%s", async (_, spoil) => {
    expect(await fetched(good(), "video.mp4")).toBe("yes");
    expect(await fetched(spoil(), "video.mp4")).toBe("-");
  });

  test("one whose time is over", async () => {
    const { videoId, uploadId } = videoOf("PUBLIC");
    const made = (ago: number) =>
      mediaUrl(
        world.as(null),
        { id: videoId, uploadId, status: "READY" },
        "video.mp4",
        Date.now() - ago * 60_000,
      ) ?? "";
    expect([await fetched(made(59), "video.mp4"), await fetched(made(76), "video.mp4")]).toEqual([
      "yes",
      "-",
    ]);
  });
});
