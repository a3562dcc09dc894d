/** Keyset cursors: where in an order a page ends, opaque outside and checked on the way in. */
import { RequestError } from "../errors.ts";

export type KeyType = "bigint" | "integer" | "boolean" | "timestamptz" | "text";

const SHAPES: Readonly<Record<KeyType, RegExp>> = {
  bigint: /^\d{1,19}$/,
  integer: /^\d{1,9}$/,
  boolean: /^(?:true|false)$/,
  timestamptz: /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  // As hexadecimal digits, for a text may have a separator in it.
  text: /^(?:[0-9a-f]{2}){0,2000}$/,
};

/** The cursor of a row whose place in the order `name` is `key`. */
export function encodeCursor(
  name: string,
  types: readonly KeyType[],
  key: readonly (string | number | boolean)[],
): string {
  const written = key.map((value, at) =>
    types[at] === "text" ? Buffer.from(String(value)).toString("hex") : value,
  );
  return Buffer.from([name, ...written].join("|")).toString("base64url");
}

/** The key inside a cursor of the order `name`; throws BAD_USER_INPUT for anything else. */
export function decodeCursor(name: string, types: readonly KeyType[], cursor: string): string[] {
  const [head, ...key] = Buffer.from(cursor, "base64url").toString().split("|");
  const fits =
    head === name && key.length === types.length && types.every((type, at) => matches(type, key[at] ?? ""));
  if (!fits) throw new RequestError("BAD_USER_INPUT", "This is not a cursor of this connection.");
  return key.map((value, at) => (types[at] === "text" ? readText(value) : value));
}

function matches(type: KeyType, value: string): boolean {
  if (!SHAPES[type].test(value)) return false;
  // A day that there is not, such as the 30th of February, is read as another one.
  if (type === "timestamptz")
    return !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;
  if (type === "text") return isText(value);
  return type !== "bigint" || BigInt(value) < 2n ** 63n;
}

/** Whether PostgreSQL can take it as text: UTF-8 without NUL. */
function isText(written: string): boolean {
  const text = readText(written);
  return Buffer.from(text).toString("hex") === written && !text.includes("\0");
}

const readText = (written: string) => Buffer.from(written, "hex").toString();
