/** Reporting what should not be there. */
import { statement } from "../db/sql.ts";
import type { ReportReason, ReportSubject } from "../entities/report.ts";
import { RequestError, requireFound, UserError } from "../errors.ts";
import { type NodeKey, newId } from "../ids.ts";
import { commentOf } from "../loaders/comment.ts";
import { conversationById } from "../loaders/conversation.ts";
import { messageAt } from "../loaders/message.ts";
import { momentByKey } from "../loaders/moment.ts";
import { shareOf } from "../loaders/share.ts";
import { userById } from "../loaders/user.ts";
import { videoById } from "../loaders/video.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { commentDeletable } from "../visibility/comment.ts";
import type { ActionContext } from "./context.ts";

/** What a report is about, as it is now. */
interface Subject {
  readonly kind: ReportSubject;
  readonly key: readonly string[];
  /** Who answers for it. */
  readonly authorId: string | null;
  /** What moderators judge by, whatever becomes of the thing itself. */
  readonly excerpt: string | null;
}

// Who answers for a conversation: of a group its owner, of a direct one the other.
const readKeeper = statement<{ conversationId: string; viewerId: string }, { userId: string }>(
  "report_keeper",
  `
  select p.user_id as "userId"
  from conversations c
  join participants p on p.conversation_id = c.id
  where c.id = :conversationId
    and case c.kind when 'DIRECT' then p.user_id <> :viewerId else p.role = 'OWNER' end`,
);

// A message that is hidden from the reporter, who has blocked its sender, can be reported all the same. Its note is that
// of the share which it brought: another's, who has taken the share over, is not its sender's to answer for.
const readWords = statement<{ conversationId: string; position: number }, { words: string | null }>(
  "report_words",
  `
  select coalesce(m.body, x.note) as words
  from messages m
  left join shares x on x.conversation_id = m.conversation_id and x.video_id = m.shared_video_id
    and x.position = m.position
  where m.conversation_id = :conversationId and m.position = :position`,
);

const readDeletable = statement<
  { videoId: string; id: string; viewerId: string },
  { authorId: string; text: string }
>(
  "report_deletable_comment",
  `
  select c.author_id as "authorId", c.text
  from comments c
  where c.video_id = :videoId and c.id = :id and ${commentDeletable(":viewerId::bigint", "c")}`,
);

const SUBJECT = "subjectId";

async function userSubject({ loads }: ActionContext, [id = ""]: readonly string[]): Promise<Subject> {
  const user = requireFound(await userById(loads, id), "person", SUBJECT);
  const excerpt = [user.displayName, user.bio].filter((text) => text !== null).join("\n");
  return { kind: "USER", key: [id], authorId: id, excerpt };
}

async function videoSubject({ loads }: ActionContext, [id = ""]: readonly string[]): Promise<Subject> {
  const video = requireFound(await videoById(loads, id), "video", SUBJECT);
  return { kind: "VIDEO", key: [id], authorId: video.authorId, excerpt: video.caption };
}

// Who can delete a comment on their video can report it, also where its author has blocked them since.
async function commentSubject(context: ActionContext, key: readonly string[]): Promise<Subject> {
  const { userId: viewerId } = requireViewer(context);
  const [videoId = "", id = ""] = key;
  const seen = await commentOf(context.loads, videoId, id);
  const isReadable = seen !== null && seen.deletedAt === null;
  const [unseen] = isReadable ? [] : await context.database.run(readDeletable, { videoId, id, viewerId });
  if (seen !== null && !isReadable && unseen === undefined) {
    throw new UserError("INVALID", "Nothing is left of this comment.", { path: [SUBJECT] });
  }
  const comment = requireFound(unseen ?? seen, "comment", SUBJECT);
  return { kind: "COMMENT", key, authorId: comment.authorId, excerpt: comment.text };
}

async function conversationSubject(context: ActionContext, [id = ""]: readonly string[]): Promise<Subject> {
  const { userId: viewerId } = requireViewer(context);
  const conversation = requireFound(await conversationById(context.loads, id), "conversation", SUBJECT);
  const [keeper] = await context.database.run(readKeeper, { conversationId: id, viewerId });
  return { kind: "CONVERSATION", key: [id], authorId: keeper?.userId ?? null, excerpt: conversation.title };
}

