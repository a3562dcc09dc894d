/** PostgreSQL 18 as part of Kith: for those who have set no DATABASE_URL, and for tests. */
import { realpathSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StartError } from "../../errors.ts";
import { packagedFiles, usablePrograms } from "./binaries.ts";
import { NAME, openCluster } from "./cluster.ts";
import { chooseFolder, type Folder } from "./folder.ts";
import { alreadyRunning, waitUntilFree } from "./lock.ts";
import { type Postmaster, PostmasterFailure, startPostmaster } from "./postmaster.ts";

export interface EmbeddedDatabase {
  /** Connection string of the database `kith`. */
  readonly url: string;
  /** The folder it really lives in: may differ from the one asked for. */
  readonly dir: string;
  /** True when the account that it runs under could not reach the folder asked for. */
  readonly relocated: boolean;
  /** The process of the postmaster. */
  readonly pid: number;
  urlFor(database: string): string;
  /** Resolves when the postmaster has ended; safe to call twice. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  dir: string;
  /** Gives up durability for speed, for data that nobody will miss. */
  ephemeral?: boolean;
  /** PostgreSQL settings above the ones here; `port` too, which is otherwise a free one. */
  settings?: Record<string, string>;
}

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "128MB",
  max_connections: "100",
  timezone: "UTC",
  log_timezone: "UTC",
  // Statements that fail are answered to who sent them; the server's log would quote people's rows.
  log_min_messages: "log",
};
const NOT_DURABLE = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

/** What passes by itself: a port taken since we chose it, and processes that a killed postmaster left. */
const PASSING = /could not create any TCP\/IP sockets|pre-existing shared memory block/;
const PATIENCE_MS = 10_000;

/** Starts the database that lives in `dir`, making it the first time; throws a StartError of one line. */
export async function startEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const dir = path.resolve(options.dir);
  try {
    const files = packagedFiles();
    return await startIn(chooseFolder(dir), files, options);
  } catch (error) {
    // A full disk, a read-only mount: the system's own words are the best there are.
    if (error instanceof StartError || !(error instanceof Error && "code" in error)) throw error;
    throw didNotStart(dir, error.message);
  }
}

async function startIn(
  folder: Folder,
  files: string,
  { ephemeral = false, settings = {} }: EmbeddedOptions,
): Promise<EmbeddedDatabase> {
  // One spelling for all who reach the folder by different links, as processes are recognised by it.
  const real = { ...folder, path: realpathSync(folder.path) };
  await waitUntilFree(path.join(real.path, "data"));
  const programs = await usablePrograms(files, real.path, real.account);
  const { data, password } = await openCluster(real, programs, ephemeral);

  const start = async (port: string) => {
    const all = { ...SETTINGS, ...(ephemeral ? NOT_DURABLE : {}), ...settings, port };
    return { port, postmaster: await startPostmaster(programs, data, all, real.account) };
  };
  const { port, postmaster } = await untilStarted(data, async () =>
    start(settings.port ?? (await freePort())),
  );
  const urlFor = (database: string) =>
    `postgres://${NAME}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    url: urlFor(NAME),
    dir: folder.path,
    relocated: folder.relocated,
    pid: postmaster.pid,
    urlFor,
    stop: () => postmaster.stop(),
  };
}

type Started = { port: string; postmaster: Postmaster };

async function untilStarted(data: string, start: () => Promise<Started>): Promise<Started> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof PostmasterFailure)) throw error;
      if (!PASSING.test(error.log) || Date.now() > deadline) throw explain(error.log, data);
    }
  }
}

function explain(log: string, data: string): StartError {
  if (/lock file .* already exists/.test(log)) return alreadyRunning(data);
  const fatal = /(?:FATAL|PANIC): +(.*)/.exec(log)?.[1] ?? log.trim().split("\n").at(-1) ?? "";
  const detail = /DETAIL: +(.*)/.exec(log)?.[1];
  return didNotStart(path.dirname(data), detail === undefined ? fatal : `${fatal}: ${detail}`);
}

function didNotStart(folder: string, cause: string): StartError {
  return new StartError(
    `The embedded database in ${folder} did not start (${cause}): set DATA_DIR to another folder, or set DATABASE_URL.`,
  );
}

function freePort(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(String(typeof address === "object" ? address?.port : address)));
    });
  });
}
