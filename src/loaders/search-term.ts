/** What is searched for, as both searches take it. */
import { RequestError } from "../errors.ts";

const MAX_TERM = 100;

/** A term with single blanks and nothing else between its words; throws BAD_USER_INPUT for more than 100 characters. */
export function cleanTerm(query: string): string {
  const text = query.replace(/[\s\p{Cc}]+/gu, " ").trim();
  if ([...text].length > MAX_TERM) {
    throw new RequestError("BAD_USER_INPUT", `What is searched for has at most ${MAX_TERM} characters.`);
  }
  return text;
}

/** A term as part of a loader's key, in which there may be no colon. */
export const keyOfTerm = (text: string) => Buffer.from(text).toString("hex");

/**
 * SQL: the folded `text` of the term of the key `k`, made by `keyOfTerm`; no row where nothing is left of it. What
 * `convert_from` returns has the collation "C", under which neither `fold` nor the indexes would be themselves.
 */
export const foldedTerm = `(
    select btrim(left(fold(convert_from(decode(k.term, 'hex'), 'UTF8') collate "default"), 3 * ${MAX_TERM})) as text
    offset 0
  )`;

/** SQL: `text` with what `like` takes for a sign of its own made plain. */
export const plainly = (text: string) => String.raw`regexp_replace(${text}, '([\\%_])', '\\\1', 'g')`;

/** SQL: a pattern for each word of `text`, the longest first, that fits what contains it. */
export const wordsOf = (text: string) => `array(
      select '%' || ${plainly("w.word")} || '%'
      from unnest(string_to_array(${text}, ' ')) as w (word)
      where w.word <> ''
      order by char_length(w.word) desc
    )`;
