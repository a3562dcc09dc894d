/** Reading up to a message, and telling those who may know. */
import { type Nothing, statement } from "../db/sql.ts";
import { requireFound, UserError } from "../errors.ts";
import { conversationById } from "../loaders/conversation.ts";
import { userById } from "../loaders/user.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { messageUnread } from "../visibility/message.ts";
import { participantsMeet } from "../visibility/presence.ts";
import { type ActionContext, write } from "./context.ts";

const lockInbox = statement<
  { userId: string; conversationId: string },
  { readUpTo: number; markedUnread: boolean; lastPosition: number }
>(
  "read_lock",
  `
  select i.read_up_to as "readUpTo", i.marked_unread as "markedUnread", c.last_position as "lastPosition"
  from inbox i
  join conversations c on c.id = i.conversation_id
  where i.user_id = :userId and i.conversation_id = :conversationId and ${conversationVisible("i")}
  for no key update of i`,
);

// A statement of its own, after the lock: whoever has raised `unread` has committed and is counted, and whoever has
// not yet will raise what is set here.
const moveRead = statement<{ userId: string; conversationId: string; upTo: number }, Nothing>(
  "read_move",
  `
  update inbox i
  set
    read_up_to = :upTo,
    marked_unread = false,
    unread = (
      select count(*)
      from messages m
      where m.conversation_id = i.conversation_id and m.position > :upTo and ${messageUnread("m", "p")}
    )
  from participants p
  where i.user_id = :userId and i.conversation_id = :conversationId
    and p.conversation_id = i.conversation_id and p.user_id = i.user_id`,
);

const takeMarkAway = statement<{ userId: string; conversationId: string }, Nothing>(
  "read_take_mark_away",
  `
  update inbox
  set marked_unread = false
  where user_id = :userId and conversation_id = :conversationId`,
);

const readWitnesses = statement<{ userId: string; conversationId: string }, { userId: string }>(
  "read_witnesses",
  `
  select p.user_id as "userId"
  from participants own
  join participants p on p.conversation_id = own.conversation_id
  where own.conversation_id = :conversationId and own.user_id = :userId
    and (p.user_id = own.user_id or ${participantsMeet("own", "p")})`,
);

/** Marks a conversation as read up to a position, which only ever grows, and takes the mark of being unread away. Throws NOT_FOUND, INVALID and TOO_MANY_REQUESTS. */
export async function markRead(context: ActionContext, conversationId: string, upTo: number): Promise<void> {
  const { userId } = requireViewer(context);
  requireFound(await conversationById(context.loads, conversationId), "conversation", "conversationId");
  await context.rates.takeRead(userId);
  const givesReceipts = (await userById(context.loads, userId))?.readReceipts === true;
  await write(context, async (queries, tell) => {
    const [inbox] = await queries.run(lockInbox, { userId, conversationId });
    const entry = requireFound(inbox, "conversation", "conversationId");
    if (upTo > entry.lastPosition) {
      throw new UserError("INVALID", "There is no message at this position yet.", { path: ["upTo"] });
    }
    if (upTo <= entry.readUpTo) {
      if (!entry.markedUnread) return;
      await queries.run(takeMarkAway, { userId, conversationId });
      tell({ viewerId: userId, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
      return;
    }
    await queries.run(moveRead, { userId, conversationId, upTo });
    const witnesses = givesReceipts
      ? await queries.run(readWitnesses, { userId, conversationId })
      : [{ userId }];
    const ids = [conversationId, userId, upTo];
    tell(...witnesses.map((witness) => ({ viewerId: witness.userId, kind: "READ_MOVED" as const, ids })));
  });
}
