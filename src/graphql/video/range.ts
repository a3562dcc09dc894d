/** Parts of a file, as HTTP asks for them. */

/** The first and the last byte of a part, the file's first being 0. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of a file of `size` bytes that a Range header asks for; "NONE" where the file has no such part. Null, for all
 * of it, where nothing is asked for, or what nobody understands, or several parts at once, which nobody plays by.
 */
export function rangeOf(header: string | undefined, size: number): Range | "NONE" | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "NONE" : { start: size - length, end: size - 1 };
  }
  const [start, end] = [Number(first), last === "" ? size - 1 : Math.min(Number(last), size - 1)];
  if (last !== "" && Number(last) < start) return null;
  return start >= size ? "NONE" : { start, end };
}
