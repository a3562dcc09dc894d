/** Where the files of videos are kept: what every store promises, whatever it keeps them in. */
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { StartError } from "../../src/errors.ts";
import { newId } from "../../src/ids.ts";
import { BucketStore } from "../../src/media/bucket.ts";
import { FolderStore } from "../../src/media/folder.ts";
import type { MediaStore } from "../../src/media/store.ts";
import { startBucket } from "../support/bucket.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-media-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (bytes: Buffer) => {
  const file = path.join(folder, randomUUID());
  writeFileSync(file, bytes);
  return file;
};
const filesIn = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

interface Kind {
  readonly store: MediaStore;
  /** The names of all that is in it. */
  readonly names: () => string[];
  readonly end: () => Promise<void>;
}
const kinds: readonly (readonly [string, () => Promise<Kind>])[] = [
  [
    "a folder",
    async () => {
      const dir = path.join(folder, randomUUID());
      return { store: new FolderStore(dir), names: () => filesIn(dir), end: async () => {} };
    },
  ],
  [
    "a bucket",
    async () => {
      const bucket = await startBucket(path.join(folder, randomUUID()));
      const store = await BucketStore.open(bucket.config);
      const end = async () => {
        store.close();
        await bucket.stop();
      };
      return { store, names: bucket.names, end };
    },
  ],
];

describe.each(kinds)("%s", (_, make) => {
  let kind: Kind;
  let store: MediaStore;
  const names = () => kind.names();
  beforeAll(async () => {
    kind = await make();
    store = kind.store;
  });
  afterAll(() => kind.end());

  test("takes an upload piece by piece, says how much of it has come, and hands it out as it came", async () => {
    const [id, bytes] = [newId(), randomBytes(300_000)];
    expect(await store.receivedOf(id)).toBeNull();
    await store.open(id, bytes.length);
    expect(await store.receivedOf(id)).toBe(0);
    await store.incoming.write(Readable.from([bytes.subarray(0, 100_000)]), id, 0);
    expect(await store.receivedOf(id)).toBe(100_000);
    await store.incoming.write(Readable.from([bytes.subarray(100_000)]), id, 100_000);
    expect(await store.receivedOf(id)).toBe(bytes.length);

    const copy = path.join(folder, randomUUID());
    await store.fetchUpload(id, copy);
    expect(readFileSync(copy).equals(bytes)).toBe(true);
    await store.discardUpload(id);
    await store.discardUpload(id);
    expect([await store.receivedOf(id), names()]).toEqual([null, []]);
  });

  test("keeps what was made of an upload, replaces it, and reads any part of it", async () => {
    const [id, first, second] = [newId(), randomBytes(1_000), randomBytes(2_000)];
    expect(await store.sizeOf(id, "video.mp4")).toBeNull();
    await expect(store.read(id, "video.mp4", { start: 0, end: 1 })).rejects.toThrow();
    await store.keep(id, "video.mp4", fileOf(first));
    await store.keep(id, "video.mp4", fileOf(second));
    await store.keep(id, "poster.jpg", fileOf(first));
    expect([await store.sizeOf(id, "video.mp4"), await store.sizeOf(id, "poster.jpg")]).toEqual([
      2_000, 1_000,
    ]);
    for (const [start, end] of [
      [0, 1_999],
      [0, 0],
      [1_999, 1_999],
      [500, 1_499],
    ] as const) {
      const read = await buffer(await store.read(id, "video.mp4", { start, end }));
      expect(read.equals(second.subarray(start, end + 1))).toBe(true);
    }
    await store.discardUpload(id);
    expect(await store.sizeOf(id, "video.mp4")).toBe(2_000);
    await store.discard(id);
    await store.discard(id);
    expect([await store.sizeOf(id, "video.mp4"), names()]).toEqual([null, []]);
  });

  test("two who keep the same thing at once leave one of them whole, and nothing else", async () => {
    const [id, one, other] = [newId(), randomBytes(500_000), randomBytes(500_000)];
    const kept = await Promise.allSettled([
      store.keep(id, "video.mp4", fileOf(one)),
      store.keep(id, "video.mp4", fileOf(other)),
    ]);
    expect(kept.some(({ status }) => status === "fulfilled")).toBe(true);
    const read = await buffer(await store.read(id, "video.mp4", { start: 0, end: 499_999 }));
    expect(read.equals(one) || read.equals(other)).toBe(true);
    expect(names()).toHaveLength(1);
    await store.discard(id);
  });
});

test("a folder that can't be made is said in one line at the start", () => {
  const file = fileOf(Buffer.from("in the way"));
  expect(() => new FolderStore(file)).toThrow(StartError);
  expect(existsSync(file)).toBe(true);
});

test("players who take nothing keep nobody from what else is asked of a bucket", async () => {
  const bucket = await startBucket(path.join(folder, randomUUID()));
  const store = await BucketStore.open(bucket.config, 2);
  const [id, bytes] = [newId(), randomBytes(8_000_000)];
  await store.keep(id, "video.mp4", fileOf(bytes));
  const range = { start: 0, end: bytes.length - 1 };
  const stalled = await Promise.all([1, 2].map(() => store.read(id, "video.mp4", range)));
  expect(await store.sizeOf(id, "video.mp4")).toBe(bytes.length);
  await store.keep(id, "poster.jpg", fileOf(Buffer.from("a still")));
  for (const player of stalled) player.destroy();
  expect((await buffer(await store.read(id, "video.mp4", range))).equals(bytes)).toBe(true);
  await store.discard(id);
  expect(bucket.names()).toEqual([]);
  store.close();
  await bucket.stop();
});

describe("a bucket that is away", () => {
  test("is said in one line at the start", async () => {
    const bucket = await startBucket(path.join(folder, randomUUID()));
    await bucket.stop();
    await expect(BucketStore.open(bucket.config)).rejects.toThrow(StartError);
    await expect(BucketStore.open(bucket.config)).rejects.toThrow(/^The bucket kith-test can't be reached/);
  });

  test("later on is no upload that was never there", async () => {
    const bucket = await startBucket(path.join(folder, randomUUID()));
    const store = await BucketStore.open(bucket.config);
    const id = newId();
    await store.open(id, 10);
    const other = await BucketStore.open(bucket.config);
    bucket.setAway(true);
    await expect(other.receivedOf(id)).rejects.toThrow();
    await expect(other.sizeOf(id, "video.mp4")).rejects.toThrow();
    await expect(other.discard(id)).rejects.toThrow();
    bucket.setAway(false);
    expect(await other.receivedOf(id)).toBe(0);
    await other.discard(id);
    expect(bucket.names()).toEqual([]);
    for (const each of [store, other]) each.close();
    await bucket.stop();
  });
});
