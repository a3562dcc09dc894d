/** What people write, made uniform before it is kept. */
import { parsePhoneNumberFromString } from "libphonenumber-js";
import { UserError } from "./errors.ts";
import { MAX_HASHTAGS, MAX_MENTIONS } from "./limits.ts";

// Line breaks and tabs belong to a text; every other control character is refused, not removed.
const CONTROL = /[^\P{Cc}\n\t]/u;
// What a line shows nothing of. In an emoji some of it is the spelling: there it is let through.
const UNSEEN = "\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800";
const INVISIBLE = new RegExp(`[${UNSEEN}]`, "u");
const VISIBLE = new RegExp(`[^\\s${UNSEEN}]`, "u");
const PICTURE = "\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?";
const EMOJI = new RegExp(
  [
    // The flags of England, Scotland and Wales, each spelled in tags.
    ...["gbeng", "gbsct", "gbwls"].map((region) => `\u{1F3F4}${inTags(region)}\u{E007F}`),
    "[0-9#*]\\uFE0F\\u20E3",
    `${PICTURE}(?:\\u200D${PICTURE})*`,
  ].join("|"),
  "gu",
);

function inTags(text: string): string {
  return [...text].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");
}

// Scripts with letters that look like those of others. The other scripts are told apart at a glance, and a name in
// Japanese mixes four.
const DECEPTIVE = ["Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Lisu"];
const MIXED = DECEPTIVE.map((script) => ({
  one: new RegExp(`\\p{Script=${script}}`, "u"),
  other: new RegExp(
    `(?!\\p{Script_Extensions=${script}}|\\p{Script=Common}|\\p{Script=Inherited})\\p{L}`,
    "u",
  ),
}));

/** What a handle looks like, in any case. Without the flag `u`, no letter beyond ASCII folds into it. */
export const HANDLE = /^(?=.{3,30}$)[a-z0-9](?:[a-z0-9_]|\.(?!\.))*[a-z0-9]$/i;
export const HANDLE_RULE =
  "A handle has 3 to 30 letters, digits, dots and underscores, with a letter or digit at both ends.";

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

/**
 * A text of several lines in NFC and without blanks around it, empty where nothing of it can be seen; throws INVALID
 * outside its bounds.
 */
export function cleanText(text: string, bounds: Bounds): string {
  const clean = text.replace(/\r\n?/g, "\n").normalize("NFC").trim();
  if (CONTROL.test(clean)) {
    throw new UserError("INVALID", "This has a control character in it.", { path: [bounds.path] });
  }
  return inBounds(VISIBLE.test(clean) ? clean : "", bounds);
}

/** A name of one line in NFC and without blanks around it; throws INVALID outside its bounds or with what can't be seen. */
export function cleanName(text: string, bounds: Bounds): string {
  const clean = text
    .normalize("NFC")
    .replace(/\p{Zs}+/gu, " ")
    .trim();
  if (INVISIBLE.test(clean.replace(EMOJI, ""))) {
    throw new UserError("INVALID", "This has a character in it that can't be seen.", { path: [bounds.path] });
  }
  return inBounds(clean, bounds);
}

/**
 * The name that a person goes by, 1 to 50 characters; throws INVALID as `cleanName` does, and for a word that mixes
 * letters which look like each other, so that nobody passes for somebody else.
 */
export function cleanDisplayName(text: string): string {
  const path = "displayName";
  const clean = cleanName(text, { min: 1, max: 50, path });
  for (const word of clean.split(/[^\p{L}\p{M}\p{N}]+/u)) {
    if (MIXED.some(({ one, other }) => one.test(word) && other.test(word))) {
      throw new UserError("INVALID", "This has a word with letters of two alphabets.", { path: [path] });
    }
  }
  return clean;
}

/** A handle in lower case; throws INVALID for what can be none. */
export function cleanHandle(text: string): string {
  if (HANDLE.test(text)) return text.toLowerCase();
  throw new UserError("INVALID", HANDLE_RULE, { path: ["handle"] });
}

