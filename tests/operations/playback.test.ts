/** Playing uploaded videos: any part of them, cached by whoever was given it, and no longer sent once nobody takes it. */
import { randomBytes } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { databaseRates, NO_RATES } from "../../src/db/rates.ts";
import { servePlayback } from "../../src/graphql/video/playback.ts";
import { globalId } from "../../src/ids.ts";
import { PLAYBACK_RATE } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { TEST_SECRET } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { askUpload, filesOf, videoOfUpload } from "./uploads.ts";

const SIZE = 16_000_000;
const FILES = { "video.mp4": randomBytes(SIZE), "poster.jpg": randomBytes(10_000) };

let world: World;
let ann: Person;
let urls: { playbackUrl: string; thumbnailUrl: string };
beforeAll(async () => {
  world = await World.start();
  ann = await world.person("ann");
  urls = await urlsOf((await videoOfUpload(world, ann, FILES)).videoId);
});
afterAll(() => world.stop());

async function urlsOf(videoId: string): Promise<typeof urls> {
  const question = `{ video(id: "${globalId("video", videoId)}") { playbackUrl thumbnailUrl } }`;
  return (await world.read<{ video: typeof urls }>(ann, question)).video;
}

async function get(headers: Record<string, string> = {}, url = urls.playbackUrl) {
  const response = await fetch(url, { headers });
  return { response, status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

test("all of it, as what it is and nothing else, to any page, for as long as its address is good", async () => {
  const asked = Math.floor(Date.now() / 1_000);
  const { response, status, body } = await get();
  expect([status, body.equals(FILES["video.mp4"])]).toEqual([200, true]);
  const expires = Number(/\/(\d{10})\//.exec(urls.playbackUrl)?.[1]);
  const said = Object.fromEntries(response.headers);
  expect(said).toMatchObject({
    "content-type": "video/mp4",
    "content-length": String(SIZE),
    "accept-ranges": "bytes",
    "content-disposition": 'inline; filename="video.mp4"',
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
  });
  expect(said["access-control-expose-headers"]).toContain("content-range");
  const [, age] = /^private, max-age=(\d+), immutable$/.exec(said["cache-control"] ?? "") ?? [];
  expect(asked + Number(age)).toBeLessThanOrEqual(expires);
  expect(Number(age)).toBeGreaterThan(59 * 60);
  const poster = await get({}, urls.thumbnailUrl);
  expect([poster.response.headers.get("content-type"), poster.body.equals(FILES["poster.jpg"])]).toEqual([
    "image/jpeg",
    true,
  ]);
});

test("whoever asks again within a quarter of an hour is given the same address", async () => {
  const { videoId } = await videoOfUpload(world, ann, FILES);
  const [one, other] = [await urlsOf(videoId), await urlsOf(videoId)];
  // A quarter of an hour may have ended between the two.
  if (one.playbackUrl !== other.playbackUrl) expect(await urlsOf(videoId)).toEqual(other);
});

test("a video that plays from an address of its author's keeps it", async () => {
  const video = await world.video(ann);
  expect(await urlsOf(video)).toEqual({ playbackUrl: "https://media.example/video.mp4", thumbnailUrl: null });
});

test.each([
  ["bytes=0-0", 0, 1],
  ["bytes=0-999999", 0, 1_000_000],
  ["bytes=15999990-", SIZE - 10, SIZE],
  ["bytes=15999990-99999999", SIZE - 10, SIZE],
  ["bytes=-5", SIZE - 5, SIZE],
  ["bytes=-99999999", 0, SIZE],
])("a part of it: %s", async (range, from, to) => {
  const { response, status, body } = await get({ range });
  expect([status, body.equals(FILES["video.mp4"].subarray(from, to))]).toEqual([206, true]);
  expect(response.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${SIZE}`);
  expect(response.headers.get("content-length")).toBe(String(to - from));
});

test.each(["bytes=16000000-", "bytes=99999999-100000000", "bytes=-0"])("no part of it: %s", async (range) => {
  const { response, status } = await get({ range });
  expect([status, response.headers.get("content-range")]).toEqual([416, `bytes */${SIZE}`]);
});

test.each(["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-"])(
  "all of it, where %j is asked for",
  async (range) => {
    const { status, body } = await get({ range });
    expect([status, body.length]).toEqual([200, SIZE]);
  },
);

test("a part is added to what somebody has only if it is of the same file; and what they have whole is not sent again", async () => {
  const etag = (await get({ range: "bytes=0-0" })).response.headers.get("etag") ?? "";
  expect(etag).toMatch(/^".+"$/);
  expect((await get({ range: "bytes=0-9", "if-range": etag })).status).toBe(206);
  expect((await get({ range: "bytes=0-9", "if-range": '"another"' })).status).toBe(200);
  const { status, body } = await get({ "if-none-match": etag });
  expect([status, body.length]).toEqual([304, 0]);
});

test("its size is told without a byte of it, to pages that ask before they ask, and to nobody who wants to write", async () => {
  const head = await fetch(urls.playbackUrl, { method: "HEAD", headers: { range: "bytes=0-9" } });
  expect([head.status, head.headers.get("content-length")]).toEqual([200, String(SIZE)]);
  const preflight = await fetch(urls.playbackUrl, { method: "OPTIONS" });
  expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([
    204,
    "if-none-match, if-range, range",
  ]);
  for (const method of ["POST", "PUT", "DELETE"])
    expect((await askUpload(method, urls.playbackUrl)).status).toBe(405);
});

/** How many files of videos this process, which is the server, holds open. */
function openFiles(): number {
  let count = 0;
  for (const nr of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${nr}`).startsWith(world.server.mediaDir)) count++;
    } catch (error) {
      // The one by which the folder was read is closed by now.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return count;
}

async function nothingOpen(): Promise<void> {
  for (const deadline = Date.now() + 60_000; openFiles() > 0 && Date.now() < deadline; ) await sleep(10);
  expect(openFiles()).toBe(0);
}

async function anyOpen(): Promise<void> {
  for (const deadline = Date.now() + 60_000; openFiles() === 0 && Date.now() < deadline; ) await sleep(1);
  expect(openFiles()).toBeGreaterThan(0);
}

test("who goes away in the middle leaves nothing open", async () => {
  const leave = () =>
    new Promise<void>((resolve, reject) => {
      const request = httpRequest(urls.playbackUrl, (response) => {
        response.once("data", () => {
          // Nothing is taken for a moment, so most of it still waits in the server.
          response.pause();
          setTimeout(() => {
            expect(openFiles()).toBeGreaterThan(0);
            request.destroy();
            resolve();
          }, 50);
        });
        response.on("error", () => {});
      });
      request.on("error", reject);
      request.end();
    });
  await Promise.all(Array.from({ length: 20 }, leave));
  await nothingOpen();
  expect(filesOf(world)).toContain("video.mp4");
  expect((await get()).status).toBe(200);
});

test("who asks for many parts before taking the first, and goes away, leaves nothing open", async () => {
  await nothingOpen();
  const { host, hostname, port, pathname } = new URL(urls.playbackUrl);
  const socket = connect(Number(port), hostname).on("error", () => {});
  socket.pause();
  socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n\r\n`.repeat(8));
  await anyOpen();
  await sleep(200);
  expect(openFiles()).toBe(1);
  socket.destroy();
  await nothingOpen();
});

/** Answers as a server does, with other rates, or less patience; gives the address of the same video there. */
async function serveAlone(rates = NO_RATES, stallMs?: number) {
  const playback = servePlayback({ ...world.as(null), rates, trustedProxies: 0 }, { stallMs });
  const failed: unknown[] = [];
  const server = createServer((request, response) => {
    playback.answer(request, response).catch((error: unknown) => failed.push(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { pathname } = new URL(urls.playbackUrl);
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port, pathname, url: `http://127.0.0.1:${port}${pathname}`, failed, stop };
}

test("who stops taking it is let go and leaves nothing open, and goes on from there when they come back", async () => {
  const alone = await serveAlone(NO_RATES, 3_000);
  const socket = connect(alone.port, "127.0.0.1").on("error", () => {});
  socket.write(`GET ${alone.pathname} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  await anyOpen();
  await nothingOpen();
  socket.destroy();
  const { status, body } = await get({ range: "bytes=15000000-" }, alone.url);
  expect([status, body.length]).toEqual([206, SIZE - 15_000_000]);
  expect(alone.failed).toEqual([]);
  await alone.stop();
});

test("who takes it slowly is given all of it, however long that lasts", async () => {
  const alone = await serveAlone(NO_RATES, 3_000);
  const response = await fetch(alone.url);
  let taken = 0;
  for await (const chunk of response.body ?? []) {
    taken += (chunk as Uint8Array).length;
    await sleep(30);
  }
  expect(taken).toBe(SIZE);
  await alone.stop();
});

test("who asks without end is told when to come back, and nobody else is", async () => {
  const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
  const alone = await serveAlone(rates);
  for (let nr = 1; nr < PLAYBACK_RATE.points; nr++) await rates.takePlayback(ann.id);
  expect((await get({ range: "bytes=0-9" }, alone.url)).status).toBe(206);
  const { response, status } = await get({ range: "bytes=0-9" }, alone.url);
  expect([status, response.headers.get("access-control-allow-origin")]).toEqual([429, "*"]);
  const seconds = Number(response.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(PLAYBACK_RATE.seconds);
  expect((await get({}, alone.url.replace("/media/", "/media/no"))).status).toBe(404);
  await expect(rates.takeOperation(ann.id)).resolves.toBeUndefined();
  await rates.stop();
  await alone.stop();
});