async function messageSubject(context: ActionContext, key: readonly string[]): Promise<Subject> {
  const [conversationId = "", position = ""] = key;
  const message = requireFound(await messageAt(context.loads, conversationId, position), "message", SUBJECT);
  if (message.isUnsent) {
    throw new UserError("INVALID", "Nothing is left of this message.", { path: [SUBJECT] });
  }
  const [said] = await context.database.run(readWords, { conversationId, position: Number(position) });
  return { kind: "MESSAGE", key, authorId: message.senderId, excerpt: said?.words ?? null };
}

async function momentSubject({ loads }: ActionContext, key: readonly string[]): Promise<Subject> {
  const [authorId = "", id = ""] = key;
  const moment = requireFound(await momentByKey(loads, authorId, id), "moment", SUBJECT);
  return { kind: "MOMENT", key, authorId, excerpt: moment.text };
}

// What is wrong with a share is its video, or for whom that is not there, what was said with it.
async function shareSubject(context: ActionContext, [conversationId = "", videoId = ""]: readonly string[]) {
  const share = requireFound(await shareOf(context.loads, conversationId, videoId), "share", SUBJECT);
  return (await videoById(context.loads, videoId)) === null
    ? messageSubject(context, [conversationId, String(share.position)])
    : videoSubject(context, [videoId]);
}

function subjectOf(context: ActionContext, { kind, key }: NodeKey): Promise<Subject> {
  const text = key.map(String);
  switch (kind) {
    case "user":
      return userSubject(context, text);
    case "video":
      return videoSubject(context, text);
    case "comment":
      return commentSubject(context, text);
    case "conversation":
      return conversationSubject(context, text);
    case "message":
      return messageSubject(context, text);
    case "share":
      return shareSubject(context, text);
    case "moment":
      return momentSubject(context, text);
    default:
      throw new RequestError(
        "BAD_USER_INPUT",
        "This argument takes the id of a person, a video, a comment, a conversation, a message, a share or a moment.",
      );
  }
}

type ReportParameters = {
  id: string;
  reporterId: string;
  subjectKind: ReportSubject;
  subjectKey: readonly string[];
  authorId: string | null;
  reason: ReportReason;
  note: string | null;
  excerpt: string | null;
};

// What was reported first stays as it was then, also when its author has changed it since.
const insertReport = statement<ReportParameters, { id: string }>(
  "report_insert",
  `
  insert into reports (id, reporter_id, subject_kind, subject_key, author_id, reason, note, excerpt)
  values (
    :id, :reporterId, :subjectKind::report_subject, :subjectKey, :authorId, :reason::report_reason, :note, :excerpt
  )
  on conflict (subject_key, subject_kind, reporter_id) where resolved_at is null
  do update set reason = excluded.reason, note = excluded.note
  returning id`,
);

/**
 * Reports something that the viewer sees, or a comment on a video of theirs, and returns the id of the report: as long
 * as nobody has resolved it, reporting the same again is the same report, with the new reason and note. Throws
 * NOT_FOUND, INVALID for what is the viewer's own, and TOO_MANY_REQUESTS.
 */
export async function report(
  context: ActionContext,
  input: { readonly subject: NodeKey; readonly reason: ReportReason; readonly note: string | null },
): Promise<string> {
  const { userId } = requireViewer(context);
  const note = input.note === null ? null : cleanText(input.note, { min: 0, max: 1_000, path: "note" });
  const subject = await subjectOf(context, input.subject);
  if (subject.authorId === userId) {
    throw new UserError("INVALID", "This is your own.", { path: [SUBJECT] });
  }
  await context.rates.take("report", userId);
  const [kept] = await context.database.decide(insertReport, () => ({
    id: newId(),
    reporterId: userId,
    subjectKind: subject.kind,
    subjectKey: subject.key,
    authorId: subject.authorId,
    reason: input.reason,
    note: note === "" ? null : note,
    excerpt: subject.excerpt,
  }));
  return requireFound(kept, "report").id;
}
