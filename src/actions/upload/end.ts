/** The end of uploads: by whoever sends them, by their time, and with their video. Nothing of them is left in the store. */
import type { Queries } from "../../db/database.ts";
import { statement } from "../../db/sql.ts";
import { UPLOAD_REMEMBERED_DAYS } from "../../limits.ts";
import { isUploadOver } from "../../visibility/upload.ts";
import { type ActionContext, type Tell, type Work, write } from "../context.ts";

const UPLOADS_A_STEP = 20;

interface Ended {
  readonly id: string;
  /** The video that waited for it, and now never will be; null where there is none. */
  readonly videoId: string | null;
  readonly authorId: string | null;
}

// Locked first, and what becomes of them is decided in a statement of its own, after that: whoever has made a video of an
// upload while its lock was waited for is seen then.
const lockOne = statement<{ id: string }, { id: string }>(
  "upload_end_lock",
  `
  select w.id
  from video_uploads w
  where w.id = :id and w.status = 'OPEN'
  for no key update`,
);

// The author is locked first, then the upload; the video's own row comes after both.
const lockOfVideo = statement<{ videoId: string }, { id: string }>(
  "upload_end_lock_of_video",
  `
  select w.id
  from videos v
  join users a on a.id = v.author_id
  join video_uploads w on w.id = v.upload_id
  where v.id = :videoId
  for key share of a
  for no key update of w`,
);

const lockLate = statement<{ limit: number }, { id: string }>(
  "job_upload_end_late",
  `
  select w.id
  from video_uploads w
  where w.status = 'OPEN' and ${isUploadOver("w")}
  order by w.created_at
  limit :limit
  for no key update skip locked`,
);

const lockUnused = statement<{ limit: number }, { id: string }>(
  "job_upload_end_unused",
  `
  select w.id
  from video_uploads w
  where w.status = 'READY' and w.expires_at <= now()
    and not exists (select from videos v where v.upload_id = w.id)
  order by w.expires_at
  limit :limit
  for no key update skip locked`,
);

const endLocked = statement<{ ids: readonly string[] }, Ended>(
  "upload_end",
  `
  with ended as (
    update video_uploads w
    set
      status = 'EXPIRED', touched_at = null, claimed_until = null,
      expires_at = case when exists (select from videos v where v.upload_id = w.id) then null else w.expires_at end
    where w.id = any(:ids::bigint[])
    returning w.id
  ),
  failed as (
    update videos v
    set status = 'FAILED'
    where v.upload_id = any(:ids::bigint[]) and v.status = 'PROCESSING'
    returning v.id, v.author_id, v.upload_id
  ),
  discarded as (
    insert into discarded_uploads (upload_id)
    select e.id
    from ended e
    on conflict do nothing
  )
  select e.id, f.id as "videoId", f.author_id as "authorId"
  from ended e
  left join failed f on f.upload_id = e.id`,
);

const readUnused = statement<{ ids: readonly string[] }, { id: string }>(
  "job_upload_still_unused",
  `
  select w.id
  from video_uploads w
  where w.id = any(:ids::bigint[]) and not exists (select from videos v where v.upload_id = w.id)`,
);

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

async function endAll(queries: Queries, ids: readonly string[]): Promise<Ended[]> {
  return ids.length === 0 ? [] : queries.run(endLocked, { ids });
}

const forget = statement<{ days: number; limit: number }, { id: string }>(
  "job_upload_forget",
  `
  with gone as (
    delete from video_uploads
    where id = any(array(
      select w.id
      from video_uploads w
      where w.status in ('FAILED', 'EXPIRED') and w.expires_at is not null
        and w.created_at <= now() - make_interval(days => :days)
        and not exists (select from videos v where v.upload_id = w.id)
      order by w.created_at
      limit :limit
      for update skip locked
    ))
    returning id
  ),
  discarded as (
    insert into discarded_uploads (upload_id)
    select g.id
    from gone g
    on conflict do nothing
  )
  select g.id
  from gone g`,
);

/** Tells the authors of videos that will never be. */
function tellOfEnd(tell: Tell, ended: readonly Ended[]): void {
  for (const { videoId, authorId } of ended) {
    if (videoId !== null && authorId !== null)
      tell({ viewerId: authorId, kind: "VIDEO_CHANGED", ids: [videoId] });
  }
}

/** Ends an upload that takes bytes, whoever's it is; returns whether there was one. */
export async function endUpload(context: ActionContext, id: string): Promise<boolean> {
  const ended = await write(context, async (queries, tell) => {
    const ended = await endAll(queries, idsOf(await queries.run(lockOne, { id })));
    tellOfEnd(tell, ended);
    return ended;
  });
  if (ended.length > 0) context.soon("discarded-uploads");
  return ended.length > 0;
}

/** Ends the upload that a video was made of, or was to be; to be called before the video's row is locked. */
export async function endUploadOf(queries: Queries, videoId: string): Promise<void> {
  await endAll(queries, idsOf(await queries.run(lockOfVideo, { videoId })));
}

/** Locks and ends some of the uploads whose day is over before all bytes had come; returns how many there were. */
async function endLate(queries: Queries, tell: Tell): Promise<number> {
  const late = idsOf(await queries.run(lockLate, { limit: UPLOADS_A_STEP }));
  tellOfEnd(tell, await endAll(queries, late));
  return late.length;
}

/** The same of those of which no video was made. */
async function endUnused(queries: Queries): Promise<number> {
  const unused = idsOf(await queries.run(lockUnused, { limit: UPLOADS_A_STEP }));
  if (unused.length > 0) await endAll(queries, idsOf(await queries.run(readUnused, { ids: unused })));
  return unused.length;
}

/** Ends uploads whose time is over, and forgets those that ended long ago. */
export const expireUploads: Work = async (context, stop) => {
  for (const end of [endLate, endUnused]) {
    for (let found = UPLOADS_A_STEP; found === UPLOADS_A_STEP && !stop.aborted; ) {
      found = await write(context, end);
      if (found > 0) context.soon("discarded-uploads");
    }
  }
  for (let found = UPLOADS_A_STEP; found === UPLOADS_A_STEP && !stop.aborted; ) {
    const gone = await context.database.run(forget, { days: UPLOAD_REMEMBERED_DAYS, limit: UPLOADS_A_STEP });
    found = gone.length;
  }
};
