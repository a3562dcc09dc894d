/** How far an upload has come: noted while its bytes come, and found out where nobody noted it. */
import type { Queries } from "../../db/database.ts";
import { type Nothing, statement } from "../../db/sql.ts";
import type { UploadStatus } from "../../entities/upload.ts";
import { NOBODY } from "../../ids.ts";
import { takesBytes } from "../../visibility/upload.ts";
import { isHere } from "../../visibility/user.ts";
import type { ActionContext, Work } from "../context.ts";

/** An upload as it stands to whoever sends its bytes. */
export interface UnderWay {
  readonly byteSize: number;
  /** Whether it takes bytes; otherwise all have come. */
  readonly isOpen: boolean;
}

const find = statement<{ id: string }, UnderWay>(
  "upload_under_way",
  `
  select w.byte_size as "byteSize", w.status = 'OPEN' as "isOpen"
  from video_uploads w
  join users u on u.id = w.user_id and ${isHere("u")}
  where w.id = :id and (w.status in ('PROCESSING', 'READY') or ${takesBytes("w")})`,
);

/** An upload that takes bytes, or has all of them; null for any other, and where its owner is not here. */
export async function uploadUnderWay(queries: Queries, id: string): Promise<UnderWay | null> {
  const [found] = await queries.run(find, { id });
  return found ?? null;
}

/** An upload that took bytes until it was noted, and what it is now. */
export interface Noted {
  readonly status: UploadStatus;
  readonly userId: string;
  readonly byteSize: number;
}

const note = statement<{ id: string; bytes: number }, Noted>(
  "upload_note",
  `
  update video_uploads w
  set
    bytes_received = :bytes, touched_at = now(),
    status = case when :bytes = w.byte_size then 'PROCESSING' else w.status end
  where w.id = :id and ${takesBytes("w")}
  returning w.status, w.user_id as "userId", w.byte_size as "byteSize"`,
);

/**
 * Notes how many bytes of an upload the store has; once they are all, it is worked on. Returns what it is now, or null
 * where it takes no bytes (any more), and nothing was noted.
 */
export async function noteReceived(queries: Queries, id: string, bytes: number): Promise<Noted | null> {
  const [noted] = await queries.run(note, { id, bytes });
  return noted ?? null;
}

/** How long no byte has come where it is looked what the store has: whoever takes bytes notes it once a second. */
const QUIET_SECONDS = 30;
const UPLOADS_A_LOOK = 100;

interface Quiet {
  readonly id: string;
  readonly byteSize: number;
  readonly touchedAt: string;
}

const findQuiet = statement<{ quietSeconds: number; limit: number } & Pick<Quiet, "id" | "touchedAt">, Quiet>(
  "job_upload_quiet",
  `
  select w.id, w.byte_size as "byteSize", w.touched_at as "touchedAt"
  from video_uploads w
  where w.status = 'OPEN' and w.touched_at < now() - make_interval(secs => :quietSeconds)
    and (w.touched_at, w.id) > (:touchedAt::timestamptz, :id::bigint)
  order by w.touched_at, w.id
  limit :limit`,
);

// Bytes that came after it was looked are not taken for those that were looked for.
const forgetTouch = statement<{ id: string; touchedAt: string }, Nothing>(
  "job_upload_looked",
  `
  update video_uploads w
  set touched_at = null
  where w.id = :id and w.status = 'OPEN' and w.touched_at = :touchedAt`,
);

/** Makes an upload whose bytes the store has all be worked on; any other is not looked at again until more come. */
async function look(context: ActionContext, { id, byteSize, touchedAt }: Quiet): Promise<void> {
  const { database, media } = context;
  const isWhole = (await media.receivedOf(id)) === byteSize;
  const noted = isWhole ? await noteReceived(database, id, byteSize) : null;
  if (noted === null) await database.run(forgetTouch, { id, touchedAt });
  else context.soon("video-uploads");
}

/**
 * Finds uploads whose last byte came, and the node that took it died before it said so. Each is looked at once after
 * bytes came, so those that nobody goes on with cost nothing. Where the look fails there is another in the next run; the
 * first error is thrown once all the others were looked at.
 */
export const finishQuietUploads: Work = async (context, stop) => {
  let thrown: unknown = null;
  let past: Pick<Quiet, "id" | "touchedAt"> = { id: NOBODY, touchedAt: "-infinity" };
  for (let found = UPLOADS_A_LOOK; found === UPLOADS_A_LOOK && !stop.aborted; ) {
    const page = {
      quietSeconds: QUIET_SECONDS,
      limit: UPLOADS_A_LOOK,
      id: past.id,
      touchedAt: past.touchedAt,
    };
    const quiet = await context.database.run(findQuiet, page);
    found = quiet.length;
    for (const upload of quiet) {
      if (stop.aborted) break;
      past = upload;
      try {
        await look(context, upload);
      } catch (error) {
        thrown ??= error;
      }
    }
  }
  if (thrown !== null) throw thrown;
};
