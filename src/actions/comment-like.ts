/** Liking comments. */
import { statement } from "../db/sql.ts";
import { ConflictError, requireFound } from "../errors.ts";
import { commentOf } from "../loaders/comment.ts";
import { requireViewer } from "../viewer.ts";
import { isHere } from "../visibility/user.ts";
import { videoVisible } from "../visibility/video.ts";
import type { CommentKey } from "./comment.ts";
import { type ActionContext, write } from "./context.ts";
import { notify, withdraw } from "./notification.ts";

type LikeParameters = CommentKey & { userId: string };

interface Liked {
  readonly authorId: string;
  /** Whether the author sees the video still. */
  readonly authorSees: boolean;
}

// Who likes is locked against being hidden, and the comment against being deleted.
const LOCKED = `
  liker as materialized (
    select u.id
    from users u
    where u.id = :userId and ${isHere("u")}
    for key share
  ),
  comment as materialized (
    select c.video_id, c.id, u.id as user_id
    from liker u
    join comments c on c.video_id = :videoId and c.id = :id and c.deleted_at is null
    for no key update of c
  )`;

const RETURNED = `
  returning c.author_id as "authorId", exists (
    select from videos v where v.id = c.video_id and ${videoVisible("c.author_id", "v")}
  ) as "authorSees"`;

const insertLike = statement<LikeParameters, Liked>(
  "comment_like_insert",
  `
  with ${LOCKED},
  liked as (
    insert into comment_likes (video_id, comment_id, user_id)
    select c.video_id, c.id, c.user_id
    from comment c
    on conflict do nothing
    returning video_id, comment_id
  )
  update comments c
  set like_count = c.like_count + 1
  from liked l
  where c.video_id = l.video_id and c.id = l.comment_id
  ${RETURNED}`,
);

const deleteLike = statement<LikeParameters, Liked>(
  "comment_like_delete",
  `
  with ${LOCKED},
  unliked as (
    delete from comment_likes l
    using comment c
    where l.video_id = c.video_id and l.comment_id = c.id and l.user_id = c.user_id
    returning l.video_id, l.comment_id
  )
  update comments c
  set like_count = c.like_count - 1
  from unliked l
  where c.video_id = l.video_id and c.id = l.comment_id
  ${RETURNED}`,
);

const findLike = statement<LikeParameters, { id: string }>(
  "comment_like_find",
  `
  select l.comment_id as id
  from comment_likes l
  where l.video_id = :videoId and l.comment_id = :id and l.user_id = :userId`,
);

/**
 * Lets pass who can read the comment, or is to take back a like of theirs. Throws NOT_FOUND, and CONFLICT for a comment
 * that was deleted.
 */
async function requireLikeable(
  { loads, database }: ActionContext,
  like: LikeParameters,
  liked: boolean,
): Promise<void> {
  const seen = await commentOf(loads, like.videoId, like.id);
  if (seen !== null && seen.deletedAt === null) return;
  if (!liked && (await database.run(findLike, like)).length > 0) return;
  requireFound(seen, "comment", "commentId");
  throw new ConflictError("This comment was deleted.", { path: ["commentId"] });
}

/**
 * Likes a comment, or likes it no longer, which whoever likes it can do out of their sight too; doing so again changes
 * nothing. Throws NOT_FOUND, CONFLICT for one that was deleted, and TOO_MANY_REQUESTS.
 */
export async function setCommentLiked(
  context: ActionContext,
  key: CommentKey,
  liked: boolean,
): Promise<void> {
  const { userId } = requireViewer(context);
  const { videoId, id } = key;
  await requireLikeable(context, { videoId, id, userId }, liked);
  await context.rates.take("like", userId);
  await write(context, async (queries, tell) => {
    const [comment] = await queries.run(liked ? insertLike : deleteLike, { videoId, id, userId });
    if (comment === undefined) return;
    const cause = {
      userId: comment.authorId,
      kind: "LIKE" as const,
      subject: [videoId, id],
      actorId: userId,
    };
    if (!liked) await withdraw(queries, tell, cause);
    else if (comment.authorSees) await notify(queries, tell, cause);
  });
}
