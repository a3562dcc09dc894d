/** Friend requests: sent, accepted, declined and taken back. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { MetThrough } from "../entities/friendship.ts";
import { ConflictError, UserError } from "../errors.ts";
import { MAX_OPEN_REQUESTS, MAX_REQUESTS_A_DAY } from "../limits.ts";
import { relationshipWith } from "../loaders/relationship.ts";
import { cleanText } from "../text.ts";
import { reaches } from "../visibility/user.ts";
import { type ActionContext, write } from "./context.ts";
import { befriend, bothSides, deleteRequests, lockPair, requireOther } from "./friendship.ts";
import { acceptedCause, notify, requestCause, withdraw } from "./notification.ts";

const NOTE = { min: 0, max: 200, path: "note" };

// Counted as they are sent: taking one back makes no room for another. One that is sent again is open already.
const countRequest = statement<
  { viewerId: string; other: string },
  { open: number; today: number; freesAt: string }
>(
  "friendship_count_request",
  `
  update accounts a
  set
    requests_today = case when a.requests_day = (now() at time zone 'UTC')::date then a.requests_today + 1 else 1 end,
    requests_day = (now() at time zone 'UTC')::date
  where a.user_id = :viewerId
  returning
    a.requests_today as today,
    ((a.requests_day + 1)::timestamp at time zone 'UTC') as "freesAt",
    (
      select count(*)::integer
      from friend_requests r
      where r.user_id = :viewerId and r.other_id <> :other and r.direction = 'OUTGOING' and r.declined_at is null
    ) as open`,
);

// Under the lock of the person, whose setting it is. Whom they have asked may ask, also once that was taken back.
const readLetsIn = statement<{ viewerId: string; other: string }, { letsIn: boolean }>(
  "friendship_lets_in",
  `
  select ${reaches("o.friend_requests_from", "o.id", ":viewerId::bigint")} or exists (
    select from friend_requests r where r.user_id = :viewerId and r.other_id = o.id and r.direction = 'INCOMING'
  ) as "letsIn"
  from users o
  where o.id = :other`,
);

type RequestParameters = {
  viewerId: string;
  other: string;
  note: string | null;
  metThrough: string | null;
  arrives: boolean;
};

// The receiver's row is left alone while it holds the request back. The asker's may be of a request that they declined and
// that was taken back since: it becomes their own.
const insertRequest = statement<RequestParameters, Nothing>(
  "friendship_ask",
  `
  with asked as (
    insert into friend_requests (user_id, other_id, direction, note, met_through)
    values (:viewerId, :other, 'OUTGOING', :note, :metThrough::met_through)
    on conflict (user_id, other_id) do update set
      direction = excluded.direction, created_at = now(), note = excluded.note, met_through = excluded.met_through,
      declined_at = null
  ),
  arrived as (
    insert into friend_requests (user_id, other_id, direction, note, met_through)
    select :other, :viewerId, 'INCOMING', :note, :metThrough::met_through
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
 * Asks a person to be friends. Asking again is the same request; asking back makes friends. Throws NOT_FOUND, INVALID for
 * oneself, FORBIDDEN for whom the viewer has blocked, UNAVAILABLE where the person takes no requests from the viewer,
 * LIMIT_REACHED and TOO_MANY_REQUESTS.
 */
