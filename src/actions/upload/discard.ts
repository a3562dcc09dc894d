/** Throwing uploads away, in the background: what the store has of them, and what was made of them. */
import { type Nothing, statement } from "../../db/sql.ts";
import { NOBODY } from "../../ids.ts";
import type { Work } from "../context.ts";

const UPLOADS_A_LOOK = 100;

const find = statement<{ past: string; limit: number }, { uploadId: string; createdAt: string }>(
  "job_discarded",
  `
  select d.upload_id as "uploadId", d.created_at as "createdAt"
  from discarded_uploads d
  where d.upload_id > :past
  order by d.upload_id
  limit :limit`,
);

// Whoever has kept something meanwhile says so anew, and it waits on.
const done = statement<{ uploadId: string; createdAt: string }, Nothing>(
  "job_discarded_done",
  `
  delete from discarded_uploads
  where upload_id = :uploadId and created_at = :createdAt`,
);

/** Throws away every upload that waits for it; what the store can't do now waits on, and its error is thrown at the end. */
export const throwAwayUploads: Work = async ({ database, media }, stop) => {
  let thrown: unknown = null;
  let past = NOBODY;
  for (let found = UPLOADS_A_LOOK; found === UPLOADS_A_LOOK && !stop.aborted; ) {
    const waiting = await database.run(find, { past, limit: UPLOADS_A_LOOK });
    found = waiting.length;
    for (const { uploadId, createdAt } of waiting) {
      if (stop.aborted) break;
      past = uploadId;
      try {
        await media.discard(uploadId);
      } catch (error) {
        thrown = error;
        continue;
      }
      await database.run(done, { uploadId, createdAt });
    }
  }
  if (thrown !== null) throw thrown;
};
