/** Which hashtags a video has, and how many videos a hashtag: kept in the transaction of whatever changes them. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { Video } from "../entities/video.ts";
import { MAX_HASHTAGS } from "../limits.ts";
import { hashtagsOf } from "../text.ts";

/** What decides which hashtags a video has. */
export type Tagged = Pick<Video, "id" | "authorId" | "caption" | "commentHashtags" | "audience" | "status">;

/** The names of the hashtags of a video: those of its caption, and then those of its author's comments. */
export const hashtagsOfVideo = (video: Pick<Tagged, "caption" | "commentHashtags">) =>
  hashtagsOf(video.caption, video.commentHashtags);

type Names = { name: string }[];

// Counters are locked in the order of their names. A hashtag of nothing is no longer there: see `removeEmpty`.
const count = (changes: string) => `
  counted as (
    insert into hashtags (name, video_count)
    select c.name, c.by
    from (${changes}) c
    order by c.name
    on conflict (name) do update set video_count = hashtags.video_count + excluded.video_count
    returning name, video_count
  )
  select c.name
  from counted c
  where c.video_count = 0`;

const replace = statement<{ videoId: string; authorId: string; names: readonly string[] }, { name: string }>(
  "hashtags_replace",
  `
  with removed as (
    delete from video_hashtags t
    where t.video_id = :videoId and t.name <> all(:names::text[])
    returning t.name
  ),
  added as (
    insert into video_hashtags (name, video_id, author_id)
    select n.name, :videoId, :authorId
    from unnest(:names::text[]) as n (name)
    on conflict do nothing
    returning name
  ),
  ${count(`
      select c.name, c.by
      from (select a.name, 1 as by from added a union all select r.name, -1 as by from removed r) c
      join users u on u.id = :authorId and u.is_counted
  `)}`,
);

const countAll = statement<{ authorId: string; by: number }, { name: string }>(
  "hashtags_count_all",
  `
  with
  ${count(`
      select t.name, :by::integer * count(*)::integer as by
      from video_hashtags t
      where t.author_id = :authorId
      group by t.name
  `)}`,
);

const deleteEmpty = statement<{ names: readonly string[] }, Nothing>(
  "hashtags_delete_empty",
  `
  delete from hashtags
  where name = any(:names::text[]) and video_count = 0`,
);

async function removeEmpty(queries: Queries, empty: Names): Promise<void> {
  if (empty.length > 0) await queries.run(deleteEmpty, { names: empty.map(({ name }) => name) });
}

/**
 * Keeps the hashtags of a video whose row the transaction has written, with its author locked against being hidden: what
 * everybody may watch has those of its caption and of its author's comments, and anything else has none.
 */
export async function keepHashtags(queries: Queries, video: Tagged): Promise<void> {
  const isPublic = video.audience === "PUBLIC" && video.status === "READY";
  const names = isPublic ? hashtagsOfVideo(video) : [];
  await removeEmpty(
    queries,
    await queries.run(replace, { videoId: video.id, authorId: video.authorId, names }),
  );
}

// Read anew as a whole: two comments may have the same hashtag, and one that goes may make room for another one's.
const readComments = statement<{ videoId: string; most: number }, Tagged>(
  "hashtags_read_comments",
  `
  update videos v
  set comment_hashtags = nullif(array(
    select n.name
    from (
      select distinct on (t.name) t.name, c.id, t.nr
      from comments c
      cross join lateral unnest(c.hashtags) with ordinality as t (name, nr)
      where c.video_id = v.id and c.hashtags is not null
      order by t.name, c.id, t.nr
    ) n
    order by n.id, n.nr
    limit :most
  ), '{}')
  where v.id = :videoId
  returning v.id, v.author_id as "authorId", v.caption, v.comment_hashtags as "commentHashtags", v.audience, v.status`,
);

/**
 * Keeps the hashtags of a video on which a comment of its author's, with hashtags in it, was written or deleted. To be
 * called with the author locked against being hidden, and the video, so that no other comment comes or goes.
 */
export async function keepCommentHashtags(queries: Queries, videoId: string): Promise<void> {
  const [video] = await queries.run(readComments, { videoId, most: MAX_HASHTAGS });
  if (video !== undefined) await keepHashtags(queries, video);
}

/** Takes all videos of somebody out of the counts of their hashtags (-1), as they are hidden, or counts them in again (1), as they are shown. */
export async function countHashtagsOf(queries: Queries, authorId: string, by: 1 | -1): Promise<void> {
  await removeEmpty(queries, await queries.run(countAll, { authorId, by }));
}
