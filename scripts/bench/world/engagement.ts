/** What people of the bench's world do with videos: they like, repost, comment, watch, save and share them. */
import { any, DAY_MS, idAt, personId, roll, type Sql, skewed, videoId, type WorldSize } from "./draw.ts";

const REMARKS = [
  "again!",
  "this is the best thing I have seen all week",
  "where is this?",
  "he did NOT just do that 😂",
  "We have to go there. All of us, this summer.",
];
const NOTES = ["you have to see this", "my sister made this!", "every single time"];

// Of late, whenever the world is built: what trends, and what friends did, is of the last days.
const DAYS = 3;
const agoMs = (name: string, n: string) =>
  `(extract(epoch from now()) * 1000 - 1735689600000 - ${DAYS * DAY_MS} * ${roll(name, n)})::bigint`;
const timeAgo = (name: string, n: string) => `now() - ${roll(name, n)} * interval '${DAYS} days'`;
const ofPair = "v * 1000000::bigint + n";

/**
 * SQL: `count` pairs of a video `v` and a person `n` who may see it: half of them friends of its author, the others
 * anybody, and those more often of the newest videos.
 */
function seenPairs(size: WorldSize, kind: string, count: number): string {
  const newestFirst = skewed(`${kind} video`, "i", size.videos, 0.5, 50);
  return `
    select row_number() over ()::integer as i, v, n
    from (
      (
        select s.videos[${any(`${kind} friend's video`, "i", "cardinality(s.videos)")}] as v, friend as n
        from (
          select i, case when swap then p.low else p.high end as author, case when swap then p.high else p.low end as friend
          from (
            select i, ${any(`${kind} pair`, "i", "(select count(*) from pairs)")} as k, ${roll(`${kind} swap`, "i")} < 0.5 as swap
            from generate_series(1, ${count}) i
          ) drawn
          join pairs p using (k)
        ) friends
        join shown_to_friends s using (author)
      )
      union
      (
        select d.v, drawn.n
        from (
          select ${size.videos + 1} - ${newestFirst} as v, ${any(`${kind} by`, "i", size.living)} as n
          from generate_series(1, ${count}) i
        ) drawn
        join drawn_videos d using (v)
        where d.audience = 'PUBLIC' and d.author <> drawn.n
          and not exists (select from blocked b where b.a = d.author and b.b = drawn.n)
          and not exists (select from blocked b where b.a = drawn.n and b.b = d.author)
      )
    ) seen
    order by ${roll(kind, ofPair)}, v, n
    limit ${count}`;
}

/** Draws who does what, and counts it for each video, for counters are written with the rows that they count. */
export async function drawEngagement(sql: Sql, size: WorldSize): Promise<void> {
  const { likes, reposts, comments, views } = size;
  for (const [kind, count] of Object.entries({ likes, reposts, comments, views, saves: reposts })) {
    await sql(`create temp table drawn_${kind} as ${seenPairs(size, kind, count)}`);
  }
  const counted = ["likes", "reposts", "comments", "views"].map(
    (kind) => `select v, '${kind}' as kind, count(*) as count from drawn_${kind} group by v`,
  );
  await sql(`
    create temp table drawn_counts as
    select v, sum(count) filter (where kind = 'likes') as likes, sum(count) filter (where kind = 'reposts') as reposts,
      sum(count) filter (where kind = 'comments') as comments, sum(count) filter (where kind = 'views') as views
    from (${counted.join(" union all ")}) each
    group by v`);
  await sql("analyze drawn_counts");
}

/** Writes what was drawn. */
export async function writeEngagement(sql: Sql, size: WorldSize): Promise<void> {
  const who = personId(size, "n");
  const which = videoId(size, "v");
  await sql(`
    insert into likes (video_id, user_id, created_at)
    select ${which}, ${who}, ${timeAgo("liked at", ofPair)} as at from drawn_likes order by at`);
  await sql(`
    insert into saves (video_id, user_id, created_at)
    select ${which}, ${who}, ${timeAgo("saved at", ofPair)} as at from drawn_saves order by at`);
  await sql(`
    insert into reposts (video_id, user_id, created_at, note)
    select ${which}, ${who}, ${timeAgo("reposted at", ofPair)} as at,
      case when ${roll("has note", ofPair)} < 0.3 then (array['${NOTES.join("', '")}'])[${any("note", ofPair, NOTES.length)}] end
    from drawn_reposts
    order by at`);
  await sql(`
    insert into views (video_id, user_id, day, watched_ms, created_at)
    select video_id, user_id, at::date, watched_ms, at
    from (
      select ${which} as video_id, ${who} as user_id, ${any("watched", ofPair, 60_000)} as watched_ms,
        ${timeAgo("watched at", ofPair)} as at
      from drawn_views
    ) drawn
    order by drawn.at`);
  await sql(`
    insert into comments (video_id, id, author_id, text, created_at)
    select ${which}, ${idAt("comment", "ms", "i")}, ${who},
      (array['${REMARKS.join("', '")}'])[${any("remark", "i", REMARKS.length)}], pg_temp.time_at(ms)
    from (select i, v, n, ${agoMs("commented at", "i")} as ms from drawn_comments) drawn
    order by ms`);
}

/** Turns some of what was said into shares of public videos, in conversations of every size. */
export async function writeShares(sql: Sql, size: WorldSize): Promise<void> {
  await sql(`
    create temp table drawn_shares as
    select distinct on (conversation_id, video_id) d.conversation_id, d.video_id, d.position, d.sender_id, d.body,
      d.created_at
    from (
      select m.conversation_id, m.position, m.sender_id, m.body, m.created_at,
        ${videoId(size, `${size.videos + 1} - ${skewed("shared video", "m.position * 7919::bigint + m.conversation_id % 1000003", size.videos, 0.5, 50)}`)} as video_id
      from messages m
      where m.sender_id is not null
        and ${roll("is share", "m.position * 7919::bigint + m.conversation_id % 1000003")} < ${size.shares / size.messages}
    ) d
    join videos v on v.id = d.video_id and v.audience = 'PUBLIC'
    order by conversation_id, video_id, position`);
  await sql("analyze drawn_shares");
  await sql(`
    update messages m
    set kind = 'SHARE', shared_video_id = s.video_id
    from drawn_shares s
    where m.conversation_id = s.conversation_id and m.position = s.position`);
  await sql(`
    insert into shares (conversation_id, video_id, position, shared_by, note, created_at, last_activity_at)
    select conversation_id, video_id, position, sender_id, body, created_at, created_at from drawn_shares`);
  await sql(`
    insert into sharings (video_id, user_id, conversation_id, created_at)
    select video_id, sender_id, conversation_id, ${timeAgo("shared at", "position + conversation_id % 1000003")} as at
    from drawn_shares
    order by at`);
  await sql(`
    update videos v
    set share_count = s.shares
    from (select video_id, count(*) as shares from drawn_shares group by video_id) s
    where v.id = s.video_id`);
}
