/** Who may see a person, and how far a person lets others reach. */

/**
 * SQL: whether the viewer may see the row `user` of users. Nobody sees an account that is being deleted, and whoever a
 * person has blocked can't see them; the one who blocked still sees the other, to unblock them.
 */
export function userVisible(viewer: string, user: string): string {
  return `(
    ${user}.deleted_at is null
    and not exists (select from blocks b where b.user_id = ${user}.id and b.blocked_id = ${viewer})
  )`;
}

/**
 * SQL: how many of the rows of `table` that fit `condition` are of people (`person`) whom the viewer may not see, for they
 * have blocked the viewer. What a kept counter counts without regard to the viewer is less by as many.
 */
export function hiddenCount(viewer: string, table: string, person: string, condition: string): string {
  return `(
    select count(*)::integer
    from blocks b
    join ${table} on ${person} = b.user_id and ${condition}
    where b.blocked_id = ${viewer}
  )`;
}

/** SQL: whether `owner` has `other` among their friends. */
export function areFriends(owner: string, other: string): string {
  return `exists (select from friendships f where f.user_id = ${owner} and f.friend_id = ${other})`;
}

/** SQL: whether `owner` has marked `other` as a close friend. */
export function isCloseFriend(owner: string, other: string): string {
  return `exists (select from friendships f where f.user_id = ${owner} and f.friend_id = ${other} and f.is_close)`;
}

/** SQL: whether `owner`, by the setting `reach`, lets the viewer in; a person is always let in by themselves. */
export function reaches(reach: string, owner: string, viewer: string): string {
  return `(
    ${owner} = ${viewer}
    or case ${reach}
      when 'EVERYONE' then true
      when 'FRIENDS_OF_FRIENDS' then ${areFriends(owner, viewer)} or exists (
        select
        from friendships mine
        join friendships theirs on theirs.user_id = mine.friend_id and theirs.friend_id = ${owner}
        where mine.user_id = ${viewer}
      )
      when 'FRIENDS' then ${areFriends(owner, viewer)}
      when 'CLOSE_FRIENDS' then ${isCloseFriend(owner, viewer)}
      else false
    end
  )`;
}

/** SQL: whether the viewer may see the friend list of the row `user` of users. */
export function friendListVisible(viewer: string, user: string): string {
  return reaches(`${user}.friend_list_visible_to`, `${user}.id`, viewer);
}
