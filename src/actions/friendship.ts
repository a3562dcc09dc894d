/** Friend requests and friendships: every decision is made on both people's rows, locked in the order of their ids. */
import type { Queries } from "../db/database.ts";
import type { Change } from "../db/events.ts";
import { statement } from "../db/sql.ts";
import type { MetThrough } from "../entities/friendship.ts";
import { ConflictError, requireFound, UserError } from "../errors.ts";
import { DECLINE_HOLDS_DAYS, MAX_FRIENDS, MAX_OPEN_REQUESTS, MAX_REQUESTS_A_DAY } from "../limits.ts";
import { relationshipWith } from "../loaders/friendship.ts";
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

/** Locks two people, in the order of their ids, and says how they stand. */
export async function lockPair(queries: Queries, me: string, other: string): Promise<Standing> {
  const people = await queries.run(lockPeople, { ids: [me, other] });
  const [standing] = await queries.run(readStanding, { me, other, holdDays: DECLINE_HOLDS_DAYS });
  if (people.length < 2 || standing === undefined)
    throw new UserError("NOT_FOUND", "There is no such person.");
  return standing;
}

// Counted as they are sent: taking one back makes no room for another.
const countRequest = statement<{ me: string }, { open: number; today: number; freesAt: string }>(
  "friendship_count_request",
  `
  update accounts a
  set
    requests_today = case when a.requests_day = (now() at time zone 'UTC')::date then a.requests_today + 1 else 1 end,
    requests_day = (now() at time zone 'UTC')::date
  where a.user_id = :me
  returning
    a.requests_today as today,
    ((a.requests_day + 1)::timestamp at time zone 'UTC') as "freesAt",
    (
      select count(*)::integer
      from friend_requests r
      where r.user_id = :me and r.direction = 'OUTGOING' and r.declined_at is null
    ) as open`,
);

type RequestParameters = {
  me: string;
  other: string;
  note: string | null;
  metThrough: string | null;
  arrives: boolean;
};

// The receiver's row is left alone while it holds the request back.
const insertRequest = statement<RequestParameters, Record<string, never>>(
  "friendship_ask",
  `
  with asked as (
    insert into friend_requests (user_id, other_id, direction, note, met_through)
    values (:me, :other, 'OUTGOING', :note, :metThrough::met_through)
    on conflict (user_id, other_id) do update set
      created_at = now(), note = excluded.note, met_through = excluded.met_through
  ),
  arrived as (
    insert into friend_requests (user_id, other_id, direction, note, met_through)
    select :other, :me, 'INCOMING', :note, :metThrough::met_through
    where :arrives
    on conflict (user_id, other_id) do update set
      created_at = now(), note = excluded.note, met_through = excluded.met_through, declined_at = null
  )
  update users
  set waiting_request_count = waiting_request_count + 1
  where id = :other and :arrives`,
);

