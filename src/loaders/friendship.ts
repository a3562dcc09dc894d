/** Reads of friends: the lists of friends, and the friends that two people have in common. */
import type { MetThrough } from "../entities/friendship.ts";
import { mutualFriends } from "../visibility/friendship.ts";
import { friendListVisible, userVisible } from "../visibility/user.ts";
import { count, page } from "./kinds.ts";
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

/** SQL: the ids, as `friend_id`, of so many of a person's close friends and of their newest ones. */
export const closeAndNewestFriends = (
  person: string,
  { close, newest }: { close: number; newest: number },
) => `(
    (
      select f.friend_id
      from friendships f
      where f.user_id = ${person} and f.is_close
      order by f.since desc, f.friend_id desc
      limit ${close}
    )
    union
    (
      select f.friend_id
      from friendships f
      where f.user_id = ${person}
      order by f.since desc, f.friend_id desc
      limit ${newest}
    )
  )`;

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

/** A friend of the viewer's and of another person's. */
export interface MutualFriend extends SeenUser {
  /** Since when they are the viewer's friend, and whether the viewer has marked them as close. */
  readonly since: string;
  readonly isClose: boolean;
}

/** The friends whom the viewer and a person have in common, as far as the viewer may know; the viewer's newest first. */
export const mutualFriendsOf = page<MutualFriend>({
  name: "mutual_friends_of",
  key: { other_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "m.since", type: "timestamptz", value: (friend) => friend.since },
    { sql: "m.friend_id", type: "bigint", value: (friend) => friend.id },
  ],
  prime: userById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${userColumns("u")}, m.since, m.is_close as "isClose"
    from ${k}
    join users o on o.id = k.other_id
    cross join lateral (
      select m.friend_id, m.since, m.is_close
      from ${mutualFriends("k.viewer_id", "o")} m
      where ${within}
      order by ${order}
      limit ${limit}
    ) m
    join users u on u.id = m.friend_id
    order by k.nr, ${order}`,
});

/** How many friends the viewer and a person have in common, as far as the viewer may know. */
export const mutualFriendCount = count({
  name: "mutual_friend_count",
  key: { other_id: "bigint" },
  sql: (k) => `
    select k.nr, m.value
    from ${k}
    join users o on o.id = k.other_id
    cross join lateral (
      select count(*)::integer as value
      from ${mutualFriends("k.viewer_id", "o")} m
    ) m`,
});
