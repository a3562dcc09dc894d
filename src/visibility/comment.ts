/** Who may comment on a video, and what of a comment they see who see the video. */
import { Comment } from "../entities/comment.ts";
import { columns } from "../entities/naming.ts";
import { NOBODY } from "../ids.ts";
import { blockedEitherWay, countOf, hasBlocked, hiddenCount, isHere, reaches, userVisible } from "./user.ts";

/** SQL: whether the viewer, who sees the row `video` of videos, may comment on it. */
export function commentable(viewer: string, video: string): string {
  return `(${viewer} <> ${NOBODY} and ${reaches(`${video}.comments_from`, `${video}.author_id`, viewer)})`;
}

/**
 * SQL: whether the viewer can read the row `comment` of comments, on a video that they see: it is not deleted, and they
 * see its author, whom they have not blocked either.
 */
export function commentReadable(viewer: string, comment: string): string {
  return `(
    ${comment}.deleted_at is null
    and exists (select from users a where a.id = ${comment}.author_id and ${userVisible(viewer, "a")})
    and not ${hasBlocked(viewer, `${comment}.author_id`)}
  )`;
}

/**
 * SQL: whether the viewer may delete the row `comment`, which is not deleted: they wrote it, or it stands on a video of
 * theirs. Whether they see either does not matter: their words are theirs to take back, and their video theirs to clean.
 */
export function commentDeletable(viewer: string, comment: string): string {
  return `(
    ${comment}.deleted_at is null
    and (
      ${comment}.author_id = ${viewer}
      or exists (select from videos w where w.id = ${comment}.video_id and w.author_id = ${viewer})
    )
  )`;
}

/** SQL: whether the row `comment`, which answers none, has an answer that the viewer can read. */
export function commentAnswered(viewer: string, comment: string): string {
  return `exists (
    select
    from comments r
    where r.video_id = ${comment}.video_id and r.reply_to_id = ${comment}.id and ${commentReadable(viewer, "r")}
  )`;
}

/**
 * SQL: whether the row `comment` is there for the viewer, on a video that they see: to be read, or as the tombstone
 * over answers that can be.
 */
export function commentVisible(viewer: string, comment: string): string {
  return `(
    ${commentReadable(viewer, comment)}
    or (${comment}.reply_to_id is null and ${commentAnswered(viewer, comment)})
  )`;
}

/** SQL: whether the row `comment` answers none, and something of it may be left; an index has these. */
export function isTopComment(comment: string): string {
  return `(${comment}.reply_to_id is null and (${comment}.deleted_at is null or ${comment}.reply_count > 0))`;
}

/**
 * SQL: whether the row `comment` is the viewer's, or a friend's. The offset keeps it a look at one pair, where all the
 * viewer's friends might be read to hash them.
 */
export function isByCircle(viewer: string, comment: string): string {
  return `(
    ${comment}.author_id = ${viewer}
    or exists (
      select from friendships f where f.user_id = ${viewer} and f.friend_id = ${comment}.author_id offset 0
    )
  )`;
}

/** SQL: whose comments the viewer can't read though they are counted, as an array: whom they have blocked, or who has them. */
export function unreadBy(viewer: string): string {
  return `array(
    select who.id
    from (${blockedEitherWay(viewer)}) other
    join users who on who.id = other.id and ${isHere("who")}
  )`;
}

/**
 * SQL: how many of the comments `h` that fit `condition` the viewer can't read, of those that kept counts have: they are
 * of people whom the viewer has blocked, or who have blocked the viewer; `people` are those.
 */
export function hiddenComments(viewer: string, condition: string, people = unreadBy(viewer)): string {
  return countOf(people, "comments h", "h.author_id", `h.deleted_at is null and ${condition}`);
}

const PARTS = [
  "authorId",
  "text",
  "mentions",
  "deletedAt",
  "likeCount",
  "replyCount",
  "nonce",
  "hashtags",
] as const satisfies (keyof Comment)[];

/**
 * SQL: the select list of the row `comment` as the viewer sees it; `isReadable` says whether they can read it. Of what
 * they can't read there is a tombstone, which is the same whether it was deleted or is hidden from them: so its time is
 * that of a day, and of what is hidden that on which it was written.
 */
export function commentColumns(viewer: string, comment: string, isReadable: string): string {
  const ofReadable = (column: string) => `case when ${isReadable} then ${comment}.${column} end`;
  const day = `date_trunc('day', coalesce(${comment}.deleted_at, ${comment}.created_at), 'UTC')::timestamptz(3)`;
  const likes = `h.video_id = ${comment}.video_id and h.comment_id = ${comment}.id`;
  const replies = `h.video_id = ${comment}.video_id and h.reply_to_id = ${comment}.id`;
  return `
    ${columns(Comment, comment, PARTS)},
    ${ofReadable("author_id")} as "authorId",
    ${ofReadable("text")} as text,
    ${ofReadable("mentions")} as mentions,
    case when not ${isReadable} then ${day} end as "deletedAt",
    case
      when ${isReadable} and ${comment}.like_count > 0
        then ${comment}.like_count - ${hiddenCount(viewer, "comment_likes h", "h.user_id", likes)}
      else 0
    end as "likeCount",
    case
      when ${comment}.reply_count > 0 then ${comment}.reply_count - ${hiddenComments(viewer, replies)}
      else 0
    end as "replyCount",
    (
      ${isReadable} and exists (select from comment_likes h where h.user_id = ${viewer} and ${likes})
    ) as "viewerHasLiked"`;
}
