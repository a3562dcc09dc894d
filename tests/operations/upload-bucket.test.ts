/** Videos in a bucket that is spoken to as S3: the same ways in and out, and nothing left there either. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { throwAwayUploads } from "../../src/actions/upload/discard.ts";
import { globalId, rowId } from "../../src/ids.ts";
import { startBucket, type TestBucket } from "../support/bucket.ts";
import { type Person, World } from "../support/world.ts";
import { mutate } from "./mutations.ts";
import { askUpload, beginPatch, patch, sendAll, startUpload, videoOfUpload } from "./uploads.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-bucket-"));
let bucket: TestBucket;
let world: World;
let ann: Person;
beforeAll(async () => {
  bucket = await startBucket(path.join(folder, "bucket"));
  world = await World.start({ bucket: bucket.config });
  ann = await world.person("ann");
});
afterAll(async () => {
  await world.stop();
  await bucket.stop();
  rmSync(folder, { recursive: true });
});

const SIZE = 20_000_000;
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

test("an upload that breaks off goes on from what the bucket has, and is there to the byte", async () => {
  const bytes = randomBytes(SIZE);
  const upload = await startUpload(world, ann, SIZE);
  const sending = beginPatch(upload.uploadUrl, 0, { "content-length": String(SIZE) });
  await sending.more(bytes.subarray(0, 13_000_000));
  sending.breakOff();
  // The request that was broken off may still have it for a while.
  let answer = await askUpload("HEAD", upload.uploadUrl);
  while (answer.status === 423) answer = await askUpload("HEAD", upload.uploadUrl);
  const { offset } = answer;
  expect(offset).toBeLessThan(SIZE);
  // Pieces that are too small for a part are kept beside the parts.
  const from = offset ?? 0;
  expect(await patch(upload.uploadUrl, from, bytes.subarray(from, from + 100_000))).toMatchObject({
    status: 204,
    offset: from + 100_000,
  });
  await sendAll(upload.uploadUrl, bytes.subarray(0, SIZE - 1), { pieceSize: 5_500_000 });
  expect(await askUpload("HEAD", upload.uploadUrl)).toMatchObject({ status: 200, offset: SIZE - 1 });

  // The last byte, by which it is whole, is followed by whoever works on it: so it is looked at here before.
  const id = rowId("upload", upload.id);
  await world.server.database.query("update video_uploads set byte_size = byte_size + 1 where id = $1", [id]);
  expect((await patch(upload.uploadUrl, SIZE - 1, bytes.subarray(SIZE - 1))).status).toBe(204);
  const copy = path.join(folder, "copy");
  await world.media.fetchUpload(id, copy);
  expect(sha256(readFileSync(copy))).toBe(sha256(bytes));
  expect(bucket.names().sort()).toEqual([id, `${id}.info`]);
  await world.media.discard(id);
  expect(bucket.names()).toEqual([]);
});

/** An upload of so many bytes that stays as it came when all are there, and what is there of it in the end. */
async function startWatched(byteSize: number) {
  const upload = await startUpload(world, ann, byteSize);
  const id = rowId("upload", upload.id);
  await world.server.database.query("update video_uploads set byte_size = byte_size + 1 where id = $1", [id]);
  const expectThere = async (bytes: Buffer) => {
    const copy = path.join(folder, id);
    await world.media.fetchUpload(id, copy);
    expect(sha256(readFileSync(copy))).toBe(sha256(bytes));
    expect(bucket.names()).toEqual([id, `${id}.info`]);
    await world.media.discard(id);
  };
  return { url: upload.uploadUrl, expectThere };
}

test("a connection that the bucket closes under a part costs nobody anything", async () => {
  const bytes = randomBytes(1_000);
  const { url, expectThere } = await startWatched(bytes.length);
  for (const [from, to] of [
    [0, 10],
    [10, 1_000],
  ] as const) {
    bucket.breakNext((method) => method === "PUT");
    expect(await patch(url, from, bytes.subarray(from, to))).toMatchObject({ status: 204, offset: to });
  }
  await expectThere(bytes);
});

