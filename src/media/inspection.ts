/** What a file is, and why it is refused: found in its content, by ffprobe. */
import { stat } from "node:fs/promises";
import { MAX_PIXELS_IN_ALL, MAX_VIDEO_MS, MAX_VIDEO_PIXELS } from "../limits.ts";
import { type Container, kindOf } from "./container.ts";
import { GUARDED, type Patience, run, ToolFailure, type Tools } from "./ffmpeg.ts";

/** Why no video is made of a file, in words for whoever has uploaded it. */
export const REFUSALS = {
  NOT_A_VIDEO: "This is not a video.",
  NO_PICTURE: "There is no moving picture in it.",
  WRONG_SIZE: "It is not as long as it was said to be.",
  TOO_LONG: "It is longer than 10 minutes.",
  TOO_LARGE: "Its picture is larger than 8192 by 4320 pixels.",
  TOO_MUCH: "Its pictures are too large for so many: ten minutes of 4K at 60 pictures a second is the most.",
  BROKEN: "It is broken or cut off.",
  TOO_SLOW: "It takes too long to make a video of it.",
  NOT_PLAIN: "Only MP4 files with common codecs can be taken here.",
} as const;
export type Refusal = keyof typeof REFUSALS;

/** A file of which no video is made. */
export class RefusedFile extends Error {
  override readonly name = "RefusedFile";
  constructor(readonly refusal: Refusal) {
    super(REFUSALS[refusal]);
  }
}

/** A file on its way to a video: where it is, and how long it was said to be. */
export interface Upload {
  readonly file: string;
  readonly byteSize: number;
}

/** A picture that moves, and the sound to it, among the streams of a file. */
export interface Inspected {
  readonly pictureStream: number;
  /** Null where there is none that can be heard. */
  readonly soundStream: number | null;
  /** In pixels, as it is shown: turned, and with square pixels. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** How long it says it is; null where it does not. */
  readonly promisedMs: number | null;
}

/** What ffprobe says of a stream: whatever it does not know is missing. */
interface ProbedStream {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: string;
  readonly avg_frame_rate?: string;
  readonly sample_aspect_ratio?: string;
  readonly disposition?: { readonly attached_pic?: number };
  readonly tags?: { readonly rotate?: string };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly format?: { readonly duration?: string };
}

const ENTRIES = [
  "format=duration",
  "stream=index,codec_type,codec_name,width,height,duration,avg_frame_rate,sample_aspect_ratio",
  "stream_disposition=attached_pic",
  "stream_tags=rotate",
  "stream_side_data=rotation",
].join(":");
const PROBE_LIMIT_MS = 60_000;
/** No camera of a phone takes more; whoever says more, or nothing, is taken for an ordinary one that is quick. */
const MOST_FRAMES_PER_SECOND = 960;
const USUAL_FRAMES_PER_SECOND = 60;

/** What a file of this machine is by its first bytes; throws a RefusedFile where that is nothing to watch. */
export async function requireContainer({ file, byteSize }: Upload): Promise<Container> {
  const { size } = await stat(file);
  if (size !== byteSize) throw new RefusedFile("WRONG_SIZE");
  const { container, isBroken } = await kindOf(file);
  if (container === null) throw new RefusedFile("NOT_A_VIDEO");
  if (isBroken) throw new RefusedFile("BROKEN");
  return container;
}

