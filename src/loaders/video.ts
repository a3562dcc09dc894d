/** Reads of videos. */
import { columns, plainColumns } from "../entities/naming.ts";
import { Video } from "../entities/video.ts";
import { areFriends, hiddenCount, userVisible } from "../visibility/user.ts";
import { audiencesOf, videoVisible } from "../visibility/video.ts";
import { fact, one, page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** A video as the viewer has it: every card of one shows whether they like it. */
export interface SeenVideo extends Video {
  readonly viewerHasLiked: boolean;
}

const seenColumns = `
  ${columns(Video, "v", ["likeCount"])},
  v.like_count - ${hiddenCount("k.viewer_id", "likes h", "h.user_id", "h.video_id = v.id")} as "likeCount",
  exists (select from likes l where l.video_id = v.id and l.user_id = k.viewer_id) as "viewerHasLiked"`;

/** A video by id. */
export const videoById = one<SeenVideo>({
  name: "video_by_id",
  key: { id: "bigint" },
  keyOf: (video) => [video.id],
  sql: (k) => `
    select k.nr, ${seenColumns}
    from ${k}
    join videos v on v.id = k.id
    where ${videoVisible("k.viewer_id", "v")}`,
});

/** The videos of an author, newest first. */
export const videosOf = page<SeenVideo>({
  name: "videos_of",
  key: { author_id: "bigint" },
  direction: "desc",
  order: [{ sql: "v.id", type: "bigint", value: (video) => video.id }],
  prime: videoById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${seenColumns}
    from ${k}
    cross join lateral (select ${audiencesOf("k.viewer_id", "k.author_id")} as audiences) a
    cross join lateral (
      select ${plainColumns(Video, "v")}
      from videos v
      where v.author_id = k.author_id and ${videoVisible("k.viewer_id", "v", "a.audiences")} and ${within}
      order by ${order}
      limit ${limit}
    ) v
    order by k.nr, ${order}`,
});

/** A person who likes a video, and since when. */
export interface Liker extends SeenUser {
  readonly likedAt: string;
}

/** Who likes a video, newest first. */
export const likersOf = page<Liker>({
  name: "likers_of",
  key: { video_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "l.created_at", type: "timestamptz", value: (liker) => liker.likedAt },
    { sql: "l.user_id", type: "bigint", value: (liker) => liker.id },
  ],
  prime: userById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${userColumns("u")}, l.created_at as "likedAt"
    from ${k}
    join videos v on v.id = k.video_id and ${videoVisible("k.viewer_id", "v")}
    cross join lateral (
      select l.user_id, l.created_at
      from likes l
      join users u on u.id = l.user_id and ${userVisible("k.viewer_id", "u")}
      where l.video_id = k.video_id and ${within}
      order by ${order}
      limit ${limit}
    ) l
    join users u on u.id = l.user_id
    order by k.nr, ${order}`,
});

/** Why the viewer can't see a video that was shared with them. */
export type UnavailableReason = "NOT_AVAILABLE" | "NOT_IN_AUDIENCE" | "REMOVED";

/**
 * Why the viewer can't see a video, told no further than they may know: that it was removed, if they could have seen
 * it; that they are outside its audience, if they are a friend of the author.
 */
export const whyUnavailable = fact<UnavailableReason>({
  name: "why_unavailable",
  key: { video_id: "bigint" },
  missing: "NOT_AVAILABLE",
  sql: (k) => `
    select
      k.nr,
      case
        when v.status = 'REMOVED' and v.audience = any(${audiencesOf("k.viewer_id", "v.author_id")}) then 'REMOVED'
        when v.status <> 'REMOVED' and ${areFriends("v.author_id", "k.viewer_id")}
          and exists (select from users a where a.id = v.author_id and ${userVisible("k.viewer_id", "a")})
          then 'NOT_IN_AUDIENCE'
        else 'NOT_AVAILABLE'
      end as value
    from ${k}
    join videos v on v.id = k.video_id`,
});
