/** Reading up to a message, and telling those who may know. */
import { statement } from "../db/sql.ts";
import { requireFound, UserError } from "../errors.ts";
import { conversationById } from "../loaders/conversation.ts";
import { userById } from "../loaders/user.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { messageHidden, messageVisible } from "../visibility/message.ts";
import { type ActionContext, write } from "./context.ts";

const lockInbox = statement<
  { userId: string; conversationId: string },
  { readUpTo: number; state: string; lastPosition: number }
>(
  "read_lock",
  `
  select i.read_up_to as "readUpTo", i.state, c.last_position as "lastPosition"
  from inbox i
  join conversations c on c.id = i.conversation_id
  where i.user_id = :userId and i.conversation_id = :conversationId and ${conversationVisible("i")}
  for no key update of i`,
);

// A statement of its own, after the lock: whoever has raised `unread` has committed and is counted, and whoever has
// not yet will raise what is set here.
const moveRead = statement<{ userId: string; conversationId: string; upTo: number }, Record<string, never>>(
  "read_move",
  `
  update inbox i
  set
    read_up_to = :upTo,
    unread = (
      select count(*)
      from messages m
      where m.conversation_id = i.conversation_id and m.position > :upTo and ${messageVisible("m.position", "p")}
        and m.sender_id is distinct from i.user_id and not ${messageHidden("m.sender_id", "p")}
    )
  from participants p
  where i.user_id = :userId and i.conversation_id = :conversationId
    and p.conversation_id = i.conversation_id and p.user_id = i.user_id`,
);

const activeParticipants = statement<{ conversationId: string }, { userId: string }>(
  "read_witnesses",
  `
  select p.user_id as "userId"
  from participants p
  where p.conversation_id = :conversationId and p.state = 'ACTIVE'`,
);

/** Marks a conversation as read up to a position; it only ever grows. Throws NOT_FOUND and INVALID. */
export async function markRead(context: ActionContext, conversationId: string, upTo: number): Promise<void> {
  const { userId } = requireViewer(context);
  requireFound(await conversationById(context.loads, conversationId), "conversation", "conversationId");
  const givesReceipts = (await userById(context.loads, userId))?.readReceipts === true;
  await write(context, async (queries, tell) => {
    const [inbox] = await queries.run(lockInbox, { userId, conversationId });
    const entry = requireFound(inbox, "conversation", "conversationId");
    if (upTo > entry.lastPosition) {
      throw new UserError("INVALID", "There is no message at this position yet.", { path: ["upTo"] });
    }
    if (upTo <= entry.readUpTo) return;
    await queries.run(moveRead, { userId, conversationId, upTo });
    // A message request gives no receipts.
    const witnesses =
      givesReceipts && entry.state === "ACTIVE"
        ? (await queries.run(activeParticipants, { conversationId })).map((participant) => participant.userId)
        : [userId];
    const ids = [conversationId, userId, upTo];
    tell(...witnesses.map((viewerId) => ({ viewerId, kind: "READ_MOVED" as const, ids })));
  });
}
