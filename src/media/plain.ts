/**
 * Videos without ffmpeg: an MP4 whose picture and sound play as they are is packed anew, without what stands beside
 * them. For trying Kith out: nothing is made smaller, and there is no still.
 */
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { MAX_VIDEO_MS } from "../limits.ts";
import { RefusedFile, requireContainer, type Upload } from "./inspection.ts";
import type { Packed, Packing } from "./packing.ts";
import { type Rendition, requireLength } from "./rendition.ts";

/** What a file may take of time, and of the memory for what stands in its tables. */
const LIMIT_MS = 5 * 60_000;
const MAX_MEMORY_MIB = 512;
/** How a process ends that has no memory left, or in which a program has failed: by the file that it was given. */
const CRASHES: readonly unknown[] = ["SIGABRT", "SIGBUS", "SIGILL", "SIGSEGV", "SIGTRAP", 134];

// Compiled it needs nothing but Node; from the sources it is loaded by what loads every program of ours.
const EXTENSION = path.extname(import.meta.url);
const PROGRAM = fileURLToPath(new URL(`./packing${EXTENSION}`, import.meta.url));
const LOADER = EXTENSION === ".ts" ? ["--import", "tsx"] : [];

/** Packs an upload anew in `folder`; throws a RefusedFile where that can't be done, and the reason of `stop` once it is aborted. */
export async function packPlain(upload: Upload, folder: string, stop: AbortSignal): Promise<Rendition> {
  if ((await requireContainer(upload)) !== "mp4") throw new RefusedFile("NOT_PLAIN");
  const video = path.join(folder, "video.mp4");
  const packed = await inProcess({ file: upload.file, video }, stop);
  if ("fault" in packed) throw new Error(packed.fault);
  if ("refusal" in packed) throw new RefusedFile(packed.refusal);
  const { promisedMs, ...made } = packed;
  requireLength(made.durationMs, promisedMs);
  return { ...made, video, poster: null, durationMs: Math.min(made.durationMs, MAX_VIDEO_MS) };
}

/** What comes of packing in a process of its own, which is over when this is. */
async function inProcess(packing: Packing, stop: AbortSignal): Promise<Packed> {
  stop.throwIfAborted();
  const limit = AbortSignal.timeout(LIMIT_MS);
  const child = fork(PROGRAM, {
    execArgv: [`--max-old-space-size=${MAX_MEMORY_MIB}`, ...LOADER],
    // Nothing of our environment, and so of our secrets, is told to it; nor does it speak where we do.
    env: {},
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // Ctrl-C is for us: it is ended by us, when what it does is given back.
    detached: true,
  });
  const end = () => child.kill("SIGKILL");
  for (const signal of [limit, stop]) signal.addEventListener("abort", end, { once: true });
  try {
    const packed = await outcomeOf(child, packing);
    stop.throwIfAborted();
    if (limit.aborted) return { refusal: "TOO_SLOW" };
    return packed;
  } finally {
    for (const signal of [limit, stop]) signal.removeEventListener("abort", end);
  }
}

function outcomeOf(child: ChildProcess, packing: Packing): Promise<Packed> {
  return new Promise((resolve, reject) => {
    let said: Packed | null = null;
    child.once("error", reject);
    child.once("message", (packed: Packed) => {
      said = packed;
    });
    child.once("exit", (code, signal) => {
      const isCrash = CRASHES.includes(signal ?? code);
      resolve(
        said ?? (isCrash ? { refusal: "BROKEN" } : { fault: `Packing has ended (${signal ?? code}).` }),
      );
    });
    child.send(packing, (error) => {
      // It ended before it was told: how says the end.
      if (error !== null && child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    });
  });
}
