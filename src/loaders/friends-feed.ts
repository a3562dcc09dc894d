/** Reads of what friends have posted and reposted, newest first. */
import { firstIdAt, idBefore, madeAt } from "../db/instant.ts";
import { feedShows } from "../visibility/feed.ts";
import { activityShownBy } from "../visibility/friend-activity.ts";
import { audiencesOfFriend, videoVisible } from "../visibility/video.ts";
import { page } from "./kinds.ts";

/** A video that may be in a feed: whether the viewer sees it is decided where it is read. */
export interface Candidate {
  readonly videoId: string;
  /** When it came into the feed, for the newest of its reasons. */
  readonly at: string;
  /** Whether it is to be shown here, if it can be seen: not the viewer's own, and not shown further up already. */
  readonly isWanted: boolean;
  /** Whether a friend of the viewer has published it; only where that is a reason to be here. */
  readonly isByFriend?: boolean;
}

/** SQL: the newest `limit` videos of the friend `f` that fit the conditions, each with its instant. */
const posts = (before: string, more: string, limit: string) => `
  select v.id as video_id, ${madeAt("v.id")} as at
  from videos v
  where v.author_id = f.id and ${videoVisible("k.viewer_id", "v", "f.audiences")} and ${before} and ${more}
  order by v.id desc
  limit ${limit}`;

/** SQL: the same of reposts. */
const reposts = (before: string, more: string, limit: string) => `
  select r.video_id, r.created_at as at
  from reposts r
  where f.shows and r.user_id = f.id and ${before} and ${more}
  order by r.created_at desc, r.video_id desc
  limit ${limit}`;

/**
 * What friends have posted and reposted, newest first, each video once and by the newest of its reasons. Of each friend
 * the newest is looked up; as soon as these come to a page of different videos, nothing that is older than they are can
 * be on it, and few friends have anything else as new.
 */
export const friendsFeed = page<Candidate>({
  name: "friends_feed",
  key: { owner_id: "bigint" },
  direction: "desc",
  oneWay: true,
  order: [
    { sql: "c.at", type: "timestamptz", value: ({ at }) => at },
    { sql: "c.video_id", type: "bigint", value: ({ videoId }) => videoId },
  ],
  sql: ({ k, order, limit, bounds }) => {
    const [at, id] = bounds ?? [];
    const isBounded = at !== undefined && id !== undefined;
    const postedBefore = isBounded ? `v.id < ${idBefore(at, id)}` : "true";
    const repostedBefore = isBounded ? `(r.created_at, r.video_id) < (${at}, ${id})` : "true";
    // What has come in by a newer reason than the cursor's was shown before it, or has moved up since. Of those who
    // reposted a video and of the friends who might have, the fewer are gone through.
    const isShownAbove = `
      v.id >= ${idBefore(`${at}`, `${id}`)} and v.author_id = any(shown.posters)
      or v.repost_count > 0 and exists (
        select
        from (
          select r.user_id
          from reposts r
          where r.video_id = v.id and (r.created_at, r.video_id) >= (${at}, ${id})
            and v.repost_count <= cardinality(shown.reposters)
          offset 0
        ) r
        where r.user_id = any(shown.reposters)
        union all
        select
        from unnest(shown.reposters) mine (id)
        cross join lateral (
          select
          from reposts r
          where r.video_id = v.id and r.user_id = mine.id and (r.created_at, r.video_id) >= (${at}, ${id})
          limit 1
        ) r
        where v.repost_count > cardinality(shown.reposters)
      )`;
    return `
    select k.nr, c.video_id as "videoId", c.at, c.is_wanted as "isWanted", c.is_by_friend as "isByFriend"
    from ${k}
    cross join lateral (
      with friends as materialized (
        select u.id, ${audiencesOfFriend("k.viewer_id", "u.id")} as audiences, ${activityShownBy("k.viewer_id", "u")} as shows
        from friendships f
        join users u on u.id = f.friend_id and ${feedShows("k.viewer_id", "u")}
        where f.user_id = k.owner_id
      ),
      posted as materialized (
        select f.id, f.audiences, p.video_id, p.at
        from friends f
        cross join lateral (${posts(postedBefore, "true", "1")}) p
      ),
      reposted as materialized (
        select f.id, f.shows, r.video_id, r.at
        from friends f
        cross join lateral (${reposts(repostedBefore, "true", "1")}) r
      ),
      enough as materialized (
        select coalesce(
          (
            select max(n.at)
            from (
              select p.video_id, p.at from posted p
              union all
              select r.video_id, r.at from reposted r
            ) n
            group by n.video_id
            order by max(n.at) desc
            offset ${limit} - 1
            limit 1
          ),
          'epoch'
        ) as since
      ),
      newest as (
        select n.video_id, max(n.at) as at
        from (
          select p.video_id, p.at
          from enough e
          join posted f on f.at >= e.since
          cross join lateral (${posts(postedBefore, `v.id >= ${firstIdAt("e.since")}`, limit)}) p
          union all
          select r.video_id, r.at
          from enough e
          join reposted f on f.at >= e.since
          cross join lateral (${reposts(repostedBefore, "r.created_at >= e.since", limit)}) r
        ) n
        group by n.video_id
        order by max(n.at) desc, n.video_id desc
        limit ${limit}
      )
      select n.video_id, n.at,
        v.author_id <> k.viewer_id
          and exists (select from users a where a.id = v.author_id and ${feedShows("k.viewer_id", "a")})
          and not (${isBounded ? isShownAbove : "false"}) as is_wanted,
        v.author_id = any(shown.posters) as is_by_friend
      from newest n
      join videos v on v.id = n.video_id
      cross join (
        select array(select f.id from friends f) as posters, array(select f.id from friends f where f.shows) as reposters
      ) shown
    ) c
    order by k.nr, ${order}`;
  },
});
