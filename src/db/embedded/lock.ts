/** The file by which PostgreSQL marks a folder as in use, and what to make of one that was left behind. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StartError } from "../../errors.ts";

/** The line of `postmaster.pid` that says how far the postmaster is. */
const STATUS_LINE = 7;
/** Above what any system gives out. */
const NO_PROCESS = 2_147_483_647;
const GRACE_MS = 3_000;
const LONGEST_STOP_MS = 60_000;

/** The postmaster that `postmaster.pid` speaks of, or null; its status is "starting", "ready" or "stopping". */
export function readLock(data: string): { pid: number; status: string } | null {
  try {
    const lines = readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n");
    return { pid: Number(lines[0]), status: lines[STATUS_LINE]?.trim() ?? "" };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** What a second start on the folder is told. */
export function alreadyRunning(data: string): StartError {
  return new StartError(
    `Another Kith is running on ${path.dirname(data)}: stop it, or set DATA_DIR to another folder, or set DATABASE_URL.`,
  );
}

/** Resolves when no postmaster runs on `data`; throws a StartError if one does and is not about to stop. */
export async function waitUntilFree(data: string): Promise<void> {
  const began = Date.now();
  for (;;) {
    const lock = readLock(data);
    if (lock === null || lock.pid === NO_PROCESS) return;
    const command = commandOf(lock.pid);
    if (command === null) return;
    if (!command.includes(data)) return disown(data);
    // The postmaster of a Kith that was killed needs a moment to see it, and then as long as its checkpoint takes.
    if (Date.now() - began > (lock.status === "stopping" ? LONGEST_STOP_MS : GRACE_MS))
      throw alreadyRunning(data);
    await sleep(20);
  }
}

/**
 * PostgreSQL takes any process with the number in the file for a postmaster, also a zombie and one that got the number
 * later. The file is not removed: from its other lines PostgreSQL sees whether processes of a killed postmaster are
 * still at work.
 */
function disown(data: string): void {
  const file = path.join(data, "postmaster.pid");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^.*/, String(NO_PROCESS)));
}

/** The command line of a process: empty for a zombie, null if there is no such process or we can't tell. */
function commandOf(pid: number): string | null {
  try {
    if (process.platform === "win32") return null;
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    return execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return null;
  }
}
