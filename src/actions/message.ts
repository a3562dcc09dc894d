/** Sending a message. */
import { newsOf } from "../db/events.ts";
import type { Message } from "../entities/message.ts";
import { ConflictError, requireFound, UserError } from "../errors.ts";
import { MAX_MENTIONS, MAX_UNANSWERED_MESSAGES } from "../limits.ts";
import { messageAt, type SeenMessage } from "../loaders/message.ts";
import { momentByKey } from "../loaders/moment.ts";
import { fingerprint, type Keys } from "../secrets.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";
import {
  conversationWith,
  directConversationWith,
  findDirectConversation,
  TEXTS_ALONE,
} from "./conversation.ts";
import { type Asked, askPolicyOf } from "./direct-conversation.ts";
import { type Delivered, type DeliverParameters, deliver, type Outcome } from "./message-delivery.ts";
import { lockMentioned, tellOfMentions } from "./message-mention.ts";
import type { MomentKey } from "./moment-notification.ts";

/** What a message says, before it has a place. */
export type Draft = Omit<
  Message,
  | "position"
  | "createdAt"
  | "editedAt"
  | "senderId"
  | "nonce"
  | "draft"
  | "unsentAt"
  | "notice"
  | "noticeUserIds"
> & {
  readonly senderId: string;
  readonly nonce: string;
  /** What the sharer said of the video; for a share alone. */
  readonly note: string | null;
  /** It answers a moment that the sender does not see (any more): it is found if it was sent before, and not sent. */
  readonly momentIsGone?: boolean;
};

const MOST_ATTEMPTS = 10;
/** What a message has of a notice that is none. */
const NO_NOTICE = { notice: null, noticeUserIds: null } as const;

/** What is said of mentions of those whom the sender does not meet there; who they are is not told. */
export const NOT_TAKING_PART = new UserError(
  "INVALID",
  "Those who are mentioned have to take part in the conversation.",
  { path: ["mentionIds"] },
);

const NO_SUCH_MOMENT = new UserError("NOT_FOUND", "There is no such moment.", { path: ["momentId"] });
const OTHER_PLACE = "A moment is answered in the direct conversation with its author.";

const refusals: Readonly<
  Record<Exclude<Outcome, "SENT" | "DUPLICATE" | "AGAIN" | "ASK_POLICY" | "ALREADY_SHARED">, UserError>
> = {
  NOT_FOUND: new UserError("NOT_FOUND", "There is no such conversation.", { path: ["conversationId"] }),
  UNAVAILABLE: new UserError("UNAVAILABLE", "You can't send messages to this person."),
  BLOCKED: new UserError("FORBIDDEN", "You have blocked this person. Unblock them first."),
  UNANSWERED: new UserError(
    "LIMIT_REACHED",
    `A message request takes ${MAX_UNANSWERED_MESSAGES} messages until it is answered.`,
  ),
  TEXTS_ALONE,
  NO_SUCH_MOMENT,
  NOT_WITH_AUTHOR: new UserError("INVALID", OTHER_PLACE, { path: ["conversationId"] }),
  NO_SUCH_MESSAGE: new UserError("NOT_FOUND", "There is no such message to answer.", { path: ["replyToId"] }),
  NO_SUCH_SHARE: new UserError("NOT_FOUND", "This video was not shared here.", { path: ["topicId"] }),
  NO_SUCH_PEOPLE: NOT_TAKING_PART,
};

/** By what a draft is known when it is sent again, also when its message was edited or taken back since. */
function draftOf(keys: Keys, draft: Draft): string {
  const { kind, body, sharedVideoId, note, replyTo, topicVideoId, videoAtMs, momentId, mentions } = draft;
  const said = [kind, body, sharedVideoId, note, replyTo, topicVideoId, videoAtMs, mentions];
  // Appended where there is one: what was sent before there were moments is known by what it was then.
  if (momentId !== null) said.push(momentId);
  return fingerprint(keys.draft, JSON.stringify(said));
}

export interface Sent {
  readonly conversationId: string;
  /** Null for what its sender no longer sees: they have left since it was sent, and come back. */
  readonly message: SeenMessage | null;
  /** The message was there already, under the same nonce. */
  readonly duplicate: boolean;
}

/** Delivers a message, by itself or, where it mentions others, together with telling them. */
async function attempt(context: ActionContext, message: DeliverParameters): Promise<Delivered | undefined> {
  const { conversationId, senderId } = message;
  const mentions = message.mentions?.filter((id) => id !== senderId) ?? [];
  if (mentions.length === 0) return (await context.database.decide(deliver, () => message))[0];
  return write(context, async (queries, tell) => {
    await lockMentioned(queries, [senderId, ...mentions]);
    const [delivered] = await queries.run(deliver, message);
    if (delivered?.outcome === "SENT") {
      // The delivery has locked the logs of all whom this tells.
      const place = { conversationId, position: delivered.position };
      await tellOfMentions(queries, tell, place, { senderId, mentions });
    }
    return delivered;
  });
}

/**
 * Puts a message into its conversation, in one round trip to the database where it mentions nobody else; null when it
 * would share a video that was shared there before. Throws NOT_FOUND, UNAVAILABLE, FORBIDDEN, LIMIT_REACHED,
 * NOT_ALLOWED_BY_POLICY, and CONFLICT for a nonce that was used for something else.
 */
