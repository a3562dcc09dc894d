/** The embedded database, with real processes that are killed: it starts again, and nothing committed is lost. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { accountForNew, environment, isRoot } from "../../src/db/embedded/account.ts";
import { packagedFiles, restoreLinks, usablePrograms } from "../../src/db/embedded/binaries.ts";
import { StartError } from "../../src/errors.ts";
import {
  databaseOf,
  endAll,
  isAlive,
  keep,
  type Owned,
  openFolder,
  query,
  removeFolders,
  spawnOwner,
  start,
  until,
} from "../support/embedded.ts";

const hello = [{ body: "hello" }];
const writeNote = (database: Owned) => query(database, "create table note as select 'hello' as body");
const readNotes = (database: Owned) => query(database, "select body from note");

const newDir = () => path.join(openFolder(), "postgres");
const leftovers = (dir: string) => readdirSync(dir).filter((name) => !["data", "password"].includes(name));
const markOf = (dir: string) => path.join(dir, "data", "postmaster.pid");

/** A folder with a database that has a note, for the tests that do not start from nothing. */
let home: string;
let dir: string;
beforeAll(async () => {
  home = openFolder();
  dir = path.join(home, "postgres");
  await writeNote(await start({ dir }));
  await endAll();
});
afterEach(endAll);
afterAll(removeFolders);

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => new Error("it did not fail"),
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(StartError);
  expect(error.message).not.toContain("\n");
  return error.message;
}

test("starts from nothing, and its rows survive a restart", async () => {
  const dir = newDir();
  const first = await start({ dir });
  expect(first).toMatchObject({ dir, relocated: false });
  await writeNote(first);
  await first.stop();
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const second = await start({ dir });
  expect(await readNotes(second)).toEqual(hello);
  expect(leftovers(dir)).toEqual([]);
});

test("is PostgreSQL 18 in UTC and UTF-8, for this machine only, behind a password that nobody else can read", async () => {
  const database = await start({ dir, ephemeral: true, settings: { work_mem: "8MB" } });
  const names = ["server_version", "TimeZone", "server_encoding", "listen_addresses", "work_mem", "fsync"];
  const rows = await query<{ name: string; setting: string }>(
    database,
    `select name, current_setting(name) as setting from pg_settings where name in ('${names.join("','")}')`,
  );
  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
    server_version: expect.stringMatching(/^18\./),
    TimeZone: "UTC",
    server_encoding: "UTF8",
    listen_addresses: "127.0.0.1",
    work_mem: "8MB",
    fsync: "off",
  });
  expect(statSync(path.join(dir, "password")).mode & 0o777).toBe(0o600);
  expect(statSync(dir).mode & 0o077).toBe(0);
  const stranger = { url: database.url.replace(/:[^:@/]+@/, ":guess@") };
  await expect(query(stranger, "select 1")).rejects.toThrow(/password authentication failed/);
  expect(new URL(database.urlFor("other one")).pathname).toBe("/other%20one");
});

test("loses nothing that was committed when the database is killed", async () => {
  const first = await start({ dir });
  await query(first, "create table number (number int primary key)");
  const client = new Client({ connectionString: first.url });
  client.on("error", () => {});
  await client.connect();
  let committed = 0;
  await expect(async () => {
    for (;;) {
      if (committed === 200) process.kill(first.pid, "SIGKILL");
      await client.query("insert into number values ($1)", [committed + 1]);
      committed += 1;
    }
  }).rejects.toThrow();
  const second = await start({ dir });
  const kept = `select count(*)::int as kept from number where number <= ${committed}`;
  expect(committed).toBeGreaterThanOrEqual(200);
  expect(await query(second, kept)).toEqual([{ kept: committed }]);
  await first.stop();
  expect(isAlive(second.pid)).toBe(true);
});

test("ends by itself, in good order, when the process that owns it is killed", async () => {
  const owner = spawnOwner({ dir });
  const database = await databaseOf(owner);
  owner.kill("SIGKILL");
  await until(() => !isAlive(database.pid));
  expect(existsSync(markOf(dir))).toBe(false);
  expect(await readNotes(await start({ dir }))).toEqual(hello);
});

test("can be started again at the very moment its owner is killed", async () => {
  const owner = spawnOwner({ dir });
  await databaseOf(owner);
  owner.kill("SIGKILL");
  expect(await readNotes(await start({ dir }))).toEqual(hello);
});

test("Ctrl-C reaches Kith and not its database, which goes when Kith says so", async () => {
  const owner = spawnOwner({ dir });
  const database = await databaseOf(owner);
  let printed = "";
  owner.stdout.on("data", (text) => {
    printed += text;
  });
  process.kill(-(owner.pid ?? 0), "SIGINT");
  await until(() => printed.includes("interrupted"));
  await sleep(100);
  expect(await readNotes(database)).toEqual(hello);
  owner.kill("SIGTERM");
  expect(await once(owner, "exit")).toEqual([0, null]);
  expect(isAlive(database.pid)).toBe(false);
});

test("a second start on a running folder says in one line what to do, and the first one goes on", async () => {
  const first = await start({ dir });
  expect(await refusal(start({ dir }))).toBe(
    `Another Kith is running on ${dir}: stop it, or set DATA_DIR to another folder, or set DATABASE_URL.`,
  );
  expect(await readNotes(first)).toEqual(hello);
});

