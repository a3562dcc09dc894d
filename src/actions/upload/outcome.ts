/** What comes of an upload: it can be watched, or it is said why not. The video that waits for it learns it at once. */
import type { Queries } from "../../db/database.ts";
import { type Nothing, statement } from "../../db/sql.ts";
import type { Video } from "../../entities/video.ts";
import type { Rendition } from "../../media/rendition.ts";
import { type ActionContext, type Tell, write } from "../context.ts";
import type { Tagged } from "../hashtag.ts";
import { appear } from "../video-publish.ts";
import type { Lease } from "./lease.ts";

type Measures = Pick<Rendition, "durationMs" | "width" | "height"> & { readonly hasPoster: boolean };
type Held = { id: string; attempts: number };

// The order of locks: people, uploads, videos. Whoever publishes a video of this upload at this moment has locked it, or
// waits for it here: each sees what the other has done.
const lockOwner = statement<{ userId: string }, { id: string }>(
  "job_upload_lock_owner",
  `
  select u.id
  from users u
  where u.id = :userId
  for key share`,
);

const markReady = statement<Held & Measures, { id: string }>(
  "job_upload_ready",
  `
  update video_uploads w
  set
    status = 'READY', duration_ms = :durationMs, width = :width, height = :height, has_poster = :hasPoster
  where w.id = :id and w.attempts = :attempts and w.status = 'PROCESSING'
  returning w.id`,
);

const markFailed = statement<Held & { failure: string }, { id: string }>(
  "job_upload_failed",
  `
  with failed as (
    update video_uploads w
    set status = 'FAILED', failure = :failure, claimed_until = null
    where w.id = :id and w.attempts = :attempts and w.status = 'PROCESSING'
    returning w.id
  ),
  discarded as (
    insert into discarded_uploads (upload_id)
    select f.id
    from failed f
    on conflict do nothing
  )
  select f.id
  from failed f`,
);

const showVideo = statement<Measures & { uploadId: string }, Tagged>(
  "job_upload_show_video",
  `
  update videos v
  set
    status = 'READY', duration_ms = :durationMs, width = :width, height = :height, has_poster = :hasPoster
  where v.upload_id = :uploadId and v.status = 'PROCESSING'
  returning v.id, v.author_id as "authorId", v.caption, v.comment_hashtags as "commentHashtags", v.audience, v.status`,
);

const failVideo = statement<{ uploadId: string }, Pick<Video, "id" | "authorId">>(
  "job_upload_fail_video",
  `
  update videos v
  set status = 'FAILED'
  where v.upload_id = :uploadId and v.status = 'PROCESSING'
  returning v.id, v.author_id as "authorId"`,
);

const discardUnless = statement<{ id: string }, Nothing>(
  "job_upload_discard_unless",
  `
  insert into discarded_uploads (upload_id)
  select :id::bigint
  where not exists (select from video_uploads w where w.id = :id and w.status in ('OPEN', 'PROCESSING', 'READY'))
  on conflict (upload_id) do update set created_at = now()`,
);

/**
 * Makes an upload READY, and the video that was published of it; returns false where it is not this node's any more,
 * and nothing was done.
 */
export async function uploadIsReady(
  context: ActionContext,
  { id, attempts, userId }: Lease,
  { durationMs, width, height, poster }: Omit<Rendition, "video">,
): Promise<boolean> {
  return write(context, async (queries, tell) => {
    await queries.run(lockOwner, { userId });
    const measures = { durationMs, width, height, hasPoster: poster !== null };
    if ((await queries.run(markReady, { id, attempts, ...measures })).length === 0) return false;
    const [video] = await queries.run(showVideo, { uploadId: id, ...measures });
    if (video !== undefined) await appear(queries, tell, video);
    return true;
  });
}

/** Says why nothing comes of an upload, in words for whoever sent it, and leaves nothing of it in the store. */
export async function uploadHasFailed(
  context: ActionContext,
  { id, attempts }: Lease,
  failure: string,
): Promise<void> {
  await write(context, async (queries, tell) => {
    if ((await queries.run(markFailed, { id, attempts, failure })).length > 0) await fail(queries, tell, id);
  });
  context.soon("discarded-uploads");
}

async function fail(queries: Queries, tell: Tell, uploadId: string): Promise<void> {
  const [video] = await queries.run(failVideo, { uploadId });
  if (video !== undefined) tell({ viewerId: video.authorId, kind: "VIDEO_CHANGED", ids: [video.id] });
}

/** Throws away what was kept of an upload that ended while it came or was worked on. */
export async function discardIfOver(context: ActionContext, id: string): Promise<void> {
  await context.database.run(discardUnless, { id });
  context.soon("discarded-uploads");
}
