/** Every background job: when it is looked for, and which action works it off. */
import { tellOfJoined } from "./actions/contact-joined.ts";
import type { ActionContext, JobName, Work } from "./actions/context.ts";
import { eraseDeleted } from "./actions/erasure/erase.ts";
import { freeHandles } from "./actions/erasure/handle.ts";
import { dropExpiredExports } from "./actions/export/expire.ts";
import { makeExports } from "./actions/export/make.ts";
import { forgetInvites } from "./actions/invite-end.ts";
import { keepLogDays } from "./actions/log-days.ts";
import { dropExpiredMoments } from "./actions/moment-end.ts";
import { forgetSessions } from "./actions/session-end.ts";
import { makeTrends } from "./actions/trend.ts";
import { throwAwayUploads } from "./actions/upload/discard.ts";
import { expireUploads } from "./actions/upload/end.ts";
import { processUploads } from "./actions/upload/process.ts";
import { finishQuietUploads } from "./actions/upload/receive.ts";
import type { Jobs } from "./db/jobs.ts";

/**
 * Ends the uploads whose time is over, and then finishes those whose bytes are all here: in this order none ends in the run
 * in which it could not be looked at. Does either whatever becomes of the other, and throws the first error at the end.
 */
export const endUploads: Work = async (context, stop) => {
  let thrown: unknown = null;
  for (const work of [expireUploads, finishQuietUploads]) {
    try {
      await work(context, stop);
    } catch (error) {
      thrown ??= error;
    }
  }
  if (thrown !== null) throw thrown;
};

/** Cron's five fields, in UTC: each job is begun then by one node, and besides when it is nudged. */
const JOBS: Readonly<Record<JobName, { readonly cron: string; readonly work: Work }>> = {
  "data-exports": { cron: "* * * * *", work: makeExports },
  "expired-exports": { cron: "7 * * * *", work: dropExpiredExports },
  "expired-moments": { cron: "*/10 * * * *", work: dropExpiredMoments },
  erasures: { cron: "17 * * * *", work: eraseDeleted },
  "joined-contacts": { cron: "* * * * *", work: tellOfJoined },
  "ended-invites": { cron: "47 3 * * *", work: forgetInvites },
  "ended-sessions": { cron: "37 * * * *", work: forgetSessions },
  "freed-handles": { cron: "27 3 * * *", work: freeHandles },
  "expired-uploads": { cron: "* * * * *", work: endUploads },
  "discarded-uploads": { cron: "*/5 * * * *", work: throwAwayUploads },
  "video-uploads": { cron: "* * * * *", work: processUploads },
  "log-days": { cron: "*/10 * * * *", work: keepLogDays },
  trends: { cron: "*/5 * * * *", work: makeTrends },
};

/** Defines them all; each run gets a context of its own, in which nobody is signed in. */
export function defineJobs(jobs: Jobs, contextOf: () => ActionContext): void {
  for (const [name, { cron, work }] of Object.entries(JOBS)) {
    jobs.define({ name, cron, work: (stop) => work(contextOf(), stop) });
  }
}
