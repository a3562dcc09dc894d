/** Comments on videos: written, answered and deleted, each under the lock of its video. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { ConflictError, requireFound, UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { commentOf } from "../loaders/comment.ts";
import { videoById } from "../loaders/video.ts";
import { cleanText, hashtagsOf } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { commentable, commentDeletable } from "../visibility/comment.ts";
import { isHere } from "../visibility/user.ts";
import { videoVisible } from "../visibility/video.ts";
import { type Concerning, revokeComment, takeBackComment, tellOfComment } from "./comment-notification.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { keepCommentHashtags } from "./hashtag.ts";
import { findMentions } from "./mention.ts";

/** The key of a comment. */
export type CommentKey = { readonly videoId: string; readonly id: string };

export interface NewComment {
  readonly videoId: string;
  readonly text: string;
  /** The comment that it answers, or an answer to the same one. */
  readonly replyTo: CommentKey | null;
  readonly nonce: string | null;
}

const textOf = (text: string) => cleanText(text, { min: 1, max: 1_000, path: "text" });

// Who writes is locked against being hidden, for their comments are counted; and then the video, on which one comment
// at a time is written or deleted.
const lockAsSeen = statement<{ videoId: string; userId: string }, { authorId: string; mayComment: boolean }>(
  "comment_lock_video",
  `
  with writer as materialized (
    select u.id
    from users u
    where u.id = :userId and ${isHere("u")}
    for key share
  )
  select v.author_id as "authorId", ${commentable(":userId::bigint", "v")} as "mayComment"
  from writer w
  join videos v on v.id = :videoId and ${videoVisible(":userId::bigint", "v")}
  for no key update of v`,
);

const findByNonce = statement<
  { videoId: string; authorId: string; nonce: string },
  { id: string; text: string | null; topId: string | null }
>(
  "comment_find_by_nonce",
  `
  select c.id, c.text, c.reply_to_id as "topId"
  from comments c
  where c.video_id = :videoId and c.author_id = :authorId and c.nonce = :nonce`,
);

interface Locked {
  readonly id: string;
  readonly authorId: string | null;
  readonly mentions: string[] | null;
  readonly hashtags: string[] | null;
  readonly isDeleted: boolean;
}

const lockComments = statement<{ videoId: string; ids: readonly (string | null)[] }, Locked>(
  "comment_lock",
  `
  select c.id, c.author_id as "authorId", c.mentions, c.hashtags, c.deleted_at is not null as "isDeleted"
  from comments c
  where c.video_id = :videoId and c.id = any(:ids::bigint[])
  order by c.id
  for no key update`,
);

type InsertParameters = {
  videoId: string;
  id: string;
  authorId: string;
  text: string;
  topId: string | null;
  mentions: readonly string[] | null;
  hashtags: readonly string[] | null;
  nonce: string | null;
};

const insertComment = statement<InsertParameters, Nothing>(
  "comment_insert",
  `
  with counted as (
    update videos
    set comment_count = comment_count + 1
    where id = :videoId
  ),
  answered as (
    update comments
    set reply_count = reply_count + 1
    where video_id = :videoId and id = :topId
  )
  insert into comments (video_id, id, author_id, text, reply_to_id, mentions, hashtags, nonce)
  values (:videoId, :id, :authorId, :text, :topId, :mentions, :hashtags, :nonce)`,
);

const deleted = (path: string) => new ConflictError("This comment was deleted.", { path: [path] });

/**
 * Comments on a video, or answers a comment on it, and returns the comment's id: with a nonce that was used before, the
 * same comment's, whatever has become of it. An answer to an answer stands beside it. Throws INVALID, NOT_FOUND for a
 * video or a comment that the viewer may not see, FORBIDDEN where the video takes no comments from them, CONFLICT for a
 * comment that was deleted and for a nonce that was used for something else, and TOO_MANY_REQUESTS.
 */
export async function addComment(context: ActionContext, input: NewComment): Promise<string> {
  const { userId: authorId } = requireViewer(context);
  const { videoId, replyTo, nonce } = input;
  const text = textOf(input.text);
  requireFound(await videoById(context.loads, videoId), "video", "videoId");
  const target = replyTo?.videoId === videoId ? await commentOf(context.loads, videoId, replyTo.id) : null;
  const topId = target?.replyToId ?? target?.id ?? null;
  await context.rates.take("comment", authorId);
  return write(context, async (queries, tell) => {
    const [locked] = await queries.run(lockAsSeen, { videoId, userId: authorId });
    const video = requireFound(locked, "video", "videoId");
    const [known] = nonce === null ? [] : await queries.run(findByNonce, { videoId, authorId, nonce });
    if (known !== undefined) {
      const answersSame =
        (replyTo === null) === (known.topId === null) && (topId ?? known.topId) === known.topId;
      const isSame = known.text === null || (known.text === text && answersSame);
      if (isSame) return known.id;
      throw new ConflictError("This nonce was used for another comment.", { path: ["nonce"] });
    }
    if (!video.mayComment) {
      throw new UserError("FORBIDDEN", "This video takes no comments from you.", { path: ["videoId"] });
    }
    let topAuthorId: string | null = null;
    if (replyTo !== null) {
      const { id, deletedAt } = requireFound(target, "comment", "replyToId");
      const rows = await queries.run(lockComments, { videoId, ids: [id, topId] });
      if (deletedAt !== null || rows.find((row) => row.id === id)?.isDeleted !== false)
        throw deleted("replyToId");
      const top = rows.find((row) => row.id === topId);
      topAuthorId = top?.isDeleted === false ? top.authorId : null;
    }
    const mentions = await findMentions(queries, authorId, text);
    // Nobody but its author puts a video under a hashtag.
    const tags = authorId === video.authorId ? hashtagsOf(text) : [];
    const hashtags = tags.length > 0 ? tags : null;
    const id = newId();
    await queries.run(insertComment, { videoId, id, authorId, text, topId, mentions, hashtags, nonce });
    if (hashtags !== null) {
      await keepCommentHashtags(queries, videoId);
      tell({ viewerId: authorId, kind: "VIDEO_CHANGED", ids: [videoId] });
    }
    await tellOfComment(queries, tell, {
      videoId,
      id,
      authorId,
      videoAuthorId: video.authorId,
      topId,
      topAuthorId,
      mentions: mentions ?? [],
    });
    return id;
  });
}

