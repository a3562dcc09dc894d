/** Uploads under servers that die while they make a video of one: it is made, once, and nothing is left of the work. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "../../src/ids.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { endAll } from "../support/embedded.ts";
import { describeWithFfmpeg, film, found } from "../support/films.ts";
import { ServerProcess } from "../support/process.ts";
import { TEST_SECRET } from "../support/server.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-films-"));
const workshop = path.join(folder, "workshop");
const incoming = path.join(folder, "media", "incoming");
const PATIENCE_MS = 300_000;
const SECONDS = 20;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterEach(endAll);
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const start = (settings: Record<string, string> = {}) =>
  ServerProcess.start({
    ...{ DATABASE_URL: database.url, SECRET: TEST_SECRET, DATA_DIR: folder, LOG_LEVEL: "info" },
    ...settings,
  });

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${holds}`);
  }
}

interface Row {
  readonly status: string;
  readonly attempts: number;
  readonly is_free: boolean;
}
const rowOf = async (id: string) => {
  const [row] = await database.query<Row>(
    `select status, attempts, coalesce(claimed_until <= now(), true) as is_free
     from video_uploads where id = $1`,
    [id],
  );
  if (row === undefined) throw new Error("There is no such upload.");
  return row;
};

/** Whether ffmpeg writes the video of an upload. */
const isBeingMade = (id: string) =>
  existsSync(workshop) &&
  readdirSync(workshop)
    .filter((room) => room.startsWith(`${id}-`))
    .some((room) => existsSync(path.join(workshop, room, "video.mp4")));

/** Processes that name a folder of ours in what they were started with. */
const tools = () =>
  execFileSync("ps", ["-eo", "args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(workshop) && !line.startsWith("ps "));

async function upload(file: string): Promise<string> {
  const id = newId();
  await database.query(
    `insert into users (id, handle, display_name, country)
     values (1, 'ann', 'Ann', 'DE') on conflict do nothing`,
  );
  mkdirSync(incoming, { recursive: true });
  copyFileSync(file, path.join(incoming, id));
  const { size } = statSync(file);
  writeFileSync(path.join(incoming, `${id}.json`), JSON.stringify({ id, size, offset: size }));
  await database.query(
    `insert into video_uploads (id, user_id, byte_size, content_type, status, expires_at)
     values ($1, 1, $2, 'video/mp4', 'PROCESSING', now() + interval '1 day')`,
    [id, size],
  );
  return id;
}

describeWithFfmpeg("a server that makes a video", () => {
  const long = path.join(folder, "long.mp4");
  beforeAll(() => {
    film(long, {
      seconds: SECONDS,
      size: "1280x720",
      more: ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"],
    });
  });

  test("and is told to stop, or killed with -9, leaves it to the next one, which begins anew and finishes", async () => {
    const id = await upload(long);
    let server = await start();
    await until(() => isBeingMade(id));
    server.signal("SIGTERM");
    expect(await server.ended).toEqual({ code: 0, signal: null });
    // It was nobody's fault, it waits for no time to be over, and nothing is left of the work.
    expect(await rowOf(id)).toEqual({ status: "PROCESSING", attempts: 0, is_free: true });
    expect([readdirSync(workshop), tools()]).toEqual([[], []]);

    server = await start();
    await until(() => isBeingMade(id));
    await server.kill();
    expect(await rowOf(id)).toMatchObject({ status: "PROCESSING", attempts: 1, is_free: false });
    // What it had started ends with it.
    await until(() => tools().length === 0);

    server = await start();
    await until(async () => (await rowOf(id)).attempts === 2);
    await until(async () => (await rowOf(id)).status === "READY");
    const kept = path.join(folder, "media", "kept", id);
    expect(readdirSync(kept).sort()).toEqual(["poster.jpg", "video.mp4"]);
    expect(Math.round(Number(found(path.join(kept, "video.mp4")).format.duration))).toBe(SECONDS);
    await until(() => readdirSync(incoming).length === 0);
    await until(() => readdirSync(workshop).length === 0);
    expect(server.stderr).toBe("");
    await server.kill();
  }, 240_000);

  test("shares the work with another one, and each upload is one's", async () => {
    const short = path.join(folder, "short.mp4");
    film(short, { seconds: 3, size: "640x360", more: ["-c:v", "libx264", "-preset", "ultrafast"] });
    const ids = await Promise.all(Array.from({ length: 4 }, () => upload(short)));
    const servers = [await start(), await start()];
    await until(async () => {
      const rows = await Promise.all(ids.map(rowOf));
      return rows.every(({ status, attempts }) => status === "READY" && attempts === 1);
    });
    for (const server of servers) expect(server.stderr).toBe("");
    await until(() => readdirSync(workshop).length === 0);
    await Promise.all(servers.map((server) => server.kill()));
  });

  test("without ffmpeg says so when it starts, and takes plain files all the same", async () => {
    const id = await upload(long);
    const server = await start({ FFMPEG_PATH: "/nonexistent" });
    await until(async () => (await rowOf(id)).status === "READY");
    expect(readdirSync(path.join(folder, "media", "kept", id))).toEqual(["video.mp4"]);
    expect(server.stdout.match(/ffmpeg or ffprobe is not found: [^"]*plain MP4/g)).toHaveLength(1);
    await server.kill();
  });
});
