/** Ids: 64-bit and time-ordered inside, opaque and typed outside. */
import { randomInt } from "node:crypto";
import { RequestError } from "./errors.ts";

/** 2025-01-01T00:00:00Z: 41 bits of milliseconds from here last until 2094. */
export const EPOCH_MS = 1_735_689_600_000;
/** How many bits of an id, after those of its time, are random. */
export const RANDOM_BITS = 22n;
/** The largest id that PostgreSQL keeps, so a place after all that there are. */
export const MAX_ID = 2n ** 63n - 1n;
/** No position in a conversation is greater, and every id is. */
export const MAX_POSITION = 2n ** 31n - 1n;

/** No row ever has this id; it stands for "nobody" where SQL needs a viewer and none is signed in. */
export const NOBODY = "0";

/** Returns a new id as a decimal string; two made in the same millisecond collide once in four million. */
export function newId(now = Date.now()): string {
  return ((BigInt(now - EPOCH_MS) << RANDOM_BITS) | BigInt(randomInt(2 ** Number(RANDOM_BITS)))).toString();
}

/** How many numbers make the key of each noun that has a global id. */
const parts = {
  user: 1,
  request: 2,
  video: 1,
  conversation: 1,
  message: 2,
  share: 2,
  session: 2,
  notification: 1,
  report: 1,
  export: 1,
  comment: 2,
  moment: 2,
  upload: 1,
} as const;
export type NodeKind = keyof typeof parts;

/** What the viewers' logs write for each kind: below zero, where no key is. Logs are read for days: none is given anew. */
const logged: Readonly<Record<NodeKind, number>> = {
  user: -1,
  request: -2,
  video: -3,
  conversation: -4,
  message: -5,
  share: -6,
  session: -7,
  notification: -8,
  report: -9,
  export: -10,
  comment: -11,
  moment: -12,
  upload: -13,
};

/** Something that has an id, by its kind and its key. */
export interface NodeKey {
  readonly kind: NodeKind;
  readonly key: readonly (string | number)[];
}

/** Several things of any kind as the ids of one event. */
export function packNodes(...nodes: readonly NodeKey[]): (string | number)[] {
  return nodes.flatMap(({ kind, key }) => [logged[kind], ...key]);
}

/** The global ids of what `packNodes` has packed. */
export function unpackNodes(ids: readonly string[]): string[] {
  const starts = ids.flatMap((id, at) => (id.startsWith("-") ? [at] : []));
  return starts.map((start, at) => {
    const [code, ...key] = ids.slice(start, starts[at + 1]);
    const kind = (Object.keys(logged) as NodeKind[]).find((each) => logged[each] === Number(code));
    if (kind === undefined) throw new Error(`No kind is logged as ${code}.`);
    return globalId(kind, ...key);
  });
}

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
    throw new RequestError("BAD_USER_INPUT", `This argument takes the id of something else: ${kind}.`);
  return parsed.key;
}

/** The row id inside a global id whose key is one number; throws BAD_USER_INPUT for any other id. */
export function rowId(kind: NodeKind, id: string): string {
  return keyOf(kind, id)[0] ?? NOBODY;
}
