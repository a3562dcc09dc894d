/** The end of uploads: whatever ends them, not a byte of them is left on the disk. */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { eraseDeleted } from "../../src/actions/erasure/erase.ts";
import { throwAwayUploads } from "../../src/actions/upload/discard.ts";
import { endUpload, expireUploads } from "../../src/actions/upload/end.ts";
import { finishQuietUploads } from "../../src/actions/upload/receive.ts";
import { globalId, newId, rowId } from "../../src/ids.ts";
import { endUploads } from "../../src/jobs.ts";
import { type Person, World } from "../support/world.ts";
import { exportOf, ofType } from "./exports.ts";
import { mutate, type Upload } from "./mutations.ts";
import { filesOf, patch, readUpload, startUpload, videoOfUpload } from "./uploads.ts";

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await World.start();
  ann = await world.person("ann");
});
afterAll(() => world.stop());

const work = new AbortController().signal;
const run = <Row>(sql: string, ...values: unknown[]) => world.server.database.query<Row>(sql, values);
const throwAway = () => throwAwayUploads(world.as(null), work);
const files = { "video.mp4": randomBytes(5_000), "poster.jpg": randomBytes(500) };

/** An upload of which some bytes have come. */
async function begun(person = ann): Promise<Upload> {
  const upload = await startUpload(world, person, 1_000);
  await patch(upload.uploadUrl, 0, randomBytes(500));
  return upload;
}

/** Lets a day pass for whatever is there. */
const dayLater = () =>
  run(`update video_uploads
       set created_at = created_at - interval '24 hours', expires_at = expires_at - interval '24 hours'`);

async function expectNothingLeft(): Promise<void> {
  await throwAway();
  expect([filesOf(world), await run("select upload_id from discarded_uploads")]).toEqual([[], []]);
}

test("one that was not finished in a day is over: at once to whoever asks, and soon on the disk", async () => {
  const [late, early] = [await begun(), await begun()];
  await run(
    "update video_uploads set created_at = created_at - interval '24 hours' where id = $1",
    rowId("upload", late.id),
  );
  expect((await readUpload(world, ann, late.id))?.status).toBe("EXPIRED");
  await expireUploads(world.as(null), work);
  await throwAway();
  expect(filesOf(world).sort()).toEqual([rowId("upload", early.id), `${rowId("upload", early.id)}.json`]);
  expect((await readUpload(world, ann, early.id))?.status).toBe("OPEN");
  await dayLater();
  await expireUploads(world.as(null), work);
  await expectNothingLeft();
});

test("one that is ready, and of which no video was made in a day, is over; one with a video is not", async () => {
  const unused = await begun();
  await run("update video_uploads set status = 'READY' where id = $1", rowId("upload", unused.id));
  const { videoId, uploadId } = await videoOfUpload(world, ann, files);
  await dayLater();
  expect((await readUpload(world, ann, unused.id))?.status).toBe("EXPIRED");
  await expireUploads(world.as(null), work);
  await throwAway();
  expect(filesOf(world).sort()).toEqual(["poster.jpg", "video.mp4"]);
  expect(await readUpload(world, ann, globalId("upload", uploadId))).toMatchObject({
    status: "READY",
    video: { id: globalId("video", videoId) },
  });
  await mutate(world, ann, "deleteVideo", { videoId: globalId("video", videoId) });
  await expectNothingLeft();
});

test("a video that waits for bytes that never come has failed, and its author is told", async () => {
  const upload = await begun();
  const video = await world.video(ann);
  await run(
    "update videos set status = 'PROCESSING', upload_id = $1 where id = $2",
    rowId("upload", upload.id),
    video,
  );
  await run("update video_uploads set expires_at = null where id = $1", rowId("upload", upload.id));
  const told = async () =>
    Number(
      (
        await run<{ count: string }>(
          "select count(*) from viewer_events where viewer_id = $1 and kind = 'VIDEO_CHANGED'",
          ann.id,
        )
      )[0]?.count,
    );
  const before = await told();
  await dayLater();
  await Promise.all([1, 2, 3].map(() => expireUploads(world.as(null), work)));
  expect((await readUpload(world, ann, upload.id))?.video).toEqual({
    id: globalId("video", video),
    status: "FAILED",
  });
  expect(await told()).toBe(before + 1);
  await expectNothingLeft();
});

