/** Reads of what the viewer did with videos. */
import { videoVisible } from "../visibility/video.ts";
import { page } from "./kinds.ts";
import { type SeenVideo, videoById, videoColumns, withUnseen } from "./video.ts";

/** A video that the viewer has saved, and since when. */
export interface SavedVideo extends SeenVideo {
  readonly savedAt: string;
}

/** What the viewer has saved and may still see, newest saved first. */
export const savedVideosOf = page<SavedVideo>({
  name: "saved_videos_of",
  key: { owner_id: "bigint" },
  direction: "desc",
  oneWay: true,
  order: [
    { sql: "s.created_at", type: "timestamptz", value: ({ savedAt }) => savedAt },
    { sql: "s.video_id", type: "bigint", value: ({ id }) => id },
  ],
  prime: videoById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${videoColumns}, s.created_at as "savedAt"
    from ${withUnseen(k)}
    cross join lateral (
      select s.video_id, s.created_at
      from saves s
      join videos v on v.id = s.video_id and ${videoVisible("k.viewer_id", "v")}
      where s.user_id = k.viewer_id and s.user_id = k.owner_id and ${within}
      order by ${order}
      limit ${limit}
    ) s
    join videos v on v.id = s.video_id
    order by k.nr, ${order}`,
});
