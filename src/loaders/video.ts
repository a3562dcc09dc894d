/** Reads of videos. */
import { columns, plainColumns } from "../entities/naming.ts";
import { Video } from "../entities/video.ts";
import { hiddenComments, unreadBy } from "../visibility/comment.ts";
import { areFriends, countOf, hidersOf, userVisible } from "../visibility/user.ts";
import { audiencesOf, isForViewer, videoVisible } from "../visibility/video.ts";
import { one, page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** A video as the viewer has it: every card of one shows what they have done with it. */
export interface SeenVideo extends Video {
  readonly viewerHasLiked: boolean;
  readonly viewerHasSaved: boolean;
  readonly viewerHasReposted: boolean;
}

/**
 * SQL: the table of keys `k`, and with each of them whom its viewer may not see, for `videoColumns`: it is looked for
 * once, and not for each count of each video. The offset keeps it so.
 */
export const withUnseen = (k: string) => `
    ${k}
    cross join lateral (
      select ${hidersOf("k.viewer_id")} as people, ${unreadBy("k.viewer_id")} as writers
      offset 0
    ) unseen`;

/**
 * SQL: a kept count of the row `v` of videos, less what those did whom the viewer of `k` may not see. Nothing is looked
 * for where nobody did it, or there is nobody whom they may not see: so it is with most.
 */
const lessUnseen = (count: string, unseen: string, hidden: string) =>
  `v.${count} - case when v.${count} = 0 or unseen.${unseen} = '{}' then 0 else ${hidden} end`;
const seenCount = (count: string, table: string) =>
  lessUnseen(count, "people", countOf("unseen.people", `${table} h`, "h.user_id", "h.video_id = v.id"));
const seenComments = lessUnseen(
  "comment_count",
  "writers",
  hiddenComments("k.viewer_id", "h.video_id = v.id", "unseen.writers"),
);

/** SQL: the select list of the row `v` of videos, as the viewer of `k` has it, whose keys come `withUnseen`. */
export const videoColumns = `
  ${columns(Video, "v", ["likeCount", "commentCount", "repostCount", "viewCount", "shareCount"])},
  ${seenCount("like_count", "likes")} as "likeCount",
  ${seenComments} as "commentCount",
  ${seenCount("repost_count", "reposts")} as "repostCount",
  ${seenCount("view_count", "views")} as "viewCount",
  ${seenCount("share_count", "sharings")} as "shareCount",
  exists (select from likes l where l.video_id = v.id and l.user_id = k.viewer_id) as "viewerHasLiked",
  exists (select from saves s where s.video_id = v.id and s.user_id = k.viewer_id) as "viewerHasSaved",
  exists (select from reposts r where r.video_id = v.id and r.user_id = k.viewer_id) as "viewerHasReposted"`;

/** A video by id. */
export const videoById = one<SeenVideo>({
  name: "video_by_id",
  key: { id: "bigint" },
  keyOf: (video) => [video.id],
  sql: (k) => `
    select k.nr, ${videoColumns}
    from ${withUnseen(k)}
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
    select k.nr, ${videoColumns}
    from ${withUnseen(k)}
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
export const UNAVAILABLE_REASONS = ["NOT_AVAILABLE", "NOT_IN_AUDIENCE", "REMOVED"] as const;
export type UnavailableReason = (typeof UNAVAILABLE_REASONS)[number];

/** That the viewer can't see a video, told no further than they may know. */
export interface Unavailability {
  readonly videoId: string;
  /** For actions alone. */
  readonly authorId: string;
  readonly reason: UnavailableReason;
  /** When the viewer has asked its author to be let in; null where they have not. */
  readonly requestedAt: string | null;
}

/**
 * Why the viewer can't see a video: that it was removed, if they could have seen it; that they are outside its audience,
 * if they are a friend of the author. Null, which says no more, for one that never was.
 */
export const whyUnavailable = one<Unavailability>({
  name: "why_unavailable",
  key: { video_id: "bigint" },
  keyOf: ({ videoId }) => [videoId],
  sql: (k) => `
    select
      k.nr, k.video_id as "videoId", v.author_id as "authorId", w.reason,
      case w.reason when 'NOT_IN_AUDIENCE' then g.requested_at end as "requestedAt"
    from ${k}
    join videos v on v.id = k.video_id
    cross join lateral (
      select
        case
          when v.status = 'REMOVED' and ${isForViewer("k.viewer_id", "v")} then 'REMOVED'
          when v.status = 'READY' and ${areFriends("v.author_id", "k.viewer_id")}
            and exists (select from users a where a.id = v.author_id and ${userVisible("k.viewer_id", "a")})
            then 'NOT_IN_AUDIENCE'
          else 'NOT_AVAILABLE'
        end as reason
    ) w
    left join video_access g on g.video_id = k.video_id and g.user_id = k.viewer_id`,
});
