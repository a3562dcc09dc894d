/** Sharing a video into conversations: once in each, with an outcome of its own for every target. */
import { statement } from "../db/sql.ts";
import { ConflictError, requireFound, UserError } from "../errors.ts";
import { MAX_SHARE_TARGETS } from "../limits.ts";
import { videoById } from "../loaders/video.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { isOfPair } from "../visibility/conversation.ts";
import type { ActionContext } from "./context.ts";
import { conversationWith } from "./conversation.ts";
import { deliverMessage } from "./message.ts";
import { countSharing } from "./sharing.ts";

/** A person, or a conversation; `id` is what the result is told apart by. */
export interface ShareTarget {
  readonly id: string;
  readonly userId: string | null;
  readonly conversationId: string | null;
}

export interface ShareOutcome {
  readonly targetId: string;
  /** Null where it did not come to a share; `error` says why. */
  readonly conversationId: string | null;
  readonly alreadyShared: boolean;
  readonly error: UserError | null;
}

type SentParameters = {
  viewerId: string;
  userIds: readonly string[];
  conversationIds: readonly string[];
  nonce: string;
};

const findSent = statement<SentParameters, { userId: string | null; conversationId: string }>(
  "share_find_sent",
  `
  select t.user_id as "userId", t.conversation_id as "conversationId"
  from (
    select null::bigint as user_id, c.id as conversation_id
    from unnest(:conversationIds::bigint[]) as c (id)
    union all
    select p.id, d.conversation_id
    from unnest(:userIds::bigint[]) as p (id)
    join direct_conversations d on ${isOfPair("d", ":viewerId::bigint", "p.id")}
  ) t
  where exists (
    select from messages m where m.conversation_id = t.conversation_id and m.sender_id = :viewerId and m.nonce = :nonce
  )`,
);

/** The ids of those targets that an earlier call with this nonce has reached. */
async function sentTo(
  context: ActionContext,
  targets: readonly ShareTarget[],
  nonce: string,
): Promise<ReadonlySet<string>> {
  const { userId: viewerId } = requireViewer(context);
  const sent = await context.database.run(findSent, {
    viewerId,
    userIds: targets.flatMap(({ userId }) => userId ?? []),
    conversationIds: targets.flatMap(({ conversationId }) => conversationId ?? []),
    nonce,
  });
  const isSent = (target: ShareTarget) =>
    sent.some(({ userId, conversationId }) =>
      userId === null ? conversationId === target.conversationId : userId === target.userId,
    );
  return new Set(targets.filter(isSent).map(({ id }) => id));
}

/**
 * Shares a video with people and into conversations. A retry with the same nonce sends only what is missing, and only
 * that is counted. Throws NOT_FOUND for the video, CONFLICT for one that can't be watched yet, INVALID and
 * LIMIT_REACHED; what fails for one target, TOO_MANY_REQUESTS as well, is in that target's outcome.
 */
export async function shareVideo(
  context: ActionContext,
  input: {
    readonly videoId: string;
    readonly targets: readonly ShareTarget[];
    readonly note: string | null;
    readonly nonce: string;
  },
): Promise<ShareOutcome[]> {
  requireViewer(context);
  await requireWatchable(context, input.videoId);
  const note = input.note === null ? null : cleanText(input.note, { min: 1, max: 4_000, path: "note" });
  const targets = [...new Map(input.targets.map((target) => [target.id, target])).values()];
  if (targets.length === 0) {
    throw new UserError("INVALID", "Name somebody to share it with.", { path: ["userIds"] });
  }
  if (targets.length > MAX_SHARE_TARGETS) {
    throw new UserError("LIMIT_REACHED", `A video can be shared with ${MAX_SHARE_TARGETS} at a time.`);
  }
  const sent = await sentTo(context, targets, input.nonce);
  const outcomes: ShareOutcome[] = [];
  // One after the other: a share with fifty must not take every connection of the pool.
  for (const target of targets) {
    outcomes.push(await shareWith(context, { ...input, note }, target, sent.has(target.id)));
  }
  return outcomes;
}

/** Lets somebody pass on a video that they see. Throws NOT_FOUND, and CONFLICT for one that can't be watched yet. */
export async function requireWatchable({ loads }: ActionContext, videoId: string): Promise<void> {
  const { status } = requireFound(await videoById(loads, videoId), "video", "videoId");
  if (status !== "READY") throw new ConflictError("This video is not ready yet.", { path: ["videoId"] });
}

async function shareWith(
  context: ActionContext,
  {
    videoId,
    note,
    nonce,
  }: { readonly videoId: string; readonly note: string | null; readonly nonce: string },
  target: ShareTarget,
  isSent: boolean,
): Promise<ShareOutcome> {
  try {
    if (!isSent) await context.rates.take("share", requireViewer(context).userId);
    const conversationId =
      target.conversationId ?? (await conversationWith(context, target.userId ?? "", "SHARE"));
    const alreadyShared = !(await deliverShare(context, conversationId, videoId, note, nonce));
    return { targetId: target.id, conversationId, alreadyShared, error: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { targetId: target.id, conversationId: null, alreadyShared: false, error };
  }
}

/** Returns whether this call, or an earlier one with its nonce, brought the video; otherwise the note became a reply. */
async function deliverShare(
  context: ActionContext,
  conversationId: string,
  videoId: string,
  note: string | null,
  nonce: string,
): Promise<boolean> {
  const said = {
    conversationId,
    senderId: requireViewer(context).userId,
    replyTo: null,
    videoAtMs: null,
    momentAuthorId: null,
    momentId: null,
    mentions: null,
    nonce,
  };
  const share = {
    ...said,
    kind: "SHARE" as const,
    body: null,
    sharedVideoId: videoId,
    note,
    topicVideoId: null,
  };
  try {
    if ((await deliverMessage(context, share)) !== null) {
      await countSharing(context, videoId, conversationId);
      return true;
    }
  } catch (error) {
    // The nonce is that of the reply by which an earlier attempt added its note.
    if (!(error instanceof UserError) || error.code !== "CONFLICT" || note === null) throw error;
  }
  if (note !== null) {
    const reply = {
      ...said,
      kind: "TEXT" as const,
      body: note,
      sharedVideoId: null,
      note: null,
      topicVideoId: videoId,
    };
    await deliverMessage(context, reply);
  }
  return false;
}
