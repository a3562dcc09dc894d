/** Access tokens, which say who is asking for fifteen minutes, and refresh tokens, which bring the next one. */
import { randomBytes } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { RequestError } from "../errors.ts";
import { type Keys, sameText, sign } from "../secrets.ts";
import type { Viewer } from "../viewer.ts";

export const ACCESS_TOKEN_SECONDS = 15 * 60;
export const REFRESH_TOKEN_DAYS = 30;

const ISSUER = "kith";

/** A token that names `viewer` for the next fifteen minutes. */
export async function issueAccessToken(
  keys: Keys,
  viewer: Pick<Viewer, "userId" | "sessionId">,
): Promise<{ token: string; expiresAt: Date }> {
  const seconds = Math.floor(Date.now() / 1000) + ACCESS_TOKEN_SECONDS;
  const token = await new SignJWT({ sid: viewer.sessionId })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(ISSUER)
    .setSubject(viewer.userId)
    .setExpirationTime(seconds)
    .sign(keys.accessToken);
  return { token, expiresAt: new Date(seconds * 1000) };
}

/** Reads access tokens and remembers the good ones, for a client sends the same one again and again. */
export class AccessTokens {
  readonly #keys: Keys;
  readonly #known = new Map<string, Viewer>();
  static readonly #MOST_KNOWN = 10_000;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Who `token` names; throws TOKEN_EXPIRED, or UNAUTHENTICATED for what Kith has not signed. */
  async read(token: string): Promise<Viewer> {
    const known = this.#known.get(token);
    if (known !== undefined) {
      if (known.expiresAt > Date.now()) return known;
      this.#known.delete(token);
      throw expired();
    }
    const viewer = await this.#verify(token);
    if (this.#known.size >= AccessTokens.#MOST_KNOWN) this.#known.clear();
    this.#known.set(token, viewer);
    return viewer;
  }

  async #verify(token: string): Promise<Viewer> {
    try {
      const { payload } = await jwtVerify(token, this.#keys.accessToken, {
        issuer: ISSUER,
        algorithms: ["HS256"],
      });
      if (typeof payload.sub === "string" && typeof payload.sid === "string" && payload.exp !== undefined) {
        return { userId: payload.sub, sessionId: payload.sid, expiresAt: payload.exp * 1000 };
      }
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
    }
    throw new RequestError("UNAUTHENTICATED", "This access token is not one of Kith's.");
  }
}

function expired(): RequestError {
  return new RequestError("TOKEN_EXPIRED", "This access token has expired. Refresh the session.");
}

/** A new refresh token of a session. It is signed, so that only a token that was once good can end a session. */
export function newRefreshToken(keys: Keys, userId: string, sessionId: string): string {
  const claim = `${userId}.${sessionId}.${randomBytes(24).toString("base64url")}`;
  return `${claim}.${sign(keys.refreshToken, claim)}`;
}

/** The session that a refresh token was made for; null when Kith never made it. */
export function readRefreshToken(keys: Keys, token: string): { userId: string; sessionId: string } | null {
  const at = token.lastIndexOf(".");
  const claim = token.slice(0, at);
  const [userId, sessionId] = claim.split(".");
  const genuine = at > 0 && sameText(token.slice(at + 1), sign(keys.refreshToken, claim));
  return genuine && userId !== undefined && sessionId !== undefined ? { userId, sessionId } : null;
}
