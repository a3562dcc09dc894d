/** Videos of the bench's world. */
import {
  any,
  oneOf,
  personId,
  publishedMs,
  roll,
  type Sql,
  skewed,
  timeAt,
  videoId,
  type WorldSize,
} from "./draw.ts";
import { drawEngagement, writeEngagement } from "./engagement.ts";

const CAPTIONS = [
  "first light on the ridge ⛰️",
  "grandma explains the recipe, finally",
  "he waited for the train like this for an hour",
  "day 12 of learning to juggle",
  "sound on. trust me.",
  "we did not plan for the rain, nor for how good it would be to stand in it together",
];
const HASHTAGS = [
  "mountains",
  "mountainbike",
  "recipe",
  "dogs",
  "juggling",
  "trains",
  "dance",
  "dancer",
  "rain",
  "lisbon",
  "football",
  "choir",
];

/** Writes videos with their hashtags, and what people do with them, with counters that are right. Nobody does anything with what they may not see. */
export async function writeVideos(sql: Sql, size: WorldSize): Promise<void> {
  await sql(`
    create temp table drawn_videos as
    select v, ${skewed("author", "v", size.living, 0.3, 1)} as author,
      case when ${roll("has hashtag", "v")} < 0.4 then ${oneOf("hashtag", "v", HASHTAGS)} end as hashtag, (case
      when audience < 0.6 then 'PUBLIC'
      when audience < 0.85 then 'FRIENDS'
      when audience < 0.95 then 'CLOSE_FRIENDS'
      else 'ONLY_ME'
    end)::audience as audience
    from (select v, ${roll("audience", "v")} as audience from generate_series(1, ${size.videos}) v) drawn`);
  await sql("create unique index on drawn_videos (v)");
  await sql(`
    create temp table shown_to_friends as
    select author, array_agg(v order by v) as videos
    from drawn_videos
    where audience in ('PUBLIC', 'FRIENDS')
    group by author`);
  await sql("create unique index on shown_to_friends (author)");
  await sql("analyze drawn_videos");
  await sql("analyze shown_to_friends");

  await drawEngagement(sql, size);
  await sql(`
    insert into videos (
      id, author_id, source_url, thumbnail_url, caption, duration_ms, status, audience, created_at, like_count,
      repost_count, comment_count, view_count
    )
    select
      ${videoId(size, "v")}, ${personId(size, "author")},
      'https://media.kith.example/videos/' || v || '.mp4', 'https://media.kith.example/videos/' || v || '.webp',
      ${oneOf("caption", "v", CAPTIONS)} || coalesce(' #' || hashtag, ''), ${any("duration", "v", 120_000)} + 3000, 'READY', audience,
      ${timeAt(publishedMs(size, "v"))}, coalesce(likes, 0), coalesce(reposts, 0), coalesce(comments, 0), coalesce(views, 0)
    from drawn_videos
    left join drawn_counts using (v)
    order by v`);
  await sql(`
    insert into video_hashtags (name, video_id, author_id)
    select hashtag, ${videoId(size, "v")}, ${personId(size, "author")}
    from drawn_videos
    where hashtag is not null and audience = 'PUBLIC'
    order by v`);
  await sql(`
    insert into hashtags (name, video_count)
    select name, count(*) from video_hashtags group by name`);
  await writeEngagement(sql, size);
}
