/** Publishing videos, and what follows when one can be watched. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { Reach } from "../entities/user.ts";
import type { Audience, Video } from "../entities/video.ts";
import { UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { cleanText, mentionsOf } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { hashtagsOfVideo, keepHashtags, type Tagged } from "./hashtag.ts";
import { findMentions, tellMentioned } from "./mention.ts";
import { lockUpload, requireUsable } from "./upload/use.ts";

/** A new video: of an upload, which says what it is like, or one that plays from an address. */
export interface NewVideo {
  readonly uploadId: string | null;
  readonly sourceUrl: string | null;
  readonly thumbnailUrl: string | null;
  readonly durationMs: number | null;
  readonly caption: string;
  readonly audience: Audience | null;
  readonly commentsFrom: Reach | null;
  readonly nonce: string | null;
}

/** A caption in its one form; throws INVALID. */
export const captionOf = (caption: string) => cleanText(caption, { min: 0, max: 2_200, path: "caption" });

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
  uploadId: string | null;
  sourceUrl: string | null;
  thumbnailUrl: string | null;
  durationMs: number | null;
  width: number | null;
  height: number | null;
  hasPoster: boolean;
  caption: string;
  status: Video["status"];
  audience: Audience;
  commentsFrom: Reach;
  mentions: readonly string[] | null;
  nonce: string | null;
};

const insertVideo = statement<InsertParameters, Nothing>(
  "video_insert",
  `
  with kept as (
    update video_uploads
    set expires_at = null
    where id = :uploadId
  )
  insert into videos (
    id, author_id, upload_id, source_url, thumbnail_url, duration_ms, width, height, has_poster, caption, status,
    audience, comments_from, mentions, nonce
  )
  values (
    :id, :authorId, :uploadId, :sourceUrl, :thumbnailUrl, :durationMs, :width, :height, :hasPoster, :caption,
    :status::video_status, :audience::audience, :commentsFrom::reach, :mentions, :nonce
  )`,
);

/** What is known of a video that plays from an address. */
const OF_ADDRESS = { status: "READY", width: null, height: null, hasPoster: false } as const;

/**
 * Publishes a video and returns its id; with a nonce that was used before, the id of that video. One of an upload that
 * is not READY yet is seen by its author alone until it is. Throws INVALID, TOO_MANY_REQUESTS, and what `requireUsable`
 * throws.
 */
export async function publishVideo(context: ActionContext, input: NewVideo): Promise<string> {
  const { userId: authorId } = requireViewer(context);
  const caption = captionOf(input.caption);
  const { nonce, uploadId, sourceUrl, thumbnailUrl } = input;
  if ((uploadId === null) === (sourceUrl === null)) {
    const message = "A video is made of an upload, or plays from an address: one of the two.";
    throw new UserError("INVALID", message, { path: [uploadId === null ? "sourceUrl" : "uploadId"] });
  }
  await context.rates.take("publishVideo", authorId);
  return write(context, async (queries, tell) => {
    // Looked for under the upload's lock: of two who publish it with the same nonce, the second finds the first's video.
    const upload = uploadId === null ? null : await lockUpload(queries, { id: uploadId, authorId });
    const [published] = nonce === null ? [] : await queries.run(findByNonce, { authorId, nonce });
    if (published !== undefined) return published.id;
    const id = newId();
    const audience = input.audience ?? "PUBLIC";
    const made = uploadId === null ? { ...OF_ADDRESS, durationMs: input.durationMs } : requireUsable(upload);
    await queries.run(insertVideo, {
      ...made,
      id,
      authorId,
      uploadId,
      sourceUrl,
      thumbnailUrl: uploadId === null ? thumbnailUrl : null,
      caption,
      audience,
      commentsFrom: input.commentsFrom ?? "EVERYONE",
      mentions: await findMentions(queries, authorId, caption),
      nonce,
    });
    // The row's foreign key has locked the author.
    const { status } = made;
    if (status === "READY")
      await appear(queries, tell, { id, authorId, caption, commentHashtags: null, audience, status });
    else tell({ viewerId: authorId, kind: "VIDEO_CHANGED", ids: [id] });
    return id;
  });
}

/** What follows when a video can be watched from now on; to be called with its author locked against being hidden. */
export async function appear(queries: Queries, tell: Tell, video: Tagged): Promise<void> {
  if (hashtagsOfVideo(video).length > 0) await keepHashtags(queries, video);
  if (mentionsOf(video.caption).length > 0) await tellMentioned(queries, tell, video.id);
  tell({ viewerId: video.authorId, kind: "VIDEO_CHANGED", ids: [video.id] });
}
