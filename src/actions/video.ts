/** Changing, removing and liking videos. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { Reach } from "../entities/user.ts";
import { AUDIENCES, type Audience, type Video } from "../entities/video.ts";
import { requireFound, UserError } from "../errors.ts";
import { videoById } from "../loaders/video.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { keepHashtags, type Tagged } from "./hashtag.ts";
import { findMentions, forgetMentioned, tellMentioned } from "./mention.ts";
import { notify, withdraw } from "./notification.ts";
import { revokeVideo } from "./revocation.ts";
import { requireTakeable } from "./taking-back.ts";
import { endUploadOf } from "./upload/end.ts";
import { countedIn, countedOut } from "./video-count.ts";
import { captionOf } from "./video-publish.ts";

/** The video, which the viewer may see and is the author of; throws NOT_FOUND and FORBIDDEN. */
export async function requireOwn(context: ActionContext, videoId: string): Promise<Video> {
  const viewer = requireViewer(context);
  const video = requireFound(await videoById(context.loads, videoId), "video", "videoId");
  if (video.authorId !== viewer.userId) {
    throw new UserError("FORBIDDEN", "Only its author can do this to a video.", { path: ["videoId"] });
  }
  return video;
}

type UpdateParameters = {
  id: string;
  caption: string | null;
  /** Of the caption that is given. */
  mentions: readonly string[] | null;
  audience: Audience | null;
  commentsFrom: Reach | null;
  status: "REMOVED" | null;
};

// The author is locked first, against being hidden before the video's hashtags are counted.
const updateOwn = statement<
  UpdateParameters & { authorId: string },
  Tagged & {
    readonly mentions: string[] | null;
    readonly formerAudience: Audience;
    readonly formerStatus: Video["status"];
    readonly formerMentions: string[] | null;
  }
>(
  "video_update",
  `
  with author as materialized (
    select u.id
    from users u
    where u.id = :authorId
    for key share
  ),
  former as materialized (
    select v.id, v.author_id, v.audience, v.status, v.mentions
    from author a
    join videos v on v.id = :id and v.author_id = a.id
    for no key update of v
  )
  update videos v
  set
    caption = coalesce(:caption, v.caption),
    mentions = case when :caption::text is null then v.mentions else :mentions::bigint[] end,
    audience = coalesce(:audience::audience, v.audience),
    comments_from = coalesce(:commentsFrom::reach, v.comments_from),
    status = coalesce(:status::video_status, v.status)
  from former f
  where v.id = f.id
  returning
    v.id, v.author_id as "authorId", v.caption, v.comment_hashtags as "commentHashtags", v.audience, v.status, v.mentions,
    f.audience as "formerAudience", f.status as "formerStatus", f.mentions as "formerMentions"`,
);

type Authored = Pick<Video, "id" | "authorId">;

async function change(
  queries: Queries,
  tell: Tell,
  { id, authorId }: Authored,
  changes: Partial<UpdateParameters>,
): Promise<void> {
  const [changed] = await queries.run(updateOwn, {
    id,
    authorId,
    caption: null,
    mentions: null,
    audience: null,
    commentsFrom: null,
    status: null,
    ...changes,
  });
  if (changed !== undefined) await keepHashtags(queries, changed);
  tell({ viewerId: authorId, kind: "VIDEO_CHANGED", ids: [id] });
  if (changed?.formerStatus !== "READY") return;
  const [before, now] = [changed.formerAudience, changed.status === "REMOVED" ? null : changed.audience];
  if (now === null || AUDIENCES.indexOf(now) > AUDIENCES.indexOf(before)) {
    await revokeVideo(queries, tell, { videoId: id, authorId, before, now });
  }
  const [mentions, former] = [changed.mentions ?? [], changed.formerMentions ?? []];
  const dropped = former.filter((userId) => !mentions.includes(userId));
  const added = mentions.filter((userId) => !former.includes(userId));
  await forgetMentioned(queries, tell, changed, dropped);
  if (now !== null && (added.length > 0 || (mentions.length > 0 && now !== before))) {
    await tellMentioned(queries, tell, id);
  }
}

/** Removes a video everywhere, whoever asks for it, and throws away what it was made of. */
export async function removeVideo(queries: Queries, tell: Tell, video: Authored): Promise<void> {
  await endUploadOf(queries, video.id);
  await change(queries, tell, video, { status: "REMOVED" });
}

/**
 * Changes what is given of the viewer's own video; a narrower audience holds for every old share of it at once. Throws
 * NOT_FOUND, FORBIDDEN, INVALID and TOO_MANY_REQUESTS.
 */
export async function updateVideo(
  context: ActionContext,
  videoId: string,
  input: {
    readonly caption: string | null;
    readonly audience: Audience | null;
    readonly commentsFrom: Reach | null;
  },
): Promise<void> {
  const video = await requireOwn(context, videoId);
  const caption = input.caption === null ? null : captionOf(input.caption);
  await context.rates.take("updateVideo", video.authorId);
  await write(context, async (queries, tell) => {
    const mentions = caption === null ? null : await findMentions(queries, video.authorId, caption);
    await change(queries, tell, video, { ...input, caption, mentions });
  });
}

/** Removes the viewer's own video everywhere; throws NOT_FOUND, and FORBIDDEN for another's. */
export async function deleteVideo(context: ActionContext, videoId: string): Promise<void> {
  const video = await requireOwn(context, videoId);
  await write(context, (queries, tell) => removeVideo(queries, tell, video));
  if (video.uploadId !== null) context.soon("discarded-uploads");
}

const LIKES = { table: "likes", count: "like_count" };
const insertLike = countedIn("like_insert", LIKES);
const deleteLike = countedOut("like_delete", LIKES);

/**
 * Likes a video, or likes it no longer, whether or not the viewer sees it still; doing so again changes nothing. Throws
 * NOT_FOUND and TOO_MANY_REQUESTS.
 */
export async function setLiked(context: ActionContext, videoId: string, liked: boolean): Promise<void> {
  const { userId } = requireViewer(context);
  if (liked) requireFound(await videoById(context.loads, videoId), "video", "videoId");
  else await requireTakeable(context, "likes", videoId);
  await context.rates.take("like", userId);
  await write(context, async (queries, tell) => {
    const [video] = await queries.run(liked ? insertLike : deleteLike, { videoId, userId });
    if (video === undefined) return;
    const cause = { userId: video.authorId, kind: "LIKE" as const, subject: [videoId], actorId: userId };
    await (liked ? notify : withdraw)(queries, tell, cause);
    tell({ viewerId: userId, kind: "VIDEO_CHANGED", ids: [videoId] });
  });
}
