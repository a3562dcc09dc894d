/** Ids: 64-bit and time-ordered inside, opaque and typed outside. */
import { randomInt } from "node:crypto";
import { RequestError } from "./errors.ts";

/** 2025-01-01T00:00:00Z: 41 bits of milliseconds from here last until 2094. */
const EPOCH_MS = 1_735_689_600_000;
const RANDOM_BITS = 22n;
const MAX_ID = 2n ** 63n - 1n;
const MAX_POSITION = 2n ** 31n - 1n;

/** No row ever has this id; it stands for "nobody" where SQL needs a viewer and none is signed in. */
export const NOBODY = "0";

/** Returns a new id as a decimal string; two made in the same millisecond collide once in four million. */
export function newId(now = Date.now()): string {
  return ((BigInt(now - EPOCH_MS) << RANDOM_BITS) | BigInt(randomInt(2 ** Number(RANDOM_BITS)))).toString();
}

/** The first id that can be made at `time`, for ranges over what has no other time. */
export function firstIdAt(time: Date): string {
  const ms = BigInt(Math.max(0, time.getTime() - EPOCH_MS));
  return (ms << RANDOM_BITS).toString();
}

/** How many numbers make the key of each noun that has a global id. */
const parts = { user: 1, request: 2, video: 1, conversation: 1, message: 2, share: 2, session: 2 } as const;
export type NodeKind = keyof typeof parts;

const GLOBAL_ID = /^([a-z]+)((?:_[0-9a-z]{1,13}){1,2})$/;

/** The global id of a row: its kind and its key, for example `message_3f2k9_7`. */
export function globalId(kind: NodeKind, ...key: readonly (string | number)[]): string {
  let id: string = kind;
  for (const part of key)
    id += `_${typeof part === "number" ? part.toString(36) : BigInt(part).toString(36)}`;
  return id;
}

function number36(text: string): bigint | null {
  if (text.length > 1 && text.startsWith("0")) return null;
  let value = 0n;
  for (const digit of text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return value <= MAX_ID ? value : null;
}

/** Takes a global id apart; throws BAD_USER_INPUT when Kith can never have made it. */
export function parseGlobalId(id: string): { kind: NodeKind; key: string[] } {
  const match = GLOBAL_ID.exec(id);
  const kind = match?.[1] as NodeKind | undefined;
  const key = match?.[2]?.slice(1).split("_").map(number36) ?? [];
  // The second number of a message is a position, which is smaller than an id.
  const isTooFar = kind === "message" && (key[1] ?? 0n) > MAX_POSITION;
  if (
    isTooFar ||
    kind === undefined ||
    !Object.hasOwn(parts, kind) ||
    key.length !== parts[kind] ||
    key.includes(null)
  ) {
    throw new RequestError("BAD_USER_INPUT", "This is not an id of Kith.");
  }
  return { kind, key: key.map(String) };
}

/** The key inside a global id of the given kind; throws BAD_USER_INPUT for any other id. */
export function keyOf(kind: NodeKind, id: string): string[] {
  const parsed = parseGlobalId(id);
  if (parsed.kind !== kind)
    throw new RequestError("BAD_USER_INPUT", `This argument takes the id of a ${kind}.`);
  return parsed.key;
}

/** The row id inside a global id whose key is one number; throws BAD_USER_INPUT for any other id. */
export function rowId(kind: NodeKind, id: string): string {
  return keyOf(kind, id)[0] ?? NOBODY;
}
