/** What joins two people: every decision is made on both people's rows, locked in the order of their ids. */
import type { Queries } from "../db/database.ts";
import type { Change } from "../db/events.ts";
import { statement } from "../db/sql.ts";
import type { MetThrough } from "../entities/friendship.ts";
import { requireFound, UserError } from "../errors.ts";
import { DECLINE_HOLDS_DAYS, MAX_FRIENDS } from "../limits.ts";
import { userById } from "../loaders/user.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";

const lockPeople = statement<{ ids: readonly string[] }, { id: string; friendCount: number }>(
  "friendship_lock",
  `
  select id, friend_count as "friendCount"
  from users
  where id = any(:ids::bigint[])
  order by id
  for no key update`,
);

/** How two people stand, seen from `me`, under the locks of both. */
interface Standing {
  readonly areFriends: boolean;
  readonly isBlocked: boolean;
  /** The viewer's own request that still stands, in their eyes. */
  readonly asked: boolean;
  /** The other's request, which the viewer may have declined. */
  readonly askedBack: boolean;
  readonly askedBackWaits: boolean;
  /** The other's row of the viewer's request: there, declined, and whether that still holds the next one back. */
  readonly declined: boolean;
  readonly isHeldBack: boolean;
}

/** What is decided on: how they stand, and whether one of them can have no more friends. */
interface LockedPair extends Standing {
  readonly isFull: boolean;
}

const readStanding = statement<{ me: string; other: string; holdDays: number }, Standing>(
  "friendship_standing",
  `
  select
    exists (select from friendships f where f.user_id = :me and f.friend_id = :other) as "areFriends",
    exists (
      select from blocks b
      where (b.user_id = :me and b.blocked_id = :other) or (b.user_id = :other and b.blocked_id = :me)
    ) as "isBlocked",
    coalesce(mine.direction = 'OUTGOING', false) as asked,
    coalesce(theirs.direction = 'OUTGOING', false) as "askedBack",
    coalesce(mine.direction = 'INCOMING' and mine.declined_at is null, false) as "askedBackWaits",
    theirs.declined_at is not null as declined,
    coalesce(theirs.declined_at > now() - make_interval(days => :holdDays), false) as "isHeldBack"
  from (values (1)) as one (row)
  left join friend_requests mine on mine.user_id = :me and mine.other_id = :other
  left join friend_requests theirs on theirs.user_id = :other and theirs.other_id = :me`,
);

/** Locks people in the order of their ids, against whatever else changes how they stand to each other. */
export function lockAll(queries: Queries, ids: readonly string[]): Promise<{ friendCount: number }[]> {
  return queries.run(lockPeople, { ids });
}

/** Locks two people and says how they stand; throws NOT_FOUND where one of them is no more. */
export async function lockPair(queries: Queries, me: string, other: string): Promise<LockedPair> {
  const people = await lockAll(queries, [me, other]);
  const [standing] = await queries.run(readStanding, { me, other, holdDays: DECLINE_HOLDS_DAYS });
  if (people.length < 2 || standing === undefined)
    throw new UserError("NOT_FOUND", "There is no such person.");
  return { ...standing, isFull: people.some(({ friendCount }) => friendCount >= MAX_FRIENDS) };
}

/** Deletes the requests between two people, and their count on the badge; declined ones only where told. */
export const deleteRequests = statement<
  { me: string; other: string; keepDeclined: boolean },
  Record<string, never>
>(
  "friendship_unask",
  `
  with gone as (
    delete from friend_requests
    where ((user_id = :me and other_id = :other) or (user_id = :other and other_id = :me))
      and not (:keepDeclined and declined_at is not null)
    returning user_id, direction, declined_at
  )
  update users u
  set waiting_request_count = waiting_request_count - 1
  from gone g
  where u.id = g.user_id and g.direction = 'INCOMING' and g.declined_at is null`,
);

const insertFriendship = statement<
  { me: string; other: string; metThrough: string | null },
  Record<string, never>
