/** Hiding a message for oneself: for the others it stays as it is. */
import { type Nothing, statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { MAX_HIDDEN_MESSAGES } from "../limits.ts";
import { requireViewer } from "../viewer.ts";
import { messageUnread } from "../visibility/message.ts";
import { type ActionContext, write } from "./context.ts";
import { forgetMentions } from "./message-mention.ts";
import { lockConversation, lockMessage, type Place } from "./seen-message.ts";

type Hidden = { hidden: number; isHidden: boolean };

const readHidden = statement<Place & { userId: string }, Hidden>(
  "hide_read",
  `
  select cardinality(p.hidden_positions) as hidden, :position::integer = any(p.hidden_positions) as "isHidden"
  from participants p
  where p.conversation_id = :conversationId and p.user_id = :userId`,
);

// Whoever reads on at the same moment has the lock of their inbox: this waits for them, and then looks at how far they
// have read.
const putAway = statement<Place & { userId: string }, Nothing>(
  "hide_message",
  `
  with uncounted as (
    update inbox i
    set unread = i.unread - 1
    from participants p
    join messages m on m.conversation_id = p.conversation_id and m.position = :position and ${messageUnread("m", "p")}
    where p.conversation_id = :conversationId and p.user_id = :userId
      and i.user_id = p.user_id and i.conversation_id = p.conversation_id and i.read_up_to < m.position
  )
  update participants
  set hidden_positions = hidden_positions || :position::integer
  where conversation_id = :conversationId and user_id = :userId`,
);

/**
 * Makes a message a placeholder for the viewer, for good; hiding it again changes nothing. Throws NOT_FOUND, and
 * LIMIT_REACHED after 1,000 in a conversation.
 */
export async function hideMessage(context: ActionContext, place: Place): Promise<void> {
  const { userId } = requireViewer(context);
  await write(context, async (queries, tell) => {
    // Who takes a message back, or blocks, counts under this lock, too.
    await lockConversation(queries, place.conversationId);
    const { mentions } = await lockMessage(queries, userId, place);
    const keys = { ...place, userId };
    const [own] = await queries.run(readHidden, keys);
    if (own?.isHidden) return;
    if ((own?.hidden ?? 0) >= MAX_HIDDEN_MESSAGES) {
      throw new UserError(
        "LIMIT_REACHED",
        `At most ${MAX_HIDDEN_MESSAGES} messages of a conversation can be hidden.`,
        { path: ["messageId"] },
      );
    }
    await queries.run(putAway, keys);
    tell({ viewerId: userId, kind: "MESSAGE_CHANGED", ids: [place.conversationId, place.position] });
    if (mentions?.includes(userId)) await forgetMentions(queries, tell, place, [userId]);
  });
}
