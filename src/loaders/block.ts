/** Reads of whom the viewer has blocked. */
import { userVisible } from "../visibility/user.ts";
import { page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

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