const deleteRequests = statement<{ me: string; other: string; keepDeclined: boolean }, Record<string, never>>(
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
function bothSides(me: string, other: string): Change[] {
  return [
    { viewerId: me, kind: "RELATIONSHIP_CHANGED", ids: [other] },
    { viewerId: other, kind: "RELATIONSHIP_CHANGED", ids: [me] },
  ];
}

async function befriend(queries: Queries, me: string, other: string): Promise<Change[]> {
  const people = await queries.run(lockPeople, { ids: [me, other] });
  if (people.some(({ friendCount }) => friendCount >= MAX_FRIENDS)) {
    throw new UserError("LIMIT_REACHED", `Nobody can have more than ${MAX_FRIENDS} friends.`);
  }
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

const changed = (userId: string) =>
  new ConflictError("How you stand has changed in the meantime.", { payload: { userId } });

/** The viewer and the person that an action is about; throws NOT_FOUND, and INVALID for the viewer themselves. */
export async function requireOther(context: ActionContext, userId: string): Promise<string> {
  const viewer = requireViewer(context);
  if (userId === viewer.userId) throw new UserError("INVALID", "This is you.", { path: ["userId"] });
  requireFound(await userById(context.loads, userId), "person", "userId");
  return viewer.userId;
}

/**
 * Asks a person to be friends. Asking again is the same request; asking back makes friends. Throws UNAVAILABLE where
 * the person takes no requests from the viewer, LIMIT_REACHED and TOO_MANY_REQUESTS.
 */
export async function sendFriendRequest(
  context: ActionContext,
  input: { readonly userId: string; readonly note?: string | null; readonly metThrough?: MetThrough | null },
): Promise<void> {
  const other = input.userId;
  const me = await requireOther(context, other);
  const relationship = await relationshipWith(context.loads, other);
  if (relationship?.isBlocked) {
    throw new UserError("FORBIDDEN", "You have blocked this person. Unblock them first.", {
      path: ["userId"],
    });
  }
  if (relationship?.state === "NONE" && !relationship.canRequestFriendship) {
    throw new UserError("UNAVAILABLE", "You can't send this person a friend request.", { path: ["userId"] });
  }
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, me, other);
    if (standing.isBlocked)
      throw new UserError("NOT_FOUND", "There is no such person.", { path: ["userId"] });
    if (standing.areFriends) return;
    if (standing.askedBack) return tell(...(await befriend(queries, me, other)));
    if (standing.asked && (!standing.declined || standing.isHeldBack)) return;
    if (!standing.asked) await requireRoomForRequest(queries, me);
    await queries.run(insertRequest, {
      me,
      other,
      note: input.note ?? null,
      metThrough: input.metThrough ?? null,
      arrives: !standing.isHeldBack,
    });
    tell(...bothSides(me, other).filter(({ viewerId }) => viewerId === me || !standing.isHeldBack));
  });
}

async function requireRoomForRequest(queries: Queries, me: string): Promise<void> {
  const [own] = await queries.run(countRequest, { me });
  if (own !== undefined && own.open >= MAX_OPEN_REQUESTS) {
    throw new UserError(
      "LIMIT_REACHED",
      `Nobody can have more than ${MAX_OPEN_REQUESTS} open friend requests.`,
    );
  }
  if (own !== undefined && own.today > MAX_REQUESTS_A_DAY) {
    throw new UserError(
      "TOO_MANY_REQUESTS",
      `Nobody can send more than ${MAX_REQUESTS_A_DAY} friend requests a day.`,
      {
        retryAt: new Date(own.freesAt),
      },
    );
  }
}

/** Makes friends with who asked; throws CONFLICT where there is no request any more. */
export async function acceptFriendRequest(context: ActionContext, other: string): Promise<void> {
  const me = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, me, other);
    if (standing.areFriends) return;
    if (!standing.askedBackWaits || standing.isBlocked) throw changed(other);
    tell(...(await befriend(queries, me, other)));
  });
}

const markDeclined = statement<{ me: string; other: string }, Record<string, never>>(
  "friendship_decline",
  `
  with declined as (
    update friend_requests
    set declined_at = now()
    where user_id = :me and other_id = :other and direction = 'INCOMING' and declined_at is null
    returning user_id
  )
  update users u
  set waiting_request_count = waiting_request_count - 1
  from declined d
  where u.id = d.user_id`,
);

/** Declines silently: to the asker nothing changes. Throws CONFLICT where there is no request any more. */
export async function declineFriendRequest(context: ActionContext, other: string): Promise<void> {
  const me = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, me, other);
    if (!standing.askedBackWaits) {
      if (standing.askedBack) return;
      throw changed(other);
    }
    await queries.run(markDeclined, { me, other });
    tell({ viewerId: me, kind: "RELATIONSHIP_CHANGED", ids: [other] });
  });
}

/** Takes back the viewer's request; throws CONFLICT where it has been answered or is gone. */
export async function cancelFriendRequest(context: ActionContext, other: string): Promise<void> {
  const me = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, me, other);
    if (!standing.asked) throw changed(other);
    await queries.run(deleteRequests, { me, other, keepDeclined: true });
    tell(...bothSides(me, other).filter(({ viewerId }) => viewerId === me || !standing.declined));
  });
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
