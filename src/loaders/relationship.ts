/** Reads of how the viewer stands to others, and how far others let the viewer in. */
import type { MetThrough } from "../entities/friendship.ts";
import { NOBODY } from "../ids.ts";
import type { MarketFeature } from "../policy.ts";
import { HANDLE } from "../text.ts";
import { bothMay } from "../visibility/policy.ts";
import { areFriends, friendListVisible, hiddenCount, reaches, userVisible } from "../visibility/user.ts";
import { type Loads, one } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

export const FRIENDSHIP_STATES = ["NONE", "REQUEST_SENT", "REQUEST_RECEIVED", "FRIENDS"] as const;

/** How the viewer stands to another person. */
export interface Relationship {
  readonly otherId: string;
  readonly state: (typeof FRIENDSHIP_STATES)[number];
  readonly friendsSince: string | null;
  readonly metThrough: MetThrough | null;
  readonly isCloseFriend: boolean;
  readonly isBlocked: boolean;
  /** Null as well when it is over. */
  readonly mutedUntil: string | null;
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
      case when m.until > now() then m.until end as "mutedUntil",
      case
        when b.user_id is not null then false
        when f.user_id is not null then true
        when o.messages_from = 'NO_ONE' then false
        else ${bothMay("o.id", "k.viewer_id", "DIRECT_MESSAGES", "MESSAGE_REQUESTS")}
      end as "canMessage",
      b.user_id is null and f.user_id is null and r.direction is distinct from 'OUTGOING'
        and (coalesce(r.direction = 'INCOMING', false) or ${reaches("o.friend_requests_from", "o.id", "k.viewer_id")})
        as "canRequestFriendship",
      case when ${friendListVisible("k.viewer_id", "o")}
        then o.friend_count - ${hiddenCount("k.viewer_id", "friendships h", "h.friend_id", "h.user_id = o.id")}
      end as "visibleFriendCount"`;

const standingTables = `
    left join friendships f on f.user_id = k.viewer_id and f.friend_id = o.id
    left join friend_requests r on r.user_id = k.viewer_id and r.other_id = o.id
    left join blocks b on b.user_id = k.viewer_id and b.blocked_id = o.id
    left join mutes m on m.user_id = k.viewer_id and m.muted_id = o.id`;

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

/**
 * A person by handle, without regard to case; null as well for what can't be a handle. Who asks by handle looks at a
 * profile: how the viewer stands to the person comes along.
 */
export async function userByHandle(loads: Loads, handle: string): Promise<SeenUser | null> {
  if (!HANDLE.test(handle)) return null;
  const profile = await profileByExactHandle(loads, handle.toLowerCase());
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
  /** Whether age and market let the two write to each other: friends, or both of an age to write to strangers. */
  readonly allowsMessages: boolean;
}

// Friends come first: what is looked up of ages and markets is looked up for others alone.
const allowed = (...features: readonly MarketFeature[]) => `
      case when ${areFriends("o.id", "k.viewer_id")} then true else ${bothMay("o.id", "k.viewer_id", ...features)} end`;

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
      ${reaches("o.group_invites_from", "o.id", "k.viewer_id")}
        and ${allowed("GROUPS")} as "toGroupInvites",
      ${allowed("DIRECT_MESSAGES", "MESSAGE_REQUESTS")} as "allowsMessages"
    from ${k}
    join users o on o.id = k.user_id and ${userVisible("k.viewer_id", "o")}`,
});