>(
  "friendship_make",
  `
  with friends as (
    insert into friendships (user_id, friend_id, since, met_through)
    select p.user_id, p.friend_id, now(), :metThrough::met_through
    from (values (:me::bigint, :other::bigint), (:other, :me)) as p (user_id, friend_id)
    returning user_id
  )
  update users u
  set friend_count = friend_count + 1
  from friends f
  where u.id = f.user_id`,
);

const deleteFriendship = statement<{ me: string; other: string }, Record<string, never>>(
  "friendship_end",
  `
  with former as (
    delete from friendships
    where (user_id = :me and friend_id = :other) or (user_id = :other and friend_id = :me)
    returning user_id
  )
  update users u
  set friend_count = friend_count - 1
  from former f
  where u.id = f.user_id`,
);

const metThroughOf = statement<{ me: string; other: string }, { metThrough: MetThrough | null }>(
  "friendship_met_through",
  `
  select r.met_through as "metThrough"
  from friend_requests r
  where r.user_id in (:me, :other) and r.other_id in (:me, :other) and r.direction = 'OUTGOING'
  order by r.created_at
  limit 1`,
);

// Friends are let in: a message request between them becomes a conversation. The conversation's lock comes first.
const letIn = statement<{ me: string; other: string }, { conversationId: string; userId: string }>(
  "friendship_let_in",
  `
  with conversation as (
    update conversations c
    set membership = c.membership + 1
    from direct_conversations d
    where d.low_id = least(:me::bigint, :other::bigint) and d.high_id = greatest(:me::bigint, :other::bigint)
      and c.id = d.conversation_id
    returning c.id
  ),
  accepted as (
    update participants p
    set state = 'ACTIVE'
    from conversation c
    where p.conversation_id = c.id and p.state = 'REQUEST'
    returning p.conversation_id, p.user_id
  )
  update inbox i
  set state = 'ACTIVE'
  from accepted a
  where i.user_id = a.user_id and i.conversation_id = a.conversation_id
  returning i.conversation_id as "conversationId", i.user_id as "userId"`,
);

/** Tells both of two people that how they stand has changed. */
export function bothSides(me: string, other: string): Change[] {
  return [
    { viewerId: me, kind: "RELATIONSHIP_CHANGED", ids: [other] },
    { viewerId: other, kind: "RELATIONSHIP_CHANGED", ids: [me] },
  ];
}

/** Makes friends of two people who are locked; throws LIMIT_REACHED. */
export async function befriend(
  queries: Queries,
  pair: LockedPair,
  me: string,
  other: string,
): Promise<Change[]> {
  if (pair.isFull) throw new UserError("LIMIT_REACHED", `Nobody can have more than ${MAX_FRIENDS} friends.`);
  const [request] = await queries.run(metThroughOf, { me, other });
  await queries.run(deleteRequests, { me, other, keepDeclined: false });
  await queries.run(insertFriendship, { me, other, metThrough: request?.metThrough ?? null });
  const accepted = await queries.run(letIn, { me, other });
  return [
    ...bothSides(me, other),
    ...accepted.map(
      ({ userId, conversationId }): Change => ({
        viewerId: userId,
        kind: "CONVERSATION_CHANGED",
        ids: [conversationId],
      }),
    ),
  ];
}

/** Ends everything that joins two people whose rows are locked; what was declined goes on holding back the next. */
export async function part(queries: Queries, me: string, other: string): Promise<void> {
  await queries.run(deleteRequests, { me, other, keepDeclined: true });
  await queries.run(deleteFriendship, { me, other });
}

/** The viewer and the person that an action is about; throws NOT_FOUND, and INVALID for the viewer themselves. */
export async function requireOther(context: ActionContext, userId: string): Promise<string> {
  const viewer = requireViewer(context);
  if (userId === viewer.userId) throw new UserError("INVALID", "This is you.", { path: ["userId"] });
  requireFound(await userById(context.loads, userId), "person", "userId");
  return viewer.userId;
}

/** Ends a friendship without a word to the other; ending none changes nothing. */
export async function removeFriend(context: ActionContext, other: string): Promise<void> {
  const me = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, me, other);
    if (!standing.areFriends) return;
    await queries.run(deleteFriendship, { me, other });
    tell(...bothSides(me, other));
  });
}