test("one that is ended while a video is being made of it leaves no video that waits for ever", async () => {
  const upload = await begun();
  const id = rowId("upload", upload.id);
  const publishing = world.database.source.createQueryRunner();
  await publishing.startTransaction();
  await publishing.query("update video_uploads set expires_at = null where id = $1", [id]);
  const ending = endUpload(world.as(null), id);
  const waiting =
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await world.server.database.query(waiting)).length === 0) await sleep(10);
  const video = newId();
  await publishing.query(
    `insert into videos (id, author_id, upload_id, caption, status, audience)
     values ($1, $2, $3, 'Mine', 'PROCESSING', 'PUBLIC')`,
    [video, ann.id, id],
  );
  await publishing.commitTransaction();
  await publishing.release();
  expect(await ending).toBe(true);
  expect(await readUpload(world, ann, upload.id)).toMatchObject({
    status: "EXPIRED",
    video: { id: globalId("video", video), status: "FAILED" },
  });
  await expectNothingLeft();
});

test("it can be read for seven days that one is over, and then nothing knows of it", async () => {
  const [over, failed] = [await begun(), await begun()];
  await run(
    "update video_uploads set status = 'FAILED', failure = 'It is broken.' where id = $1",
    rowId("upload", failed.id),
  );
  for (let day = 0; day < 6; day++) await dayLater();
  await expireUploads(world.as(null), work);
  expect(await readUpload(world, ann, over.id)).toMatchObject({ status: "EXPIRED" });
  expect(await readUpload(world, ann, failed.id)).toMatchObject({
    status: "FAILED",
    failure: "It is broken.",
  });
  await dayLater();
  await expireUploads(world.as(null), work);
  expect([await readUpload(world, ann, over.id), await readUpload(world, ann, failed.id)]).toEqual([
    null,
    null,
  ]);
});

test("whoever deletes a video that is still uploaded ends the upload", async () => {
  const upload = await begun();
  const video = await world.video(ann);
  await run(
    "update videos set status = 'PROCESSING', upload_id = $1 where id = $2",
    rowId("upload", upload.id),
    video,
  );
  await mutate(world, ann, "deleteVideo", { videoId: globalId("video", video) });
  expect((await patch(upload.uploadUrl, 500, randomBytes(500))).status).toBe(404);
  expect(await readUpload(world, ann, upload.id)).toMatchObject({ status: "EXPIRED", video: null });
  await throwAway();
  expect(filesOf(world).filter((name) => name.startsWith(rowId("upload", upload.id)))).toEqual([]);
});

test("what the store can't throw away now waits, and the others do not wait for it", async () => {
  const [one, other] = [await begun(), await begun()];
  await dayLater();
  await expireUploads(world.as(null), work);
  const stubborn = rowId("upload", one.id);
  const context = world.as(null);
  const media = Object.assign(Object.create(context.media) as typeof context.media, {
    async discard(id: string) {
      if (id === stubborn) throw new Error("The store is away.");
      await context.media.discard(id);
    },
  });
  await expect(throwAwayUploads({ ...context, media }, work)).rejects.toThrow("The store is away.");
  expect(await run("select upload_id from discarded_uploads")).toEqual([{ upload_id: stubborn }]);
  expect(filesOf(world).some((name) => name.startsWith(rowId("upload", other.id)))).toBe(false);
  await expectNothingLeft();
});

