/** Sessions: opened by signing in, kept open by refreshing, and ended. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { MAX_SESSIONS } from "../limits.ts";
import { networkOf } from "../rates.ts";
import { hashToken } from "../secrets.ts";
import { requireViewer, type Viewer } from "../viewer.ts";
import { isHere } from "../visibility/user.ts";
import { type ActionContext, write } from "./context.ts";
import {
  issueAccessToken,
  newRefreshToken,
  REFRESH_TOKEN_DAYS,
  readRefreshToken,
  requirePasswords,
} from "./tokens.ts";

/** What a client keeps to stay signed in. */
export interface Credentials {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
}

export interface SignedIn {
  readonly viewer: Viewer;
  readonly credentials: Credentials;
}

// Who is being suspended, and whose password is being changed, is waited for: no session outlives either.
const insertSession = statement<
  {
    userId: string;
    passwordHash: string | null;
    id: string;
    refreshHash: Buffer;
    userAgent: string | null;
    expiresAt: Date;
  },
  { id: string }
>(
  "session_insert",
  `
  insert into sessions (user_id, id, refresh_hash, user_agent, expires_at)
  select a.user_id, :id, :refreshHash, :userAgent, :expiresAt
  from (
    select a.user_id
    from users u
    join accounts a on a.user_id = u.id and a.password_hash is not distinct from :passwordHash
    where u.id = :userId and ${isHere("u")}
    for share
  ) a
  returning id`,
);

// At most as many as a person can look through: those that were not used for longest make room.
const endSurplus = statement<{ userId: string; most: number }, { id: string }>(
  "sessions_end_surplus",
  `
  update sessions s
  set ended_at = now()
  from (
    select s.user_id, s.id
    from sessions s
    where s.user_id = :userId and s.ended_at is null
    order by s.last_used_at desc, s.id desc
    offset :most
  ) surplus
  where s.user_id = surplus.user_id and s.id = surplus.id
  returning s.id`,
);

interface OpenedSession extends SignedIn {
  /** The sessions that made room, for `context.sessionsEnded` after the commit. */
  readonly ended: readonly string[];
}

/** Opens a session of a person who is here and whose password has this hash still; null where either is not so. */
export async function openSession(
  context: ActionContext,
  queries: Queries,
  account: { readonly userId: string; readonly passwordHash: string | null },
): Promise<OpenedSession | null> {
  const id = newId();
  const { userId } = account;
  const refreshToken = newRefreshToken(context.keys, userId, id);
  const expiresAt = refreshExpiry();
  const [opened] = await queries.run(insertSession, {
    ...account,
    id,
    refreshHash: hashToken(refreshToken),
    userAgent: context.client.userAgent,
    expiresAt,
  });
  if (opened === undefined) return null;
  const ended = await queries.run(endSurplus, { userId, most: MAX_SESSIONS });
  const signedIn = await credentials(context, { userId, sessionId: id }, refreshToken, expiresAt);
  return { ...signedIn, ended: ended.map((session) => session.id) };
}

async function credentials(
  context: ActionContext,
  session: { userId: string; sessionId: string },
  refreshToken: string,
  refreshTokenExpiresAt: Date,
): Promise<SignedIn> {
  const { token, expiresAt } = await issueAccessToken(context.keys, session);
  return {
    viewer: { ...session, expiresAt: expiresAt.getTime() },
    credentials: { accessToken: token, accessTokenExpiresAt: expiresAt, refreshToken, refreshTokenExpiresAt },
  };
}

const refreshExpiry = () => new Date(Date.now() + REFRESH_TOKEN_DAYS * 24 * 60 * 60 * 1000);

const lockSession = statement<
  { userId: string; id: string; refreshHash: Buffer },
  { isOpen: boolean; isCurrent: boolean }
>(
  "session_lock",
  `
  select
    s.ended_at is null and s.expires_at > now() as "isOpen",
    s.refresh_hash = :refreshHash as "isCurrent"
  from sessions s
  join users u on u.id = s.user_id and ${isHere("u")}
  where s.user_id = :userId and s.id = :id
  for no key update of s`,
);

const rotateSession = statement<
  { userId: string; id: string; refreshHash: Buffer; expiresAt: Date; userAgent: string | null },
  Nothing
>(
  "session_rotate",
  `
  update sessions
  set refresh_hash = :refreshHash, expires_at = :expiresAt, last_used_at = now(),
    user_agent = coalesce(:userAgent, user_agent)
  where user_id = :userId and id = :id`,
);

const endOpen = statement<{ userId: string; id: string | null; except: string | null }, { id: string }>(
  "sessions_end",
  `
  update sessions
  set ended_at = now()
  where user_id = :userId and (:id::bigint is null or id = :id) and id is distinct from :except::bigint
    and ended_at is null
  returning id`,
);

/**
 * Ends a person's sessions: one of them, all but one, or all. Returns the ids of those that were open, for
 * `context.sessionsEnded` after the commit.
 */
export async function endSessions(
  queries: Queries,
  which: { readonly userId: string; readonly id?: string | null; readonly except?: string },
): Promise<string[]> {
  const { userId, id = null, except = null } = which;
  const ended = await queries.run(endOpen, { userId, id, except });
  return ended.map((session) => session.id);
}

/**
 * Trades a refresh token for new credentials. It is good once: seeing it again means that it was stolen, and ends the
 * whole session. Throws EXPIRED in every case in which the person has to sign in again.
 */
export async function refreshSession(context: ActionContext, refreshToken: string): Promise<SignedIn> {
  requirePasswords(context);
  await context.rates.take("refreshSession", networkOf(context.client.address));
  const session = readRefreshToken(context.keys, refreshToken);
  if (session === null) throw signInAgain();
  const { userId, sessionId } = session;
  const refreshed = await write(context, async (queries) => {
    const refreshHash = hashToken(refreshToken);
    const [found] = await queries.run(lockSession, { userId, id: sessionId, refreshHash });
    if (found === undefined || !found.isOpen) return null;
    if (!found.isCurrent) {
      await endSessions(queries, { userId, id: sessionId });
      return "stolen" as const;
    }
    const next = newRefreshToken(context.keys, userId, sessionId);
    const expiresAt = refreshExpiry();
    await queries.run(rotateSession, {
      userId,
      id: sessionId,
      refreshHash: hashToken(next),
      expiresAt,
      userAgent: context.client.userAgent,
    });
    return credentials(context, session, next, expiresAt);
  });
  if (refreshed === "stolen") context.sessionsEnded([sessionId]);
  if (refreshed === null || refreshed === "stolen") throw signInAgain();
  return refreshed;
}

function signInAgain(): UserError {
  return new UserError("EXPIRED", "This session has ended. Sign in again.", { path: ["refreshToken"] });
}

/** Ends one session of the viewer, the current one unless told otherwise, or all of them; what has ended stays so. */
export async function signOut(
  context: ActionContext,
  input: { readonly sessionId?: string | null; readonly everywhere?: boolean | null },
): Promise<void> {
  const { userId, sessionId } = requireViewer(context);
  const id = input.everywhere === true ? null : (input.sessionId ?? sessionId);
  context.sessionsEnded(await write(context, (queries) => endSessions(queries, { userId, id })));
}
