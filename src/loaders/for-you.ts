/** Reads of what might please the viewer: what friends did of late, what trends, and nothing that they know already. */
import { firstIdAt } from "../db/instant.ts";
import { EVERYWHERE } from "../entities/trend.ts";
import { TRENDING_LENGTH } from "../limits.ts";
import { feedShows } from "../visibility/feed.ts";
import { activityShownBy } from "../visibility/friend-activity.ts";
import { areFriends } from "../visibility/user.ts";
import { videoVisible } from "../visibility/video.ts";
import { closeAndNewestFriends } from "./friendship.ts";
import { page } from "./kinds.ts";
import { newestTrends } from "./trend.ts";
import { type SeenVideo, videoById, videoColumns, withUnseen } from "./video.ts";

/** A video with what speaks for it. */
export interface Choice extends SeenVideo {
  readonly score: string;
  /** Where it trends: the viewer's country, null for everywhere. Only where `trends`. */
  readonly trendsIn: string | null;
  readonly trends: boolean;
  readonly isByFriend: boolean;
  /** The instant as of which the scores of this connection were counted. */
  readonly asOf: string;
  /** When the list of what trends was made that they were counted from. */
  readonly listedAt: string;
}

// Of what a friend did just now; half as many a day later, and so on. Whole numbers, for the sum of fractions depends on
// the order in which they come, and a page has to begin where the one before it ended.
const POINTS = { like: 10 ** 12, comment: 15 * 10 ** 11, repost: 2 * 10 ** 12, post: 2 * 10 ** 12 };
// Of the first in the list of the country, and of everywhere; of the last in it almost nothing.
const TREND_POINTS = { country: 15 * 10 ** 11, everywhere: 10 ** 12 };
const HALF_LIFE_DAYS = 1;
const MOST_HALVINGS = 39;

// How far is looked. What is found, and so what it costs, has an end, however many friends the viewer has.
const CLOSE_FRIENDS = 200;
const NEWEST_FRIENDS = 400;
const LIKES = 6;
const COMMENTS = 4;
const REPOSTS = 4;
const POSTS = 2;

const pointsOf = (points: number, at: string) => `
  (${points} * power(2::float8, -least(
    greatest(extract(epoch from o.as_of - ${at})::float8, 0) / ${HALF_LIFE_DAYS * 86_400}, ${MOST_HALVINGS}
  )))::bigint`;

const friends = `
  select u.id, ${activityShownBy("k.viewer_id", "u")} as shows
  from ${closeAndNewestFriends("k.owner_id", { close: CLOSE_FRIENDS, newest: NEWEST_FRIENDS })} mine
  join users u on u.id = mine.friend_id and ${feedShows("k.viewer_id", "u")}`;

/** SQL: a row for each thing that speaks for a video. Of what somebody has said, what they said of the newest videos. */
const evidence = `
  select l.video_id, ${pointsOf(POINTS.like, "l.created_at")} as points, null as country
  from friends f
  cross join lateral (
    select l.video_id, l.created_at
    from likes l
    where f.shows and l.user_id = f.id and l.created_at <= o.as_of
    order by l.created_at desc, l.video_id desc
    limit ${LIKES}
  ) l
  union all
  select c.video_id, ${pointsOf(POINTS.comment, "c.created_at")}, null
  from friends f
  cross join lateral (
    select s.video_id, max(s.created_at) as created_at
    from (
      select c.video_id, c.created_at
      from comments c
      where f.shows and c.author_id = f.id and c.deleted_at is null and c.id < ${firstIdAt("o.as_of")}
      order by c.video_id desc, c.id desc
      limit ${COMMENTS}
    ) s
    group by s.video_id
  ) c
  union all
  select r.video_id, ${pointsOf(POINTS.repost, "r.created_at")}, null
  from friends f
  cross join lateral (
    select r.video_id, r.created_at
    from reposts r
    where f.shows and r.user_id = f.id and r.created_at <= o.as_of
    order by r.created_at desc, r.video_id desc
    limit ${REPOSTS}
  ) r
  union all
  select p.id, ${pointsOf(POINTS.post, "p.created_at")}, null
  from friends f
  cross join lateral (
    select v.id, v.created_at
    from videos v
    where v.author_id = f.id and v.id < ${firstIdAt("o.as_of")}
    order by v.id desc
    limit ${POSTS}
  ) p
  union all
  select t.video_id,
    case when t.country = '${EVERYWHERE}' then ${TREND_POINTS.everywhere} else ${TREND_POINTS.country} end
      * (${TRENDING_LENGTH + 1} - t.rank) / ${TRENDING_LENGTH},
    t.country
  from trending_videos t
  where t.country in ('${EVERYWHERE}', o.country) and t.made_at = o.listed_at`;

/**
 * What might please the viewer, that for which most speaks first: nothing of their own, nothing that they have watched,
 * nothing of people whom they have blocked or muted.
 */
export const forYou = page<Choice>({
  name: "for_you",
  key: { owner_id: "bigint" },
  direction: "desc",
  oneWay: true,
  kept: [
    { sql: "o.as_of", type: "timestamptz", value: ({ asOf }) => asOf },
    { sql: "o.listed_at", type: "timestamptz", value: ({ listedAt }) => listedAt },
  ],
  order: [
    { sql: "c.score", type: "bigint", value: ({ score }) => score },
    { sql: "c.video_id", type: "bigint", value: ({ id }) => id },
  ],
  prime: videoById.prime,
  // The best of them are looked at one by one until the page is full.
  sql: ({ k, within, order, limit, bounds }) => `
    select k.nr, ${videoColumns}, c.score, c.country is not null as trends,
      nullif(c.country, '${EVERYWHERE}') as "trendsIn", o.as_of as "asOf", o.listed_at as "listedAt",
      ${areFriends("k.viewer_id", "v.author_id")} as "isByFriend"
    from ${withUnseen(k)}
    cross join lateral (
      select u.country, ${bounds?.[0] ?? "date_trunc('milliseconds', now())"} as as_of,
        ${bounds?.[1] ?? newestTrends} as listed_at
      from users u
      where u.id = k.owner_id
    ) o
    cross join lateral (
      with friends as materialized (${friends})
      select c.video_id, c.score, c.country
      from (
        select c.video_id, c.score, c.country
        from (
          select e.video_id, sum(e.points)::bigint as score,
            coalesce(max(e.country) filter (where e.country <> '${EVERYWHERE}'), max(e.country)) as country
          from (${evidence}) e
          group by e.video_id
        ) c
        where ${within}
        order by ${order}
      ) c
      cross join lateral (
        select
        from videos v
        join users a on a.id = v.author_id and ${feedShows("k.viewer_id", "a")}
        where v.id = c.video_id and v.author_id <> k.viewer_id and ${videoVisible("k.viewer_id", "v")}
          and not exists (select from views w where w.user_id = k.viewer_id and w.video_id = v.id)
        limit 1
      ) shown
      order by ${order}
      limit ${limit}
    ) c
    join videos v on v.id = c.video_id
    order by k.nr, ${order}`,
});
