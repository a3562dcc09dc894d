/** What people write, made uniform before it is kept. */
import { UserError } from "./errors.ts";

// Line breaks and tabs belong to a text; every other control character is refused, not removed.
const CONTROL = /[^\P{Cc}\n\t]/u;
// Format characters and the blank letters; a zero-width joiner is let through where it joins an emoji.
const INVISIBLE =
  /(?!(?<=\p{Emoji}\uFE0F?)\u200D(?=\p{Emoji}))[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0\u2800]/u;

interface Bounds {
  /** In characters, after trimming. */
  readonly min: number;
  readonly max: number;
  /** The argument's name, for the error. */
  readonly path: string;
}

function inBounds(text: string, { min, max, path }: Bounds): string {
  const length = [...text].length;
  if (length >= min && length <= max) return text;
  throw new UserError("INVALID", `This has to be ${min} to ${max} characters long.`, { path: [path] });
}

/** A text of several lines in NFC and without blanks around it; throws INVALID outside its bounds. */
export function cleanText(text: string, bounds: Bounds): string {
  const clean = text.replace(/\r\n?/g, "\n").normalize("NFC").trim();
  if (CONTROL.test(clean)) {
    throw new UserError("INVALID", "This has a control character in it.", { path: [bounds.path] });
  }
  return inBounds(clean, bounds);
}

/** A name of one line in NFC and without blanks around it; throws INVALID outside its bounds or with what can't be seen. */
export function cleanName(text: string, bounds: Bounds): string {
  const clean = text.normalize("NFC").trim();
  if (INVISIBLE.test(clean)) {
    throw new UserError("INVALID", "This has a character in it that can't be seen.", { path: [bounds.path] });
  }
  return inBounds(clean, bounds);
}
