/** The files of the database: made once, under a temporary name, and renamed when they are complete. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { StartError } from "../../errors.ts";
import { environment } from "./account.ts";
import { type Folder, holdsDatabase } from "./folder.ts";

/** The name of the database and of its owner. */
export const NAME = "kith";

/** What a start makes under a temporary name, which has the number of its process. */
const UNFINISHED = /^(?:initializing|postgres-native|password)-(\d+)/;

export interface Cluster {
  readonly data: string;
  readonly password: string;
}

/** Opens the cluster in `folder`, or makes it with an empty database `kith`; throws a StartError. */
export async function openCluster(folder: Folder, programs: string, ephemeral: boolean): Promise<Cluster> {
  const data = path.join(folder.path, "data");
  const secret = path.join(folder.path, "password");
  removeUnfinished(folder.path);
  if (!holdsDatabase(folder.path)) {
    keepNewPassword(folder, secret);
    await initialize(folder, programs, secret, data, ephemeral);
  }
  if (!existsSync(secret)) {
    throw new StartError(
      `The password of the database is missing from ${folder.path}: put the file "password" back, or set DATA_DIR or DATABASE_URL.`,
    );
  }
  return { data, password: readFileSync(secret, "utf8") };
}

async function initialize(
  folder: Folder,
  programs: string,
  secret: string,
  data: string,
  ephemeral: boolean,
): Promise<void> {
  const unfinished = path.join(folder.path, `initializing-${process.pid}-${randomBytes(4).toString("hex")}`);
  const sync = ephemeral ? ["--no-sync"] : [];
  const durability = ephemeral ? ["-c", "fsync=off"] : [];
  try {
    await run(folder, path.join(programs, "initdb"), [
      ...["-D", unfinished, "-U", NAME, "-A", "scram-sha-256", `--pwfile=${secret}`, ...sync],
      ...["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
    ]);
    // In single-user mode, so that a cluster without the database is never seen under its final name.
    await run(
      folder,
      path.join(programs, "postgres"),
      ["--single", "-D", unfinished, "-c", "exit_on_error=true", ...durability, "postgres"],
      `create database ${NAME}\n`,
    );
    renameSync(unfinished, data);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true, maxRetries: 5 });
    // Another start on the same folder was faster: what it made serves both.
    if (!holdsDatabase(folder.path)) throw error;
  }
}

/** The link fails where a password already is, so that two starts at once agree on one. */
function keepNewPassword({ path: folder, account }: Folder, secret: string): void {
  const draft = path.join(folder, `password-${process.pid}`);
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o600);
  writeSync(file, randomBytes(24).toString("base64url"));
  fsyncSync(file);
  closeSync(file);
  if (account !== null) chownSync(draft, account.uid, account.gid);
  try {
    linkSync(draft, secret);
  } catch (error) {
    if (!existsSync(secret)) throw error;
  } finally {
    rmSync(draft);
  }
}

/** Removes what starts that were killed have left. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(UNFINISHED.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || (pid !== process.pid && exists(pid))) continue;
    try {
      rmSync(path.join(folder, name), { recursive: true, maxRetries: 5 });
    } catch {
      // An initdb that has lost its parent may still be writing: the next start removes it.
    }
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function run(folder: Folder, program: string, args: string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { ...folder.account, cwd: "/", env: environment };
    const child = execFile(program, args, options, (error, _output, complaint) => {
      if (error === null) return resolve();
      const cause =
        /(?:error|FATAL|PANIC): +(.*)/.exec(complaint)?.[1] ?? complaint.trim().split("\n").at(-1);
      reject(
        new StartError(
          `The embedded database could not be made in ${folder.path} (${cause || error.message}): set DATA_DIR to another folder, or set DATABASE_URL.`,
        ),
      );
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
