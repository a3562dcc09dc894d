/** What moderators do about reports. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { ReportSubject } from "../entities/report.ts";
import { ConflictError, requireFound, UserError } from "../errors.ts";
import { isModerator, reportById } from "../loaders/report.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { removeComment } from "./comment.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { suspend } from "./departure.ts";
import { takeBack } from "./message-unsend.ts";
import { removeMoment } from "./moment.ts";
import { removeVideo } from "./video.ts";

export const REPORT_ACTIONS = ["DISMISS", "REMOVE_CONTENT", "SUSPEND_AUTHOR"] as const;
export type ReportAction = (typeof REPORT_ACTIONS)[number];

// All that are open about the same, in one order: two moderators who resolve two of them meet here.
const lockOpen = statement<{ subjectKind: ReportSubject; subjectKey: readonly string[] }, { id: string }>(
  "resolution_lock",
  `
  select r.id
  from reports r
  where r.subject_key = :subjectKey::bigint[] and r.subject_kind = :subjectKind::report_subject
    and r.resolved_at is null
  order by r.id
  for no key update`,
);

const closeReports = statement<
  { ids: readonly string[]; status: "ACTIONED" | "DISMISSED"; moderatorId: string },
  Nothing
>(
  "resolution_close",
  `
  update reports
  set status = :status::report_status, resolved_at = now(), resolved_by = :moderatorId
  where id = any(:ids::bigint[])`,
);

const clearProfile = statement<{ userId: string }, Nothing>(
  "resolution_clear_profile",
  `
  update users
  set display_name = handle, bio = null, avatar_url = null
  where id = :userId`,
);

const clearConversation = statement<{ conversationId: string }, { userId: string }>(
  "resolution_clear_conversation",
  `
  with cleared as (
    update conversations c
    set title = null, avatar_url = null
    where c.id = :conversationId
    returning c.id
  )
  select p.user_id as "userId"
  from cleared c
  join participants p on p.conversation_id = c.id and ${conversationVisible("p")}`,
);

interface Subject {
  readonly subjectKind: ReportSubject;
  readonly subjectKey: readonly string[];
  readonly authorId: string | null;
}

async function removeContent(queries: Queries, tell: Tell, subject: Subject): Promise<void> {
  const { subjectKind, authorId } = subject;
  const [id = "", part = ""] = subject.subjectKey;
  switch (subjectKind) {
    case "VIDEO":
      return removeVideo(queries, tell, { id, authorId: authorId ?? "" });
    case "COMMENT":
      return removeComment(queries, tell, { videoId: id, id: part });
    case "MESSAGE":
      return takeBack(queries, tell, id, Number(part));
    case "MOMENT":
      return removeMoment(queries, tell, { authorId: id, id: part });
    case "USER":
      await queries.run(clearProfile, { userId: id });
      return;
    case "CONVERSATION":
      for (const { userId } of await queries.run(clearConversation, { conversationId: id })) {
        tell({ viewerId: userId, kind: "CONVERSATION_CHANGED", ids: [id] });
      }
  }
}

/**
 * Resolves a report: dismisses it, removes what it is about (and with it resolves all other reports of that), or
 * suspends who answers for it. Throws NOT_FOUND for everybody but moderators, FORBIDDEN where it is about the viewer,
 * INVALID where nobody answers for it any more, and CONFLICT where it is resolved already.
 */
export async function resolveReport(
  context: ActionContext,
  reportId: string,
  action: ReportAction,
): Promise<void> {
  const { userId: moderatorId } = requireViewer(context);
  const report = (await isModerator(context.loads)) ? await reportById(context.loads, reportId) : null;
  const { id, authorId, subjectKind, subjectKey } = requireFound(report, "report", "reportId");
  if (authorId === moderatorId) {
    throw new UserError("FORBIDDEN", "This report is about you.", { path: ["reportId"] });
  }
  if (action === "SUSPEND_AUTHOR" && authorId === null) {
    throw new UserError("INVALID", "Nobody answers for this any more.", { path: ["action"] });
  }
  const ended = await write(context, async (queries, tell) => {
    const open = (await queries.run(lockOpen, { subjectKind, subjectKey })).map((each) => each.id);
    if (!open.includes(id)) throw new ConflictError("This report is resolved already.");
    const status = action === "DISMISS" ? "DISMISSED" : "ACTIONED";
    await queries.run(closeReports, { ids: action === "REMOVE_CONTENT" ? open : [id], status, moderatorId });
    if (action === "REMOVE_CONTENT")
      await removeContent(queries, tell, { subjectKind, subjectKey, authorId });
    return action === "SUSPEND_AUTHOR" && authorId !== null ? suspend(queries, tell, authorId) : [];
  });
  context.sessionsEnded(ended);
}
