/** Where uploads become videos: the tools of this machine, and a folder in which they work. */
import { mkdir, mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import type { FfmpegPaths } from "../config.ts";
import { describeError, type Log } from "../log.ts";
import { findTools } from "./ffmpeg.ts";
import type { Upload } from "./inspection.ts";
import { packPlain } from "./plain.ts";
import { canEncode, makeRendition, type Rendition } from "./rendition.ts";

/**
 * Makes what is watched of an upload, in files of `folder`. Throws a RefusedFile where nothing can be made of it, the
 * reason of `stop` once that is aborted, and another error where the machine is at fault: it may be tried again.
 */
type Make = (upload: Upload, folder: string, stop: AbortSignal) => Promise<Rendition>;

/** A room that nobody has entered for so long is of a process that was killed. */
const LEFT_AFTER_MS = 10 * 60_000;

export class Workshop {
  readonly make: Make;
  readonly #folder: string;

  constructor(folder: string, make: Make) {
    this.#folder = folder;
    this.make = make;
  }

  /** Runs `work` with a folder of its own, of which nothing is left however it ends. */
  async inRoom<Result>(name: string, work: (room: string) => Promise<Result>): Promise<Result> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const room = await mkdtemp(path.join(this.#folder, `${name}-`));
    try {
      return await work(room);
    } finally {
      await remove(room);
    }
  }

  /** Says that somebody still works in a room. */
  async enter(room: string): Promise<void> {
    const now = new Date();
    await utimes(room, now, now);
  }

  /** Removes the rooms that killed processes have left: those of this name at once, and others after ten minutes. */
  async sweep(name: string | null): Promise<void> {
    const rooms = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      // Nobody has worked here yet.
      if (error.code !== "ENOENT") throw error;
      return [];
    });
    for (const room of rooms) {
      const at = path.join(this.#folder, room);
      if (room.startsWith(`${name}-`) || (await isLeft(at))) await remove(at);
    }
  }
}

async function isLeft(room: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(room)).mtimeMs > LEFT_AFTER_MS;
  } catch (error) {
    // Whoever worked there has just removed it.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return false;
  }
}

const remove = (room: string) => rm(room, { recursive: true, force: true, maxRetries: 5 });

/** Opens the workshop of this machine; where ffmpeg is missing, or can't do what is needed, it says so to the log once. */
export async function openWorkshop(paths: FfmpegPaths | null, folder: string, log: Log): Promise<Workshop> {
  const tools = paths === null ? null : findTools(paths);
  const plain = (reason: string) => {
    log.warn(
      `${reason}: of uploads only plain MP4 files are taken, kept as large as they are and without a still`,
    );
    return new Workshop(folder, packPlain);
  };
  if (tools === null)
    return plain(paths === null ? "ffmpeg is switched off" : "ffmpeg or ffprobe is not found");
  const isAble = await canEncode(tools, new AbortController().signal).catch((error) => {
    log.warn(describeError(error), "ffmpeg can't be run");
    return false;
  });
  if (!isAble) return plain("ffmpeg has no libx264, aac or mjpeg");
  return new Workshop(folder, (...given) => makeRendition(tools, ...given));
}
