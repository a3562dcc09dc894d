/** Forgetting handles that were given up, in the background: but for moderators', they are held for ninety days and not a day longer. */
import { statement } from "../../db/sql.ts";
import { HANDLE_HELD_DAYS } from "../../limits.ts";
import type { Work } from "../context.ts";

const HANDLES_A_STEP = 1_000;

const forget = statement<
  { heldDays: number; moderators: readonly string[]; limit: number },
  { handle: string }
>(
  "job_free_handles",
  `
  delete from handles
  where handle in (
    select h.handle
    from handles h
    where h.freed_at <= now() - make_interval(days => :heldDays) and not h.handle = any(:moderators::text[])
    order by h.freed_at
    limit :limit
    for no key update skip locked
  )
  returning handle`,
);

/** Forgets every handle whose ninety days are over, and which is no moderator's. */
export const freeHandles: Work = async ({ database, moderators }, stop) => {
  for (let found = HANDLES_A_STEP; found === HANDLES_A_STEP && !stop.aborted; ) {
    const due = { heldDays: HANDLE_HELD_DAYS, moderators, limit: HANDLES_A_STEP };
    const freed = await database.run(forget, due);
    found = freed.length;
  }
};
