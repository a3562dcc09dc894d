/** Uploads under servers that are killed and told to stop: an app goes on by itself, and not a byte is lost or sent twice. */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rowId } from "../../src/ids.ts";
import { askUpload, beginPatch, sendAll, startUpload } from "../operations/uploads.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { endAll, openFolder, removeFolders } from "../support/embedded.ts";
import { ServerProcess } from "../support/process.ts";
import { TEST_SECRET } from "../support/server.ts";
import { signUp } from "./people.ts";

const SIZE = 20_000_000;
const PATIENCE_MS = 120_000;

let database: TestDatabase;
let folder: string;
let server: ServerProcess;
let token: string;
beforeAll(async () => {
  database = await createDatabase();
  folder = openFolder();
  server = await start("0");
  token = (await signUp(server.url, "ann")).token;
});
afterAll(async () => {
  await endAll();
  await database.drop();
  removeFolders();
});

const start = (port: string) =>
  ServerProcess.start({
    DATABASE_URL: database.url,
    DATA_DIR: folder,
    SECRET: TEST_SECRET,
    PORT: port,
    LOG_LEVEL: "error",
  });

/** Starts the server where it was: the address of an upload leads there. */
async function startAgain(): Promise<void> {
  server = await start(new URL(server.url).port);
}

const node = () => ({ server: { url: server.url, database } });
const fileOf = (id: string) => path.join(folder, "media/incoming", rowId("upload", id));
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** One byte more than is sent: so what has come stays as it is, and nobody works on it. */
const begin = (size: number) => startUpload(node(), { token }, size + 1);

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !holds(); await sleep(2)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${holds}`);
  }
}

test.each([
  ["SIGKILL", { code: null, signal: "SIGKILL" }],
  ["SIGTERM", { code: 0, signal: null }],
] as const)(
  "a server that ends by %s in the middle of a piece has kept what came, and takes the rest later",
  async (signal, ending) => {
    const bytes = randomBytes(SIZE);
    const upload = await begin(SIZE);
    const sending = beginPatch(upload.uploadUrl, 0, { "content-length": String(SIZE) });
    await sending.more(bytes.subarray(0, SIZE / 2));
    await until(() => statSync(fileOf(upload.id)).size > SIZE / 4);
    server.signal(signal);
    expect(await server.ended).toEqual(ending);
    expect(server.stderr).toBe("");
    sending.breakOff();

    await startAgain();
    const kept = statSync(fileOf(upload.id)).size;
    expect(await askUpload("HEAD", upload.uploadUrl)).toMatchObject({ status: 200, offset: kept });
    expect(sha256(readFileSync(fileOf(upload.id)))).toBe(sha256(bytes.subarray(0, kept)));
    await sendAll(upload.uploadUrl, bytes);
    expect(sha256(readFileSync(fileOf(upload.id)))).toBe(sha256(bytes));
  },
  60_000,
);

test("an app that sends through kills does not notice but for the time", async () => {
  const bytes = randomBytes(SIZE);
  const upload = await begin(SIZE);
  let kills = 0;
  let restarting = Promise.resolve();
  const sent = sendAll(upload.uploadUrl, bytes, {
    pieceSize: 1_500_000,
    // Where it comes again is known only then.
    whenever: () => restarting,
    onProgress(sent) {
      if (sent < (kills + 1) * 6_000_000) return;
      kills++;
      server.signal("SIGKILL");
      restarting = server.ended.then(startAgain);
    },
  });
  await sent;
  await restarting;
  expect(kills).toBe(3);
  expect(sha256(readFileSync(fileOf(upload.id)))).toBe(sha256(bytes));
});

test("who dies after the last byte, before anybody is told, has it worked on after the next start", async () => {
  const upload = await startUpload(node(), { token }, 1_000);
  await sendAll(upload.uploadUrl, randomBytes(1_000));
  // As it is where the process ends between the two.
  await database.query(
    `update video_uploads
     set status = 'OPEN', bytes_received = 0, failure = null, touched_at = now() - interval '1 minute', claimed_until = null
     where id = $1`,
    [rowId("upload", upload.id)],
  );
  writeFileSync(fileOf(upload.id), randomBytes(1_000));
  await server.kill();
  await startAgain();
  const statusOf = async () =>
    (
      await database.query<{ status: string }>("select status from video_uploads where id = $1", [
        rowId("upload", upload.id),
      ])
    )[0]?.status;
  for (const deadline = Date.now() + PATIENCE_MS; (await statusOf()) === "OPEN"; await sleep(50)) {
    if (Date.now() > deadline) throw new Error("Nobody looked.");
  }
  expect(["PROCESSING", "FAILED"]).toContain(await statusOf());
  expect(readdirSync(path.join(folder, "media"))).toEqual(["incoming", "kept"]);
});
