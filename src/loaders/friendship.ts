/** Reads of what stands between people: friends, requests, blocks, and how the viewer stands to somebody. */
import { FriendRequest, type MetThrough } from "../entities/friendship.ts";
import { columns } from "../entities/naming.ts";
import { NOBODY } from "../ids.ts";
import { areFriends, friendListVisible, hiddenCount, reaches, userVisible } from "../visibility/user.ts";
import { count, type Loads, one, page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** A friend in somebody's list. */
export interface Friend extends SeenUser {
  readonly ownerId: string;
  readonly since: string;
  readonly metThrough: MetThrough | null;
  readonly isClose: boolean;
}

const friendColumns = `
  ${userColumns("u")}, f.user_id as "ownerId", f.since, f.met_through as "metThrough", f.is_close as "isClose"`;

const friendsPage = (name: string, condition: string) =>
  page<Friend>({
    name,
    key: { owner_id: "bigint" },
    direction: "desc",
    order: [
      { sql: "f.since", type: "timestamptz", value: (friend) => friend.since },
      { sql: "f.friend_id", type: "bigint", value: (friend) => friend.id },
    ],
    prime: userById.prime,
    sql: ({ k, within, order, limit }) => `
      select k.nr, ${friendColumns}
      from ${k}
      join users o on o.id = k.owner_id and ${userVisible("k.viewer_id", "o")} and ${friendListVisible("k.viewer_id", "o")}
      cross join lateral (
        select f.user_id, f.friend_id, f.since, f.met_through, f.is_close
        from friendships f
        join users u on u.id = f.friend_id and ${userVisible("k.viewer_id", "u")}
        where f.user_id = k.owner_id and ${condition} and ${within}
        order by ${order}
        limit ${limit}
      ) f
      join users u on u.id = f.friend_id
      order by k.nr, ${order}`,
  });

/** The friends of a person whose list the viewer may see, newest first. */
export const friendsOf = friendsPage("friends_of", "true");

/** Those of the viewer's own friends whom they have marked as close, newest first. */
export const closeFriendsOf = friendsPage("close_friends_of", "f.is_close and f.user_id = k.viewer_id");

/** A friend request as the viewer has it in their list. */
export type Request = FriendRequest;

/** Who asked and who was asked. */
export function sidesOf(request: Request): { fromId: string; toId: string } {
  return request.direction === "OUTGOING"
    ? { fromId: request.userId, toId: request.otherId }
    : { fromId: request.otherId, toId: request.userId };
}

/** A waiting friend request by who asked and who was asked; the viewer is one of them. */
export const requestBetween = one<Request>({
  name: "request_between",
  key: { from_id: "bigint", to_id: "bigint" },
  keyOf: (request) => [sidesOf(request).fromId, sidesOf(request).toId],
  sql: (k) => `
    select k.nr, ${columns(FriendRequest, "r")}
    from ${k}
    join friend_requests r on r.user_id = k.viewer_id
      and r.other_id = case k.viewer_id when k.from_id then k.to_id else k.from_id end
      and r.direction = case k.viewer_id when k.from_id then 'OUTGOING'::request_direction else 'INCOMING' end
      and r.declined_at is null
    join users u on u.id = r.other_id and ${userVisible("k.viewer_id", "u")}
    where k.viewer_id in (k.from_id, k.to_id)`,
});

/** The viewer's waiting requests of one direction, newest first. */
export const requestsOf = page<Request>({
  name: "requests_of",
  key: { direction: "text" },
  direction: "desc",
  order: [
    { sql: "r.created_at", type: "timestamptz", value: (request) => request.createdAt },
    { sql: "r.other_id", type: "bigint", value: (request) => request.otherId },
  ],
  prime: requestBetween.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${columns(FriendRequest, "r")}
    from ${k}
    cross join lateral (
      select r.user_id, r.other_id, r.direction, r.note, r.met_through, r.created_at, r.declined_at
      from friend_requests r
      join users u on u.id = r.other_id and ${userVisible("k.viewer_id", "u")}
      where r.user_id = k.viewer_id and r.direction = k.direction::request_direction and r.declined_at is null
        and ${within}
      order by ${order}
      limit ${limit}
    ) r
    order by k.nr, ${order}`,
});

/** A person whom the viewer has blocked, and since when. */
export interface BlockedUser extends SeenUser {
  readonly blockedAt: string;
}

/** Whom the viewer has blocked, newest first. */
export const blockedUsersOf = page<BlockedUser>({
  name: "blocked_users_of",
  key: { owner_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "b.created_at", type: "timestamptz", value: (user) => user.blockedAt },
    { sql: "b.blocked_id", type: "bigint", value: (user) => user.id },
  ],
  prime: userById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${userColumns("u")}, b.created_at as "blockedAt"
    from ${k}
    cross join lateral (
      select b.blocked_id, b.created_at
      from blocks b
      join users u on u.id = b.blocked_id and ${userVisible("k.viewer_id", "u")}
      where b.user_id = k.viewer_id and b.user_id = k.owner_id and ${within}
      order by ${order}
      limit ${limit}
    ) b
    join users u on u.id = b.blocked_id
    order by k.nr, ${order}`,
});

/** How the viewer stands to another person. */
export interface Relationship {
  readonly otherId: string;
  readonly state: "NONE" | "REQUEST_SENT" | "REQUEST_RECEIVED" | "FRIENDS";
  readonly friendsSince: string | null;
  readonly metThrough: MetThrough | null;
  readonly isCloseFriend: boolean;
  readonly isBlocked: boolean;
  readonly canMessage: boolean;
  readonly canRequestFriendship: boolean;
}

/** The same, and what else a profile needs to know of the two: read in one go. */
interface Standing extends Relationship {
  /** Of the friends whom the viewer may see; null where they may not see the list. */
  readonly visibleFriendCount: number | null;
}

const standingColumns = `
      o.id as "otherId",
      case
        when f.user_id is not null then 'FRIENDS'
        when r.direction = 'OUTGOING' then 'REQUEST_SENT'
        when r.direction = 'INCOMING' and r.declined_at is null then 'REQUEST_RECEIVED'
        else 'NONE'
      end as state,
      f.since as "friendsSince",
      coalesce(f.met_through, r.met_through) as "metThrough",
      coalesce(f.is_close, false) as "isCloseFriend",
      b.user_id is not null as "isBlocked",
      b.user_id is null and (o.messages_from <> 'NO_ONE' or f.user_id is not null) as "canMessage",
      b.user_id is null and f.user_id is null and r.direction is distinct from 'OUTGOING'
        and (coalesce(r.direction = 'INCOMING', false) or ${reaches("o.friend_requests_from", "o.id", "k.viewer_id")})
        as "canRequestFriendship",
      case when ${friendListVisible("k.viewer_id", "o")}
        then o.friend_count - ${hiddenCount("k.viewer_id", "friendships h", "h.friend_id", "h.user_id = o.id")}
      end as "visibleFriendCount"`;

const standingTables = `
    left join friendships f on f.user_id = k.viewer_id and f.friend_id = o.id
    left join friend_requests r on r.user_id = k.viewer_id and r.other_id = o.id
    left join blocks b on b.user_id = k.viewer_id and b.blocked_id = o.id`;

const standingTo = one<Standing>({
  name: "standing_to",
  key: { other_id: "bigint" },
  keyOf: ({ otherId }) => [otherId],
  sql: (k) => `
    select k.nr, ${standingColumns}
    from ${k}
    join users o on o.id = k.other_id and ${userVisible("k.viewer_id", "o")}
    ${standingTables}`,
});

const profileByExactHandle = one<SeenUser & Standing>({
  name: "profile_by_handle",
  key: { handle: "text" },
  keyOf: ({ handle }) => [handle],
  sql: (k) => `
    select k.nr, ${userColumns("o")}, ${standingColumns}
    from ${k}
    join handles h on h.handle = k.handle and h.freed_at is null
    join users o on o.id = h.user_id and ${userVisible("k.viewer_id", "o")}
    ${standingTables}`,
});

const HANDLE = /^[a-z0-9._]{1,30}$/;

/**
 * A person by handle, without regard to case; null as well for what can't be a handle. Who asks by handle looks at a
 * profile: how the viewer stands to the person comes along.
 */
export async function userByHandle(loads: Loads, handle: string): Promise<SeenUser | null> {
  const lowered = handle.toLowerCase();
  if (!HANDLE.test(lowered)) return null;
  const profile = await profileByExactHandle(loads, lowered);
  if (profile !== null) {
    userById.prime(loads, profile);
    standingTo.prime(loads, profile);
  }
  return profile;
}

/** How the viewer stands to a person; null for oneself, for nobody signed in, and for whom they may not see. */
export async function relationshipWith(loads: Loads, userId: string): Promise<Relationship | null> {
  return loads.viewerId === NOBODY || loads.viewerId === userId ? null : standingTo(loads, userId);
}

/** How many friends a person has, of those whom the viewer may see; null where the viewer may not see the list. */
export async function friendCountOf(loads: Loads, userId: string): Promise<number | null> {
  return (await standingTo(loads, userId))?.visibleFriendCount ?? null;
}

/** How a person lets the viewer reach them. */
export interface Openness {
  readonly userId: string;
  /** A message arrives in the inbox; otherwise as a message request. */
  readonly toMessages: boolean;
  readonly toGroupInvites: boolean;
}

/** How far a person lets the viewer in; null for whom the viewer may not see. For actions alone: none of it is told. */
export const opennessOf = one<Openness>({
  name: "openness_of",
  key: { user_id: "bigint" },
  keyOf: ({ userId }) => [userId],
  sql: (k) => `
    select
      k.nr,
      o.id as "userId",
      ${reaches("o.messages_from", "o.id", "k.viewer_id")} as "toMessages",
      ${reaches("o.group_invites_from", "o.id", "k.viewer_id")} as "toGroupInvites"
    from ${k}
    join users o on o.id = k.user_id and ${userVisible("k.viewer_id", "o")}`,
});

/** How many friends the viewer and a person have in common, of those whom the viewer may see in that person's list. */
export const mutualFriendCount = count({
  name: "mutual_friend_count",
  key: { other_id: "bigint" },
  sql: (k) => `
    select k.nr, m.value
    from ${k}
    join users o on o.id = k.other_id and ${userVisible("k.viewer_id", "o")} and ${friendListVisible("k.viewer_id", "o")}
    cross join lateral (
      select count(*)::integer as value
      from friendships mine
      join users u on u.id = mine.friend_id and ${userVisible("k.viewer_id", "u")}
      where mine.user_id = k.viewer_id and ${areFriends("k.other_id", "mine.friend_id")}
    ) m`,
});
