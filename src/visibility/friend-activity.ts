/** What friends did with a video, and who of them lets the viewer know of it. */
import { FRIEND_ACTIVITY_KINDS, type FriendActivityKind } from "../entities/engagement.ts";
import { isCloseFriend, userVisible } from "./user.ts";

/**
 * SQL: whether the row `friend` of users, a friend of the viewer, lets them know what they like, comment on and repost.
 * Of whoever is no friend of the viewer it says nothing.
 */
export function activityShownBy(viewer: string, friend: string): string {
  return `(
    ${userVisible(viewer, friend)}
    and case ${friend}.activity_visible_to
      when 'NO_ONE' then false
      when 'CLOSE_FRIENDS' then ${isCloseFriend(`${friend}.id`, viewer)}
      else true
    end
  )`;
}

interface Doing {
  readonly table: string;
  readonly person: string;
  /** The column of videos that counts the table's rows. */
  readonly count: string;
  /** Whether the row `a` of the table still says something. */
  readonly stands: string;
}

const DOINGS: Readonly<Record<FriendActivityKind, Doing>> = {
  LIKED: { table: "likes", person: "user_id", count: "like_count", stands: "true" },
  COMMENTED: {
    table: "comments",
    person: "author_id",
    count: "comment_count",
    stands: "a.deleted_at is null",
  },
  REPOSTED: { table: "reposts", person: "user_id", count: "repost_count", stands: "true" },
};

/**
 * SQL: a table `(friend_id, kind, at)` of what friends did with the row `video` of videos, as far as each lets the viewer
 * know: of each friend one of a kind, the newest. `person` is a row `(id, friend_count, friends)` of the viewer, the last
 * of them the ids of their friends as an array. `within` and `order` are of the row `d`; rows come in that order, and who
 * lets it be known is asked of no more of them than are taken.
 */
export function friendActivity(person: string, video: string, within: string, order: string): string {
  const kinds = FRIEND_ACTIVITY_KINDS.map((kind) => ofKind(kind, person, video)).join(
    "\n      union all\n      ",
  );
  return `(
    select d.friend_id, d.kind, d.at
    from (
      select d.friend_id, d.kind, d.at
      from (${kinds}) d
      where ${within}
      order by ${order}
    ) d
    cross join lateral (
      select from users u where u.id = d.friend_id and ${activityShownBy(`${person}.id`, "u")} limit 1
    ) shown
  )`;
}

// Walks the shorter of two lists. Where those who did something are fewer, each is looked for among the friends: a lateral
// with a limit is never turned around, for the planner does not know which list is the longer. Otherwise the friends are
// looked for, as an array: from PostgreSQL 17 on that is one way through the index, not one for each friend.
function ofKind(kind: FriendActivityKind, person: string, video: string): string {
  const { table, person: who, count, stands } = DOINGS[kind];
  const areFewer = `${video}.${count} < ${person}.friend_count`;
  return `select c.friend_id, '${kind}' as kind, c.at
      from (
        select m.friend_id, m.at
        from (
          select a.${who} as friend_id, max(a.created_at) as at
          from ${table} a
          where a.video_id = ${video}.id and ${stands} and ${areFewer}
          group by a.${who}
        ) m
        cross join lateral (
          select from friendships f where f.user_id = ${person}.id and f.friend_id = m.friend_id limit 1
        ) f
        union all
        select a.${who}, max(a.created_at)
        from ${table} a
        where a.video_id = ${video}.id and a.${who} = any(${person}.friends) and ${stands} and not ${areFewer}
        group by a.${who}
      ) c`;
}
