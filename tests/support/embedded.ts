/** Embedded databases for tests that kill them: their folders, the processes that own them, and the end of both. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import {
  type EmbeddedDatabase,
  type EmbeddedOptions,
  startEmbeddedDatabase,
} from "../../src/db/embedded/embedded.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

const databases: EmbeddedDatabase[] = [];
const processes: ChildProcess[] = [];
const folders: string[] = [];

/** Ends the databases and processes that were started here. */
export async function endAll(): Promise<void> {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
  await Promise.all(databases.splice(0).map((database) => database.stop()));
}

/** Removes the folders that were made here. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
}

/** A new folder that every account can enter. */
export function openFolder(): string {
  const folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), "kith-embedded-"));
  folders.push(folder);
  chmodSync(folder, 0o711);
  return folder;
}

/** Starts a database in this process. */
export async function start(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase(options);
  databases.push(database);
  if (database.relocated) folders.push(database.dir);
  return database;
}

/** Runs any process until the test ends. */
export function keep<Child extends ChildProcess>(child: Child): Child {
  processes.push(child);
  return child;
}

/** A process that starts a database and owns it. */
export function spawnOwner(options: EmbeddedOptions): ChildProcessWithoutNullStreams {
  const script = path.join(project, "tests/support/embedded-child.ts");
  const args = ["--import", "tsx", script, JSON.stringify(options)];
  // A process group of its own, as a terminal gives to what it runs.
  return keep(spawn(process.execPath, args, { cwd: project, detached: true }));
}

export type Owned = Pick<EmbeddedDatabase, "url" | "dir" | "pid">;

/** The database of that process; throws what the process printed when it could not start one. */
export async function databaseOf(owner: ChildProcessWithoutNullStreams): Promise<Owned> {
  let complaint = "";
  owner.stderr.on("data", (text) => {
    complaint += text;
  });
  const lines = createInterface({ input: owner.stdout });
  const [line] = (await Promise.race([once(lines, "line"), once(owner, "close")])) as [unknown];
  if (typeof line !== "string") throw new Error(complaint.trim());
  return JSON.parse(line) as Owned;
}

/** Runs one statement on a connection of its own. */
export async function query<Row>({ url }: Pick<Owned, "url">, statement: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Waits for what comes about in other processes. */
export async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !holds(); await sleep(5)) {
    if (Date.now() > deadline) throw new Error("waited 15 seconds in vain");
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
