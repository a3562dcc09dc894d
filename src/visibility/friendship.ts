/** Which friendships between others the viewer may know of: those that make mutual friends and suggestions. */
import { isCloseFriend, userVisible } from "./user.ts";

/**
 * SQL: whether the row `end` of users, one of the two people of a friendship, lets the viewer, a friend of one of the two,
 * know of it. It may be known where both ends let it: each of them visible, and neither keeping their list to
 * themselves, or to close friends of whom the viewer is none.
 */
export function friendshipShownBy(viewer: string, end: string): string {
  return `(
    ${userVisible(viewer, end)}
    and case ${end}.friend_list_visible_to
      when 'NO_ONE' then false
      when 'CLOSE_FRIENDS' then ${isCloseFriend(`${end}.id`, viewer)}
      else true
    end
  )`;
}

/**
 * SQL: a table `(friend_id, since, is_close)` of the friends whom the viewer and the row `other` of users have in common,
 * as far as the viewer may know of it, each as the viewer has them in their list. It walks the shorter of the two lists.
 * Nobody has friends in common with themselves.
 */
export function mutualFriends(viewer: string, other: string): string {
  const isShorter = `${other}.friend_count < (select v.friend_count from users v where v.id = ${viewer})`;
  // A lateral with a limit is never turned around: the planner does not know which list is the longer.
  return `(
    select m.friend_id, m.since, m.is_close
    from (
      select mine.friend_id, mine.since, mine.is_close
      from friendships theirs
      cross join lateral (
        select f.friend_id, f.since, f.is_close
        from friendships f
        where f.user_id = ${viewer} and f.friend_id = theirs.friend_id
        limit 1
      ) mine
      where theirs.user_id = ${other}.id and ${isShorter}
      union all
      select mine.friend_id, mine.since, mine.is_close
      from friendships mine
      cross join lateral (
        select from friendships f where f.user_id = ${other}.id and f.friend_id = mine.friend_id limit 1
      ) theirs
      where mine.user_id = ${viewer} and not ${isShorter}
    ) m
    join users x on x.id = m.friend_id and ${friendshipShownBy(viewer, "x")}
    where ${other}.id <> ${viewer} and ${friendshipShownBy(viewer, other)}
  )`;
}
