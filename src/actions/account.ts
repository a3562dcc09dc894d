/** Accounts: made by signing up, and signed in to. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { networkOf } from "../rates.ts";
import { cleanDisplayName, cleanEmail, cleanHandle, cleanPhone, HANDLE } from "../text.ts";
import { mayComeBack } from "../visibility/user.ts";
import { countAttempt, forgetAttempts } from "./attempt.ts";
import { setContactPoints } from "./contact.ts";
import { type ActionContext, write } from "./context.ts";
import { restoreAccount } from "./deletion.ts";
import { claimHandle } from "./handle.ts";
import { redeemAtSignUp } from "./invite.ts";
import { hashPassword, isPassword, requireTurn } from "./password.ts";
import { requireOldEnough } from "./policy.ts";
import { openSession, type SignedIn } from "./session.ts";
import { requirePasswords } from "./tokens.ts";

/** What is kept of somebody new, each part in its one form. */
export interface NewAccount {
  readonly handle: string;
  readonly displayName: string;
  readonly country: string;
  /** Argon2id; null for whoever comes by an outside identity provider. */
  readonly passwordHash: string | null;
  readonly email: string | null;
  /** E.164. */
  readonly phone: string | null;
  /** YYYY-MM-DD; null for whoever never said. */
  readonly birthDate: string | null;
}

const insertUser = statement<{ id: string; handle: string; displayName: string; country: string }, Nothing>(
  "account_user",
  `
  insert into users (id, handle, display_name, country)
  values (:id, :handle, :displayName, :country)`,
);

const insertAccount = statement<
  {
    userId: string;
    passwordHash: string | null;
    email: string | null;
    phone: string | null;
    birthDate: string | null;
  },
  Nothing
>(
  "account_insert",
  `
  insert into accounts (user_id, password_hash, email, phone, birth_date)
  values (:userId, :passwordHash, :email, :phone, :birthDate)`,
);

const beginLog = statement<{ viewerId: string }, Nothing>(
  "account_log",
  `
  insert into viewer_logs (viewer_id)
  values (:viewerId)`,
);

/** Makes a person with an account, a handle and an empty log; returns their id. Throws CONFLICT when the handle is taken. */
export async function makeAccount(
  queries: Queries,
  { keys, moderators }: Pick<ActionContext, "keys" | "moderators">,
  account: NewAccount,
): Promise<string> {
  const userId = newId();
  const { handle, displayName, country, passwordHash, email, phone, birthDate } = account;
  await queries.run(insertUser, { id: userId, handle, displayName, country });
  await claimHandle(queries, { handle, userId, moderators });
  await queries.run(insertAccount, { userId, passwordHash, email, phone, birthDate });
  if (email !== null || phone !== null) await setContactPoints(queries, keys, userId, { email, phone });
  await queries.run(beginLog, { viewerId: userId });
  return userId;
}

export interface SignUp {
  readonly handle: string;
  readonly displayName: string;
  readonly password: string;
  readonly email?: string | null;
  readonly phone?: string | null;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly country: string;
  readonly inviteCode?: string | null;
}

/**
 * Makes an account and signs it in; an invite joins it to its maker, or to a group, in the same transaction. Throws
 * INVALID, CONFLICT when the handle is taken, TOO_MANY_REQUESTS, and whatever `redeem` throws.
 */
export async function signUp(context: ActionContext, input: SignUp): Promise<SignedIn> {
  requirePasswords(context);
  requireTurn();
  requireBorn(input.birthDate);
  const account = {
    handle: cleanHandle(input.handle),
    displayName: cleanDisplayName(input.displayName),
    country: input.country,
    email: cleanEmail(input.email ?? null),
    phone: cleanPhone(input.phone ?? null),
    birthDate: input.birthDate,
  };
  requireOldEnough(account, "birthDate");
  await context.rates.take("signUp", networkOf(context.client.address));
  const passwordHash = await hashPassword(input.password);
  const inviteCode = input.inviteCode ?? null;
  const signedUp = await write(context, async (queries, tell) => {
    const userId = await makeAccount(queries, context, { ...account, passwordHash });
    if (inviteCode !== null) await redeemAtSignUp(queries, tell, context.keys, userId, inviteCode);
    const opened = await openSession(context, queries, { userId, passwordHash });
    if (opened === null) throw new Error("A new account was not there to sign in to.");
    return opened;
  });
  if (account.email !== null || account.phone !== null) context.soon("joined-contacts");
  return signedUp;
}

function requireBorn(birthDate: string): void {
  // Somewhere it is tomorrow already.
  if (Date.parse(birthDate) <= Date.now() + 14 * 60 * 60 * 1_000) return;
  throw new UserError("INVALID", "Nobody was born on a day to come.", { path: ["birthDate"] });
}

const accountOfHandle = statement<
  { handle: string },
  { userId: string; passwordHash: string | null; isDeleted: boolean; isSuspended: boolean }
>(
  "sign_in_account",
  `
  select
    a.user_id as "userId", a.password_hash as "passwordHash", u.deleted_at is not null as "isDeleted",
    u.suspended_at is not null as "isSuspended"
  from handles h
  join users u on u.id = h.user_id and (${mayComeBack("u")} or u.suspended_at is not null)
  join accounts a on a.user_id = h.user_id
  where h.handle = :handle and h.freed_at is null`,
);

/**
 * Signs in by handle and password, which brings an account back that is being deleted; throws INVALID, and no word on
 * which of the two was wrong, FORBIDDEN for who is suspended, and TOO_MANY_REQUESTS while too many others sign in.
 */
export async function signIn(
  context: ActionContext,
  input: { readonly handle: string; readonly password: string },
): Promise<SignedIn> {
  requirePasswords(context);
  requireTurn();
  // What can be no handle costs the same as a handle that nobody has.
  const handle = HANDLE.test(input.handle) ? input.handle.toLowerCase() : "";
  await countAttempt(context, input.handle.toLowerCase());
  const [account] = await context.database.run(accountOfHandle, { handle });
  const matches = await isPassword(input.password, account?.passwordHash ?? null);
  if (account === undefined || !matches) throw wrong();
  const { userId, passwordHash, isDeleted, isSuspended } = account;
  if (isSuspended) throw new UserError("FORBIDDEN", "This account is suspended.");
  const opened = await write(context, async (queries, tell) => {
    if (isDeleted) await restoreAccount(queries, tell, userId);
    const opened = await openSession(context, queries, { userId, passwordHash });
    if (opened === null) throw wrong();
    return opened;
  });
  await forgetAttempts(context, input.handle.toLowerCase());
  context.sessionsEnded(opened.ended);
  return opened;
}

function wrong(): UserError {
  return new UserError("INVALID", "The handle or the password is wrong.");
}
