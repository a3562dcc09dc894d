/** Every key of Kith, derived from the one SECRET. */
import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

export interface Keys {
  /** Signs access tokens. */
  readonly accessToken: KeyObject;
  /** Signs refresh tokens. */
  readonly refreshToken: KeyObject;
}

/** Derives one independent 256-bit key for each purpose from `secret`. */
export function deriveKeys(secret: string): Keys {
  const derive = (purpose: string) =>
    createSecretKey(new Uint8Array(hkdfSync("sha256", secret, "kith", `kith/${purpose}/v1`, 32)));
  return { accessToken: derive("access-token"), refreshToken: derive("refresh-token") };
}

/** A new SECRET: 48 random bytes as text. */
export function newSecret(): string {
  return randomBytes(48).toString("base64url");
}

/** The SHA-256 by which a token is stored. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** HMAC-SHA-256 of `text`, as 43 characters of base64url. */
export function sign(key: KeyObject, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/** Whether two texts are equal, in a time that depends on their lengths alone. */
export function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
