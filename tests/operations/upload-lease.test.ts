/** Who works on which upload: everybody's in turn, each by one node, and what a node leaves is taken up by another. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { throwAwayUploads } from "../../src/actions/upload/discard.ts";
import { endUpload } from "../../src/actions/upload/end.ts";
import { giveBack, type Lease, renew, takeUpload } from "../../src/actions/upload/lease.ts";
import { discardIfOver, uploadHasFailed, uploadIsReady } from "../../src/actions/upload/outcome.ts";
import { publishVideo } from "../../src/actions/video-publish.ts";
import type { MediaStore } from "../../src/media/store.ts";
import { describeWithFfmpeg, film, tools } from "../support/films.ts";
import { type Person, World } from "../support/world.ts";
import { arrive, filesOf, isDiscarded, roomsOf, uploadRow, work } from "./arrivals.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-films-"));
const good = path.join(folder, "good.mp4");
const MEASURES = { durationMs: 1_000, width: 64, height: 48, poster: null };

let world: World;
let ann: Person;
let bob: Person;
let cem: Person;
beforeAll(async () => {
  if (tools !== null) film(good, { seconds: 1, size: "64x48", more: ["-c:v", "libx264", "-c:a", "aac"] });
  world = await World.start();
  [ann, bob, cem] = await world.people("ann", "bob", "cem");
});
afterEach(() => run("update video_uploads set status = 'EXPIRED' where status = 'PROCESSING'"));
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

const run = (sql: string, ...values: unknown[]) =>
  world.server.database.query<{ status: string }>(sql, values);
const take = () => takeUpload(world.database);
async function taken(): Promise<Lease> {
  const lease = await take();
  if (lease === null) throw new Error("Nothing waits.");
  return lease;
}
/** Uploads that no job looks at until a test does: their bytes are said to come in order. */
const waiting = (...people: Person[]) =>
  people.reduce<Promise<string[]>>(
    async (before, person) => [...(await before), await arrive(world, person, null)],
    Promise.resolve([]),
  );
const publish = (uploadId: string, person: Person = ann) =>
  publishVideo(world.as(person), {
    ...{ uploadId, sourceUrl: null, thumbnailUrl: null, durationMs: null },
    ...{ caption: "", audience: null, commentsFrom: null, nonce: null },
  });
const statusOf = async (videoId: string) =>
  (await run("select status from videos where id = $1", videoId))[0]?.status;

describe("whose turn it is", () => {
  test("goes round: many uploads of one person hold up nobody else", async () => {
    const [a1, a2, a3, b1, c1, c2] = await waiting(ann, ann, ann, bob, cem, cem);
    const order: (string | undefined)[] = [];
    for (let turn = 0; turn < 6; turn++) {
      order.push((await taken()).id);
      await sleep(2);
    }
    expect(order).toEqual([a1, b1, c1, a2, c2, a3]);
    expect(await take()).toBeNull();
  });

  test("is each upload's once, however many nodes ask", async () => {
    const ids = await waiting(ann, ann, bob, cem, cem, cem);
    const leases: (Lease | null)[] = [];
    // A node that has met another one comes again, as it does a second later.
    for (let round = 0; round < 6 && leases.filter((lease) => lease !== null).length < 6; round++)
      leases.push(...(await Promise.all([take(), take(), take(), take()])));
    const got = leases.flatMap((lease) => (lease === null ? [] : [lease.id]));
    expect(got.sort()).toEqual([...ids].sort());
  });
});

describe("a node that holds an upload", () => {
  test("holds it as long as it says so, and loses it to another one that finds it free", async () => {
    const [id = ""] = await waiting(ann);
    const first = await taken();
    expect(await take()).toBeNull();
    expect(await renew(world.database, first)).toBe(true);
    const { claimed } = await uploadRow(world, id);
    expect(claimed).toBeGreaterThan(10);
    expect(claimed).toBeLessThan(20.1);
    await run("update video_uploads set claimed_until = now() - interval '1 second' where id = $1", id);
    const second = await taken();
    expect([second.id, second.attempts]).toEqual([id, 2]);
    // Whoever was paused and comes back has no say any more.
    expect(await renew(world.database, first)).toBe(false);
    expect(await uploadIsReady(world.as(null), first, MEASURES)).toBe(false);
    await uploadHasFailed(world.as(null), first, "It is broken.");
    await giveBack(world.database, first, { seconds: 0, counts: false });
    expect(await uploadRow(world, id)).toMatchObject({ status: "PROCESSING", attempts: 2 });
    await discardIfOver(world.as(null), id);
    expect(await run("select from discarded_uploads where upload_id = $1", id)).toEqual([]);
    expect(await uploadIsReady(world.as(null), second, MEASURES)).toBe(true);
  });

  test("and is killed three times with it has that upload given up", async () => {
    const [id = ""] = await waiting(ann);
    const video = await publish(id);
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect((await taken()).attempts).toBe(attempt);
      await run("update video_uploads set claimed_until = now() - interval '1 second' where id = $1", id);
    }
    await work(world);
    expect(await uploadRow(world, id)).toMatchObject({
      status: "FAILED",
      failure: "It could not be worked on. Upload it again.",
    });
    expect(await statusOf(video)).toBe("FAILED");
    expect(await isDiscarded(world, id)).toBe(true);
  });

  test("and finds it over throws away what it has made of it", async () => {
    for (const end of [
      "update video_uploads set status = 'EXPIRED', claimed_until = null where id = $1",
      "delete from video_uploads where id = $1",
    ]) {
      const [id = ""] = await waiting(ann);
      const lease = await taken();
      const file = path.join(folder, "made.mp4");
      writeFileSync(file, "made");
      await world.media.keep(id, "video.mp4", file);
      await run(end, id);
      expect(await renew(world.database, lease)).toBe(false);
      expect(await uploadIsReady(world.as(null), lease, MEASURES)).toBe(false);
      await discardIfOver(world.as(null), id);
      expect(await isDiscarded(world, id)).toBe(true);
    }
  });

  test("and can't read it from the store comes again half a minute later, and counts nothing against it", async () => {
    const [id = ""] = await waiting(ann);
    await world.media.discardUpload(id);
    await expect(work(world)).rejects.toThrow("ENOENT");
    const { status, attempts, claimed } = await uploadRow(world, id);
    expect([status, attempts]).toEqual(["PROCESSING", 0]);
    expect(claimed).toBeGreaterThan(20);
    expect(claimed).toBeLessThan(30.1);
    expect(roomsOf(world)).toEqual([]);
    await run(
      "update video_uploads set claimed_until = null, created_at = now() - interval '3 days' where id = $1",
      id,
    );
    await work(world);
    expect((await uploadRow(world, id)).status).toBe("FAILED");
  });
});

