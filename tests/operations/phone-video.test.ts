/**
 * The way of a film from somebody's phone to a talk about it: sent in pieces over a connection that breaks, made into a
 * video, shared with a friend, and talked about at an instant of it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Upload as TusUpload } from "tus-js-client";
import { rowId } from "../../src/ids.ts";
import { Streams } from "../subscriptions/streams.ts";
import {
  describeWithFfmpeg,
  FFMPEG,
  found,
  phoneFilm,
  picturesIn,
  TELLING,
  tagsOf,
  toldBy,
} from "../support/films.ts";
import { type Person, World } from "../support/world.ts";
import { filesOf, roomsOf } from "./arrivals.ts";
import { mutate } from "./mutations.ts";
import { askUpload, beginPatch } from "./uploads.ts";

const PIECE = 500_000;
const SECONDS = 6;

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-films-"));
let world: World;
let streams: Streams;
let maya: Person;
let leo: Person;
beforeAll(async () => {
  world = await World.start({ ffmpeg: FFMPEG, jobs: true });
  streams = new Streams(world);
  [maya, leo] = await world.people("maya", "leo");
  await world.befriend(maya, leo);
});
afterAll(async () => {
  await streams.close();
  await world.stop();
  rmSync(folder, { recursive: true });
});

const CARD = "id status playbackUrl thumbnailUrl durationMs width height";
interface Card {
  readonly id: string;
  readonly status: string;
  readonly playbackUrl: string | null;
  readonly thumbnailUrl: string | null;
  readonly durationMs: number | null;
  readonly width: number | null;
  readonly height: number | null;
}
const card = async (person: Person, id: string) =>
  (
    await world.read<{ video: Card | null }>(person, `query ($id: ID!) { video(id: $id) { ${CARD} } }`, {
      id,
    })
  ).video;

/** The video once somebody else sees it. */
async function readyCard(person: Person, id: string): Promise<Card | null> {
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; await sleep(200)) {
    const seen = await card(person, id);
    if (seen !== null) return seen;
  }
  return null;
}

/** The bytes of an address, or a range of them. */
async function bytesAt(url: string | null, range?: string): Promise<{ status: number; bytes: Buffer }> {
  const response = await fetch(url ?? "", { headers: range === undefined ? {} : { range } });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Sends the rest of a file as an app does that was started anew, in pieces. */
const resume = (uploadUrl: string, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const retryDelays = [0, 100, 500, 1_000];
    new TusUpload(bytes, {
      uploadUrl,
      chunkSize: PIECE,
      retryDelays,
      onSuccess: () => resolve(),
      onError: reject,
    }).start();
  });

describeWithFfmpeg("a film from a phone", () => {
  test("goes up in pieces, comes back as a video for everybody, and is talked about with a friend", async () => {
    // Noise is what no codec makes smaller, so that the file has some megabytes.
    const film = phoneFilm(path.join(folder, "IMG_0042.mp4"), {
      seconds: SECONDS,
      size: "1280x720",
      more: ["-vf", "noise=alls=40:allf=t", "-b:v", "6M", "-maxrate", "6M", "-bufsize", "6M"],
    });
    const bytes = readFileSync(film);
    expect(bytes.length).toBeGreaterThan(2_000_000);
    expect(toldBy(film)).toEqual(TELLING);

    const input = { byteSize: bytes.length, contentType: "video/mp4" };
    const { upload } = await mutate(world, maya, "startVideoUpload", input);
    if (upload === null) throw new Error("No upload was begun.");

    // The connection breaks in the middle of a piece, and the app comes back later.
    const sending = beginPatch(upload.uploadUrl, 0, { "content-length": String(bytes.length) });
    await sending.more(bytes.subarray(0, 1_200_000));
    sending.breakOff();

    // Maya does not wait: she has said already what it is.
    const { video } = await mutate(world, maya, "publishVideo", {
      uploadId: upload.id,
      caption: "The wall #berlin",
    });
    const id = video?.id ?? "";
    expect(await card(maya, id)).toMatchObject({
      status: "PROCESSING",
      playbackUrl: null,
      thumbnailUrl: null,
    });
    expect(await card(leo, id)).toBeNull();

    const events = await streams.opened(maya);
    await resume(upload.uploadUrl, bytes);
    expect(await askUpload("HEAD", upload.uploadUrl)).toMatchObject({ offset: bytes.length });
    const ready = await readyCard(leo, id);
    await events.until(({ change }) => change?.__typename === "VideoChanged", "the change of the video");

    expect(ready).toMatchObject({ status: "READY", width: 720, height: 1280 });
    expect(Math.abs((ready?.durationMs ?? 0) - SECONDS * 1_000)).toBeLessThan(150);

    const whole = await bytesAt(ready?.playbackUrl ?? null);
    const played = path.join(folder, "played.mp4");
    writeFileSync(played, whole.bytes);
    const { streams: inside } = found(played);
    expect(
      inside.map(({ codec_name, width, height, pix_fmt }) => [codec_name, width, height, pix_fmt]),
    ).toEqual([
      ["h264", 720, 1280, "yuv420p"],
      ["aac", undefined, undefined, undefined],
    ]);
    expect(inside[0]?.side_data_list).toBeUndefined();
    expect(picturesIn(played)).toBe(SECONDS * 30);
    expect([toldBy(played), tagsOf(played)]).toEqual([[], []]);
    const part = await bytesAt(ready?.playbackUrl ?? null, "bytes=1000-1999");
    expect([part.status, part.bytes.equals(whole.bytes.subarray(1_000, 2_000))]).toEqual([206, true]);
    const poster = path.join(folder, "poster.jpg");
    writeFileSync(poster, (await bytesAt(ready?.thumbnailUrl ?? null)).bytes);
    expect(found(poster).streams[0]).toMatchObject({ codec_name: "mjpeg", width: 720, height: 1280 });

    // Nothing is left of what was sent, nor of the work on it.
    const left = () => filesOf(world, rowId("upload", upload.id));
    for (const end = Date.now() + 20_000; left().length > 2 && Date.now() < end; ) await sleep(50);
    expect(left()).toEqual(["poster.jpg", "video.mp4"]);
    for (const end = Date.now() + 20_000; roomsOf(world).length > 0 && Date.now() < end; ) await sleep(50);
    expect(roomsOf(world)).toEqual([]);

    const conversation = await world.direct(maya, leo);
    await world.share(maya, rowId("video", id), conversation, "Look at the end");
    type Inbox = {
      viewer: {
        conversations: { nodes: { id: string; shares: { nodes: { id: string; video: Card | null }[] } }[] };
      };
    };
    const question = `{ viewer { conversations(first: 1) { nodes { id shares(first: 1) { nodes { id video { ${CARD} } } } } } } }`;
    const [talk] = (await world.read<Inbox>(leo, question)).viewer.conversations.nodes;
    const [share] = talk?.shares.nodes ?? [];
    expect(share?.video).toMatchObject({ id, status: "READY", width: 720 });
    const { message, userErrors } = await mutate(world, leo, "sendMessage", {
      ...{ conversationId: talk?.id, topicId: share?.id, videoAtMs: 4_200 },
      ...{ body: "There, behind you!", nonce: "about the end" },
    });
    expect(userErrors).toEqual([]);
    const said = `query ($id: ID!) { node(id: $id) { ... on Message { body videoAtMs topic { video { id } } } } }`;
    expect(await world.read(maya, said, { id: message?.id })).toEqual({
      node: { body: "There, behind you!", videoAtMs: 4_200, topic: { video: { id } } },
    });
  }, 400_000);
});
