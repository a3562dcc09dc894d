/** Passwords: hashed a few at a time, checked at the same cost for everybody, and changed. */
import { hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { statement } from "../db/sql.ts";
import { ConflictError, RequestError, UserError } from "../errors.ts";
import { MAX_HASHING, MAX_WAITING_TO_HASH } from "../limits.ts";
import { requireViewer } from "../viewer.ts";
import { isHere } from "../visibility/user.ts";
import { type ActionContext, write } from "./context.ts";
import { endSessions } from "./session.ts";
import { requirePasswords } from "./tokens.ts";

const turns = pLimit(MAX_HASHING);
const TRY_AGAIN_MS = 1_500;

// The hash of no password: a check costs the same whether or not there is a password to check against.
const NO_PASSWORD =
  "$argon2id$v=19$m=19456,t=2,p=1$IswkwQclQHDB+4Hh3VH8YQ$zPc9WEFli+P6pzUrCbsMsIELi4rL5sBYfWzpizph/Gw";

/** Throws TOO_MANY_REQUESTS while as many passwords wait to be hashed as may. */
export function requireTurn(): void {
  if (turns.activeCount < MAX_HASHING || turns.pendingCount < MAX_WAITING_TO_HASH) return;
  throw new UserError("TOO_MANY_REQUESTS", "Too many people sign in at this moment. Try again in a moment.", {
    retryAt: new Date(Date.now() + TRY_AGAIN_MS),
  });
}

/** Argon2id of a password, in PHC format; throws TOO_MANY_REQUESTS. */
export async function hashPassword(password: string): Promise<string> {
  requireTurn();
  return turns(() => hash(password));
}

/** Whether a password is the one of this hash, at the same cost where there is no hash; throws TOO_MANY_REQUESTS. */
export async function isPassword(password: string, passwordHash: string | null): Promise<boolean> {
  requireTurn();
  const matches = await turns(() => verify(passwordHash ?? NO_PASSWORD, password));
  return matches && passwordHash !== null;
}

const ownPasswordHash = statement<{ userId: string }, { passwordHash: string | null }>(
  "own_password_hash",
  `
  select a.password_hash as "passwordHash"
  from accounts a
  join users u on u.id = a.user_id and ${isHere("u")}
  where a.user_id = :userId`,
);

/**
 * The hash that the viewer's own password was found to fit; throws INVALID with `path` for a wrong one, and
 * TOO_MANY_REQUESTS.
 */
async function requireOwnPassword(context: ActionContext, password: string, path: string): Promise<string> {
  const { userId } = requireViewer(context);
  const [account] = await context.database.run(ownPasswordHash, { userId });
  if (account === undefined) throw new RequestError("UNAUTHENTICATED", "This account is no longer here.");
  const matches = await isPassword(password, account.passwordHash);
  if (!matches || account.passwordHash === null) {
    throw new UserError("INVALID", "This is not your password.", { path: [path] });
  }
  return account.passwordHash;
}

/**
 * Makes sure that it is the viewer who asks: throws INVALID with `path` for a wrong password, and TOO_MANY_REQUESTS.
 * Whoever comes by an identity provider has none, and needs none.
 */
export async function confirmPassword(context: ActionContext, password: string, path: string): Promise<void> {
  const { userId } = requireViewer(context);
  const [account] = await context.database.run(ownPasswordHash, { userId });
  if (account === undefined) throw new RequestError("UNAUTHENTICATED", "This account is no longer here.");
  if (account.passwordHash === null || (await isPassword(password, account.passwordHash))) return;
  throw new UserError("INVALID", "This is not your password.", { path: [path] });
}

const replacePassword = statement<
  { userId: string; former: string; passwordHash: string },
  { userId: string }
>(
  "password_replace",
  `
  update accounts
  set password_hash = :passwordHash
  where user_id = :userId and password_hash = :former
  returning user_id as "userId"`,
);

/**
 * Gives the viewer another password and ends all of their sessions but this one. Throws INVALID where the current
 * password is wrong, CONFLICT where it was changed at the same moment, and TOO_MANY_REQUESTS.
 */
export async function changePassword(
  context: ActionContext,
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<void> {
  const { userId, sessionId } = requireViewer(context);
  requirePasswords(context);
  await context.rates.take("changePassword", userId);
  const former = await requireOwnPassword(context, input.currentPassword, "currentPassword");
  const passwordHash = await hashPassword(input.newPassword);
  const ended = await write(context, async (queries) => {
    const [changed] = await queries.run(replacePassword, { userId, former, passwordHash });
    if (changed === undefined) throw new ConflictError();
    return endSessions(queries, { userId, except: sessionId });
  });
  context.sessionsEnded(ended);
}
