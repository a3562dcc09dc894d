/** Reads of hashtags. */
import type { Hashtag } from "../entities/hashtag.ts";
import { hashtagName } from "../text.ts";
import { hashtagCount, hashtagVisible } from "../visibility/hashtag.ts";
import { videoVisible } from "../visibility/video.ts";
import { type Loads, one, page } from "./kinds.ts";
import { type SeenVideo, videoById, videoColumns, withUnseen } from "./video.ts";

/** A hashtag by its name as it is kept. */
export const hashtagByExactName = one<Hashtag>({
  name: "hashtag_by_name",
  key: { name: "text" },
  keyOf: ({ name }) => [name],
  sql: (k) => `
    select k.nr, h.name, ${hashtagCount("k.viewer_id", "h")} as "videoCount"
    from ${k}
    join hashtags h on h.name = k.name
    where ${hashtagVisible("k.viewer_id", "h")}`,
});

/** A hashtag by name, with its sign or without, in any case; null as well for what can't be one. */
export async function hashtagByName(loads: Loads, text: string): Promise<Hashtag | null> {
  const name = hashtagName(text);
  return name === null ? null : hashtagByExactName(loads, name);
}

/** The public videos of a hashtag, newest first. */
export const videosOfHashtag = page<SeenVideo>({
  name: "videos_of_hashtag",
  key: { name: "text" },
  direction: "desc",
  order: [{ sql: "t.video_id", type: "bigint", value: ({ id }) => id }],
  prime: videoById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${videoColumns}
    from ${withUnseen(k)}
    cross join lateral (
      select t.video_id
      from video_hashtags t
      join videos v on v.id = t.video_id and ${videoVisible("k.viewer_id", "v")}
      where t.name = k.name and ${within}
      order by ${order}
      limit ${limit}
    ) t
    join videos v on v.id = t.video_id
    order by k.nr, ${order}`,
});