describe("publishing at the very moment when the work ends", () => {
  async function waitingForLocks(): Promise<number> {
    const question =
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    return (await world.server.database.query(question)).length;
  }
  // Both wait for the same row, which is let go when they do: whoever came first is first.
  async function meet(id: string, ...doing: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
    const begun: Promise<unknown>[] = [];
    await world.database.transaction(async (queries) => {
      await queries.run(
        {
          name: "test_hold_upload",
          text: "select from video_uploads where id = $1 for update",
          parameters: ["id"],
        },
        { id },
      );
      for (const each of doing) {
        begun.push(each());
        while ((await waitingForLocks()) < begun.length) await sleep(5);
      }
    });
    return Promise.all(begun);
  }

  test("makes a video that can be watched, whoever is first", async () => {
    for (const isFirst of [true, false]) {
      const [id = ""] = await waiting(ann);
      const lease = await taken();
      const doing = [() => publish(id), () => uploadIsReady(world.as(null), lease, MEASURES)];
      const results = await meet(id, ...(isFirst ? doing : doing.reverse()));
      const video = results.find((result): result is string => typeof result === "string") ?? "";
      const [row] = await world.server.database.query(
        "select status, duration_ms, width, height from videos where id = $1",
        [video],
      );
      expect(row).toEqual({ status: "READY", duration_ms: 1_000, width: 64, height: 48 });
    }
  });

  test("of an upload that fails makes no video that waits for ever", async () => {
    const [first = ""] = await waiting(ann);
    const lease = await taken();
    const failing = () => uploadHasFailed(world.as(null), lease, "It is broken or cut off.");
    const [video] = await meet(first, () => publish(first), failing);
    expect(await statusOf(String(video))).toBe("FAILED");
  });
});

test("what is kept of an upload at the moment it is thrown away is thrown away too", async () => {
  const id = await arrive(world, ann, null, { status: "OPEN" });
  await endUpload(world.as(ann), id);
  const late = path.join(folder, "late.mp4");
  writeFileSync(late, "made too late");
  // A node that was at work keeps what it has made between the two halves of throwing it away.
  const discard = async (uploadId: string) => {
    await world.media.discard(uploadId);
    await world.media.keep(uploadId, "video.mp4", late);
    await discardIfOver({ ...world.as(null), soon: () => {} }, uploadId);
  };
  const { signal } = new AbortController();
  const media: MediaStore = Object.assign(Object.create(world.media), { discard });
  await throwAwayUploads({ ...world.as(null), media }, signal);
  await throwAwayUploads(world.as(null), signal);
  expect(filesOf(world, id)).toEqual([]);
});

describeWithFfmpeg("the original of what can be watched", () => {
  test("is thrown away, also where a node was killed before it did so", async () => {
    const id = await arrive(world, ann, good);
    const lease = await taken();
    await world.media.keep(id, "video.mp4", good);
    expect(await uploadIsReady(world.as(null), lease, MEASURES)).toBe(true);
    expect(filesOf(world, id)).toContain(id);
    await work(world);
    expect(filesOf(world, id)).toContain(id);
    await run("update video_uploads set claimed_until = now() - interval '1 second' where id = $1", id);
    await work(world);
    expect(filesOf(world, id)).toEqual(["video.mp4"]);
    expect((await uploadRow(world, id)).claimed).toBeNull();
    const other = await arrive(world, bob, good);
    await work(world);
    expect(filesOf(world, other)).toEqual(["video.mp4"]);
  });

  test("holds up nothing else where the store can't throw it away, and is thrown away later", async () => {
    const stuck = await arrive(world, ann, good);
    const lease = await taken();
    await world.media.keep(stuck, "video.mp4", good);
    await uploadIsReady(world.as(null), lease, MEASURES);
    await world.media.discardUpload(stuck);
    const inItsPlace = path.join(world.server.mediaDir, "incoming", stuck);
    mkdirSync(inItsPlace);
    await run("update video_uploads set claimed_until = now() - interval '1 second' where id = $1", stuck);
    const next = await arrive(world, bob, good);
    await expect(work(world)).rejects.toThrow();
    expect(await uploadRow(world, next)).toMatchObject({ status: "READY" });
    rmSync(inItsPlace, { recursive: true });
    await run("update video_uploads set claimed_until = now() - interval '1 second' where id = $1", stuck);
    await work(world);
    expect((await uploadRow(world, stuck)).claimed).toBeNull();
  });
});
