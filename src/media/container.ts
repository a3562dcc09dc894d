/** What kind of file something is, by its first bytes and its outer boxes: never by a name, or by what somebody says. */
import { type FileHandle, open } from "node:fs/promises";

/** Kinds of files that hold moving pictures. */
export type Container = "mp4" | "matroska" | "avi" | "mpegts" | "mpeg" | "flv" | "asf";

/** What a file turns out to be; null for anything that holds no moving pictures. */
export interface Kind {
  readonly container: Container | null;
  /** Whether it ends before its own boxes do, or they can't be what they say. */
  readonly isBroken: boolean;
}

const HEAD_BYTES = 1_024;
const TS_PACKET = 188;
const RIFF_HEAD = 8;
/** Boxes with which a file of the MP4 family may begin; QuickTime had no `ftyp`. */
const FIRST_BOXES = /^(ftyp|moov|mdat|wide|free|skip|pnot|styp|moof)$/;
/** Brands of pictures, which are kept in the same boxes. */
const PICTURE_BRANDS = /^(avif|avis|heic|heix|heim|heis|hevc|hevx|mif1|mif2|msf1|jpeg|jpgs|crx )$/;
const BOXES = /^[A-Za-z0-9 ©]{4}$/;
/** A file may have many outer boxes, where it is in fragments of a second. */
const MAX_BOXES = 100_000;
/** The table of contents of ten minutes has some megabytes; whoever reads it has it in memory several times. */
const MAX_CONTENTS_BYTES = 64 * 1024 ** 2;

/** Looks at a file of this machine. */
export async function kindOf(file: string): Promise<Kind> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const container = containerOf(buffer.subarray(0, bytesRead));
    const isBroken =
      (container === "mp4" && !(await isWhole(handle, size))) ||
      (container === "avi" && buffer.readUInt32LE(4) + RIFF_HEAD > size);
    return { container, isBroken };
  } finally {
    await handle.close();
  }
}

function containerOf(head: Buffer): Container | null {
  const text = (at: number, length: number) => head.toString("latin1", at, at + length);
  if (FIRST_BOXES.test(text(4, 4))) {
    return text(4, 4) === "ftyp" && PICTURE_BRANDS.test(text(8, 4)) ? null : "mp4";
  }
  if (text(0, 4) === "\x1a\x45\xdf\xa3") return "matroska";
  if (text(0, 4) === "RIFF" && text(8, 4) === "AVI ") return "avi";
  if (text(0, 4) === "\x00\x00\x01\xba") return "mpeg";
  if (text(0, 3) === "FLV") return "flv";
  if (text(0, 4) === "\x30\x26\xb2\x75") return "asf";
  // With four bytes of time before each packet, as cameras write them, or without.
  const isSync = (first: number, step: number) =>
    [0, 1, 2, 3].every((nr) => head[first + nr * step] === 0x47);
  return isSync(0, TS_PACKET) || isSync(4, TS_PACKET + 4) ? "mpegts" : null;
}

/**
 * Whether the file of the MP4 family has its table of contents, of no more than 64 MiB, and every outer box as long as it
 * says. Bytes that are no name of a box end the file: some cameras leave such behind the last box.
 */
async function isWhole(handle: FileHandle, size: number): Promise<boolean> {
  const head = Buffer.alloc(16);
  let hasContents = false;
  for (let at = 0, count = 0; at + 8 <= size && count < MAX_BOXES; count++) {
    await handle.read(head, 0, 16, at);
    const name = head.toString("latin1", 4, 8);
    if (!BOXES.test(name)) return hasContents;
    const length = lengthOf(head, size - at);
    if (name === "moov") {
      if (length > MAX_CONTENTS_BYTES) return false;
      hasContents = true;
    }
    if (at + length > size) return false;
    at += length;
  }
  return hasContents;
}

/** How long a box is: 0 means as long as the file, and 1 that the length follows in 64 bits. */
function lengthOf(head: Buffer, left: number): number {
  const length = head.readUInt32BE(0);
  if (length === 0) return left;
  return Math.max(8, length === 1 ? Number(head.readBigUInt64BE(8)) : length);
}
