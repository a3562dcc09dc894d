/** Sharing a video into conversations: once in each, with an outcome of its own for every target. */
import { requireFound, UserError } from "../errors.ts";
import { MAX_SHARE_TARGETS } from "../limits.ts";
import { videoById } from "../loaders/video.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import type { ActionContext } from "./context.ts";
import { directConversationWith } from "./conversation.ts";
import { deliverMessage } from "./message.ts";

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

/**
 * Shares a video with people and into conversations. A retry with the same nonce sends only what is missing. Throws
 * NOT_FOUND for the video, INVALID and LIMIT_REACHED; what fails for one target is in that target's outcome.
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
  requireFound(await videoById(context.loads, input.videoId), "video", "videoId");
  const note = input.note === null ? null : cleanText(input.note, { min: 1, max: 4_000, path: "note" });
  const targets = [...new Map(input.targets.map((target) => [target.id, target])).values()];
  if (targets.length === 0) {
    throw new UserError("INVALID", "Name somebody to share it with.", { path: ["userIds"] });
  }
  if (targets.length > MAX_SHARE_TARGETS) {
    throw new UserError("LIMIT_REACHED", `A video can be shared with ${MAX_SHARE_TARGETS} at a time.`);
  }
  const outcomes: ShareOutcome[] = [];
  // One after the other: a share with fifty must not take every connection of the pool.
  for (const target of targets)
    outcomes.push(await shareWith(context, input.videoId, target, note, input.nonce));
  return outcomes;
}

async function shareWith(
  context: ActionContext,
  videoId: string,
  target: ShareTarget,
  note: string | null,
  nonce: string,
): Promise<ShareOutcome> {
  try {
    const conversationId =
      target.conversationId ?? (await directConversationWith(context, target.userId ?? ""));
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
    if ((await deliverMessage(context, share)) !== null) return true;
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
