/** What is watched of an upload: an MP4 that plays everywhere and a still, made by ffmpeg. */
import { stat } from "node:fs/promises";
import path from "node:path";
import { MAX_VIDEO_MS, MAX_VIDEO_PIXELS } from "../limits.ts";
import { GUARDED, OutOfTime, type Patience, run, THREADS, ToolFailure, type Tools } from "./ffmpeg.ts";
import { type Inspected, inspect, measure, RefusedFile, type Upload } from "./inspection.ts";

/** What was made of an upload: files of this machine, and what they are like. */
export interface Rendition {
  readonly video: string;
  /** Null where there is none. */
  readonly poster: string | null;
  readonly durationMs: number;
  /** In pixels, as it is shown. */
  readonly width: number;
  readonly height: number;
}

const MAX_SIDE = 1_280;
const MAX_FRAMES_PER_SECOND = 60;
/** A video of ten minutes takes a small machine 45 minutes at the lowest priority: a shorter one takes less of its turn. */
const LEAST_MAKING_MS = 3 * 60_000;
const MAKING_MS_A_MS = 4.2;
const POSTER_LIMIT_MS = 60_000;
const CHECK_LIMIT_MS = 60_000;
/** By how much what was made may be shorter than what was promised: what is cut off is shorter by more. */
const SHORTER_MS = 1_000;
const SHORTER_SHARE = 0.02;
/** Sound is cut into pieces of its own, so a video of ten minutes may be a little longer. */
const LONGER_MS = 500;

const PREAMBLE = ["-hide_banner", "-v", "error", "-nostdin", "-y"];
/** No place, no device, no date, no chapter: nothing that somebody's phone has written beside picture and sound. */
const NOTHING_BESIDE = [
  ["-map_metadata", "-1"],
  ["-map_metadata:s", "-1"],
  ["-map_chapters", "-1"],
  ["-sn", "-dn"],
].flat();

/** Whether this ffmpeg has what is needed here; throws what `run` throws. */
export async function canEncode({ ffmpeg }: Tools, stop: AbortSignal): Promise<boolean> {
  const encoders = await run(ffmpeg, ["-hide_banner", "-v", "error", "-encoders"], {
    limitMs: CHECK_LIMIT_MS,
    stop,
  });
  return [/ libx264 /, / aac /, / mjpeg /].every((encoder) => encoder.test(encoders));
}

/**
 * Makes a rendition in `folder`; throws a RefusedFile where nothing can be made of the upload, the reason of `stop` once
 * it is aborted, and another error where the machine is at fault.
 */
export async function makeRendition(
  tools: Tools,
  upload: Upload,
  folder: string,
  stop: AbortSignal,
): Promise<Rendition> {
  const inspected = await inspect(tools, upload, stop);
  const video = path.join(folder, "video.mp4");
  try {
    const patience = { limitMs: makingLimit(inspected.promisedMs), stop, isLeisurely: true };
    await run(tools.ffmpeg, encoding(upload.file, inspected, video), patience);
  } catch (error) {
    if (error instanceof OutOfTime) throw new RefusedFile("TOO_SLOW");
    throw error instanceof ToolFailure ? new RefusedFile("BROKEN") : error;
  }
  const made = await measure(tools, video, stop);
  requireLength(made.durationMs, inspected.promisedMs);
  const poster = path.join(folder, "poster.jpg");
  const hasPoster = await makePoster(tools, video, poster, { limitMs: POSTER_LIMIT_MS, stop });
  return {
    ...made,
    video,
    poster: hasPoster ? poster : null,
    durationMs: Math.min(made.durationMs, MAX_VIDEO_MS),
  };
}

/** How many milliseconds a rendition of a video may take, by how long that says it is; null where it does not say. */
export function makingLimit(promisedMs: number | null): number {
  const lengthMs = Math.min(promisedMs ?? MAX_VIDEO_MS, MAX_VIDEO_MS);
  return Math.ceil(LEAST_MAKING_MS + MAKING_MS_A_MS * lengthMs);
}

/** Holds the length of what was made against what was promised; throws a RefusedFile for what is cut off or too long. */
export function requireLength(madeMs: number, promisedMs: number | null): void {
  if (madeMs > MAX_VIDEO_MS + LONGER_MS) throw new RefusedFile("TOO_LONG");
  const missingMs = (promisedMs ?? 0) - madeMs;
  if (missingMs > Math.max(SHORTER_MS, (promisedMs ?? 0) * SHORTER_SHARE)) throw new RefusedFile("BROKEN");
}

function encoding(file: string, inspected: Inspected, video: string): string[] {
  const { pictureStream, soundStream, framesPerSecond } = inspected;
  const { width, height } = fitted(inspected);
  return [
    ...PREAMBLE,
    ...GUARDED,
    ...["-threads", THREADS, "-max_pixels", String(MAX_VIDEO_PIXELS), "-i", `file:${file}`],
    ...["-map", `0:${pictureStream}`],
    ...(soundStream === null ? [] : ["-map", `0:${soundStream}`]),
    ...NOTHING_BESIDE,
    // One that lies about its length is found out by a result that is too long.
    ...["-t", String((MAX_VIDEO_MS + 2 * LONGER_MS) / 1_000)],
    ...(framesPerSecond > MAX_FRAMES_PER_SECOND ? ["-r", String(MAX_FRAMES_PER_SECOND)] : []),
    ...["-filter_threads", THREADS, "-vf", `scale=${width}:${height},setsar=1,format=yuv420p`],
    ...["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-threads", THREADS],
    ...["-crf", "23", "-maxrate", "4M", "-bufsize", "8M"],
    // Every instant that is talked about is two seconds from a picture that can be jumped to.
    ...["-force_key_frames", "expr:gte(t,n_forced*2)"],
    ...["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"],
    ...["-movflags", "+faststart", "-f", "mp4", `file:${video}`],
  ];
}

/** The size of the picture: even sides, the longer one of 1280 pixels at most, and never larger than it came. */
function fitted({ width, height }: Pick<Inspected, "width" | "height">): {
  width: number;
  height: number;
} {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  const even = (side: number) => Math.max(2, Math.floor((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** Makes a still of the most telling picture of the first seconds; returns whether there is one. */
async function makePoster(
  { ffmpeg }: Tools,
  video: string,
  poster: string,
  patience: Patience,
): Promise<boolean> {
  const args = [
    ...[...PREAMBLE, ...GUARDED, "-threads", THREADS, "-i", `file:${video}`],
    ...["-map", "0:v:0", ...NOTHING_BESIDE, "-vf", "fps=5,thumbnail=n=15", "-frames:v", "1"],
    ...["-q:v", "4", "-f", "image2", "-update", "1", `file:${poster}`],
  ];
  try {
    await run(ffmpeg, args, patience);
    return (await stat(poster)).size > 0;
  } catch (error) {
    const isMissing = error instanceof ToolFailure || (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!isMissing) throw error;
    return false;
  }
}
