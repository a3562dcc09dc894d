/** Uploads: begun by the API, sent to an address that nobody else has, exact to the byte, and resumed. */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { finishQuietUploads } from "../../src/actions/upload/receive.ts";
import { rowId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, type Upload } from "./mutations.ts";
import { askUpload, beginPatch, patch, readUpload, sendAll, startUpload } from "./uploads.ts";

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await World.start();
  ann = await world.person("ann");
});
afterAll(() => world.stop());
// Nobody has more than ten of which no video was made.
beforeEach(() =>
  world.server.database.query("update video_uploads set status = 'EXPIRED' where status <> 'EXPIRED'"),
);

/** All bytes have come. These are no video, and somebody may have seen that by now. */
const WORKED_ON = expect.stringMatching(/^(PROCESSING|FAILED)$/);

const rowOf = ({ id }: Pick<Upload, "id">) => rowId("upload", id);
const fileOf = (upload: Upload) => path.join(world.server.mediaDir, "incoming", rowOf(upload));
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const start = (byteSize: number, person = ann) => startUpload(world, person, byteSize);
const read = (upload: Upload, person: Person | null = ann) => readUpload(world, person, upload.id);
const run = (sql: string, ...values: unknown[]) => world.server.database.query(sql, values);

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await holds()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${holds}`);
  }
}

describe("an upload is begun", () => {
  test("with an address of its own, for a day, and nothing has come", async () => {
    const before = Date.now();
    const upload = await start(1_000);
    expect(upload).toMatchObject({ status: "OPEN", bytesReceived: 0, failure: null, video: null });
    expect(upload.uploadUrl).toMatch(new RegExp(`^${world.server.url}/uploads/${upload.id}\\.[\\w-]{43}$`));
    const lasts = Date.parse(upload.expiresAt) - before;
    expect(Math.round(lasts / 60_000)).toBe(24 * 60);
    expect((await start(1_000)).uploadUrl).not.toBe(upload.uploadUrl);
  });

  test("and is seen by its owner alone", async () => {
    const [upload, bob] = [await start(1_000), await world.person("bob")];
    await world.befriend(ann, bob);
    expect(await read(upload)).toEqual(upload);
    expect([await read(upload, bob), await read(upload, null)]).toEqual([null, null]);
  });

  test.each([
    [0, "video/mp4", "byteSize"],
    [-1, "video/mp4", "byteSize"],
    [1024 ** 3 + 1, "video/mp4", "byteSize"],
    [1_000, "image/png", "contentType"],
    [1_000, "application/octet-stream", "contentType"],
    [1_000, "", "contentType"],
    [1_000, "video/mp4\n<script>", "contentType"],
  ])("but not for %d bytes of %j", async (byteSize, contentType, field) => {
    const { upload, userErrors } = await mutate(world, ann, "startVideoUpload", { byteSize, contentType });
    expect([upload, userErrors.map(({ code, path }) => [code, path?.at(-1)])]).toEqual([
      null,
      [["INVALID", field]],
    ]);
  });

  test.each([
    [1, "video/mp4"],
    [1024 ** 3, "video/quicktime"],
    [1_000, 'Video/WebM; codecs="vp9,opus"'],
  ])("for %d bytes of %s, of which the kind alone is kept", async (byteSize, contentType) => {
    const { upload } = await mutate(world, ann, "startVideoUpload", { byteSize, contentType });
    const [row] = await run("select content_type from video_uploads where id = $1", rowOf(upload as Upload));
    expect(row).toEqual({ content_type: contentType.split(";")[0]?.toLowerCase() });
  });

  test("at most ten times before a video is made of one, also by many requests at once", async () => {
    const cat = await world.person("cat");
    const input = { byteSize: 1_000, contentType: "video/mp4" };
    const begun = await Promise.all(
      Array.from({ length: 14 }, () => mutate(world, cat, "startVideoUpload", input)),
    );
    expect(begun.flatMap(codes)).toEqual(Array(4).fill("LIMIT_REACHED"));
    const [first] = begun.flatMap(({ upload }) => upload ?? []);
    expect((await askUpload("DELETE", first?.uploadUrl ?? "")).status).toBe(204);
    expect(codes(await mutate(world, cat, "startVideoUpload", input))).toEqual([]);
  });

  test("at most ten times before they are worked off, whether a video was published of them or not", async () => {
    const dan = await world.person("dan");
    const input = { byteSize: 1_000, contentType: "video/mp4" };
    for (let count = 0; count < 10; count++) {
      const upload = await start(1_000, dan);
      const published = await mutate(world, dan, "publishVideo", { uploadId: upload.id, caption: "" });
      expect(codes(published)).toEqual([]);
    }
    const change = "update video_uploads set status = $2 where user_id = $1";
    await run(change, dan.id, "PROCESSING");
    expect(codes(await mutate(world, dan, "startVideoUpload", input))).toEqual(["LIMIT_REACHED"]);
    await run(change, dan.id, "READY");
    expect(codes(await mutate(world, dan, "startVideoUpload", input))).toEqual([]);
  });

  test("with five gibibytes at most in those that are not worked off", async () => {
    const eve = await world.person("eve");
    for (let count = 0; count < 5; count++) await start(1024 ** 3, eve);
    const input = { byteSize: 1, contentType: "video/mp4" };
    expect(codes(await mutate(world, eve, "startVideoUpload", input))).toEqual(["LIMIT_REACHED"]);
    await run(
      "update video_uploads set status = 'READY' where id = (select min(id) from video_uploads where user_id = $1)",
      eve.id,
    );
    expect(codes(await mutate(world, eve, "startVideoUpload", input))).toEqual([]);
  });
});

describe("its bytes come", () => {
  test("in pieces, each counted, until all are there and are worked on", async () => {
    const bytes = randomBytes(250_000);
    const upload = await start(bytes.length);
    for (const [from, to] of [
      [0, 100_000],
      [100_000, 100_001],
      [100_001, 249_999],
    ] as const) {
      expect(await askUpload("HEAD", upload.uploadUrl)).toMatchObject({ status: 200, offset: from });
      expect(await patch(upload.uploadUrl, from, bytes.subarray(from, to))).toMatchObject({
        status: 204,
        offset: to,
      });
      expect(await read(upload)).toMatchObject({ status: "OPEN", bytesReceived: to });
    }
    expect(sha256(readFileSync(fileOf(upload)))).toBe(sha256(bytes.subarray(0, 249_999)));
    expect(await patch(upload.uploadUrl, 249_999, bytes.subarray(249_999))).toMatchObject({ status: 204 });
    expect(await read(upload)).toMatchObject({ status: WORKED_ON, bytesReceived: bytes.length });
  });

  test("from an app whose connection breaks off again and again, exact to the byte", async () => {
    const bytes = randomBytes(6_000_000);
    const upload = await start(bytes.length + 1);
    for (let at = 0; at < 4; at++) {
      const { offset } = await askUpload("HEAD", upload.uploadUrl);
      const from = offset ?? 0;
      const sending = beginPatch(upload.uploadUrl, from, { "content-length": String(bytes.length - from) });
      await sending.more(bytes.subarray(from, from + 1_000_000));
      await until(async () => readFileSync(fileOf(upload)).length > from);
      sending.breakOff();
    }
    await sendAll(upload.uploadUrl, bytes, { pieceSize: 700_000 });
    expect(await read(upload)).toMatchObject({ status: "OPEN", bytesReceived: bytes.length });
    expect(sha256(readFileSync(fileOf(upload)))).toBe(sha256(bytes));
  });

  test("and while they come, the API says how many", async () => {
    const upload = await start(1_000_000);
    const sending = beginPatch(upload.uploadUrl, 0);
    await sending.more(randomBytes(400_000));
    await until(async () => (await read(upload))?.bytesReceived === 400_000);
    sending.end();
    expect(await sending.answer).toMatchObject({ status: 204, offset: 400_000 });
  });

  test("not from two senders at once; and whoever asks how many came takes over from a connection that is dead", async () => {
    const bytes = randomBytes(300_000);
    const upload = await start(bytes.length + 1);
    const dead = beginPatch(upload.uploadUrl, 0, { "content-length": String(bytes.length) });
    await dead.more(bytes.subarray(0, 100_000));
    await until(async () => readFileSync(fileOf(upload)).length === 100_000);
    expect((await patch(upload.uploadUrl, 0, bytes.subarray(0, 10))).status).toBe(423);
    expect(await askUpload("HEAD", upload.uploadUrl)).toMatchObject({ status: 200, offset: 100_000 });
    expect(await patch(upload.uploadUrl, 100_000, bytes.subarray(100_000))).toMatchObject({ status: 204 });
    expect(sha256(readFileSync(fileOf(upload)))).toBe(sha256(bytes));
    dead.breakOff();
  });

  test("and never more of them than were said", async () => {
    const upload = await start(1_000);
    const said = beginPatch(upload.uploadUrl, 0, { "content-length": "1001" });
    await said.more(randomBytes(1_001));
    expect((await said.answer).status).toBe(413);
    const unsaid = beginPatch(upload.uploadUrl, 0);
    await unsaid.more(randomBytes(1_001));
    expect((await unsaid.answer).status).toBe(413);
    expect(readFileSync(fileOf(upload)).length).toBeLessThanOrEqual(1_000);
    expect((await read(upload))?.status).toBe("OPEN");
  });

  test("where the store has them all and nobody said so, for who took the last has died: the next who asks finds out", async () => {
    const bytes = randomBytes(1_000);
    const [asked, forgotten] = [await start(bytes.length), await start(bytes.length)];
    for (const upload of [asked, forgotten]) {
      await patch(upload.uploadUrl, 0, bytes.subarray(0, 500));
      await world.media.incoming.write(Readable.from([bytes.subarray(500)]), rowOf(upload), 500);
      expect(await read(upload)).toMatchObject({ status: "OPEN", bytesReceived: 500 });
    }
    expect(await askUpload("HEAD", asked.uploadUrl)).toMatchObject({ status: 200, offset: 1_000 });
    expect(await read(asked)).toMatchObject({ status: WORKED_ON, bytesReceived: 1_000 });

    // Nobody asks for the other one. It is looked at once it is quiet, and those that are not whole just once.
    const partial = await start(bytes.length);
    await patch(partial.uploadUrl, 0, bytes.subarray(0, 10));
    const looks = () => finishQuietUploads(world.as(null), new AbortController().signal);
    await looks();
    expect((await read(forgotten))?.status).toBe("OPEN");
    await run(
      "update video_uploads set touched_at = touched_at - interval '1 minute' where touched_at is not null",
    );
    await looks();
    expect([(await read(forgotten))?.status, (await read(partial))?.status]).toEqual([WORKED_ON, "OPEN"]);
    expect(
      await run("select id from video_uploads where status = 'OPEN' and touched_at is not null"),
    ).toEqual([]);
    await patch(partial.uploadUrl, 10, bytes.subarray(10, 20));
    expect(
      await run("select id from video_uploads where status = 'OPEN' and touched_at is not null"),
    ).toHaveLength(1);
  });

  test("and who lost the last answer is told that all have come, also once they are worked off", async () => {
    const upload = await start(1_000);
    for (const status of ["PROCESSING", "READY"]) {
      const change =
        "update video_uploads set status = $2, claimed_until = now() + interval '1 hour' where id = $1";
      await run(change, rowOf(upload), status);
      await world.media.discardUpload(rowOf(upload));
      const whole = { status: 200, offset: 1_000, headers: { "upload-length": "1000" } };
      expect(await askUpload("HEAD", upload.uploadUrl)).toMatchObject(whole);
    }
  });
});

test("whoever sends it can end it, and nothing is left on the disk", async () => {
  const upload = await start(1_000);
  await patch(upload.uploadUrl, 0, randomBytes(500));
  expect((await askUpload("DELETE", upload.uploadUrl)).status).toBe(204);
  expect((await read(upload))?.status).toBe("EXPIRED");
  const names = readdirSync(path.dirname(fileOf(upload)));
  expect(names.filter((name) => name.startsWith(rowOf(upload)))).toEqual([]);
  expect((await askUpload("DELETE", upload.uploadUrl)).status).toBe(404);
});
