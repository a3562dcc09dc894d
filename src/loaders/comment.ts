/** Reads of comments. */
import { Comment } from "../entities/comment.ts";
import { plainColumns } from "../entities/naming.ts";
import { MAX_ID } from "../ids.ts";
import {
  commentAnswered,
  commentable,
  commentColumns,
  commentReadable,
  commentVisible,
  isByCircle,
  isTopComment,
} from "../visibility/comment.ts";
import { videoVisible } from "../visibility/video.ts";
import { fact, one, page } from "./kinds.ts";

/** A comment as the viewer sees it; of one that they can't read, that it was there. */
export interface SeenComment extends Omit<Comment, "nonce" | "hashtags"> {
  readonly viewerHasLiked: boolean;
}

const commentTable = plainColumns(Comment, "c");
const seenColumns = commentColumns("k.viewer_id", "c", "s.is_readable");
// Asked once of each row, not for each of its columns.
const readable = `cross join lateral (select ${commentReadable("k.viewer_id", "c")} as is_readable offset 0) s`;
const itsVideo = `join videos v on v.id = k.video_id and ${videoVisible("k.viewer_id", "v")}`;

/** A comment by its video and its id. */
export const commentOf = one<SeenComment>({
  name: "comment_of",
  key: { video_id: "bigint", id: "bigint" },
  keyOf: (comment) => [comment.videoId, comment.id],
  sql: (k) => `
    select k.nr, ${seenColumns}
    from ${k}
    ${itsVideo}
    join comments c on c.video_id = k.video_id and c.id = k.id
    ${readable}
    where ${commentVisible("k.viewer_id", "c")}`,
});

/** The comments on a video that answer none, by the time of their writing. */
const topComments = (name: string, direction: "asc" | "desc") =>
  page<SeenComment>({
    name,
    key: { video_id: "bigint" },
    direction,
    order: [{ sql: "c.id", type: "bigint", value: ({ id }) => id }],
    oneWay: true,
    prime: commentOf.prime,
    sql: ({ k, within, order, limit }) => `
      select k.nr, ${seenColumns}
      from ${k}
      ${itsVideo}
      cross join lateral (
        select ${commentTable}
        from comments c
        where c.video_id = k.video_id and ${isTopComment("c")} and ${commentVisible("k.viewer_id", "c")}
          and ${within}
        order by ${order}
        limit ${limit}
      ) c
      ${readable}
      order by k.nr, ${order}`,
  });

/** The comments on a video that answer none, newest first. */
export const newestComments = topComments("comments_newest", "desc");

/** The comments on a video that answer none, oldest first. */
export const oldestComments = topComments("comments_oldest", "asc");

interface NearOrFar extends SeenComment {
  readonly isNear: 0 | 1;
}

// Of the viewer's friends on the one side and of the comments on the other, the shorter list is walked.
const isShort =
  "coalesce(v.comment_count <= (select u.friend_count from users u where u.id = k.viewer_id), false)";

/** The comments on a video that answer none: those of the viewer and their friends first, newest first, then the rest. */
export const nearestComments = page<NearOrFar>({
  name: "comments_nearest",
  key: { video_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "c.is_near", type: "integer", value: ({ isNear }) => isNear },
    { sql: "c.id", type: "bigint", value: ({ id }) => id },
  ],
  oneWay: true,
  prime: commentOf.prime,
  sql: ({ k, order, limit, bounds }) => {
    // Of each of the two parts what comes after the cursor. When that is in the rest, nobody is walked any more.
    const [isNear = "1", id = String(MAX_ID)] = bounds ?? [];
    const walked = (isShorter: string) => `${isNear} = 1 and ${isShorter}`;
    const restBefore = `case ${isNear} when 1 then ${MAX_ID} else ${id} end`;
    const newest = (columns: string, before: string, condition: string) => `
      select ${columns}
      from comments c
      where c.video_id = k.video_id and ${isTopComment("c")} and c.id < ${before} and ${condition}
      order by c.id desc
      limit ${limit}`;
    const near = commentReadable("k.viewer_id", "c");
    const rest = `case
      when ${near} then not ${isByCircle("k.viewer_id", "c")}
      else ${commentAnswered("k.viewer_id", "c")}
    end`;
    return `
      select k.nr, ${seenColumns}, c.is_near as "isNear"
      from ${k}
      ${itsVideo}
      cross join lateral (
        select ${commentTable}, c.is_near
        from (
          select ${commentTable}, 1 as is_near
          from (${newest(commentTable, id, `${walked(isShort)} and ${isByCircle("k.viewer_id", "c")} and ${near}`)}) c
          union all
          select ${commentTable}, 1
          from (
            select ${commentTable}
            from (
              select n.id
              from (
                select k.viewer_id as id
                where ${walked(`not ${isShort}`)}
                union all
                select f.friend_id
                from friendships f
                where f.user_id = k.viewer_id and ${walked(`not ${isShort}`)}
              ) p
              cross join lateral (${newest("c.id", id, "c.author_id = p.id and c.deleted_at is null")}) n
              order by n.id desc
              offset 0
            ) n
            join comments c on c.video_id = k.video_id and c.id = n.id
            where ${near}
            order by n.id desc
            limit ${limit}
          ) c
          union all
          select ${commentTable}, 0
          from (${newest(commentTable, restBefore, rest)}) c
        ) c
        order by ${order}
        limit ${limit}
      ) c
      ${readable}
      order by k.nr, ${order}`;
  },
});

/** The answers to a comment, oldest first. */
export const repliesToComment = page<SeenComment>({
  name: "comment_replies",
  key: { video_id: "bigint", comment_id: "bigint" },
  direction: "asc",
  order: [{ sql: "c.id", type: "bigint", value: ({ id }) => id }],
  oneWay: true,
  prime: commentOf.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${commentColumns("k.viewer_id", "c", "true")}
    from ${k}
    ${itsVideo}
    cross join lateral (
      select ${commentTable}
      from comments c
      where c.video_id = k.video_id and c.reply_to_id = k.comment_id and ${commentReadable("k.viewer_id", "c")}
        and ${within}
      order by ${order}
      limit ${limit}
    ) c
    order by k.nr, ${order}`,
});

/** Whether the viewer may comment on a video. */
export const viewerCanComment = fact<boolean>({
  name: "viewer_can_comment",
  key: { video_id: "bigint" },
  missing: false,
  sql: (k) => `
    select k.nr, ${commentable("k.viewer_id", "v")} as value
    from ${k}
    ${itsVideo}`,
});