const readComment = statement<CommentKey, { authorId: string | null; topId: string | null }>(
  "comment_read",
  `
  select c.author_id as "authorId", c.reply_to_id as "topId"
  from comments c
  where c.video_id = :videoId and c.id = :id`,
);

// As above: its author, who may be gone, and the video.
const lockAuthorAndVideo = statement<
  { videoId: string; authorId: string },
  { videoAuthorId: string; isCounted: boolean }
>(
  "comment_lock_author",
  `
  with author as materialized (
    select u.id, ${isHere("u")} as is_here
    from users u
    where u.id = :authorId
    for key share
  )
  select v.author_id as "videoAuthorId", a.is_here as "isCounted"
  from author a
  join videos v on v.id = :videoId
  for no key update of v`,
);

const eraseComment = statement<CommentKey & { topId: string | null; by: number }, Nothing>(
  "comment_erase",
  `
  with counted as (
    update videos
    set comment_count = comment_count - :by::integer
    where id = :videoId
  ),
  unanswered as (
    update comments
    set reply_count = reply_count - :by::integer
    where video_id = :videoId and id = :topId
  ),
  unliked as (
    delete from comment_likes
    where video_id = :videoId and comment_id = :id
  )
  update comments
  set text = null, mentions = null, hashtags = null, like_count = 0, deleted_at = now()
  where video_id = :videoId and id = :id`,
);

/** Deletes a comment, whoever asks for it, as its author would; one that is deleted already stays so. */
export async function removeComment(
  queries: Queries,
  tell: Tell,
  { videoId, id }: CommentKey,
): Promise<void> {
  const [read] = await queries.run(readComment, { videoId, id });
  if (read === undefined || read.authorId === null) return;
  const { authorId, topId } = read;
  const [locked] = await queries.run(lockAuthorAndVideo, { videoId, authorId });
  const rows = await queries.run(lockComments, { videoId, ids: [id, topId] });
  const row = rows.find((each) => each.id === id);
  if (locked === undefined || row === undefined || row.isDeleted) return;
  const comment: Concerning = {
    videoId,
    id,
    authorId,
    videoAuthorId: locked.videoAuthorId,
    topId,
    topAuthorId: rows.find((each) => each.id === topId)?.authorId ?? null,
    mentions: row.mentions ?? [],
  };
  await revokeComment(queries, tell, comment);
  await queries.run(eraseComment, { videoId, id, topId, by: locked.isCounted ? 1 : 0 });
  if (row.hashtags !== null) {
    await keepCommentHashtags(queries, videoId);
    tell({ viewerId: authorId, kind: "VIDEO_CHANGED", ids: [videoId] });
  }
  await takeBackComment(queries, tell, comment);
}

const findDeletable = statement<CommentKey & { userId: string }, { id: string }>(
  "comment_find_deletable",
  `
  select c.id
  from comments c
  where c.video_id = :videoId and c.id = :id and ${commentDeletable(":userId::bigint", "c")}`,
);

/** Throws what there is to say of a comment that is not the viewer's to delete, in the words for what they see of it. */
async function refuseDeletion({ loads }: ActionContext, { videoId, id }: CommentKey): Promise<never> {
  const { deletedAt } = requireFound(await commentOf(loads, videoId, id), "comment", "commentId");
  if (deletedAt !== null) throw deleted("commentId");
  throw new UserError("FORBIDDEN", "Its author and the video's can delete a comment.", {
    path: ["commentId"],
  });
}

/**
 * Deletes a comment of the viewer's own, or on a video of theirs, whether or not they see it. With answers that are left,
 * a tombstone stays over them. Throws NOT_FOUND, CONFLICT for such a tombstone, and FORBIDDEN.
 */
export async function deleteComment(context: ActionContext, key: CommentKey): Promise<void> {
  const { userId } = requireViewer(context);
  const [deletable] = await context.database.run(findDeletable, { ...key, userId });
  if (deletable === undefined) await refuseDeletion(context, key);
  await write(context, (queries, tell) => removeComment(queries, tell, key));
}
