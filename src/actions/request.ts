/** Friend requests: sent, accepted, declined and taken back. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { MetThrough } from "../entities/friendship.ts";
import { ConflictError, UserError } from "../errors.ts";
import { MAX_OPEN_REQUESTS, MAX_REQUESTS_A_DAY } from "../limits.ts";
import { relationshipWith } from "../loaders/friendship.ts";
import { cleanText } from "../text.ts";
import { type ActionContext, write } from "./context.ts";
import { befriend, bothSides, deleteRequests, lockPair, requireOther } from "./friendship.ts";

const NOTE = { min: 0, max: 200, path: "note" };

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

const changed = (userId: string) =>
  new ConflictError("How you stand has changed in the meantime.", { payload: { userId } });

/**
 * Asks a person to be friends. Asking again is the same request; asking back makes friends. Throws UNAVAILABLE where
 * the person takes no requests from the viewer, LIMIT_REACHED and TOO_MANY_REQUESTS.
 */
export async function sendFriendRequest(
  context: ActionContext,
  input: { readonly userId: string; readonly note?: string | null; readonly metThrough?: MetThrough | null },
): Promise<void> {
  const other = input.userId;
  const note = input.note === null || input.note === undefined ? null : cleanText(input.note, NOTE);
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
    if (standing.askedBack) return tell(...(await befriend(queries, standing, me, other)));
    if (standing.asked && (!standing.declined || standing.isHeldBack)) return;
    if (!standing.asked) await requireRoomForRequest(queries, me);
    await queries.run(insertRequest, {
      me,
      other,
      note,
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
    tell(...(await befriend(queries, standing, me, other)));
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