test("of two first starts at once one runs and the other is told so", async () => {
  const dir = newDir();
  const starts = await Promise.allSettled([1, 2].map(() => databaseOf(spawnOwner({ dir }))));
  const refused = starts.flatMap((outcome) => (outcome.status === "rejected" ? String(outcome.reason) : []));
  expect(refused).toEqual([expect.stringContaining(`Another Kith is running on ${dir}`)]);
  const [running] = starts.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
  expect(await query({ url: running?.url ?? "" }, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(leftovers(dir)).toEqual([]);
});

test("a first start that was killed halfway leaves nothing in the way", async () => {
  const dir = newDir();
  const owner = spawnOwner({ dir });
  const unfinished = () =>
    (existsSync(dir) ? readdirSync(dir) : []).find((name) => /^initializing/.test(name));
  await until(() => existsSync(path.join(dir, unfinished() ?? "none", "PG_VERSION")));
  owner.kill("SIGKILL");
  await once(owner, "exit");
  expect(existsSync(path.join(dir, "data"))).toBe(false);
  mkdirSync(path.join(dir, "postgres-native-2147483647"));

  const database = await start({ dir });
  await writeNote(database);
  await database.stop();
  expect(await readNotes(await start({ dir }))).toEqual(hello);
  expect(leftovers(dir)).toEqual([]);
});

test("the number of a killed database, since given to another process, is not in the way", async () => {
  const { uid, gid } = statSync(path.join(dir, "data"));
  const account = isRoot() ? { uid, gid } : {};
  // Prints the number of a process that soon ends and that its parent never asks about: a zombie.
  const stranger = keep(
    spawn("/bin/sh", ["-c", "sleep 0.2 & echo $!; exec sleep 60"], { ...account, cwd: "/" }),
  );
  const [printed] = (await once(stranger.stdout, "data")) as [Buffer];
  for (const number of [stranger.pid ?? 0, Number.parseInt(printed.toString(), 10)]) {
    expect(isAlive(number)).toBe(true);
    const killed = await start({ dir });
    process.kill(killed.pid, "SIGKILL");
    await killed.stop();
    writeFileSync(markOf(dir), readFileSync(markOf(dir), "utf8").replace(/^.*/, String(number)));
    const next = await start({ dir });
    expect(await readNotes(next)).toEqual(hello);
    await next.stop();
  }
});

test("a folder closed to others is replaced by one the database can reach, and found again next time", async () => {
  const closed = path.join(openFolder(), "closed");
  mkdirSync(closed, { mode: 0o700 });
  const dir = path.join(closed, "data", "postgres");
  const first = await start({ dir, ephemeral: true });
  expect(first.relocated).toBe(isRoot());
  expect(first.dir === dir).toBe(!isRoot());
  expect(existsSync(dir)).toBe(!isRoot());
  await writeNote(first);
  await first.stop();

  // Also when the folder has been opened since: the rows count for more than the place.
  for (const mode of [0o700, 0o711]) {
    chmodSync(closed, mode);
    const again = await start({ dir, ephemeral: true });
    expect(again).toMatchObject({ dir: first.dir, relocated: isRoot() });
    expect(await readNotes(again)).toEqual(hello);
    await again.stop();
  }
});

test("a database whose folder was closed later is never silently replaced by an empty one", async () => {
  chmodSync(home, 0o700);
  if (isRoot()) {
    expect(await refusal(start({ dir }))).toMatch(/can no longer reach it: .*chmod o\+x.*DATA_DIR/);
    chmodSync(home, 0o711);
  }
  expect(await readNotes(await start({ dir }))).toEqual(hello);
});

test("a database that has lost its password says so", async () => {
  const secret = path.join(dir, "password");
  const password = readFileSync(secret);
  rmSync(secret);
  expect(await refusal(start({ dir }))).toContain("The password of the database is missing");
  writeFileSync(secret, password, { mode: 0o600 });
});

test("programs installed without their install scripts, or in a folder closed to others, work all the same", async () => {
  const closed = path.join(openFolder(), "closed");
  mkdirSync(closed, { mode: 0o700 });
  const files = path.join(closed, "native");
  const publish = (version: string) =>
    writeFileSync(path.join(closed, "package.json"), JSON.stringify({ version }));
  publish("1");
  cpSync(packagedFiles(), files, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(path.join(files, "pg-symlinks.json"), "utf8")) as {
    target: string;
  }[];
  for (const { target } of links) rmSync(path.join(closed, target));
  const version = async (programs: string, account: object | null = null) => {
    const options = { ...account, cwd: "/", env: environment };
    return (await promisify(execFile)(path.join(programs, "postgres"), ["--version"], options)).stdout;
  };
  await expect(version(path.join(files, "bin"))).rejects.toThrow(/shared librar/i);
  expect(restoreLinks(files)).toBe(true);
  expect(await version(path.join(files, "bin"))).toContain("PostgreSQL) 18.");

  const folder = openFolder();
  for (const release of ["1", "2"]) {
    publish(release);
    const programs = await usablePrograms(files, folder, accountForNew());
    expect(programs).toBe(path.join(isRoot() ? path.join(folder, "postgres-native") : files, "bin"));
    expect(await version(programs, accountForNew())).toContain("PostgreSQL) 18.");
    if (isRoot()) expect(readFileSync(path.join(programs, "..", "version"), "utf8")).toBe(release);
  }
});

test("a system for which there is no embedded database is told to set DATABASE_URL", async () => {
  const lookUp = async (platform: string, arch: string) => packagedFiles(platform, arch);
  expect(await refusal(lookUp("linux", "riscv64"))).toContain("set DATABASE_URL");
  expect(await refusal(lookUp("sunos", "x64"))).toContain("set DATABASE_URL");
});
