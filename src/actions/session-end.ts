/**
 * Forgetting sessions that have ended, in the background: a day later no token of Kith's own is good by itself. How long
 * an identity provider goes on making tokens for a session only it knows; ninety days are longer than any will.
 */
import { statement } from "../db/sql.ts";
import type { Work } from "./context.ts";

const SESSIONS_A_STEP = 1_000;

const forget = statement<{ limit: number }, { id: string }>(
  "job_forget_sessions",
  `
  delete from sessions
  where (user_id, id) in (
    select s.user_id, s.id
    from sessions s
    where s.ended_at < now() - interval '1 day'
      and (s.refresh_hash <> '' or s.ended_at < now() - interval '90 days')
    order by s.ended_at
    limit :limit
    for no key update skip locked
  )
  returning id`,
);

/** Forgets every session that ended more than a day ago, or ninety days where an identity provider has made it. */
export const forgetSessions: Work = async ({ database }, stop) => {
  for (let found = SESSIONS_A_STEP; found === SESSIONS_A_STEP && !stop.aborted; ) {
    found = (await database.run(forget, { limit: SESSIONS_A_STEP })).length;
  }
};
