/** Deleting one's account: hidden at once, to be erased after thirty days, unless signed into before. */
import type { Database, Queries } from "../db/database.ts";
import { appendEvents, type Change } from "../db/events.ts";
import { statement } from "../db/sql.ts";
import type { MessageErasure } from "../entities/account.ts";
import { requireFound } from "../errors.ts";
import { DELETION_GRACE_DAYS } from "../limits.ts";
import { requireViewer, type Viewer } from "../viewer.ts";
import { mayComeBack } from "../visibility/user.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { hidePerson, lockWithCompany, showPerson } from "./departure.ts";
import { confirmPassword } from "./password.ts";

const mark = statement<
  { userId: string; messages: MessageErasure; graceDays: number },
  { deletesAt: string }
>(
  "deletion_mark",
  `
  with marked as (
    update users
    set deleted_at = now()
    where id = :userId and deleted_at is null
    returning id, deleted_at
  )
  update accounts a
  set erasure = :messages::message_erasure
  from marked m
  where a.user_id = m.id
  returning m.deleted_at + make_interval(days => :graceDays) as "deletesAt"`,
);

/**
 * Deletes the viewer's account: hides it from everybody and ends all of its sessions; it is erased when the returned
 * time has come. Throws INVALID for a wrong password, and TOO_MANY_REQUESTS.
 */
export async function deleteAccount(
  context: ActionContext,
  input: { readonly password: string; readonly messages: MessageErasure },
): Promise<Date> {
  const { userId } = requireViewer(context);
  await context.rates.take("deleteAccount", userId);
  await confirmPassword(context, input.password, "password");
  const { marked, ended } = await write(context, async (queries, tell) => {
    const ended = await hidePerson(queries, tell, userId);
    const [marked] = await queries.run(mark, {
      userId,
      messages: input.messages,
      graceDays: DELETION_GRACE_DAYS,
    });
    return { marked, ended };
  });
  context.sessionsEnded(ended);
  return new Date(requireFound(marked, "account").deletesAt);
}

type UnmarkParameters = { userId: string; signedInAt: Date | null; sessionId: string | null };

// Not by a session that has ended: nobody could go on with it, and the account would be seen without its owner.
const unmark = statement<UnmarkParameters, { userId: string }>(
  "deletion_unmark",
  `
  with unmarked as (
    update users u
    set deleted_at = null
    where u.id = :userId and u.deleted_at is not null and ${mayComeBack("u")}
      and (:signedInAt::timestamptz is null or u.deleted_at < :signedInAt)
      and not exists (
        select from sessions s where s.user_id = u.id and s.id = :sessionId and s.ended_at is not null
      )
    returning u.id
  )
  update accounts a
  set erasure = null
  from unmarked u
  where a.user_id = u.id
  returning a.user_id as "userId"`,
);

/** Brings an account back whose owner has signed in within the thirty days, in the transaction that signs them in. */
export async function restoreAccount(queries: Queries, tell: Tell, userId: string): Promise<void> {
  await lockWithCompany(queries, userId);
  await queries.run(unmark, { userId, signedInAt: null, sessionId: null });
  await showPerson(queries, tell, userId);
}

/**
 * Brings an account back whose owner has signed in at an identity provider, at a time after they had deleted it;
 * returns whether they had. A token alone brings nothing back: clients get new ones without anybody's doing. Nor does a
 * session of the provider's that ended with the account: there has to be a new one.
 */
export async function restoreBySignIn(
  database: Database,
  { userId, sessionId }: Pick<Viewer, "userId" | "sessionId">,
  signedInAt: Date,
): Promise<boolean> {
  return database.transaction(async (queries) => {
    await lockWithCompany(queries, userId);
    const [restored] = await queries.run(unmark, { userId, signedInAt, sessionId });
    if (restored === undefined) return false;
    const changes: Change[] = [];
    await showPerson(queries, (...told) => changes.push(...told), userId);
    await appendEvents(queries, changes);
    return true;
  });
}
