/** Files as people upload them, made by the ffmpeg of this machine, and what is in the files that Kith makes of them. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { FfmpegPaths } from "../../src/config.ts";
import { findTools } from "../../src/media/ffmpeg.ts";

/** As the configuration names the programs where nothing is set. */
export const FFMPEG: FfmpegPaths = {
  ffmpeg: process.env.FFMPEG_PATH ?? "ffmpeg",
  ffprobe: process.env.FFPROBE_PATH ?? "ffprobe",
  searchPath: process.env.PATH ?? "",
};
export const tools = findTools(FFMPEG);

/** Where there is no ffmpeg to make files and read them, what needs it is left out, and the report says so. */
export const describeWithFfmpeg = tools === null ? describe.skip : describe;

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, [...args], { encoding: "utf8", maxBuffer: 1 << 24 });
}

/** Runs ffmpeg with these arguments, the last of which is the file that it makes; returns that. */
export function make(file: string, ...args: readonly string[]): string {
  run(tools?.ffmpeg ?? "", ["-v", "error", "-nostdin", "-y", ...args, file]);
  return file;
}

export interface Film {
  readonly seconds?: number;
  /** In pixels, as the camera's chip has it. */
  readonly size?: string;
  readonly rate?: number;
  readonly sound?: boolean;
  /** What is said to ffmpeg of the file besides. */
  readonly more?: readonly string[];
}

/** Makes a moving picture, with a tone unless it is silent. */
export function film(
  file: string,
  { seconds = 2, size = "320x240", rate = 25, sound = true, more = [] }: Film = {},
) {
  return make(
    file,
    ...["-f", "lavfi", "-i", `testsrc=size=${size}:rate=${rate}:duration=${seconds}`],
    ...(sound ? ["-f", "lavfi", "-i", `sine=frequency=440:duration=${seconds}`] : []),
    ...["-pix_fmt", "yuv420p", ...more],
  );
}

/** Where the film of a phone was taken: what must not stay in it. */
const PLACE = "+52.5163+013.3777/";

/** What else is written into it beside picture and sound. */
export const TELLING = [PLACE, "A phone", "Its model", "At our house"];

/** Makes the film of a phone that was held upright: its picture lies on its side, and it says where and by what it was made. */
export function phoneFilm(file: string, given: Film = {}): string {
  const more = [
    ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"],
    ...["-metadata", `location=${PLACE}`, "-metadata", "make=A phone", "-metadata", "model=Its model"],
    ...["-metadata", "title=At our house"],
    ...["-metadata", "creation_time=2024-05-06T07:08:09Z", "-movflags", "use_metadata_tags"],
  ];
  return turn(film(file, { size: "640x360", rate: 30, ...given, more: [...more, ...(given.more ?? [])] }));
}

/** Writes into an MP4 that its picture is to be turned by a quarter, as a phone does. */
function turn(file: string): string {
  const bytes = readFileSync(file);
  const matrix = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000];
  const at = bytes.indexOf("tkhd") + 44;
  for (const [nr, value] of matrix.entries()) bytes.writeInt32BE(value, at + 4 * nr);
  writeFileSync(file, bytes);
  return file;
}

interface Found {
  readonly streams: readonly {
    readonly codec_type: string;
    readonly codec_name: string;
    readonly width?: number;
    readonly height?: number;
    readonly pix_fmt?: string;
    readonly side_data_list?: readonly unknown[];
    readonly tags?: Readonly<Record<string, string>>;
  }[];
  readonly format: { readonly duration: string; readonly tags?: Readonly<Record<string, string>> };
}

/** What is in a file. */
export function found(file: string): Found {
  const args = ["-v", "error", "-show_streams", "-show_format", "-of", "json", file];
  return JSON.parse(run(tools?.ffprobe ?? "", args)) as Found;
}

/** How many pictures of a file can be seen, by decoding all of it; throws where something in it can't be decoded. */
export function picturesIn(file: string): number {
  const args = ["-v", "error", "-count_frames", "-select_streams", "v:0"];
  return Number(
    run(tools?.ffprobe ?? "", [
      ...args,
      "-show_entries",
      "stream=nb_read_frames",
      "-of",
      "csv=p=0",
      file,
    ]).trim(),
  );
}

/** What of this stands anywhere in the bytes of a file. */
export function toldBy(file: string, words: readonly string[] = TELLING): string[] {
  const bytes = readFileSync(file);
  return words.filter((word) => bytes.includes(word));
}

/** What a file says of itself beside picture and sound, where that is more than which kind of file it is. */
export function tagsOf(file: string): string[] {
  const { format, streams } = found(file);
  const tags = [format.tags ?? {}, ...streams.map((stream) => stream.tags ?? {})].flatMap(Object.keys);
  const ofAny = /^(major_brand|minor_version|compatible_brands|encoder|handler_name|vendor_id|language)$/;
  return tags.filter((tag) => !ofAny.test(tag));
}
