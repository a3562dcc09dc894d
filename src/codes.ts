/** The codes by which people meet: the one that is shown in person, the one of an invite, and the one of a share link. */
import { type KeyObject, randomBytes } from "node:crypto";
import { hashToken, sameText, sign } from "./secrets.ts";

/** How long a code that is shown in person lives. */
const FRIEND_CODE_MS = 60_000;

// Crockford's base 32: no letter looks like a digit, and none is left to make words of that nobody would like to show.
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const BITS = 5n;

// The first letter of a code says which of the three it is, and so does the path at which it is opened.
const FRIEND = "f";
const INVITE = "v";
const SHARE = "s";
const PLACES: Readonly<Record<string, string>> = { [FRIEND]: "f", [INVITE]: "i", [SHARE]: "s" };

const ID_BYTES = 8;
const TIME_BYTES = 6;
const NONCE_BYTES = 6;
const BODY_BYTES = ID_BYTES + TIME_BYTES + NONCE_BYTES;
const MAC_BYTES = 10;
const INVITE_BYTES = 15;

const lengthOf = (bytes: number) => Math.ceil((bytes * 8) / Number(BITS));

function encode(bytes: Buffer): string {
  let value = BigInt(`0x${bytes.toString("hex")}`);
  let text = "";
  for (let at = lengthOf(bytes.length); at > 0; at--) {
    text = ALPHABET.charAt(Number(value % 32n)) + text;
    value >>= BITS;
  }
  return text;
}

/** The bytes that a text of their length stands for; null when it has a character that no code has. */
function decode(text: string, bytes: number): Buffer | null {
  if (text.length !== lengthOf(bytes)) return null;
  let value = 0n;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return null;
    value = (value << BITS) | BigInt(digit);
  }
  return Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex");
}

const macOf = (key: KeyObject, body: Buffer) =>
  Buffer.from(sign(key, body.toString("hex")), "base64url").subarray(0, MAC_BYTES);

/** A code that carries `body`, and that it is genuine. */
const signedCode = (key: KeyObject, letter: string, body: Buffer) =>
  letter + encode(Buffer.concat([body, macOf(key, body)]));

/** What a plain code of this kind carries, in so many bytes; null for anything that was not signed with `key`. */
function genuineBody(key: KeyObject, letter: string, code: string, length: number): Buffer | null {
  const bytes = code.startsWith(letter) ? decode(code.slice(1), length + MAC_BYTES) : null;
  if (bytes === null) return null;
  const body = bytes.subarray(0, length);
  return sameText(bytes.subarray(length).toString("hex"), macOf(key, body).toString("hex")) ? body : null;
}

/** A code as it was made, whoever typed it: without blanks, in lower case, and with digits for the letters like them. */
export function plainCode(code: string): string {
  const text = code.replace(/[\s-]/g, "").toLowerCase();
  return text.slice(0, 1) + text.slice(1).replaceAll("o", "0").replace(/[il]/g, "1");
}

/** What a code that is shown in person says. */
export interface FriendCode {
  readonly userId: string;
  /** In milliseconds since 1970, by the clock of the node that made it. */
  readonly madeAt: number;
  readonly expiresAt: number;
  /** Tells it from the person's other codes: a number of 48 bits. */
  readonly nonce: string;
}

/** A new code of a person, good for a minute from `now`: nothing of it is kept until it is used. */
export function newFriendCode(
  key: KeyObject,
  userId: string,
  now = Date.now(),
): { code: string; expiresAt: Date } {
  const body = Buffer.alloc(BODY_BYTES);
  body.writeBigUInt64BE(BigInt(userId));
  body.writeUIntBE(now + FRIEND_CODE_MS, ID_BYTES, TIME_BYTES);
  randomBytes(NONCE_BYTES).copy(body, ID_BYTES + TIME_BYTES);
  return { code: signedCode(key, FRIEND, body), expiresAt: new Date(now + FRIEND_CODE_MS) };
}

/** What a plain code says that was signed with `key`, be its time over or not; null for anything else. */
export function readFriendCode(key: KeyObject, code: string): FriendCode | null {
  const body = genuineBody(key, FRIEND, code, BODY_BYTES);
  if (body === null) return null;
  const expiresAt = body.readUIntBE(ID_BYTES, TIME_BYTES);
  return {
    userId: body.readBigUInt64BE().toString(),
    madeAt: expiresAt - FRIEND_CODE_MS,
    expiresAt,
    nonce: String(body.readUIntBE(ID_BYTES + TIME_BYTES, NONCE_BYTES)),
  };
}

/** A new code of an invite: 120 random bits. */
export function newInviteCode(): string {
  return INVITE + encode(randomBytes(INVITE_BYTES));
}

/** The SHA-256, in hexadecimal digits, by which an invite is kept under a plain code; null for what can be no invite's. */
export function inviteHash(code: string): string | null {
  const isInvite = code.startsWith(INVITE) && decode(code.slice(1), INVITE_BYTES) !== null;
  return isInvite ? hashToken(code).toString("hex") : null;
}

/** Who shows which video outside. */
export interface ShareCode {
  readonly userId: string;
  readonly videoId: string;
}

/** The code of a person's share link to a video: the same one each time, and nothing of it is kept. */
export function shareCodeOf(key: KeyObject, { userId, videoId }: ShareCode): string {
  const body = Buffer.alloc(2 * ID_BYTES);
  body.writeBigUInt64BE(BigInt(userId));
  body.writeBigUInt64BE(BigInt(videoId), ID_BYTES);
  return signedCode(key, SHARE, body);
}

/** What a plain code says that `shareCodeOf` has made with `key`, be there such a link or not; null for anything else. */
export function readShareCode(key: KeyObject, code: string): ShareCode | null {
  const body = genuineBody(key, SHARE, code, 2 * ID_BYTES);
  if (body === null) return null;
  return {
    userId: body.readBigUInt64BE().toString(),
    videoId: body.readBigUInt64BE(ID_BYTES).toString(),
  };
}

/** Where a code can be opened, below the address of the server. */
export function addressOf(publicUrl: string, code: string): string {
  return `${publicUrl}/${PLACES[code.charAt(0)]}/${code}`;
}
