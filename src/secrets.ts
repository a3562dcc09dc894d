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
  /** Hides the contacts that people upload. */
  readonly contact: KeyObject;
  /** Signs the codes that people show each other. */
  readonly friendCode: KeyObject;
  /** Signs the codes of share links. */
  readonly shareLink: KeyObject;
  /** Signs the addresses of downloads. */
  readonly download: KeyObject;
  /** Signs the addresses to which videos are uploaded. */
  readonly upload: KeyObject;
  /** Signs the addresses from which videos play. */
  readonly media: KeyObject;
  /** Hides who is counted by the rates. */
  readonly rate: KeyObject;
  /** Hides what was sent with a nonce. */
  readonly draft: KeyObject;
}

/** Derives one independent 256-bit key for each purpose from `secret`. */
export function deriveKeys(secret: string): Keys {
  const derive = (purpose: string) =>
    createSecretKey(new Uint8Array(hkdfSync("sha256", secret, "kith", `kith/${purpose}/v1`, 32)));
  return {
    accessToken: derive("access-token"),
    refreshToken: derive("refresh-token"),
    contact: derive("contact"),
    friendCode: derive("friend-code"),
    shareLink: derive("share-link"),
    download: derive("download"),
    upload: derive("upload"),
    media: derive("media"),
    rate: derive("rate"),
    draft: derive("draft"),
  };
}

/** A new SECRET: 48 random bytes as text. */
export function newSecret(): string {
  return randomBytes(48).toString("base64url");
}

/** The SHA-256 by which a token is stored. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * What is kept of a contact, in hexadecimal: an HMAC of the SHA-256 (as hexadecimal, too) of an E.164 number or a
 * lower-case address. Whoever had the database alone could try no numbers against it.
 */
export function hideContact(keys: Keys, sha256: string): string {
  return createHmac("sha256", keys.contact).update(Buffer.from(sha256, "hex")).digest("hex");
}

/** 64 bits of the HMAC-SHA-256 of `text`, as a signed number in decimals: enough to tell one person's texts apart. */
export function fingerprint(key: KeyObject, text: string): string {
  return createHmac("sha256", key).update(text).digest().readBigInt64BE().toString();
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
