/** Bytes of uploads while they come: how many at a time, how long they are waited for, and what ends them. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { throwAwayUploads } from "../../src/actions/upload/discard.ts";
import { startVideoUpload } from "../../src/actions/upload/start.ts";
import { databaseRates, NO_RATES } from "../../src/db/rates.ts";
import type { Services } from "../../src/graphql/context.ts";
import { serveUploads } from "../../src/graphql/upload/tus.ts";
import { rowId } from "../../src/ids.ts";
import { createLog } from "../../src/log.ts";
import { FolderStore } from "../../src/media/folder.ts";
import { UPLOAD_RATE } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { startBucket, type TestBucket } from "../support/bucket.ts";
import { TEST_SECRET } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, type Upload } from "./mutations.ts";
import {
  type Answered,
  askUpload,
  beginPatch,
  filesOf,
  patch,
  readUpload,
  type Sending,
  startUpload,
} from "./uploads.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-receiving-"));
let bucket: TestBucket;
let worlds: Readonly<Record<"folder" | "bucket", World>>;
beforeAll(async () => {
  bucket = await startBucket(path.join(folder, "bucket"));
  worlds = { folder: await World.start(), bucket: await World.start({ bucket: bucket.config }) };
});
afterAll(async () => {
  for (const world of Object.values(worlds)) await world.stop();
  await bucket.stop();
  rmSync(folder, { recursive: true });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await holds()); await sleep(200)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${holds}`);
  }
}

/** Begins to send an upload, and waits until some of it is known to have come. */
async function coming(world: World, person: Person, upload: Upload): Promise<Sending> {
  const sending = beginPatch(upload.uploadUrl, 0);
  await sending.more(randomBytes(1_000));
  await until(async () => ((await readUpload(world, person, upload.id))?.bytesReceived ?? 0) > 0);
  return sending;
}

const throwAway = (world: World) => throwAwayUploads(world.as(null), new AbortController().signal);

describe.each(["folder", "bucket"] as const)("what comes of a video that is deleted, in a %s,", (kind) => {
  let world: World;
  let ann: Person;
  beforeAll(async () => {
    world = worlds[kind];
    ann = await world.person("ann");
  });
  const left = () => (kind === "folder" ? filesOf(world) : bucket.names());

  /** An upload that comes, and whose video is deleted meanwhile. */
  async function deleted(): Promise<Sending> {
    const upload = await startUpload(world, ann, 100_000);
    const { video } = await mutate(world, ann, "publishVideo", { uploadId: upload.id, caption: "" });
    const sending = await coming(world, ann, upload);
    expect(codes(await mutate(world, ann, "deleteVideo", { videoId: video?.id }))).toEqual([]);
    return sending;
  }

  async function expectNothingLeft(): Promise<void> {
    await throwAway(world);
    expect(left()).toEqual([]);
  }

  test("is taken no longer, whoever goes on to send it is told so, and nothing of it is left", async () => {
    const sending = await deleted();
    let answered: Answered | null = null;
    void sending.answer.then((answer) => {
      answered = answer;
    });
    await until(async () => {
      // Whoever was answered may have no connection any more.
      await sending.more(randomBytes(10)).catch(() => {});
      return answered !== null;
    });
    expect(answered).toMatchObject({ status: 404, offset: null });
    await expectNothingLeft();
  });

  test("is acknowledged no more where its last bytes come after that, and nothing of it is left", async () => {
    const sending = await deleted();
    await throwAway(world);
    await sending.more(randomBytes(10));
    sending.end();
    expect(await sending.answer).toMatchObject({ status: 404, offset: null });
    await expectNothingLeft();
  });
});

test("somebody sends bytes of three uploads at a time, and of the next when one of them is there", async () => {
  const world = worlds.folder;
  const [ben, cat] = [await world.person("ben"), await world.person("cat")];
  const uploads = await Promise.all(Array.from({ length: 4 }, () => startUpload(world, ben, 5_000)));
  const sendings = await Promise.all(uploads.slice(0, 3).map((upload) => coming(world, ben, upload)));
  const next = uploads[3]?.uploadUrl ?? "";
  expect((await patch(next, 0, randomBytes(10))).status).toBe(429);
  expect((await askUpload("HEAD", next)).offset).toBe(0);
  const other = await startUpload(world, cat, 5_000);
  expect((await patch(other.uploadUrl, 0, randomBytes(10))).status).toBe(204);
  sendings[0]?.end();
  expect((await sendings[0]?.answer)?.status).toBe(204);
  expect((await patch(next, 0, randomBytes(10))).status).toBe(204);
  for (const sending of sendings) sending.end();
});