/** Looks into a file that somebody has uploaded; throws a RefusedFile, and what `run` throws besides a ToolFailure. */
export async function inspect(tools: Tools, upload: Upload, stop: AbortSignal): Promise<Inspected> {
  await requireContainer(upload);
  const probed = await probe(tools, upload.file, { limitMs: PROBE_LIMIT_MS, stop });
  const streams = probed.streams ?? [];
  const picture = streams.find(isMovingPicture);
  if (picture === undefined) throw new RefusedFile("NO_PICTURE");
  const sound = streams.find(
    ({ codec_type, codec_name = "unknown" }) => codec_type === "audio" && codec_name !== "unknown",
  );
  const { width, height } = shownSize(picture);
  if (!(width >= 1 && height >= 1)) throw new RefusedFile("BROKEN");
  if (width * height > MAX_VIDEO_PIXELS) throw new RefusedFile("TOO_LARGE");
  const promisedMs = promisedLength(probed, sound === undefined ? [picture] : [picture, sound]);
  if (promisedMs !== null && promisedMs > MAX_VIDEO_MS) throw new RefusedFile("TOO_LONG");
  const framesPerSecond = ratio(picture.avg_frame_rate) ?? 0;
  if (pixelsInAll(picture, framesPerSecond, promisedMs) > MAX_PIXELS_IN_ALL)
    throw new RefusedFile("TOO_MUCH");
  return {
    pictureStream: picture.index,
    soundStream: sound?.index ?? null,
    width,
    height,
    framesPerSecond,
    promisedMs,
  };
}

/** What ffprobe finds in a file, of what is asked here; throws a RefusedFile where it can't read it. */
async function probe({ ffprobe }: Tools, file: string, patience: Patience): Promise<Probed> {
  const args = ["-v", "error", ...GUARDED, "-show_entries", ENTRIES, "-of", "json", `file:${file}`];
  try {
    return JSON.parse(await run(ffprobe, args, patience)) as Probed;
  } catch (error) {
    throw error instanceof ToolFailure ? new RefusedFile("BROKEN") : error;
  }
}

/** How long a file is in milliseconds, and how large its picture, as ffprobe finds them; throws as `probe` does. */
export async function measure(
  tools: Tools,
  file: string,
  stop: AbortSignal,
): Promise<{ durationMs: number; width: number; height: number }> {
  const probed = await probe(tools, file, { limitMs: PROBE_LIMIT_MS, stop });
  const picture = probed.streams?.find(isMovingPicture);
  const durationMs = milliseconds(probed.format?.duration);
  if (picture === undefined || durationMs === null) throw new RefusedFile("BROKEN");
  return { durationMs, ...shownSize(picture) };
}

// The cover of a piece of music is a stream of one picture.
const isMovingPicture = ({ codec_type, codec_name = "unknown", disposition }: ProbedStream) =>
  codec_type === "video" && codec_name !== "unknown" && disposition?.attached_pic !== 1;

function ratio(text = ""): number | null {
  const [over, under] = text.split(/[:/]/).map(Number);
  const value = (over ?? 0) / (under ?? 0);
  return Number.isFinite(value) && value > 0 ? value : null;
}

function milliseconds(seconds: string | undefined): number | null {
  const value = Math.round(Number(seconds) * 1_000);
  return value > 0 ? value : null;
}

// A phone that was held upright writes the picture as its chip sees it, and how far it is to be turned.
function shownSize(picture: ProbedStream): { width: number; height: number } {
  const { width = 0, height = 0, sample_aspect_ratio, side_data_list = [], tags } = picture;
  const turned =
    side_data_list.find(({ rotation }) => rotation !== undefined)?.rotation ?? Number(tags?.rotate ?? 0);
  const shown = Math.round(width * (ratio(sample_aspect_ratio) ?? 1));
  return Math.abs(turned) % 180 === 90 ? { width: height, height: shown } : { width: shown, height };
}

// As they are decoded, whatever the shape in which they are shown.
function pixelsInAll(
  { width = 0, height = 0 }: ProbedStream,
  said: number,
  promisedMs: number | null,
): number {
  const framesPerSecond = said > 0 && said <= MOST_FRAMES_PER_SECOND ? said : USUAL_FRAMES_PER_SECOND;
  return width * height * framesPerSecond * ((promisedMs ?? MAX_VIDEO_MS) / 1_000);
}

// A file whose cover says more than its streams hold, or less, is held to the smaller of both.
function promisedLength({ format }: Probed, streams: readonly ProbedStream[]): number | null {
  const longest = Math.max(...streams.map(({ duration }) => milliseconds(duration) ?? 0));
  const whole = milliseconds(format?.duration);
  return whole !== null && longest > 0 ? Math.min(whole, longest) : (whole ?? (longest > 0 ? longest : null));
}
