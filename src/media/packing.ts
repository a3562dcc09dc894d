/**
 * A process of its own that packs one MP4 anew: what a stranger has written into it can take this process's memory and
 * time, and nothing else's. It is told what to do by `plain.ts`, says what came of it, and ends.
 */
import { stat } from "node:fs/promises";
import os from "node:os";
import {
  Conversion,
  FilePathSource,
  FilePathTarget,
  Input,
  type InputVideoTrack,
  Logging,
  LogLevel,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
} from "mediabunny";
import { MAX_VIDEO_MS, MAX_VIDEO_PIXELS } from "../limits.ts";
import { type Refusal, RefusedFile } from "./inspection.ts";

/** What is to be packed, and where to. */
export interface Packing {
  readonly file: string;
  readonly video: string;
}

/** What came of it: the video's measures, why there is none, or what the machine could not do. */
export type Packed =
  | {
      readonly durationMs: number;
      readonly width: number;
      readonly height: number;
      /** How long it said it is. */
      readonly promisedMs: number;
    }
  | { readonly refusal: Refusal }
  | { readonly fault: string };

const PICTURE_CODECS = ["avc", "hevc", "av1", "vp9"];
const SOUND_CODECS = ["aac", "mp3", "opus"];

// It would speak to the console of what strangers send.
Logging.level = LogLevel.Silent;
os.setPriority(os.constants.priority.PRIORITY_LOW);

process.once("message", async (packing: Packing) => {
  const packed = await pack(packing).catch(outcomeOf);
  process.send?.(packed, () => process.exit());
});
// Who asked is gone.
process.once("disconnect", () => process.exit());

async function pack({ file, video }: Packing): Promise<Packed> {
  const input = open(file);
  const promisedMs = await requirePlain(input);
  await convert(input, video);
  return { ...(await measure(video)), promisedMs };
}

// Whatever the library can't read is not to be played; what the machine can't do has a code.
function outcomeOf(error: unknown): Packed {
  if (error instanceof RefusedFile) return { refusal: error.refusal };
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? { refusal: "BROKEN" } : { fault: `${code}: ${message}` };
}

const open = (file: string) => new Input({ formats: [MP4, QTFF], source: new FilePathSource(file) });

/** Returns how long it says it is, in milliseconds; throws a RefusedFile where it can't be played as it is. */
async function requirePlain(input: Input): Promise<number> {
  const picture = await input.getPrimaryVideoTrack();
  if (picture === null) throw new RefusedFile("NO_PICTURE");
  const sound = await input.getPrimaryAudioTrack();
  const isPlain =
    PICTURE_CODECS.includes((await picture.getCodec()) ?? "") &&
    (sound === null || SOUND_CODECS.includes((await sound.getCodec()) ?? ""));
  if (!isPlain) throw new RefusedFile("NOT_PLAIN");
  const { width, height } = await sizeOf(picture);
  if (width * height > MAX_VIDEO_PIXELS) throw new RefusedFile("TOO_LARGE");
  const tracks = sound === null ? [picture] : [picture, sound];
  const promisedMs = Math.round((await input.computeDuration(tracks)) * 1_000);
  if (promisedMs > MAX_VIDEO_MS) throw new RefusedFile("TOO_LONG");
  return promisedMs;
}

async function convert(input: Input, video: string): Promise<void> {
  const output = new Output({
    format: new Mp4OutputFormat({ fastStart: false }),
    target: new FilePathTarget(video),
  });
  const conversion = await Conversion.init({
    input,
    output,
    tracks: "primary",
    tags: {},
    showWarnings: false,
  });
  if (!conversion.isValid || conversion.discardedTracks.some((track) => isWanted(track.reason))) {
    throw new RefusedFile("NOT_PLAIN");
  }
  await conversion.execute();
}

// Of a file with several pictures or sounds one of each is taken.
const isWanted = (reason: string) => reason !== "discarded_by_user" && reason !== "max_track_count_reached";

async function measure(video: string): Promise<{ durationMs: number; width: number; height: number }> {
  const made = open(video);
  const picture = await made.getPrimaryVideoTrack();
  const durationMs = Math.round((await made.computeDuration()) * 1_000);
  if (picture === null || durationMs < 1 || (await stat(video)).size === 0) throw new RefusedFile("BROKEN");
  return { durationMs, ...(await sizeOf(picture)) };
}

async function sizeOf(picture: InputVideoTrack): Promise<{ width: number; height: number }> {
  return { width: await picture.getDisplayWidth(), height: await picture.getDisplayHeight() };
}