test("many who send slowly keep nobody else's upload from the bucket", async () => {
  const world = worlds.bucket;
  const slow = await world.people("slow1", "slow2", "slow3", "slow4", "slow5", "slow6");
  const sendings = await Promise.all(
    slow.flatMap((person) =>
      [1, 2, 3].map(async () => coming(world, person, await startUpload(world, person, 5_000))),
    ),
  );
  const dripping = setInterval(() => {
    for (const sending of sendings) void sending.more(randomBytes(1));
  }, 2_000);
  const quick = await world.person("quick");
  // Of two parts, the second of which is none for the bucket yet.
  const upload = await startUpload(world, quick, 9_000_000);
  expect(await patch(upload.uploadUrl, 0, randomBytes(8_500_000))).toMatchObject({
    status: 204,
    offset: 8_500_000,
  });
  clearInterval(dripping);
  for (const sending of sendings) sending.end();
  for (const sending of sendings) expect((await sending.answer).status).toBe(204);
});

/** A node of the world in the folder whose uploads are taken as is said here; resolves to where it takes an upload. */
async function node(media: FolderStore, quietMs?: number, rates = NO_RATES) {
  const world = worlds.folder;
  const services = {
    ...world.as(null),
    media,
    rates,
    trustedProxies: 0,
    moderators: [],
    log: createLog("silent"),
  };
  const endpoint = serveUploads(services as unknown as Services, quietMs);
  const server = createServer((request, response) => void endpoint.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    at: ({ uploadUrl }: Upload) => uploadUrl.replace(world.server.url, url),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

test("whoever sends no byte any more is let go with what has come, and whoever sends slowly is not", async () => {
  const world = worlds.folder;
  const dan = await world.person("dan");
  const { at, stop } = await node(new FolderStore(world.server.mediaDir), 4_000);
  const [silent, slow] = [await startUpload(world, dan, 1_000), await startUpload(world, dan, 1_000)];
  const dead = beginPatch(at(silent), 0, { "content-length": "1000" });
  await dead.more(randomBytes(400));
  const alive = beginPatch(at(slow), 0);
  for (let bytes = 0; bytes < 20; bytes++) {
    await alive.more(randomBytes(1));
    await sleep(300);
  }
  alive.end();
  expect(await alive.answer).toMatchObject({ status: 204, offset: 20 });
  expect(await dead.answer).toMatchObject({ status: 204, offset: 400 });
  expect(await patch(at(silent), 400, randomBytes(600))).toMatchObject({ status: 204, offset: 1_000 });
  await stop();
});

test("where the disk is nearly full no upload is begun, and none goes on, until there is room again", async () => {
  const world = worlds.folder;
  const eve = await world.person("eve");
  const full = new FolderStore(world.server.mediaDir, Number.MAX_SAFE_INTEGER);
  const input = { byteSize: 1_000, contentType: "video/mp4" };
  await expect(startVideoUpload({ ...world.as(eve), media: full }, input)).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
  });
  expect(
    await world.server.database.query("select id from video_uploads where user_id = $1", [eve.id]),
  ).toEqual([]);

  const upload = await startUpload(world, eve, 1_000);
  const { at, stop } = await node(full);
  expect((await patch(at(upload), 0, randomBytes(10))).status).toBe(507);
  await stop();
  expect(await patch(upload.uploadUrl, 0, randomBytes(10))).toMatchObject({ status: 204, offset: 10 });
  expect(filesOf(world)).toContain(rowId("upload", upload.id));
});

test("an upload is asked about so often in a minute, and no other is in its way", async () => {
  const world = worlds.folder;
  const fay = await world.person("fay");
  const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
  const { at, stop } = await node(new FolderStore(world.server.mediaDir), undefined, rates);
  const [upload, other] = [await startUpload(world, fay, 1_000), await startUpload(world, fay, 1_000)];
  for (let nr = 1; nr < UPLOAD_RATE.points; nr++) await rates.takeUpload(rowId("upload", upload.id));
  expect(await patch(at(upload), 0, randomBytes(10))).toMatchObject({ status: 204, offset: 10 });
  const refused = await patch(at(upload), 10, randomBytes(10));
  expect([refused.status, Number(refused.headers["retry-after"])]).toEqual([429, expect.any(Number)]);
  expect((await askUpload("HEAD", upload.uploadUrl)).offset).toBe(10);
  expect(await patch(at(other), 0, randomBytes(10))).toMatchObject({ status: 204, offset: 10 });
  await stop();
});
