/** Signing up, in and out. */
import { hash, verify } from "@node-rs/argon2";
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { hashToken } from "../secrets.ts";
import { cleanName } from "../text.ts";
import { requireViewer, type Viewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";
import { issueAccessToken, newRefreshToken, REFRESH_TOKEN_DAYS, readRefreshToken } from "./tokens.ts";

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

export interface NewAccount {
  readonly handle: string;
  readonly displayName: string;
  readonly password: string;
  readonly email?: string | null;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly country: string;
}

const insertUser = statement<
  { id: string; handle: string; displayName: string; country: string },
  Record<string, never>
>(
  "sign_up_user",
  `
  insert into users (id, handle, display_name, country)
  values (:id, :handle, :displayName, :country)`,
);

const beginLog = statement<{ viewerId: string }, Record<string, never>>(
  "sign_up_log",
  `
  insert into viewer_logs (viewer_id)
  values (:viewerId)`,
);

const claimHandle = statement<{ handle: string; userId: string }, { handle: string }>(
  "sign_up_handle",
  `
  insert into handles (handle, user_id)
  values (lower(:handle), :userId)
  on conflict (handle) do update set user_id = excluded.user_id, freed_at = null
  where handles.freed_at < now() - interval '90 days'
  returning handle`,
);

const insertAccount = statement<
  { userId: string; passwordHash: string; email: string | null; birthDate: string },
  Record<string, never>
>(
  "sign_up_account",
  `
  insert into accounts (user_id, password_hash, email, birth_date)
  values (:userId, :passwordHash, :email, :birthDate)`,
);

const insertSession = statement<
  { userId: string; id: string; refreshHash: Buffer; userAgent: string | null; expiresAt: Date },
  Record<string, never>
>(
  "session_insert",
  `
  insert into sessions (user_id, id, refresh_hash, user_agent, expires_at)
  values (:userId, :id, :refreshHash, :userAgent, :expiresAt)`,
);

/** Makes an account and signs it in; throws INVALID, and CONFLICT when the handle is taken. */
export async function signUp(context: ActionContext, input: NewAccount): Promise<SignedIn> {
  // Somewhere it is tomorrow already.
  if (Date.parse(input.birthDate) > Date.now() + 14 * 60 * 60 * 1_000) {
    throw new UserError("INVALID", "Nobody was born on a day to come.", { path: ["birthDate"] });
  }
  const displayName = cleanName(input.displayName, { min: 1, max: 50, path: "displayName" });
  const passwordHash = await hash(input.password);
  return write(context, async (queries) => {
    const userId = newId();
    await queries.run(insertUser, {
      id: userId,
      handle: input.handle.toLowerCase(),
      displayName,
      country: input.country,
    });
    const [claimed] = await queries.run(claimHandle, { handle: input.handle, userId });
    if (claimed === undefined) throw new UserError("CONFLICT", "This handle is taken.", { path: ["handle"] });
    await queries.run(beginLog, { viewerId: userId });
    await queries.run(insertAccount, {
      userId,
      passwordHash,
      email: input.email ?? null,
      birthDate: input.birthDate,
    });
    return openSession(context, queries, userId);
  });
}

const accountOfHandle = statement<{ handle: string }, { userId: string; passwordHash: string }>(
  "sign_in_account",
  `
  select a.user_id as "userId", a.password_hash as "passwordHash"
  from handles h
  join users u on u.id = h.user_id and u.deleted_at is null
  join accounts a on a.user_id = h.user_id
  where h.handle = lower(:handle) and h.freed_at is null`,
);

// The hash of no password: a sign-in costs the same whether or not somebody has the handle.
const NO_ACCOUNT =
  "$argon2id$v=19$m=19456,t=2,p=1$IswkwQclQHDB+4Hh3VH8YQ$zPc9WEFli+P6pzUrCbsMsIELi4rL5sBYfWzpizph/Gw";

/** Signs in by handle and password; throws INVALID, and no word on which of the two was wrong. */
export async function signIn(
  context: ActionContext,
  input: { readonly handle: string; readonly password: string },
): Promise<SignedIn> {
  const [account] = await context.database.run(accountOfHandle, { handle: input.handle });
  const matches = await verify(account?.passwordHash ?? NO_ACCOUNT, input.password);
  if (account === undefined || !matches)
    throw new UserError("INVALID", "The handle or the password is wrong.");
  return write(context, (queries) => openSession(context, queries, account.userId));
}

async function openSession(context: ActionContext, queries: Queries, userId: string): Promise<SignedIn> {
  const id = newId();
  const refreshToken = newRefreshToken(context.keys, userId, id);
  const refreshTokenExpiresAt = refreshExpiry();
  await queries.run(insertSession, {
    userId,
    id,
    refreshHash: hashToken(refreshToken),
    userAgent: context.userAgent,
    expiresAt: refreshTokenExpiresAt,
  });
  return signedIn(context, { userId, sessionId: id }, refreshToken, refreshTokenExpiresAt);
}

async function signedIn(
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
  join users u on u.id = s.user_id and u.deleted_at is null
  where s.user_id = :userId and s.id = :id
  for no key update of s`,
);

const rotateSession = statement<
  { userId: string; id: string; refreshHash: Buffer; expiresAt: Date; userAgent: string | null },
  Record<string, never>
>(
  "session_rotate",
  `
  update sessions
  set refresh_hash = :refreshHash, expires_at = :expiresAt, last_used_at = now(),
    user_agent = coalesce(:userAgent, user_agent)
  where user_id = :userId and id = :id`,
);

const endSessions = statement<{ userId: string; id: string | null }, { id: string }>(
  "sessions_end",
  `
  update sessions
  set ended_at = now()
  where user_id = :userId and (:id::bigint is null or id = :id) and ended_at is null
  returning id`,
);

/**
 * Trades a refresh token for new credentials. It is good once: seeing it again means that it was stolen, and ends the
 * whole session. Throws EXPIRED in every case in which the person has to sign in again.
 */
export async function refreshSession(context: ActionContext, refreshToken: string): Promise<SignedIn> {
  const session = readRefreshToken(context.keys, refreshToken);
  if (session === null) throw signInAgain();
  const { userId, sessionId } = session;
  const refreshed = await write(context, async (queries) => {
    const refreshHash = hashToken(refreshToken);
    const [found] = await queries.run(lockSession, { userId, id: sessionId, refreshHash });
    if (found === undefined || !found.isOpen) return null;
    if (!found.isCurrent) {
      await queries.run(endSessions, { userId, id: sessionId });
      return "stolen" as const;
    }
    const next = newRefreshToken(context.keys, userId, sessionId);
    const expiresAt = refreshExpiry();
    await queries.run(rotateSession, {
      userId,
      id: sessionId,
      refreshHash: hashToken(next),
      expiresAt,
      userAgent: context.userAgent,
    });
    return signedIn(context, session, next, expiresAt);
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
  const viewer = requireViewer(context);
  const id = input.everywhere === true ? null : (input.sessionId ?? viewer.sessionId);
  const ended = await write(context, (queries) => queries.run(endSessions, { userId: viewer.userId, id }));
  context.sessionsEnded(ended.map((session) => session.id));
}
