/** A message that somebody acts on: found as they see it and locked, and those told who see it, too. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { ConversationKind, ParticipantRole, ParticipationState } from "../entities/conversation.ts";
import type { MessageKind } from "../entities/message.ts";
import { ConflictError, requireFound, UserError } from "../errors.ts";
import { MAX_UNANSWERED_MESSAGES } from "../limits.ts";
import { messageHidden, messageVisible, senderHidden } from "../visibility/message.ts";
import type { Tell } from "./context.ts";

/** Where a message stands. */
export type Place = { readonly conversationId: string; readonly position: number };

const lock = statement<{ conversationId: string }, Nothing>(
  "message_lock_conversation",
  `
  select
  from conversations c
  where c.id = :conversationId
  for no key update`,
);

/** Locks a conversation: nobody sends to it, and what is counted in it stays, until the transaction ends. */
export async function lockConversation(queries: Queries, conversationId: string): Promise<void> {
  await queries.run(lock, { conversationId });
}

/** A message under its lock, and how the viewer stands to it. */
export interface LockedMessage {
  readonly senderId: string | null;
  readonly kind: MessageKind;
  readonly body: string | null;
  readonly mentions: string[] | null;
  readonly ageSeconds: number;
  readonly isUnsent: boolean;
  readonly isHidden: boolean;
  readonly conversationKind: ConversationKind;
  readonly role: ParticipantRole;
  readonly state: ParticipationState;
  /** It stands in a message request of the viewer's own, which the other has not answered. */
  readonly isUnanswered: boolean;
}

const lockAsSeen = statement<Place & { viewerId: string }, LockedMessage>(
  "message_lock",
  `
  select
    m.sender_id as "senderId", m.kind, m.body, m.mentions,
    extract(epoch from now() - m.created_at)::integer as "ageSeconds", m.unsent_at is not null as "isUnsent",
    ${messageHidden("m.sender_id", "m.position", "p")} as "isHidden", c.kind as "conversationKind", p.role, p.state,
    c.kind = 'DIRECT' and exists (
      select from participants o where o.conversation_id = c.id and o.user_id <> p.user_id and o.state = 'REQUEST'
    ) as "isUnanswered"
  from participants p
  join conversations c on c.id = p.conversation_id
  join messages m on m.conversation_id = p.conversation_id and m.position = :position
  where p.conversation_id = :conversationId and p.user_id = :viewerId and ${messageVisible("m.position", "p")}
  for no key update of m`,
);

/** Locks a message that the viewer sees, if only as a placeholder; throws NOT_FOUND. */
export async function lockMessage(queries: Queries, viewerId: string, place: Place): Promise<LockedMessage> {
  const [message] = await queries.run(lockAsSeen, { ...place, viewerId });
  return requireFound(message, "message", "messageId");
}

/** Whoever is asked by a message request is told of its texts, and of nothing else; throws FORBIDDEN until they answer. */
export function requireAnswered({ isUnanswered }: LockedMessage): void {
  if (!isUnanswered) return;
  throw new UserError(
    "FORBIDDEN",
    `A message request takes ${MAX_UNANSWERED_MESSAGES} texts and nothing else until it is answered.`,
    { path: ["messageId"] },
  );
}

/** What can be read, the viewer may react to; throws CONFLICT for what was taken back, and FORBIDDEN. */
export function requireReadable(message: LockedMessage): void {
  const { isUnsent, isHidden, kind, state } = message;
  const path = ["messageId"];
  if (isUnsent) throw new ConflictError("This message was taken back.", { path });
  if (isHidden) throw new UserError("FORBIDDEN", "This message is hidden from you.", { path });
  if (kind === "NOTICE") throw new UserError("FORBIDDEN", "Nobody said this: it is a notice.", { path });
  if (state !== "ACTIVE") {
    throw new UserError("FORBIDDEN", "Accept the message request first.", { path });
  }
  requireAnswered(message);
}

const readWitnesses = statement<
  Place & { senderId: string | null; actorId: string | null },
  { userId: string }
>(
  "message_witnesses",
  `
  select p.user_id as "userId"
  from participants p
  left join participants a on a.conversation_id = p.conversation_id and a.user_id = :actorId
  where p.conversation_id = :conversationId and ${messageVisible(":position::integer", "p")}
    and not ${messageHidden(":senderId::bigint", ":position::integer", "p")}
    and not ${senderHidden(":actorId::bigint", "p")} and not coalesce(p.user_id = any(a.hides), false)
    and not p.has_declined`,
);

/**
 * Tells everybody who can read a message that it has changed, and with `conversation` that the conversation has. Where it
 * was changed by what `actorId` does there, those hear nothing of it who do not see that person, or are not seen by them.
 */
export async function tellOfMessage(
  queries: Queries,
  tell: Tell,
  place: Place,
  { senderId }: Pick<LockedMessage, "senderId">,
  { actorId = null, conversation = false }: { actorId?: string | null; conversation?: boolean } = {},
): Promise<void> {
  const { conversationId, position } = place;
  const witnesses = await queries.run(readWitnesses, { ...place, senderId, actorId });
  for (const { userId: viewerId } of witnesses) {
    tell({ viewerId, kind: "MESSAGE_CHANGED", ids: [conversationId, position] });
    if (conversation) tell({ viewerId, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
  }
}
