/** Meeting in person: one shows a code, the other takes it, and they are friends. */
import { type FriendCode, newFriendCode } from "../codes.ts";
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { MetThrough } from "../entities/friendship.ts";
import { requireFound, UserError } from "../errors.ts";
import { requireViewer } from "../viewer.ts";
import { inviteVisible } from "../visibility/invite.ts";
import type { ActionContext, Tell } from "./context.ts";
import { befriend, lockBoth } from "./friendship.ts";
import { acceptedCause, notify } from "./notification.ts";

/** Two people of whom one has made a code that the other takes, under their locks. */
export type Meeting = NonNullable<Awaited<ReturnType<typeof lockBoth>>>;

/** A new code of the viewer, and when it ends; nothing is written. */
export function showFriendCode(context: ActionContext): { code: string; expiresAt: Date } {
  return newFriendCode(context.keys.friendCode, requireViewer(context).userId);
}

/** Locks the maker of a code and whoever takes it; throws INVALID for one's own, NOT_FOUND where one is hidden from the other. */
export async function lockMeeting(queries: Queries, viewerId: string, maker: string): Promise<Meeting> {
  if (maker === viewerId) throw new UserError("INVALID", "You have made this yourself.", { path: ["code"] });
  const pair = await lockBoth(queries, viewerId, maker);
  return requireFound(pair?.isBlocked === false ? pair : null, "invite", "code");
}

/** Makes friends of who has made a code and who takes it, and tells the maker; throws LIMIT_REACHED. */
export async function befriendByCode(
  queries: Queries,
  tell: Tell,
  meeting: Meeting,
  people: { readonly viewerId: string; readonly maker: string; readonly metThrough: MetThrough },
): Promise<void> {
  const { viewerId, maker, metThrough } = people;
  tell(...(await befriend(queries, meeting, viewerId, maker, metThrough)));
  await notify(queries, tell, acceptedCause(viewerId, maker));
}

/** What is said of a code that was good once. */
export function codeIsOver(): UserError {
  return new UserError("EXPIRED", "This code is no longer good. Ask for a new one.", { path: ["code"] });
}

const findMaker = statement<{ viewerId: string; userId: string; madeAt: Date }, { id: string }>(
  "friend_code_maker",
  `
  select u.id
  from users u
  where u.id = :userId and ${inviteVisible(":viewerId", "u", ":madeAt::timestamptz")}`,
);

// Those whose time was over an hour ago are no longer needed to refuse them.
const useCode = statement<{ userId: string; nonce: string; expiresAt: Date }, { nonce: string }>(
  "friend_code_use",
  `
  with forgotten as (
    delete from used_friend_codes
    where user_id = :userId and expires_at < now() - interval '1 hour'
  )
  insert into used_friend_codes (user_id, nonce, expires_at)
  values (:userId, :nonce, :expiresAt)
  on conflict do nothing
  returning nonce`,
);

/**
 * Makes friends of whoever shows a code and the viewer; between friends it changes nothing, and uses nothing up. Throws
 * NOT_FOUND, INVALID for one's own, EXPIRED for one that is used or too old, and LIMIT_REACHED.
 */
export async function redeemFriendCode(
  queries: Queries,
  tell: Tell,
  viewerId: string,
  { userId: maker, nonce, madeAt, expiresAt }: FriendCode,
): Promise<void> {
  const meeting = await lockMeeting(queries, viewerId, maker);
  const [found] = await queries.run(findMaker, { viewerId, userId: maker, madeAt: new Date(madeAt) });
  requireFound(found, "invite", "code");
  if (meeting.areFriends) return;
  if (expiresAt <= Date.now()) throw codeIsOver();
  const used = await queries.run(useCode, { userId: maker, nonce, expiresAt: new Date(expiresAt) });
  if (used.length === 0) throw codeIsOver();
  await befriendByCode(queries, tell, meeting, { viewerId, maker, metThrough: "IN_PERSON_CODE" });
}
