/** Videos of the bench's world and who likes them. */
import {
  any,
  DAY_MS,
  idAt,
  JOINED_BY_DAY,
  LAST_DAY,
  oneOf,
  personId,
  roll,
  type Sql,
  skewed,
  timeAt,
  type WorldSize,
} from "./draw.ts";

const CAPTIONS = [
  "first light on the ridge ⛰️",
  "grandma explains the recipe, finally",
  "he waited for the train like this for an hour",
  "day 12 of learning to juggle",
  "sound on. trust me.",
  "we did not plan for the rain, nor for how good it would be to stand in it together",
];

/** Writes videos and likes, with counters that are right. A like comes from somebody who may see the video. */
export async function writeVideos(sql: Sql, size: WorldSize): Promise<void> {
  const spanMs = (LAST_DAY - JOINED_BY_DAY) * DAY_MS;
  const createdMs = (v: string) =>
    `${JOINED_BY_DAY * DAY_MS} + (${v})::bigint * ${Math.floor(spanMs / size.videos)}`;
  const videoId = (v: string) => idAt("video", createdMs(v), v);

  await sql(`
    create temp table drawn_videos as
    select v, ${skewed("author", "v", size.living, 0.3, 1)} as author, (case
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

  const newestFirst = skewed("liked video", "i", size.videos, 0.5, 50);
  await sql(`
    create temp table drawn_likes as
    select v, n
    from (
      (
        select s.videos[${any("friend's video", "i", "cardinality(s.videos)")}] as v, liker as n
        from (
          select i, case when swap then p.low else p.high end as author, case when swap then p.high else p.low end as liker
          from (
            select i, ${any("liked pair", "i", "(select count(*) from pairs)")} as k, ${roll("swap", "i")} < 0.5 as swap
            from generate_series(1, ${size.likes}) i
          ) drawn
          join pairs p using (k)
        ) friends
        join shown_to_friends s using (author)
      )
      union
      (
        select d.v, drawn.n
        from (
          select ${size.videos + 1} - ${newestFirst} as v, ${any("liker", "i", size.living)} as n
          from generate_series(1, ${size.likes}) i
        ) drawn
        join drawn_videos d using (v)
        where d.audience = 'PUBLIC' and d.author <> drawn.n
          and not exists (select from blocked b where b.a = d.author and b.b = drawn.n)
          and not exists (select from blocked b where b.a = drawn.n and b.b = d.author)
      )
    ) likes
    order by ${roll("like", "v * 1000000::bigint + n")}, v, n
    limit ${size.likes}`);

  await sql(`
    insert into videos (
      id, author_id, source_url, thumbnail_url, caption, duration_ms, status, audience, created_at, like_count
    )
    select
      ${videoId("v")}, ${personId(size, "author")},
      'https://media.kith.example/videos/' || v || '.mp4', 'https://media.kith.example/videos/' || v || '.webp',
      ${oneOf("caption", "v", CAPTIONS)}, ${any("duration", "v", 120_000)} + 3000, 'READY', audience,
      ${timeAt(createdMs("v"))}, coalesce(likes, 0)
    from drawn_videos
    left join (select v, count(*) as likes from drawn_likes group by v) counted using (v)
    order by v`);
  await sql(`
    insert into likes (video_id, user_id, created_at)
    select
      ${videoId("v")}, ${personId(size, "n")},
      ${timeAt(`${LAST_DAY * DAY_MS} + (${DAY_MS} * ${roll("liked at", "v * 1000000::bigint + n")})::bigint`)}
    from drawn_likes`);
}
