/** Publishing, changing and liking videos. */
import { statement } from "../db/sql.ts";
import type { Reach } from "../entities/user.ts";
import type { Audience, Video } from "../entities/video.ts";
import { requireFound, UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { videoById } from "../loaders/video.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";

export interface NewVideo {
  readonly sourceUrl: string | null;
  readonly thumbnailUrl: string | null;
  readonly durationMs: number | null;
  readonly caption: string;
  readonly audience: Audience | null;
  readonly commentsFrom: Reach | null;
  readonly nonce: string | null;
}

const captionOf = (caption: string) => cleanText(caption, { min: 0, max: 2_200, path: "caption" });

const findByNonce = statement<{ authorId: string; nonce: string }, { id: string }>(
  "video_find_by_nonce",
  `
  select v.id
  from videos v
  where v.author_id = :authorId and v.nonce = :nonce`,
);

type InsertParameters = {
  id: string;
  authorId: string;
  sourceUrl: string | null;
  thumbnailUrl: string | null;
  durationMs: number | null;
  caption: string;
  audience: Audience;
  commentsFrom: Reach;
  nonce: string | null;
};

const insertVideo = statement<InsertParameters, Record<string, never>>(
  "video_insert",
  `
  insert into videos (
    id, author_id, source_url, thumbnail_url, duration_ms, caption, status, audience, comments_from, nonce
  )
  values (
    :id, :authorId, :sourceUrl, :thumbnailUrl, :durationMs, :caption, 'READY', :audience::audience,
    :commentsFrom::reach, :nonce
  )`,
);

/** Publishes a video and returns its id; with a nonce that was used before, the id of that video. Throws INVALID. */
export async function publishVideo(context: ActionContext, input: NewVideo): Promise<string> {
  const { userId: authorId } = requireViewer(context);
  const caption = captionOf(input.caption);
  if (input.sourceUrl === null) {
    throw new UserError("INVALID", "A video needs the address that it plays from.", { path: ["sourceUrl"] });
  }
  const { nonce } = input;
  return write(context, async (queries, tell) => {
    const [published] = nonce === null ? [] : await queries.run(findByNonce, { authorId, nonce });
    if (published !== undefined) return published.id;
    const id = newId();
    await queries.run(insertVideo, {
      ...input,
      id,
      authorId,
      caption,
      audience: input.audience ?? "PUBLIC",
      commentsFrom: input.commentsFrom ?? "EVERYONE",
    });
    tell({ viewerId: authorId, kind: "VIDEO_CHANGED", ids: [id] });
    return id;
  });
}

/** The video, which the viewer may see and is the author of; throws NOT_FOUND and FORBIDDEN. */
async function requireOwn(context: ActionContext, videoId: string): Promise<Video> {
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
  audience: Audience | null;
  commentsFrom: Reach | null;
  status: "REMOVED" | null;
};

const updateOwn = statement<UpdateParameters, Record<string, never>>(
  "video_update",
  `
  update videos
  set
    caption = coalesce(:caption, caption),
    audience = coalesce(:audience::audience, audience),
    comments_from = coalesce(:commentsFrom::reach, comments_from),
    status = coalesce(:status::video_status, status)
  where id = :id`,
);

async function change(
  context: ActionContext,
  video: Video,
  changes: Partial<UpdateParameters>,
): Promise<void> {
  await write(context, async (queries, tell) => {
    await queries.run(updateOwn, {
      id: video.id,
      caption: null,
      audience: null,
      commentsFrom: null,
      status: null,
      ...changes,
    });
    tell({ viewerId: video.authorId, kind: "VIDEO_CHANGED", ids: [video.id] });
  });
}

/** Changes what is given of the viewer's own video; a narrower audience holds for every old share of it at once. */
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
  await change(context, video, {
    ...input,
    caption: input.caption === null ? null : captionOf(input.caption),
  });
}

/** Removes the viewer's own video everywhere. */
export async function deleteVideo(context: ActionContext, videoId: string): Promise<void> {
  await change(context, await requireOwn(context, videoId), { status: "REMOVED" });
}

const insertLike = statement<{ videoId: string; userId: string }, Record<string, never>>(
  "like_insert",
  `
  with liked as (
    insert into likes (video_id, user_id)
    values (:videoId, :userId)
    on conflict do nothing
    returning video_id
  )
  update videos v
  set like_count = v.like_count + 1
  from liked l
  where v.id = l.video_id`,
);

const deleteLike = statement<{ videoId: string; userId: string }, Record<string, never>>(
  "like_delete",
  `
  with unliked as (
    delete from likes
    where video_id = :videoId and user_id = :userId
    returning video_id
  )
  update videos v
  set like_count = v.like_count - 1
  from unliked l
  where v.id = l.video_id`,
);

/** Likes a video, or likes it no longer; doing so again changes nothing. Throws NOT_FOUND. */
export async function setLiked(context: ActionContext, videoId: string, liked: boolean): Promise<void> {
  const { userId } = requireViewer(context);
  requireFound(await videoById(context.loads, videoId), "video", "videoId");
  await write(context, (queries) => queries.run(liked ? insertLike : deleteLike, { videoId, userId }));
}
