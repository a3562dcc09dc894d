/** Forgetting invites that have ended, in the background: whom they have brought stays, and who was barred stays so. */
import { statement } from "../db/sql.ts";
import { INVITE_REMEMBERED_DAYS } from "../limits.ts";
import type { Work } from "./context.ts";

/** Each may have brought as many as somebody has friends. */
const INVITES_A_STEP = 20;

const forget = statement<{ days: number; limit: number }, { ended: number }>(
  "job_forget_invites",
  `
  with over as materialized (
    select i.code_hash
    from invites i
    where least(i.revoked_at, i.expires_at) <= now() - make_interval(days => :days)
    order by least(i.revoked_at, i.expires_at)
    limit :limit
    for update skip locked
  ),
  gone as (
    delete from invite_redemptions r
    using over o
    where r.code_hash = o.code_hash
  )
  delete from invites i
  using over o
  where i.code_hash = o.code_hash
  returning 1 as ended`,
);

/** Forgets every invite that ended ninety days ago, and who has taken it. */
export const forgetInvites: Work = async ({ database }, stop) => {
  for (let found = 1; found > 0 && !stop.aborted; ) {
    found = (await database.run(forget, { days: INVITE_REMEMBERED_DAYS, limit: INVITES_A_STEP })).length;
  }
};
