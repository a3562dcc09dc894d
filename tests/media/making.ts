/** Films on the way through a workshop, in a folder that goes when a suite ends. */
import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createLog } from "../../src/log.ts";
import { type Refusal, RefusedFile } from "../../src/media/inspection.ts";
import type { Rendition } from "../../src/media/rendition.ts";
import { openWorkshop, type Workshop } from "../../src/media/workshop.ts";
import { FFMPEG } from "../support/films.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "kith-films-"));
export const removeFilms = () => rmSync(folder, { recursive: true, force: true });

/** Where the workshops have their rooms. */
export const rooms = path.join(folder, "rooms");
export const withFfmpeg = await openWorkshop(FFMPEG, rooms, createLog("silent"));
export const without = await openWorkshop(null, rooms, createLog("silent"));

let files = 0;
/** A place for a new file. */
export const at = (name: string) => path.join(folder, `${files++}-${name}`);

/** What is said to ffmpeg for an MP4 as anybody may have it, made quickly. */
export const FAST = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];

/** Nobody breaks it off. */
export const going = new AbortController().signal;

/** What a workshop makes of a file. */
export function making(workshop: Workshop, file: string, byteSize = statSync(file).size): Promise<Rendition> {
  const room = mkdtempSync(path.join(folder, "made-"));
  return workshop.make({ file, byteSize }, room, going);
}

/** Why a workshop makes nothing of a file; null where it does. */
export async function refusal(workshop: Workshop, file: string, byteSize?: number): Promise<Refusal | null> {
  return making(workshop, file, byteSize).then(
    () => null,
    (error: unknown) => {
      if (!(error instanceof RefusedFile)) throw error;
      return error.refusal;
    },
  );
}

/** A new file of text. */
export function text(name: string, content: string): string {
  const file = at(name);
  writeFileSync(file, content);
  return file;
}

/** The beginning of a file, as a new one. */
export function cut(file: string, share: number): string {
  const shorter = at(`cut${path.extname(file)}`);
  copyFileSync(file, shorter);
  truncateSync(shorter, Math.floor(statSync(file).size * share));
  return shorter;
}
