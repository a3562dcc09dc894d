/** Access tokens, which say who is asking for fifteen minutes, and refresh tokens, which bring the next one. */
import { randomBytes } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { RequestError, UserError } from "../errors.ts";
import { type Keys, sameText, sign } from "../secrets.ts";
import type { Viewer } from "../viewer.ts";

const ACCESS_TOKEN_SECONDS = 15 * 60;
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

/** Whose access tokens are good here. */
export interface TokenIssuer {
  /**
   * Who a token names; throws TOKEN_EXPIRED, UNAUTHENTICATED for what is none of the issuer's, and SERVICE_UNAVAILABLE
   * while that can't be found out.
   */
  verify(token: string, userAgent: string | null): Promise<Viewer>;
  /** Asked again of a viewer who is known already, every ten minutes; throws UNAUTHENTICATED for one who is out. */
  lookAgain(viewer: Viewer, userAgent: string | null): Promise<void>;
}

const LOOK_AGAIN_MS = 10 * 60 * 1_000;

interface KnownToken {
  readonly viewer: Viewer;
  lookAgainAt: number;
}

/** Reads access tokens and remembers the good ones, for a client sends the same one again and again. */
export class AccessTokens {
  readonly #issuer: TokenIssuer;
  readonly #known = new Map<string, KnownToken>();
  /** What is being found out: a client asks several things at once. */
  readonly #asked = new Map<string, Promise<Viewer>>();
  static readonly #MOST_KNOWN = 10_000;

  constructor(issuer: TokenIssuer) {
    this.#issuer = issuer;
  }

  /** Who `token` names; throws what the issuer throws. */
  async read(token: string, userAgent: string | null): Promise<Viewer> {
    const known = this.#known.get(token);
    if (known !== undefined && known.lookAgainAt > Date.now() && known.viewer.expiresAt > Date.now()) {
      return known.viewer;
    }
    let asked = this.#asked.get(token);
    if (asked === undefined) {
      asked = this.#ask(token, known, userAgent).finally(() => this.#asked.delete(token));
      this.#asked.set(token, asked);
    }
    return asked;
  }

  async #ask(token: string, known: KnownToken | undefined, userAgent: string | null): Promise<Viewer> {
    // Until it is found to be good still, it is not.
    this.#known.delete(token);
    if (known !== undefined && known.viewer.expiresAt <= Date.now()) throw tokenExpired();
    if (known !== undefined) await this.#issuer.lookAgain(known.viewer, userAgent);
    const viewer = known?.viewer ?? (await this.#issuer.verify(token, userAgent));
    if (this.#known.size >= AccessTokens.#MOST_KNOWN) this.#known.clear();
    this.#known.set(token, { viewer, lookAgainAt: Date.now() + LOOK_AGAIN_MS });
    return viewer;
  }
}

/** Kith's own tokens. They are shorter-lived than ended sessions are remembered: nothing has to be looked at again. */
export function ownTokens(keys: Keys): TokenIssuer {
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys.accessToken, {
          issuer: ISSUER,
          algorithms: ["HS256"],
        });
        if (typeof payload.sub === "string" && typeof payload.sid === "string" && payload.exp !== undefined) {
          return { userId: payload.sub, sessionId: payload.sid, expiresAt: payload.exp * 1000 };
        }
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw tokenExpired();
      }
      throw new RequestError("UNAUTHENTICATED", "This access token is not one of Kith's.");
    },
    async lookAgain() {},
  };
}

/** The refusal of a token whose time is over. */
export function tokenExpired(): RequestError {
  return new RequestError("TOKEN_EXPIRED", "This access token has expired. Refresh the session.");
}

/** Throws FORBIDDEN where an identity provider, and no password, says who people are. */
export function requirePasswords(context: { readonly passwords: boolean }): void {
  if (context.passwords) return;
  throw new UserError("FORBIDDEN", "People sign in with their identity provider here.");
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
