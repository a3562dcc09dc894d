/** From an upload to a video that can be watched: published before it is there or after, once, and undone without a rest. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { globalId, rowId } from "../../src/ids.ts";
import { describeWithFfmpeg, phoneFilm, tools } from "../support/films.ts";
import { type Person, World } from "../support/world.ts";
import {
  arrive,
  complete,
  filesOf,
  isDiscarded,
  roomsOf,
  timesTold,
  uploadId,
  uploadRow,
  work,
} from "./arrivals.ts";
import { codes, mutate, type Somebody } from "./mutations.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-films-"));
const good = path.join(folder, "good.mp4");
const bad = path.join(folder, "bad.mp4");

let world: World;
let ann: Person;
let friend: Person;
beforeAll(async () => {
  if (tools !== null) phoneFilm(good, { seconds: 1, size: "64x48" });
  writeFileSync(bad, "This is not a film.");
  world = await World.start();
  [ann, friend] = await world.people("ann", "friend");
  await world.befriend(ann, friend);
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

const publish = (upload: string, input: Record<string, unknown> = {}, somebody: Somebody = ann) =>
  mutate(world, somebody, "publishVideo", { uploadId: uploadId(upload), caption: "A video", ...input });
async function published(upload: string, input: Record<string, unknown> = {}): Promise<string> {
  const { video, userErrors } = await publish(upload, input);
  if (video === null) throw new Error(JSON.stringify(userErrors));
  return rowId("video", video.id);
}

interface Seen {
  readonly status: string;
  readonly caption: string;
  readonly durationMs: number | null;
  readonly width: number | null;
  readonly height: number | null;
}
async function seen(person: Person | null, videoId: string): Promise<Seen | null> {
  const question = "query ($id: ID!) { video(id: $id) { status caption durationMs width height } }";
  return (await world.read<{ video: Seen | null }>(person, question, { id: globalId("video", videoId) }))
    .video;
}

async function hashtag(name: string): Promise<number | null> {
  const question = "query ($name: String!) { hashtag(name: $name) { videoCount } }";
  type Found = { hashtag: { videoCount: number } | null };
  return (await world.read<Found>(null, question, { name })).hashtag?.videoCount ?? null;
}

describeWithFfmpeg("an upload", () => {
  test("is READY once a video was made of it, and one published of it can be watched at once", async () => {
    const upload = await arrive(world, ann, good);
    await work(world);
    const row = await uploadRow(world, upload);
    expect(row).toMatchObject({ status: "READY", failure: null, width: 48, height: 64, claimed: null });
    expect(row.expires_at).not.toBeNull();
    expect(filesOf(world, upload)).toEqual(["video.mp4"]);
    expect(roomsOf(world)).toEqual([]);
    const video = await published(upload, { caption: "Rain #afterwards" });
    const { duration_ms: durationMs } = row;
    expect(await seen(friend, video)).toEqual({
      ...{ status: "READY", caption: "Rain #afterwards", durationMs, width: 48, height: 64 },
    });
    expect((await uploadRow(world, upload)).expires_at).toBeNull();
    expect(await hashtag("afterwards")).toBe(1);
    expect(await timesTold(world, ann, video)).toBe(1);
  });

  test.each([
    ["while its bytes come", "OPEN"],
    ["while it is worked on", "PROCESSING"],
  ] as const)(
    "may be published %s: until it can be watched its author alone sees it",
    async (_when, status) => {
      const upload = await arrive(world, ann, good, { status });
      const tag = `early${status.toLowerCase()}`;
      const video = await published(upload, { caption: "Early", audience: "ONLY_ME" });
      expect(await seen(ann, video)).toEqual({
        ...{ status: "PROCESSING", caption: "Early", durationMs: null, width: null, height: null },
      });
      const id = globalId("video", video);
      await mutate(world, ann, "updateVideo", { videoId: id, caption: `Later #${tag}`, audience: "PUBLIC" });
      await world.comment(ann, video, `Soon #said${tag}`);
      for (const person of [friend, null]) expect(await seen(person, video)).toBeNull();
      for (const name of [tag, `said${tag}`]) expect(await hashtag(name)).toBeNull();
      if (status === "OPEN") await complete(world, upload);
      const told = await timesTold(world, ann, video);
      await work(world);
      // What was said of it meanwhile holds.
      expect(await seen(friend, video)).toMatchObject({
        status: "READY",
        caption: `Later #${tag}`,
        width: 48,
      });
      for (const name of [tag, `said${tag}`]) expect(await hashtag(name)).toBe(1);
      expect(await timesTold(world, ann, video)).toBe(told + 1);
    },
  );

  test("of which no video can be made says why, as does publishing it; its video has FAILED, and nothing is kept", async () => {
    const [before, after] = [await arrive(world, ann, bad), await arrive(world, ann, bad)];
    const video = await published(before);
    const told = await timesTold(world, ann, video);
    await work(world);
    for (const upload of [before, after]) {
      expect(await uploadRow(world, upload)).toMatchObject({
        status: "FAILED",
        failure: "This is not a video.",
      });
      expect(await isDiscarded(world, upload)).toBe(true);
    }
    expect(await seen(ann, video)).toMatchObject({ status: "FAILED" });
    expect(await seen(friend, video)).toBeNull();
    expect(await timesTold(world, ann, video)).toBe(told + 1);
    const { userErrors } = await publish(after);
    expect(userErrors).toEqual([expect.objectContaining({ code: "EXPIRED", path: ["uploadId"] })]);
    const question = `mutation ($input: PublishVideoInput!) { publishVideo(input: $input) { userErrors { message } } }`;
    const input = { uploadId: uploadId(after), caption: "" };
    expect(await world.read(ann, question, { input })).toEqual({
      publishVideo: {
        userErrors: [{ message: "No video can be made of this upload. This is not a video." }],
      },
    });
  });
});

describe("publishing an upload", () => {
  test("takes one of the viewer's own: another's is as one that is not there", async () => {
    const theirs = await arrive(world, friend, null, { status: "OPEN" });
    const [other, nothing] = [await publish(theirs), await publish("77")];
    expect(other).toEqual(nothing);
    expect(codes(other)).toEqual(["NOT_FOUND"]);
    expect(await publish(theirs, {}, friend)).toMatchObject({ userErrors: [] });
  });

  test("takes it once: with its nonce again it finds the video, and otherwise says that there is one", async () => {
    const upload = await arrive(world, ann, null, { status: "OPEN" });
    const same = { nonce: "upload's nonce" };
    const answers = await Promise.all([1, 2, 3].map(() => publish(upload, same)));
    expect(new Set(answers.map(({ video }) => video?.id)).size).toBe(1);
    expect(answers.flatMap(codes)).toEqual([]);
    for (const input of [{}, { nonce: "another" }])
      expect(codes(await publish(upload, input))).toEqual(["CONFLICT"]);
  });

  test("by two at once makes one video", async () => {
    const upload = await arrive(world, ann, null, { status: "OPEN" });
    const answers = await Promise.all([1, 2, 3, 4].map(() => publish(upload)));
    expect(answers.flatMap(codes)).toEqual(["CONFLICT", "CONFLICT", "CONFLICT"]);
  });

  test("is refused once its time is over", async () => {
    const [expired, late] = [
      await arrive(world, ann, null, { status: "OPEN" }),
      await arrive(world, ann, null, { status: "OPEN" }),
    ];
    await world.server.database.query("update video_uploads set status = 'EXPIRED' where id = $1", [expired]);
    await world.server.database.query(
      "update video_uploads set created_at = now() - interval '25 hours' where id = $1",
      [late],
    );
    for (const upload of [expired, late]) expect(codes(await publish(upload))).toEqual(["EXPIRED"]);
  });

  test("takes either an upload or an address, and of an upload nobody's word", async () => {
    const upload = await arrive(world, ann, null, { status: "OPEN" });
    const both = await publish(upload, { sourceUrl: "https://media.example/a.mp4" });
    const neither = await mutate(world, ann, "publishVideo", { caption: "" });
    expect([both.userErrors, neither.userErrors]).toEqual([
      [expect.objectContaining({ code: "INVALID", path: ["uploadId"] })],
      [expect.objectContaining({ code: "INVALID", path: ["sourceUrl"] })],
    ]);
    const said = { durationMs: 5, thumbnailUrl: "https://media.example/a.jpg" };
    expect(await seen(ann, await published(upload, said))).toMatchObject({ durationMs: null });
  });
});
