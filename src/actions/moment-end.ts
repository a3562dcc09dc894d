/**
 * The end of moments, in the background: nobody sees them any more from the instant at which their time is over; this
 * deletes them, who has seen them, and what people were told of them.
 */
import { type Nothing, statement } from "../db/sql.ts";
import { momentIsLive } from "../visibility/moment.ts";
import type { Work } from "./context.ts";
import { forgetTold, type MomentKey } from "./moment-notification.ts";

/** Few, for thousands may have seen each of them. */
const MOMENTS_A_STEP = 100;

const lockOver = statement<{ limit: number }, MomentKey>(
  "job_moments_lock",
  `
  select m.author_id as "authorId", m.id
  from moments m
  where not ${momentIsLive("m")}
  order by m.expires_at
  limit :limit
  for update skip locked`,
);

const deleteOver = statement<{ authorIds: readonly string[]; ids: readonly string[] }, Nothing>(
  "job_moments_delete",
  `
  delete from moments m
  using unnest(:authorIds::bigint[], :ids::bigint[]) as o (author_id, id)
  where m.author_id = o.author_id and m.id = o.id`,
);

/** Deletes every moment whose time is over. */
export const dropExpiredMoments: Work = async ({ database }, stop) => {
  for (let found = MOMENTS_A_STEP; found === MOMENTS_A_STEP && !stop.aborted; ) {
    found = await database.transaction(async (queries) => {
      const over = await queries.run(lockOver, { limit: MOMENTS_A_STEP });
      if (over.length === 0) return 0;
      await forgetTold(queries, over);
      await queries.run(deleteOver, {
        authorIds: over.map(({ authorId }) => authorId),
        ids: over.map(({ id }) => id),
      });
      return over.length;
    });
  }
};
