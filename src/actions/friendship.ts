/** What joins two people: every decision is made on both people's rows, locked in the order of their ids. */
import type { Queries } from "../db/database.ts";
import type { Change } from "../db/events.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { MetThrough } from "../entities/friendship.ts";
import { RequestError, requireFound, UserError } from "../errors.ts";
import { DECLINE_HOLDS_DAYS, MAX_FRIENDS } from "../limits.ts";
import { userById } from "../loaders/user.ts";
import { requireViewer } from "../viewer.ts";
import { isHere } from "../visibility/user.ts";
import { type ActionContext, write } from "./context.ts";
import { letIn, noLongerFriends } from "./direct-conversation.ts";
import { acceptedCause, requestCause, withdraw } from "./notification.ts";
import { type FormerFriendship, friendAudiences, revokeVideosAndMoments } from "./revocation.ts";
import { accessCauses } from "./video-access.ts";

/** Of the videos that one of two friends has let the other in to, or was asked to, those that are told of when they part. */
const MAX_ACCESS_TOLD = 1_000;

const lockPeople = statement<{ ids: readonly string[] }, { id: string; friendCount: number }>(
  "friendship_lock",
  `
  select u.id, u.friend_count as "friendCount"
  from users u
  where u.id = any(:ids::bigint[]) and ${isHere("u")}
  order by u.id
  for no key update`,
);

