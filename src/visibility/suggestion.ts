/** Who may be suggested to whom. */
import { areFriends, hasBlocked, reaches, userVisible } from "./user.ts";

/**
 * SQL: whether the row `user` of users may be suggested to the viewer as a friend: they let themselves be suggested, take
 * requests from the viewer, and nothing stands between the two, be it a friendship, a request that may have been
 * declined, a block, or the viewer's wish to see no more of them.
 */
export function suggestible(viewer: string, user: string): string {
  // An offset keeps each look a walk of one index for one pair, however many rows of the kind the viewer has.
  const none = (table: string, condition: string) =>
    `not exists (select from ${table} t where ${condition} offset 0)`;
  return `(
    ${user}.id <> ${viewer}
    and ${user}.suggest_me
    and ${userVisible(viewer, user)}
    and not ${hasBlocked(viewer, `${user}.id`)}
    and ${none("friend_requests", `t.user_id = ${viewer} and t.other_id = ${user}.id`)}
    and ${none("dismissed_suggestions", `t.user_id = ${viewer} and t.other_id = ${user}.id`)}
    and not ${areFriends(viewer, `${user}.id`)}
    and ${reaches(`${user}.friend_requests_from`, `${user}.id`, viewer)}
  )`;
}
