/** Keyset cursors: where in an order a page ends, opaque outside and checked on the way in. */
import { RequestError } from "../errors.ts";

export type KeyType = "bigint" | "integer" | "timestamptz";

const SHAPES: Readonly<Record<KeyType, RegExp>> = {
  bigint: /^\d{1,19}$/,
  integer: /^\d{1,9}$/,
  timestamptz: /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
};

/** The cursor of a row whose place in the order `name` is `key`. */
export function encodeCursor(name: string, key: readonly (string | number)[]): string {
  return Buffer.from([name, ...key].join("|")).toString("base64url");
}

/** The key inside a cursor of the order `name`; throws BAD_USER_INPUT for anything else. */
export function decodeCursor(name: string, types: readonly KeyType[], cursor: string): string[] {
  const [head, ...key] = Buffer.from(cursor, "base64url").toString().split("|");
  const fits =
    head === name && key.length === types.length && types.every((type, at) => matches(type, key[at] ?? ""));
  if (!fits) throw new RequestError("BAD_USER_INPUT", "This is not a cursor of this connection.");
  return key;
}

function matches(type: KeyType, value: string): boolean {
  if (!SHAPES[type].test(value)) return false;
  // A day that there is not, such as the 30th of February, is read as another one.
  if (type === "timestamptz")
    return !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;
  return type !== "bigint" || BigInt(value) < 2n ** 63n;
}

const EVENT_CURSOR = /^(\d{1,19})\.(\d{1,9})\.(\d{1,15})$/;

/** A position in a viewer's log; `epoch` tells apart logs whose positions began anew. */
export interface EventCursor {
  readonly viewerId: string;
  readonly epoch: number;
  readonly position: number;
}

/** The opaque form of a position in a viewer's log. */
export function encodeEventCursor({ viewerId, epoch, position }: EventCursor): string {
  return Buffer.from(`${viewerId}.${epoch}.${position}`).toString("base64url");
}

/** The position inside an event cursor; throws BAD_USER_INPUT for anything else. */
export function decodeEventCursor(cursor: string): EventCursor {
  const match = EVENT_CURSOR.exec(Buffer.from(cursor, "base64url").toString());
  if (match === null) throw new RequestError("BAD_USER_INPUT", "This is not an event cursor.");
  return { viewerId: match[1] ?? "", epoch: Number(match[2]), position: Number(match[3]) };
}