test("what was acknowledged stays, also where it is too small for a part and the bucket fails with what follows", async () => {
  const bytes = randomBytes(9_000_000);
  const { url, expectThere } = await startWatched(bytes.length);
  expect(await patch(url, 0, bytes.subarray(0, 1_000))).toMatchObject({ status: 204, offset: 1_000 });
  bucket.setAway((method) => method === "PUT");
  expect((await patch(url, 1_000, bytes.subarray(1_000, 3_000))).status).toBe(500);
  expect((await patch(url, 1_000, bytes.subarray(1_000))).status).toBe(500);
  bucket.setAway(false);
  expect(await askUpload("HEAD", url)).toMatchObject({ status: 200, offset: 1_000 });
  await sendAll(url, bytes);
  await expectThere(bytes);
});

test("where the bucket fails with one part and not with the next, an upload goes on from the one that failed", async () => {
  const bytes = randomBytes(SIZE);
  const { url, expectThere } = await startWatched(bytes.length);
  bucket.setAway((method, query) => method === "PUT" && query.searchParams.get("partNumber") === "1");
  expect((await patch(url, 0, bytes)).status).toBe(500);
  bucket.setAway(false);
  expect(await askUpload("HEAD", url)).toMatchObject({ status: 200, offset: 0 });
  await sendAll(url, bytes, { pieceSize: 9_500_000 });
  await expectThere(bytes);
});

test("a node that dies before it puts the parts together has it done by whoever asks next", async () => {
  const bytes = randomBytes(9_000_000);
  const id = rowId("upload", (await startUpload(world, ann, bytes.length + 1)).id);
  await world.media.discard(id);
  await world.media.open(id, bytes.length);
  const store = Object.assign(world.media.incoming, {
    finishMultipartUpload: () => Promise.reject(new Error("killed")),
  });
  await expect(store.write(Readable.from([bytes]), id, 0)).rejects.toThrow("killed");
  Reflect.deleteProperty(store, "finishMultipartUpload");
  await expect(world.media.fetchUpload(id, path.join(folder, "early"))).rejects.toThrow();
  expect(await world.media.receivedOf(id)).toBe(bytes.length);
  await world.media.fetchUpload(id, path.join(folder, "whole"));
  expect(sha256(readFileSync(path.join(folder, "whole")))).toBe(sha256(bytes));
  await world.media.discard(id);
});

test("videos play from it, any part of them, until they are deleted; then it has nothing of them", async () => {
  const files = { "video.mp4": randomBytes(3_000_000), "poster.jpg": randomBytes(1_000) };
  const { videoId } = await videoOfUpload(world, ann, files);
  const video = globalId("video", videoId);
  const question = `{ video(id: "${video}") { playbackUrl thumbnailUrl } }`;
  const urls = (await world.read<{ video: Record<string, string> }>(ann, question)).video;
  const part = await fetch(urls.playbackUrl ?? "", { headers: { range: "bytes=1000000-1999999" } });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 1000000-1999999/3000000"]);
  const body = Buffer.from(await part.arrayBuffer());
  expect(body.equals(files["video.mp4"].subarray(1_000_000, 2_000_000))).toBe(true);
  const poster = Buffer.from(await (await fetch(urls.thumbnailUrl ?? "")).arrayBuffer());
  expect(poster.equals(files["poster.jpg"])).toBe(true);

  await mutate(world, ann, "deleteVideo", { videoId: video });
  expect((await fetch(urls.playbackUrl ?? "")).status).toBe(404);
  await throwAwayUploads(world.as(null), new AbortController().signal);
  expect(bucket.names()).toEqual([]);
});

test("while it is away, nobody takes an upload for lost, and what is to be thrown away waits", async () => {
  const upload = await startUpload(world, ann, 1_000);
  await world.server.database.query("insert into discarded_uploads (upload_id) values ($1)", [
    rowId("upload", upload.id),
  ]);
  bucket.setAway(true);
  expect((await askUpload("HEAD", upload.uploadUrl)).status).toBe(500);
  await expect(throwAwayUploads(world.as(null), new AbortController().signal)).rejects.toThrow();
  bucket.setAway(false);
  expect((await askUpload("HEAD", upload.uploadUrl)).status).toBe(200);
  await throwAwayUploads(world.as(null), new AbortController().signal);
  expect(bucket.names()).toEqual([]);
});