/** An email address as it is kept: in lower case and without blanks around it; null for none. */
export function cleanEmail(email: string | null): string | null {
  return email === null ? null : email.trim().toLowerCase();
}

/** A telephone number as E.164; null for none. Throws INVALID for what can be no number of any country. */
export function cleanPhone(text: string | null): string | null {
  if (text === null) return null;
  const number = parsePhoneNumberFromString(text, { extract: false });
  // Whether a number is given out changes faster than any list: that it can be one is enough.
  if (number?.isPossible() === true && number.ext === undefined) return number.number;
  throw new UserError("INVALID", "A telephone number is written as E.164, for example +4915112345678.", {
    path: ["phone"],
  });
}

const ADDRESS = /\b(?:[a-z][a-z0-9+.-]*:\/\/|www\.)\S+/giu;
// Letters, marks, digits and underscores after the sign; several may stand together, but not within a word or a path.
const HASHTAGS = /(?<![\p{L}\p{M}\p{N}_#＃&/])(?:[#＃][\p{L}\p{M}\p{N}_]+)+/gu;

/** A hashtag's name without its sign, in NFC and lower case: what makes two the same; null for what can be none. */
export function hashtagName(text: string): string | null {
  const name = text
    .replace(/^[#＃]/, "")
    .normalize("NFC")
    .toLowerCase()
    .normalize("NFC");
  const fits = /^[\p{L}\p{M}\p{N}_]+$/u.test(name) && /\p{L}/u.test(name) && [...name].length <= 100;
  return fits ? name : null;
}

/** The names of the hashtags in a text, each once, in its order, and `more` of them after those; at most 30. */
export function hashtagsOf(text: string, more: readonly string[] | null = null): string[] {
  const found = text.replace(ADDRESS, " ").match(HASHTAGS) ?? [];
  const names = found.flatMap((tags) => tags.split(/(?=[#＃])/)).map(hashtagName);
  return [...new Set([...names.filter((name) => name !== null), ...(more ?? [])])].slice(0, MAX_HASHTAGS);
}

// Scripts that put no blanks between words: in them a letter beside a mention is not of the same word.
const UNSPACED = ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"];
const WORD = `(?!${UNSPACED.map((script) => `\\p{Script=${script}}`).join("|")})[\\p{L}\\p{M}\\p{N}_]`;
// What looks like a handle after the sign, with nothing of a word, an address or an email on either side. A dot that
// nothing follows is the sentence's. No flag folds letters here: beyond ASCII, two fold into those of handles.
const MENTIONS = new RegExp(
  `(?<!${WORD}|[@＠/=&])[@＠]([a-zA-Z0-9](?:[a-zA-Z0-9_]|\\.(?=[a-zA-Z0-9_]))*)(?!${WORD}|[@＠])`,
  "gu",
);

/** The handles that a text mentions by `@`, in lower case, each once, in its order; at most 50 of them. */
export function mentionsOf(text: string): string[] {
  const found = [...text.replace(ADDRESS, " ").matchAll(MENTIONS)].map(([, handle = ""]) => handle);
  const handles = found.filter((handle) => HANDLE.test(handle)).map((handle) => handle.toLowerCase());
  return [...new Set(handles)].slice(0, MAX_MENTIONS);
}

// As Unicode recommends emoji for interchange: flags, keycaps, and what zero-width joiners put together among them.
// biome-ignore lint/complexity/useRegexLiterals: the compiler knows the flag only for later targets.
const ONE_EMOJI = new RegExp("^\\p{RGI_Emoji}$", "v");
const TEXT_BY_DEFAULT = /(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu;
const MAX_EMOJI_LENGTH = 40;

/** The one spelling of an emoji, with all its variation selectors; null for what is not one emoji. */
export function cleanEmoji(text: string): string | null {
  if (text.length > MAX_EMOJI_LENGTH) return null;
  const emoji = text.replaceAll("\uFE0F", "").replace(TEXT_BY_DEFAULT, "$&\uFE0F");
  return ONE_EMOJI.test(emoji) ? emoji : null;
}
