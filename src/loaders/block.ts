/** Reads of whom the viewer has blocked. */
import { hasBlocked, isHere } from "../visibility/user.ts";
import { type Fact, fact, page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** A person whom the viewer has blocked, and since when. */
export interface BlockedUser extends SeenUser {
  readonly blockedAt: string;
  /** Whether they have blocked the viewer too. */
  readonly hidesFromViewer: boolean;
}

// Whoever hides from the viewer has a name here, to be unblocked by, and nothing else that they show.
const blockedColumns = `
  ${userColumns("u", ["bio", "avatarUrl"])},
  case when not b.hides then u.bio end as bio,
  case when not b.hides then u.avatar_url end as "avatarUrl",
  b.created_at as "blockedAt", b.hides as "hidesFromViewer"`;

/** Whom the viewer has blocked, newest first: all who are here, also those who have blocked the viewer. */
export const blockedUsersOf = page<BlockedUser>({
  name: "blocked_users_of",
  key: { owner_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "b.created_at", type: "timestamptz", value: (user) => user.blockedAt },
    { sql: "b.blocked_id", type: "bigint", value: (user) => user.id },
  ],
  prime(loads, user) {
    if (!user.hidesFromViewer) userById.prime(loads, user);
  },
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${blockedColumns}
    from ${k}
    cross join lateral (
      select b.blocked_id, b.created_at, ${hasBlocked("u.id", "k.viewer_id")} as hides
      from blocks b
      join users u on u.id = b.blocked_id and ${isHere("u")}
      where b.user_id = k.viewer_id and b.user_id = k.owner_id and ${within}
      order by ${order}
      limit ${limit}
    ) b
    join users u on u.id = b.blocked_id
    order by k.nr, ${order}`,
});

/** Whether a person who is here is one whom the viewer has blocked, also where they have blocked the viewer. */
export const viewerBlocks: Fact<boolean> = fact<boolean>({
  name: "viewer_blocks",
  key: { other_id: "bigint" },
  missing: false,
  sql: (k) => `
    select k.nr, true as value
    from ${k}
    join blocks b on b.user_id = k.viewer_id and b.blocked_id = k.other_id
    join users u on u.id = b.blocked_id and ${isHere("u")}`,
});