/** How two people stand, seen from the viewer, under the locks of both. */
interface Standing {
  readonly areFriends: boolean;
  /** Whether one of them has blocked the other, whichever it is; and whether it is the other who hides from the viewer. */
  readonly isBlocked: boolean;
  readonly hidesFromViewer: boolean;
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

const readStanding = statement<{ viewerId: string; other: string; holdDays: number }, Standing>(
  "friendship_standing",
  `
  select
    exists (select from friendships f where f.user_id = :viewerId and f.friend_id = :other) as "areFriends",
    exists (
      select from blocks b
      where (b.user_id = :viewerId and b.blocked_id = :other) or (b.user_id = :other and b.blocked_id = :viewerId)
    ) as "isBlocked",
    exists (select from blocks b where b.user_id = :other and b.blocked_id = :viewerId) as "hidesFromViewer",
    coalesce(mine.direction = 'OUTGOING', false) as asked,
    coalesce(theirs.direction = 'OUTGOING', false) as "askedBack",
    coalesce(mine.direction = 'INCOMING' and mine.declined_at is null, false) as "askedBackWaits",
    theirs.declined_at is not null as declined,
    coalesce(theirs.declined_at > now() - make_interval(days => :holdDays), false) as "isHeldBack"
  from (values (1)) as one (row)
  left join friend_requests mine on mine.user_id = :viewerId and mine.other_id = :other
  left join friend_requests theirs on theirs.user_id = :other and theirs.other_id = :viewerId`,
);

/**
 * Locks people in the order of their ids, against whatever else changes how they stand to each other. Those who are
 * hidden by now are not locked, and not returned.
 */
export function lockAll(
  queries: Queries,
  ids: readonly string[],
): Promise<{ id: string; friendCount: number }[]> {
  return queries.run(lockPeople, { ids });
}

/** Locks the viewer's own row, so that what they do is done in turn; throws UNAUTHENTICATED where they are no longer here. */
export async function lockSelf(queries: Queries, viewerId: string): Promise<void> {
  const [self] = await lockAll(queries, [viewerId]);
  if (self === undefined) throw new RequestError("UNAUTHENTICATED", "This account is no longer here.");
}

/** Locks two people and says how they stand; null where one of them is hidden by now. */
export async function lockBoth(
  queries: Queries,
  viewerId: string,
  other: string,
): Promise<LockedPair | null> {
  const people = await lockAll(queries, [viewerId, other]);
  const [standing] = await queries.run(readStanding, { viewerId, other, holdDays: DECLINE_HOLDS_DAYS });
  if (people.length < 2 || standing === undefined) return null;
  return { ...standing, isFull: people.some(({ friendCount }) => friendCount >= MAX_FRIENDS) };
}

/** Locks two people and says how they stand; throws NOT_FOUND where one of them is hidden by now. */
export async function lockPair(queries: Queries, viewerId: string, other: string): Promise<LockedPair> {
  return requireFound(await lockBoth(queries, viewerId, other), "person");
}

/** Deletes the requests between two people, and their count on the badge; declined ones only where told. */
export const deleteRequests = statement<{ viewerId: string; other: string; keepDeclined: boolean }, Nothing>(
  "friendship_unask",
  `
  with gone as (
    delete from friend_requests
    where ((user_id = :viewerId and other_id = :other) or (user_id = :other and other_id = :viewerId))
      and not (:keepDeclined and declined_at is not null)
    returning user_id, direction, declined_at
  )
  update users u
  set waiting_request_count = waiting_request_count - 1
  from gone g
  where u.id = g.user_id and g.direction = 'INCOMING' and g.declined_at is null`,
);

const insertFriendship = statement<{ viewerId: string; other: string; metThrough: string | null }, Nothing>(
  "friendship_make",
  `
  with friends as (
    insert into friendships (user_id, friend_id, since, met_through)
    select p.user_id, p.friend_id, now(), :metThrough::met_through
    from (values (:viewerId::bigint, :other::bigint), (:other, :viewerId)) as p (user_id, friend_id)
    returning user_id
  )
  update users u
  set friend_count = friend_count + 1
  from friends f
  where u.id = f.user_id`,
);

// As the statement began: what hangs on a friendship goes with it, at its end.
const accessOf = (condition: string) => `array(
      select g.video_id::text
      from video_access g
      where g.author_id = f.user_id and g.user_id = f.friend_id and ${condition}
      limit ${MAX_ACCESS_TOLD}
    )`;

const deleteFriendship = statement<{ viewerId: string; other: string }, FormerFriendship>(
  "friendship_end",
  `
  with former as (
    delete from friendships
    where (user_id = :viewerId and friend_id = :other) or (user_id = :other and friend_id = :viewerId)
    returning user_id, friend_id, is_close
  )
  update users u
  set friend_count = friend_count - 1
  from former f
  where u.id = f.user_id
  returning
    u.id as "userId", f.friend_id as "friendId", f.is_close as "isClose",
    ${accessOf("g.granted_at is not null")} as granted, ${accessOf("g.granted_at is null")} as asked`,
);

const updateClose = statement<{ viewerId: string; other: string; close: boolean }, { friendId: string }>(
  "friendship_set_close",
  `
  update friendships
  set is_close = :close
  where user_id = :viewerId and friend_id = :other and is_close <> :close
  returning friend_id as "friendId"`,
);

const metThroughOf = statement<{ viewerId: string; other: string }, { metThrough: MetThrough | null }>(
  "friendship_met_through",
  `
  select r.met_through as "metThrough"
  from friend_requests r
  where r.user_id in (:viewerId, :other) and r.other_id in (:viewerId, :other) and r.direction = 'OUTGOING'
  order by r.created_at
  limit 1`,
);

/** Tells both of two people that how they stand has changed. */
export function bothSides(viewerId: string, other: string): Change[] {
  return [
    { viewerId, kind: "RELATIONSHIP_CHANGED", ids: [other] },
    { viewerId: other, kind: "RELATIONSHIP_CHANGED", ids: [viewerId] },
  ];
}

/** Makes friends of two people who are locked, who came together as told or as a request said; throws LIMIT_REACHED. */
export async function befriend(
  queries: Queries,
  pair: LockedPair,
  viewerId: string,
  other: string,
  metThrough: MetThrough | null = null,
): Promise<Change[]> {
  if (pair.isFull) throw new UserError("LIMIT_REACHED", `Nobody can have more than ${MAX_FRIENDS} friends.`);
  const [request] = await queries.run(metThroughOf, { viewerId, other });
  await queries.run(deleteRequests, { viewerId, other, keepDeclined: false });
  await queries.run(insertFriendship, {
    viewerId,
    other,
    metThrough: metThrough ?? request?.metThrough ?? null,
  });
  const accepted = await queries.run(letIn, { viewerId, other });
  const changes = [
    ...bothSides(viewerId, other),
    ...accepted.map(
      ({ userId, conversationId }): Change => ({
        viewerId: userId,
        kind: "CONVERSATION_CHANGED",
        ids: [conversationId],
      }),
    ),
  ];
  const tell = (...told: readonly Change[]) => changes.push(...told);
  await withdraw(queries, tell, requestCause(viewerId, other), requestCause(other, viewerId));
  return changes;
}

/**
 * Ends everything that joins two people whose rows are locked; what was declined goes on holding back the next. Returns
 * the friendship as each of them had it, if there was one.
 */
export async function part(queries: Queries, viewerId: string, other: string): Promise<FormerFriendship[]> {
  await queries.run(deleteRequests, { viewerId, other, keepDeclined: true });
  return endFriendship(queries, viewerId, other);
}

async function endFriendship(queries: Queries, viewerId: string, other: string): Promise<FormerFriendship[]> {
  const former = await queries.run(deleteFriendship, { viewerId, other });
  if (former.length > 0) await noLongerFriends(queries, viewerId, other);
  return former;
}

/** The viewer and the person that an action is about; throws NOT_FOUND, and INVALID for the viewer themselves. */
export async function requireOther(context: ActionContext, userId: string): Promise<string> {
  const viewer = requireViewer(context);
  if (userId === viewer.userId) throw new UserError("INVALID", "This is you.", { path: ["userId"] });
  requireFound(await userById(context.loads, userId), "person", "userId");
  return viewer.userId;
}

/**
 * Marks a friend as close, or as no longer close; the other is never told, but for what their cache has to forget. Throws
 * NOT_FOUND, FORBIDDEN for no friend, and TOO_MANY_REQUESTS.
 */
export async function setCloseFriend(context: ActionContext, other: string, close: boolean): Promise<void> {
  const viewerId = await requireOther(context, other);
  await context.rates.take("closeFriend", viewerId);
  await write(context, async (queries, tell) => {
    const { areFriends } = await lockPair(queries, viewerId, other);
    if (!areFriends) throw new UserError("FORBIDDEN", "You are not friends.", { path: ["userId"] });
    if ((await queries.run(updateClose, { viewerId, other, close })).length === 0) return;
    tell({ viewerId, kind: "RELATIONSHIP_CHANGED", ids: [other] });
    if (!close)
      await revokeVideosAndMoments(queries, tell, {
        viewerId: other,
        authorId: viewerId,
        audiences: ["CLOSE_FRIENDS"],
      });
  });
}

/** Ends a friendship without a word to the other; ending none changes nothing. Throws NOT_FOUND, and INVALID for oneself. */
export async function removeFriend(context: ActionContext, other: string): Promise<void> {
  const viewerId = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, viewerId, other);
    if (!standing.areFriends) return;
    const former = await endFriendship(queries, viewerId, other);
    tell(...bothSides(viewerId, other));
    for (const each of former) {
      const { userId: authorId, friendId, granted } = each;
      await revokeVideosAndMoments(queries, tell, {
        viewerId: friendId,
        authorId,
        audiences: friendAudiences(each),
        granted,
      });
    }
    await withdraw(
      queries,
      tell,
      acceptedCause(viewerId, other),
      acceptedCause(other, viewerId),
      ...former.flatMap(accessCauses),
    );
  });
}
