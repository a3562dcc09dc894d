/** Who may see a person, and how far a person lets others reach. */
import { DELETION_GRACE_DAYS } from "../limits.ts";

/** SQL: whether the account of the row `user` of users is open: neither being deleted nor suspended. */
export function isHere(user: string): string {
  return `(${user}.deleted_at is null and ${user}.suspended_at is null)`;
}

/** SQL: whether the row `user` of users was deleted so long ago that it can't come back, and is to be erased. */
export function isToBeErased(user: string): string {
  return `(${user}.erased_at is null and ${user}.deleted_at <= now() - interval '${DELETION_GRACE_DAYS} days')`;
}

/** SQL: whether the owner of the row `user` of users may sign in: it is here, or is so again once they do. */
export function mayComeBack(user: string): string {
  return `(
    ${user}.suspended_at is null and ${user}.erased_at is null
    and (${user}.deleted_at is null or not ${isToBeErased(user)})
  )`;
}

/**
 * SQL: whether `person` has blocked `other`. The offset keeps it a look at one pair: joined, it might read all whom one
 * has blocked, or all who have blocked the other.
 */
export function hasBlocked(person: string, other: string): string {
  return `exists (select from blocks b where b.user_id = ${person} and b.blocked_id = ${other} offset 0)`;
}

/**
 * SQL: whether the viewer may see the row `user` of users. Nobody sees an account that is being deleted or is suspended,
 * and whoever a person has blocked can't see them; the one who blocked still sees the other, to unblock them.
 */
export function userVisible(viewer: string, user: string): string {
  return `(
    ${isHere(user)}
    and not ${hasBlocked(`${user}.id`, viewer)}
  )`;
}

/**
 * SQL: the ids of all between whom and the viewer there is a block, as rows of a subselect. Some of them may not be
 * here: whoever lowers a kept count by theirs asks for that, by `is_counted` where only the mark of `hidePerson` moves
 * the count.
 */
export function blockedEitherWay(viewer: string): string {
  return `
    select b.user_id as id from blocks b where b.blocked_id = ${viewer}
    union
    select b.blocked_id as id from blocks b where b.user_id = ${viewer}`;
}

/** SQL: who has blocked the viewer and is here, as an array: nobody, for nearly everybody. */
export function hidersOf(viewer: string): string {
  return `array(
    select b.user_id
    from blocks b
    join users who on who.id = b.user_id and ${isHere("who")}
    where b.blocked_id = ${viewer}
  )`;
}

/**
 * SQL: how many of the rows of `table` that fit `condition` are of some `people`, by its column `person`. Of each of
 * them it is a look of its own: joined, all the rows that fit might be gone through, and a video may have a hundred
 * thousand likes.
 */
export function countOf(people: string, table: string, person: string, condition: string): string {
  return `coalesce((
    select sum((select count(*) from ${table} where ${person} = other.id and ${condition}))::integer
    from unnest(${people}) as other (id)
  ), 0)`;
}

/**
 * SQL: how many of the rows of `table` that fit `condition` are of people (`person`) whom the viewer may not see, for
 * they have blocked the viewer. What a kept counter counts without regard to the viewer is less by as many; those who
 * are not here it does not count.
 */
export function hiddenCount(viewer: string, table: string, person: string, condition: string): string {
  return countOf(hidersOf(viewer), table, person, condition);
}

/** SQL: whether `owner` has `other` among their friends. */
export function areFriends(owner: string, other: string): string {
  return `exists (select from friendships f where f.user_id = ${owner} and f.friend_id = ${other})`;
}

/** SQL: whether `owner` has marked `other` as a close friend. */
export function isCloseFriend(owner: string, other: string): string {
  return `exists (select from friendships f where f.user_id = ${owner} and f.friend_id = ${other} and f.is_close)`;
}

/**
 * SQL: whether `owner`, by the setting `reach`, lets the viewer in; a person is always let in by themselves, and nobody
 * by a friend in common who is hidden. The offset keeps it a look at those in common: joined, all the viewer's friends
 * might be looked at.
 */
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
          and exists (select from users middle where middle.id = theirs.user_id and ${isHere("middle")} offset 0)
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