describe("where the store can't say what it has of an upload", () => {
  /** A context whose store fails for these. */
  const failing = (broken: readonly string[]) => {
    const context = world.as(null);
    const media = Object.assign(Object.create(context.media) as typeof context.media, {
      async receivedOf(id: string) {
        if (broken.includes(id)) throw new Error("The store is away.");
        return context.media.receivedOf(id);
      },
    });
    return { ...context, media };
  };
  const statusOf = async ({ id }: Upload) => (await readUpload(world, ann, id))?.status;
  /** All bytes have come, and nobody said so. */
  const whole = async (secondsAgo: number) => {
    const upload = await begun();
    await world.media.incoming.write(Readable.from([randomBytes(500)]), rowId("upload", upload.id), 500);
    const quiet = "update video_uploads set touched_at = now() - make_interval(secs => $2) where id = $1";
    await run(quiet, rowId("upload", upload.id), secondsAgo);
    return upload;
  };
  const inStore = () => filesOf(world).filter((name) => !name.endsWith(".json"));
  const endAll = async () => {
    await dayLater();
    await endUploads(world.as(null), work);
    await run("update video_uploads set status = 'EXPIRED', expires_at = now() where status = 'PROCESSING'");
    for (const name of inStore()) await world.media.discard(name);
    await expectNothingLeft();
  };

  test("the others are looked at, those whose day is over end, and it is looked at again", async () => {
    const late = await begun();
    await dayLater();
    const [broken, sound] = [await whole(90), await whole(60)];
    const away = failing([rowId("upload", broken.id)]);
    await expect(endUploads(away, work)).rejects.toThrow("The store is away.");
    expect(await Promise.all([broken, sound].map(statusOf))).toEqual(["OPEN", "PROCESSING"]);
    expect(await run("select status from video_uploads where id = $1", rowId("upload", late.id))).toEqual([
      { status: "EXPIRED" },
    ]);
    await endUploads(world.as(null), work);
    expect(await statusOf(broken)).toBe("PROCESSING");
    await endAll();
  });

  test("a hundred of them, of the same moment, do not keep the next one from being looked at", async () => {
    const ids = Array.from({ length: 100 }, () => newId());
    await run(
      `insert into video_uploads (id, user_id, byte_size, content_type, expires_at, touched_at)
       select id, $2, 1000, 'video/mp4', now() + interval '1 day', date_trunc('day', now()) - interval '1 hour'
       from unnest($1::bigint[]) id`,
      ids,
      ann.id,
    );
    const sound = await world.person("sound");
    const last = await startUpload(world, sound, 1_000);
    await world.media.incoming.write(Readable.from([randomBytes(1_000)]), rowId("upload", last.id), 0);
    await run(
      `update video_uploads set touched_at = date_trunc('day', now()) - interval '1 hour' where id = $1`,
      rowId("upload", last.id),
    );
    await expect(finishQuietUploads(failing(ids), work)).rejects.toThrow("The store is away.");
    expect((await readUpload(world, sound, last.id))?.status).toBe("PROCESSING");
    await run("delete from video_uploads where id = any($1::bigint[])", ids);
    await endAll();
  });
});

test("an erased account leaves no byte of its uploads and videos, and an export names them before", async () => {
  const gone = await world.person("gone");
  const upload = await begun(gone);
  await videoOfUpload(world, gone, files);
  const lines = await exportOf(world, gone);
  expect(ofType(lines, "video_upload")).toMatchObject([
    {
      id: upload.id,
      byteSize: 1_000,
      contentType: "video/mp4",
      status: "OPEN",
      bytesReceived: 500,
      failure: null,
    },
    { status: "READY" },
  ]);
  await run("update users set deleted_at = now() - interval '31 days' where id = $1", gone.id);
  await eraseDeleted(world.as(null), work);
  expect(await run("select id from video_uploads where user_id = $1", gone.id)).toEqual([]);
  expect(await run("select upload_id from discarded_uploads")).toHaveLength(2);
  await expectNothingLeft();
});