export async function deliverMessage(context: ActionContext, draft: Draft): Promise<Sent | null> {
  const { note, momentIsGone = false, ...message } = draft;
  const fingerprinted = draftOf(context.keys, draft);
  let asked: Asked = { askedAt: null, isSettled: false };
  for (let nr = 0; nr < MOST_ATTEMPTS; nr++) {
    const delivered = await attempt(context, {
      ...message,
      note,
      momentIsGone,
      draft: fingerprinted,
      mostUnanswered: MAX_UNANSWERED_MESSAGES,
      ...asked,
    });
    const outcome = delivered?.outcome ?? "NOT_FOUND";
    if (outcome === "AGAIN") continue;
    if (outcome === "ASK_POLICY") {
      asked = await askPolicyOf(context, draft.conversationId);
      continue;
    }
    if (outcome === "ALREADY_SHARED") return null;
    if (delivered === undefined || (outcome !== "SENT" && outcome !== "DUPLICATE")) {
      throw refusals[outcome as keyof typeof refusals];
    }
    if (outcome === "DUPLICATE" && delivered.isSame !== true) {
      throw new ConflictError("This nonce was used for something else.", { path: ["nonce"] });
    }
    context.announce(newsOf(delivered));
    const { conversationId } = draft;
    context.typing(conversationId, false);
    const { position, createdAt } = delivered;
    if (outcome === "DUPLICATE") {
      // Its sender may have edited it since, or taken it back, or come back to the conversation later than it.
      const seen = await messageAt(context.loads, conversationId, position);
      return { conversationId, message: seen, duplicate: true };
    }
    const seen = {
      ...message,
      ...NO_NOTICE,
      position,
      createdAt,
      editedAt: null,
      isHidden: false,
      isUnsent: false,
    };
    return { conversationId, message: seen, duplicate: false };
  }
  throw new ConflictError();
}

export interface MessageInput {
  readonly conversationId: string | null;
  readonly userId: string | null;
  readonly body: string;
  /** Where the message that it answers stands. */
  readonly replyTo: { readonly conversationId: string; readonly position: number } | null;
  readonly topic: { readonly conversationId: string; readonly videoId: string } | null;
  readonly videoAtMs: number | null;
  /** The moment that it answers. */
  readonly moment?: MomentKey | null;
  readonly mentions?: readonly string[];
  readonly nonce: string;
}

/** Those whom a text mentions, each once and in one order; null for nobody. Throws INVALID for more than 50. */
export function cleanMentions(userIds: readonly string[]): string[] | null {
  const mentions = [...new Set(userIds)].sort();
  if (mentions.length > MAX_MENTIONS) {
    throw new UserError("INVALID", `A message mentions at most ${MAX_MENTIONS} people.`, {
      path: ["mentionIds"],
    });
  }
  return mentions.length === 0 ? null : mentions;
}

/** Where a text goes: into the conversation that is named, or the direct one with the person who is. */
async function destinationOf(
  context: ActionContext,
  { conversationId, userId }: MessageInput,
): Promise<string> {
  if ((conversationId === null) === (userId === null)) {
    throw new UserError("INVALID", "Give either conversationId or userId.", { path: ["conversationId"] });
  }
  return conversationId ?? conversationWith(context, userId ?? "");
}

/** Where the answer to a moment goes: to its author alone; and whether the sender does not see it. */
async function destinationOfAnswer(
  context: ActionContext,
  { authorId, id }: MomentKey,
  { conversationId, userId }: MessageInput,
): Promise<{ conversationId: string; momentIsGone: boolean }> {
  if (authorId === requireViewer(context).userId) {
    throw new UserError("INVALID", "This moment is your own.", { path: ["momentId"] });
  }
  if (userId !== null && userId !== authorId) {
    throw new UserError("INVALID", OTHER_PLACE, { path: ["userId"] });
  }
  const [moment, known] = await Promise.all([
    momentByKey(context.loads, authorId, id),
    conversationId ?? findDirectConversation(context, authorId),
  ]);
  // Where nothing was said to its author, nothing was said about the moment, and it is as if it had never been.
  if (moment === null && known === null) throw NO_SUCH_MOMENT;
  return {
    conversationId: known ?? (await directConversationWith(context, authorId)),
    momentIsGone: moment === null,
  };
}

/**
 * Sends a text into a conversation, to a person, or to the author of the moment that it answers; what it throws is what
 * `deliverMessage`, `directConversationWith`, INVALID and TOO_MANY_REQUESTS say.
 */
export async function sendMessage(context: ActionContext, input: MessageInput): Promise<Sent> {
  const viewer = requireViewer(context);
  const body = cleanText(input.body, { min: 1, max: 4_000, path: "body" });
  const mentions = cleanMentions(input.mentions ?? []);
  await context.rates.takeSend(viewer.userId);
  const moment = input.moment ?? null;
  const { conversationId, momentIsGone } =
    moment === null
      ? { conversationId: await destinationOf(context, input), momentIsGone: false }
      : await destinationOfAnswer(context, moment, input);
  if (input.replyTo !== null && input.replyTo.conversationId !== conversationId)
    throw refusals.NO_SUCH_MESSAGE;
  if (input.topic !== null && input.topic.conversationId !== conversationId) throw refusals.NO_SUCH_SHARE;
  if (input.videoAtMs !== null && input.topic === null) {
    throw new UserError("INVALID", "An instant of a video needs the share it is in.", {
      path: ["videoAtMs"],
    });
  }
  const sent = await deliverMessage(context, {
    conversationId,
    senderId: viewer.userId,
    kind: moment === null ? "TEXT" : "MOMENT_REPLY",
    body,
    sharedVideoId: null,
    note: null,
    replyTo: input.replyTo?.position ?? null,
    topicVideoId: input.topic?.videoId ?? null,
    videoAtMs: input.videoAtMs,
    momentAuthorId: moment?.authorId ?? null,
    momentId: moment?.id ?? null,
    momentIsGone,
    mentions,
    nonce: input.nonce,
  });
  return requireFound(sent, "conversation");
}