export async function sendFriendRequest(
  context: ActionContext,
  input: { readonly userId: string; readonly note?: string | null; readonly metThrough?: MetThrough | null },
): Promise<void> {
  const other = input.userId;
  const note = input.note === null || input.note === undefined ? null : cleanText(input.note, NOTE);
  const viewerId = await requireOther(context, other);
  await context.rates.take("friendRequest", viewerId);
  const relationship = await relationshipWith(context.loads, other);
  if (relationship?.isBlocked) {
    throw new UserError("FORBIDDEN", "You have blocked this person. Unblock them first.", {
      path: ["userId"],
    });
  }
  if (relationship?.state === "NONE" && !relationship.canRequestFriendship) throw notLetIn();
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, viewerId, other);
    if (standing.isBlocked)
      throw new UserError("NOT_FOUND", "There is no such person.", { path: ["userId"] });
    if (standing.areFriends) return;
    if (standing.askedBack) {
      tell(...(await befriend(queries, standing, viewerId, other)));
      // Both have asked.
      return notify(queries, tell, acceptedCause(viewerId, other), acceptedCause(other, viewerId));
    }
    if (standing.asked && (!standing.declined || standing.isHeldBack)) return;
    const refused = await whyNotAsk(queries, viewerId, other);
    // To the asker it still reads REQUEST_SENT: a refusal would tell that it was declined.
    if (refused !== null && standing.asked) return;
    if (refused !== null) throw refused;
    await queries.run(insertRequest, {
      viewerId,
      other,
      note,
      metThrough: input.metThrough ?? null,
      arrives: !standing.isHeldBack,
    });
    tell(
      ...bothSides(viewerId, other).filter(({ viewerId: told }) => told === viewerId || !standing.isHeldBack),
    );
    if (!standing.isHeldBack) await notify(queries, tell, requestCause(viewerId, other));
  });
}

const notLetIn = () =>
  new UserError("UNAVAILABLE", "You can't send this person a friend request.", { path: ["userId"] });

/** Counts one more request, and says why there may not be one more to this person; null where there may. */
async function whyNotAsk(queries: Queries, viewerId: string, other: string): Promise<UserError | null> {
  const [door] = await queries.run(readLetsIn, { viewerId, other });
  if (door?.letsIn !== true) return notLetIn();
  const [own] = await queries.run(countRequest, { viewerId, other });
  if (own !== undefined && own.open >= MAX_OPEN_REQUESTS) {
    return new UserError(
      "LIMIT_REACHED",
      `Nobody can have more than ${MAX_OPEN_REQUESTS} open friend requests.`,
    );
  }
  if (own !== undefined && own.today > MAX_REQUESTS_A_DAY) {
    return new UserError(
      "TOO_MANY_REQUESTS",
      `Nobody can send more than ${MAX_REQUESTS_A_DAY} friend requests a day.`,
      {
        retryAt: new Date(own.freesAt),
      },
    );
  }
  return null;
}

/** Makes friends with who asked; throws NOT_FOUND, CONFLICT where there is no request any more, and LIMIT_REACHED. */
export async function acceptFriendRequest(context: ActionContext, other: string): Promise<void> {
  const viewerId = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, viewerId, other);
    if (standing.areFriends) return;
    if (!standing.askedBackWaits || standing.isBlocked) throw changed(other);
    tell(...(await befriend(queries, standing, viewerId, other)));
    await notify(queries, tell, acceptedCause(viewerId, other));
  });
}

const markDeclined = statement<{ viewerId: string; other: string }, Nothing>(
  "friendship_decline",
  `
  with declined as (
    update friend_requests
    set declined_at = now()
    where user_id = :viewerId and other_id = :other and direction = 'INCOMING' and declined_at is null
    returning user_id
  )
  update users u
  set waiting_request_count = waiting_request_count - 1
  from declined d
  where u.id = d.user_id`,
);

/** Declines silently: to the asker nothing changes. Throws CONFLICT where there is no request any more. */
export async function declineFriendRequest(context: ActionContext, other: string): Promise<void> {
  const viewerId = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, viewerId, other);
    if (!standing.askedBackWaits) {
      if (standing.askedBack) return;
      throw changed(other);
    }
    await queries.run(markDeclined, { viewerId, other });
    tell({ viewerId, kind: "RELATIONSHIP_CHANGED", ids: [other] });
    await withdraw(queries, tell, requestCause(other, viewerId));
  });
}

/** Takes back the viewer's request; throws CONFLICT where it has been answered or is gone. */
export async function cancelFriendRequest(context: ActionContext, other: string): Promise<void> {
  const viewerId = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const standing = await lockPair(queries, viewerId, other);
    if (!standing.asked) throw changed(other);
    await queries.run(deleteRequests, { viewerId, other, keepDeclined: true });
    tell(
      ...bothSides(viewerId, other).filter(({ viewerId: told }) => told === viewerId || !standing.declined),
    );
    await withdraw(queries, tell, requestCause(viewerId, other));
  });
}
