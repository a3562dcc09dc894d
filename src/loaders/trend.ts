/** Reads of what trends. */
import { EVERYWHERE } from "../entities/trend.ts";
import { videoVisible } from "../visibility/video.ts";
import { page } from "./kinds.ts";
import { type SeenVideo, videoById, videoColumns, withUnseen } from "./video.ts";

/** SQL: when the newest lists were made, all of them together; long ago while there are none. */
export const newestTrends = `
  coalesce(
    (
      select t.made_at
      from trending_videos t
      where t.country = '${EVERYWHERE}'
      order by t.made_at desc
      limit 1
    ),
    'epoch'
  )`;

/** A video that trends, and its place in the list that it was read from. */
export interface TrendingVideo extends SeenVideo {
  readonly listedIn: string;
  readonly listedAt: string;
  readonly rank: number;
}

/** What trends in a country, or everywhere where that has no list: of one list, and of it what the viewer may see. */
export const trendingIn = page<TrendingVideo>({
  name: "trending_in",
  key: { country: "text" },
  direction: "asc",
  oneWay: true,
  kept: [
    { sql: "l.country", type: "text", value: ({ listedIn }) => listedIn },
    { sql: "l.made_at", type: "timestamptz", value: ({ listedAt }) => listedAt },
  ],
  order: [{ sql: "t.rank", type: "integer", value: ({ rank }) => rank }],
  prime: videoById.prime,
  sql: ({ k, within, order, limit, bounds }) => `
    select k.nr, ${videoColumns}, l.country as "listedIn", l.made_at as "listedAt", t.rank
    from ${withUnseen(k)}
    cross join lateral (select ${bounds?.[1] ?? newestTrends} as made_at) n
    cross join lateral (
      select
        ${
          bounds?.[0] ??
          `case
          when exists (select from trending_videos t where t.country = k.country and t.made_at = n.made_at) then k.country
          else '${EVERYWHERE}'
        end`
        } as country,
        n.made_at
    ) l
    cross join lateral (
      select t.video_id, t.rank
      from trending_videos t
      join videos v on v.id = t.video_id and ${videoVisible("k.viewer_id", "v")}
      where t.country = l.country and t.made_at = l.made_at and ${within}
      order by ${order}
      limit ${limit}
    ) t
    join videos v on v.id = t.video_id
    order by k.nr, ${order}`,
});
