/** Reads of which friends have liked, commented on or reposted a video, as far as they let the viewer know of it. */

import { NAMED_FRIENDS } from "../limits.ts";
import { feedShows } from "../visibility/feed.ts";
import { activityShownBy } from "../visibility/friend-activity.ts";
import { videoVisible } from "../visibility/video.ts";
import { fact } from "./kinds.ts";

/** What friends did with a video in one way. */
export interface Deeds {
  /** The ids of those who did it last, the newest first: three at most. */
  readonly friends: readonly string[];
  /** How many did. */
  readonly count: number;
  /** The newest note that one of them gave it; only of reposts. */
  readonly note: string | null;
}

const NONE: Deeds = { friends: [], count: 0, note: null };
interface Way {
  readonly kind: string;
  readonly table: string;
  readonly person: string;
  /** The count of the row `v` of videos that says how many of them there are. */
  readonly count: string;
  readonly note: string;
}

/**
 * SQL: the friends of the viewer of `k` who did something with the row `v` of videos in one way. It walks the shorter of
 * the two lists, of the viewer's friends (the row `w` of users is the viewer) and of those who did it.
 */
function doers({ kind, table, person, count, note }: Way): string {
  const doing = `select d.${person} as id, d.created_at as at, ${note} as note from ${table} d where d.video_id = v.id`;
  const shown = `join users u on u.id = d.id and ${feedShows("k.viewer_id", "u")} and ${activityShownBy("k.viewer_id", "u")}`;
  // A lateral with a limit is never turned around: the planner does not know which list is the longer. Where one row is
  // looked for, it is the row itself that is compared with nothing: an index that has all who did it, newest first, would
  // have everything that is asked for in it, and be gone through for each friend.
  return `
        select d.id, d.at, d.note
        from (
          select d.id, d.at, d.note
          from (${doing}) d
          cross join lateral (
            select from friendships f where f.user_id = k.viewer_id and f.friend_id = d.id limit 1
          ) f
          offset 0
        ) d
        ${shown}
        where k.kind = '${kind}' and v.${count} < w.friend_count
        union all
        select d.id, d.at, d.note
        from friendships f
        cross join lateral (
          ${doing} and d.${person} = f.friend_id and d is distinct from null
          limit 1
        ) d
        ${shown}
        where k.kind = '${kind}' and f.user_id = k.viewer_id and v.${count} >= w.friend_count`;
}

// What somebody has deleted they have not said; of several comments the newest counts.
const COMMENTS = `(
    select c.video_id, c.author_id, max(c.created_at) as created_at
    from comments c
    where c.deleted_at is null
    group by c.video_id, c.author_id
  )`;

/** Which friends have `LIKED`, `COMMENTED` on or `REPOSTED` a video. */
export const friendsDeeds = fact<Deeds>({
  name: "friends_deeds",
  key: { kind: "text", video_id: "bigint" },
  missing: NONE,
  sql: (k) => `
    select k.nr, json_build_object('friends', d.friends, 'count', d.count, 'note', d.note) as value
    from ${k}
    join users w on w.id = k.viewer_id
    join videos v on v.id = k.video_id and ${videoVisible("k.viewer_id", "v")}
    cross join lateral (
      select (array_agg(d.id::text order by d.at desc, d.id desc))[1:${NAMED_FRIENDS}] as friends, count(*)::integer as count,
        (array_agg(d.note order by d.at desc, d.id desc) filter (where d.note is not null))[1] as note
      from (
        ${doers({ kind: "LIKED", table: "likes", person: "user_id", count: "like_count", note: "null" })}
        union all
        ${doers({ kind: "REPOSTED", table: "reposts", person: "user_id", count: "repost_count", note: "d.note" })}
        union all
        ${doers({ kind: "COMMENTED", table: COMMENTS, person: "author_id", count: "comment_count", note: "null" })}
      ) d
    ) d
    where d.count > 0`,
});
