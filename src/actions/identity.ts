/** People who come by an outside identity provider: its tokens are read here, and the first one makes the account. */
import { createHash, randomInt } from "node:crypto";
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { IdentityProvider } from "../config.ts";
import type { Database, Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { RequestError, UserError } from "../errors.ts";
import { describeError, type Log } from "../log.ts";
import { decide } from "../policy.ts";
import type { Keys } from "../secrets.ts";
import type { Viewer } from "../viewer.ts";
import { isHere } from "../visibility/user.ts";
import { makeAccount, type NewAccount } from "./account.ts";
import { profileOf } from "./claims.ts";
import { restoreBySignIn } from "./deletion.ts";
import { type TokenIssuer, tokenExpired } from "./tokens.ts";

/** Signatures that can be checked by whoever has the public key, and made by nobody else. */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const CLOCK_TOLERANCE_SECONDS = 5;
const KEYS_WAIT_MS = 3_000;
/** The provider is asked for new keys when a token names an unknown one, but not more often than this. */
const KEYS_COOLDOWN_MS = 5_000;
const MAX_SUBJECT_LENGTH = 255;
const MOST_HANDLES_TRIED = 5;

const identityOf = statement<{ issuer: string; subject: string }, { userId: string }>(
  "identity_of",
  `
  select i.user_id as "userId"
  from identities i
  where i.issuer = :issuer and i.subject = :subject`,
);

const insertIdentity = statement<{ issuer: string; subject: string; userId: string }, Nothing>(
  "identity_insert",
  `
  insert into identities (issuer, subject, user_id)
  values (:issuer, :subject, :userId)`,
);

type SessionParameters = { userId: string; id: string; userAgent: string | null; expiresAt: Date };

// No refresh token fits an empty hash. What has ended stays so, and who is being suspended is waited for. Some providers
// name each token rather than the session: what has run out makes room.
const keepSession = statement<SessionParameters, { id: string }>(
  "identity_session",
  `
  with run_out as (
    delete from sessions s
    where s.user_id = :userId and s.id <> :id and s.ended_at is null and s.expires_at < now()
  )
  insert into sessions (user_id, id, refresh_hash, user_agent, expires_at)
  select p.id, :id, '', :userAgent, :expiresAt
  from (select u.id from users u where u.id = :userId and ${isHere("u")} for share) p
  on conflict (user_id, id) do update set
    last_used_at = now(), user_agent = coalesce(excluded.user_agent, sessions.user_agent),
    expires_at = greatest(sessions.expires_at, excluded.expires_at)
  where sessions.ended_at is null
  returning id`,
);

interface Given {
  readonly database: Database;
  readonly keys: Keys;
  readonly moderators: readonly string[];
  readonly log: Log;
}

/** The tokens of an outside identity provider. */
export function providerTokens(provider: IdentityProvider, given: Given): TokenIssuer {
  const { database } = given;
  const publicKey = publicKeys(provider.jwksUrl, given.log);

  async function isKept(viewer: Viewer, userAgent: string | null): Promise<boolean> {
    const { userId, sessionId: id, expiresAt } = viewer;
    const session = { userId, id, userAgent, expiresAt: new Date(expiresAt) };
    return (await database.run(keepSession, session)).length > 0;
  }

  async function keep(viewer: Viewer, userAgent: string | null, signIn: Date | null = null): Promise<void> {
    if (await isKept(viewer, userAgent)) return;
    const isBack = signIn !== null && (await restoreBySignIn(database, viewer, signIn));
    if (isBack && (await isKept(viewer, userAgent))) return;
    throw new RequestError("UNAUTHENTICATED", "This session or this account has ended. Sign in again.");
  }

  return {
    async verify(token, userAgent) {
      const claims = await verified(token, provider, publicKey);
      const viewer = {
        userId: await personOf(given, provider.issuer, claims),
        sessionId: sessionIdOf(provider.issuer, claims),
        expiresAt: (claims.exp + CLOCK_TOLERANCE_SECONDS) * 1_000,
      };
      await keep(viewer, userAgent, signedInAt(claims));
      return viewer;
    },
    lookAgain: (viewer, userAgent) => keep(viewer, userAgent),
  };
}

/** Finds the key of a token; throws SERVICE_UNAVAILABLE where the provider does not say what its keys are. */
function publicKeys(jwksUrl: string, log: Log): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: KEYS_WAIT_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const isAboutToken =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      if (isAboutToken) throw error;
      log.warn(describeError(error), "the keys of the identity provider could not be read");
      throw new RequestError("SERVICE_UNAVAILABLE", "The identity provider does not answer. Try again.");
    }
  };
}

type Claims = JWTPayload & { readonly sub: string; readonly exp: number };

async function verified(
  token: string,
  { issuer, audience }: IdentityProvider,
  publicKey: JWTVerifyGetKey,
): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["sub", "exp"],
    });
    const { sub, exp } = payload;
    if (sub !== undefined && sub !== "" && sub.length <= MAX_SUBJECT_LENGTH && exp !== undefined) {
      return { ...payload, sub, exp };
    }
  } catch (error) {
    if (error instanceof RequestError) throw error;
    if (error instanceof errors.JWTExpired) throw tokenExpired();
  }
  throw new RequestError("UNAUTHENTICATED", "This access token is not one of the identity provider's.");
}

/** When the subject has really signed in, as far as the provider says; null where it does not. */
function signedInAt({ auth_time: seconds }: Claims): Date | null {
  return typeof seconds === "number" && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1_000) : null;
}

/** One id for all tokens of a session: 63 bits of a hash of what names it. */
function sessionIdOf(issuer: string, { sub, sid, jti, iat, exp }: Claims): string {
  const session = [sid, jti].find((claim) => typeof claim === "string" && claim !== "") ?? `${iat ?? exp}`;
  const hash = createHash("sha256")
    .update(JSON.stringify([issuer, sub, session]))
    .digest();
  return (hash.readBigUInt64BE() >> 1n).toString();
}

/** Who a subject is here; at first sight the account is made, once however many requests come together. */
async function personOf(given: Given, issuer: string, claims: Claims): Promise<string> {
  const subject = claims.sub;
  const [known] = await given.database.run(identityOf, { issuer, subject });
  if (known !== undefined) return known.userId;
  const profile = profileOf(claims);
  const rule = profile.birthDate === null ? null : decide("ACCOUNT", profile);
  if (rule !== null && !rule.allowed) {
    throw new RequestError("UNAUTHENTICATED", rule.because, { ruleId: rule.id });
  }
  const enter = async (queries: Queries, account: NewAccount) => {
    // Whoever was beaten to it comes here again, and finds the person.
    const [person] = await queries.run(identityOf, { issuer, subject });
    if (person !== undefined) return person.userId;
    const userId = await makeAccount(queries, given, account);
    await queries.run(insertIdentity, { issuer, subject, userId });
    return userId;
  };
  for (let tried = 0; ; tried++) {
    const handle = tried === 0 && profile.handle !== null ? profile.handle : someHandle();
    const account = { ...profile, handle, displayName: profile.displayName ?? handle, passwordHash: null };
    try {
      return await given.database.transaction((queries) => enter(queries, account));
    } catch (error) {
      const isTaken = error instanceof UserError && error.code === "CONFLICT";
      if (!isTaken || tried === MOST_HANDLES_TRIED) throw error;
    }
  }
}

const someHandle = () => `user${randomInt(10 ** 8, 10 ** 9)}`;
