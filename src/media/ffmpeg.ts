/** The programs ffmpeg and ffprobe: where they are, and how they are run on files that strangers have sent. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { FfmpegPaths } from "../config.ts";

/** The programs, by their full paths. */
export type Tools = Pick<FfmpegPaths, "ffmpeg" | "ffprobe">;

/** A program that has ended with a failure: it could not make anything of what it was given. */
export class ToolFailure extends Error {
  override readonly name = "ToolFailure";
}

/** A program that took longer than it may, which a machine with much else to do may be the cause of. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** How long a program may run, and when it is broken off before. */
export interface Patience {
  readonly limitMs: number;
  readonly stop: AbortSignal;
  /** Whether it waits for whatever else the machine has to do: what takes minutes must, and what is waited for can't. */
  readonly isLeisurely?: boolean;
}

/**
 * For what is read of a stranger's file: containers that hold everything themselves, read from files alone. A playlist,
 * or anything else that names another file or an address, is refused by ffmpeg before it is read.
 */
export const GUARDED = [
  "-protocol_whitelist",
  "file",
  "-format_whitelist",
  "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf",
];

/** How many threads a program takes: half of the machine, for questions are answered on it as well. */
export const THREADS = String(Math.max(1, Math.floor(os.availableParallelism() / 2)));

/** What a program may take of the machine's memory: a picture of the largest size takes a third of it. */
const MAX_MEMORY_KIB = 6 * 1_048_576;
/** The lowest priority, which leaves the machine to questions. */
const LOWEST = "19";
const MAX_OUTPUT_BYTES = 1_048_576;
const MAX_COMPLAINT_BYTES = 8_192;
const NO_ROOM = /No space left on device|Disk quota exceeded/;

const SHELL = "/bin/sh";

/**
 * The shell's input is a pipe from us: when we close it, or end, even by kill -9, the reader sees it and ends the
 * program. What is run are the arguments, none of which the shell reads but the first, its priority.
 */
const GUARD = `
exec 3<&0
trap "" INT TERM HUP
ulimit -v ${MAX_MEMORY_KIB} 2>/dev/null
priority=$1
shift
nice -n $priority "$@" </dev/null 3<&- &
program=$!
(read -r _; kill -KILL $program) <&3 3<&- >/dev/null 2>&1 &
reader=$!
exec 3<&- </dev/null
wait $program 2>/dev/null
code=$?
kill -KILL $reader 2>/dev/null
exit $code
`;

/** Looks for both programs; null where one is missing, or there is no shell to run them. */
export function findTools({ ffmpeg, ffprobe, searchPath }: FfmpegPaths): Tools | null {
  if (!canBeRun(SHELL)) return null;
  const [foundFfmpeg, foundFfprobe] = [find(ffmpeg, searchPath), find(ffprobe, searchPath)];
  if (foundFfmpeg === null || foundFfprobe === null) return null;
  return { ffmpeg: foundFfmpeg, ffprobe: foundFfprobe };
}

function find(name: string, searchPath: string): string | null {
  const isPath = path.basename(name) !== name;
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== "");
  const places = isPath ? [path.resolve(name)] : folders.map((folder) => path.join(folder, name));
  return places.find(canBeRun) ?? null;
}

function canBeRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// It could not be run, or was ended by a signal that we have not sent: on a machine without memory, or by who ends this
// process and all that it has started (ffmpeg says 255 then). Others are what a program says of what it was given.
const isFault = (code: number) => (code > 125 && code < 128 + 32) || code === 255;

/**
 * Runs a program and returns what it prints, up to a mebibyte. Throws a ToolFailure where the program fails, OutOfTime,
 * the reason of `stop` once that is aborted, and another error where the machine is at fault.
 */
export async function run(program: string, args: readonly string[], patience: Patience): Promise<string> {
  const { limitMs, stop, isLeisurely = false } = patience;
  stop.throwIfAborted();
  const limit = AbortSignal.timeout(limitMs);
  // Nothing of our environment, and so of our secrets, is told to it.
  const child = spawn(SHELL, ["-c", GUARD, "sh", isLeisurely ? LOWEST : "0", program, ...args], {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" },
    stdio: ["pipe", "pipe", "pipe"],
    // Ctrl-C is for us: it is told by us, when what it does is given back.
    detached: true,
  });
  const printed: Buffer[] = [];
  let size = 0;
  let complaint = "";
  const end = () => child.stdin.destroy();
  child.stdout.on("data", (bytes: Buffer) => {
    size += bytes.length;
    if (size > MAX_OUTPUT_BYTES) end();
    else printed.push(bytes);
  });
  child.stderr.on("data", (bytes: Buffer) => {
    complaint = (complaint + bytes.toString("latin1")).slice(-MAX_COMPLAINT_BYTES);
  });
  // A pipe that breaks because the program has ended is no error.
  child.stdin.on("error", () => {});
  for (const signal of [limit, stop]) signal.addEventListener("abort", end, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) =>
        status === null ? reject(new Error(`${signal}`)) : resolve(status),
      );
    });
    stop.throwIfAborted();
    if (limit.aborted) throw new OutOfTime("It took too long.");
    if (size > MAX_OUTPUT_BYTES) throw new ToolFailure("It says too much.");
    if (NO_ROOM.test(complaint)) throw new Error("There is no room left on the disk.");
    if (isFault(code)) throw new Error(`${path.basename(program)} was ended (${code}).`);
    if (code !== 0) throw new ToolFailure(`${path.basename(program)} failed (${code}).`);
    return Buffer.concat(printed).toString("utf8");
  } finally {
    for (const signal of [limit, stop]) signal.removeEventListener("abort", end);
  }
}
