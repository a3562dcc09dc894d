/** Editing a message: other words in the same place. */
import { statement } from "../db/sql.ts";
import { ConflictError, UserError } from "../errors.ts";
import { EDIT_MINUTES } from "../limits.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { senderHidden } from "../visibility/message.ts";
import { type ActionContext, write } from "./context.ts";
import { cleanMentions, NOT_TAKING_PART } from "./message.ts";
import { forgetMentions, lockMentioned, tellOfMentions } from "./message-mention.ts";
import {
  type LockedMessage,
  lockConversation,
  lockMessage,
  type Place,
  requireAnswered,
  tellOfMessage,
} from "./seen-message.ts";

type Mentions = { conversationId: string; senderId: string; mentions: readonly string[] };

// Of those who are mentioned anew, who the sender does not see there, or is not seen by.
const missing = statement<Mentions, { id: string }>(
  "edit_missing",
  `
  select n.id
  from unnest(:mentions::bigint[]) as n (id)
  where n.id <> :senderId and not exists (
    select
    from participants p
    join participants d on d.conversation_id = p.conversation_id and d.user_id = :senderId
    where p.conversation_id = :conversationId and p.user_id = n.id and ${conversationVisible("p")} and not p.is_gone
      and not ${senderHidden("d.user_id", "p")} and not ${senderHidden("p.user_id", "d")}
  )`,
);

const rewrite = statement<Place & { body: string; mentions: readonly string[] | null }, { position: number }>(
  "edit_message",
  `
  update messages m
  set body = :body, mentions = :mentions, edited_at = now()
  where m.conversation_id = :conversationId and m.position = :position
  returning m.position`,
);

function requireEditable(message: LockedMessage, viewerId: string): void {
  const path = ["messageId"];
  if (message.senderId !== viewerId) {
    throw new UserError("FORBIDDEN", "Only its sender can edit a message.", { path });
  }
  if (message.isUnsent) throw new ConflictError("This message was taken back.", { path });
  if (message.kind === "SHARE" || message.kind === "NOTICE") {
    throw new UserError("INVALID", "Only words can be edited.", { path });
  }
  if (message.ageSeconds > EDIT_MINUTES * 60) {
    throw new UserError("EXPIRED", `A message can be edited for ${EDIT_MINUTES} minutes.`, { path });
  }
  requireAnswered(message);
}

/**
 * Gives a message of the viewer's own other words, and with `mentions` other people whom it mentions; the same ones
 * change nothing. Those are told who are mentioned anew, and it is taken back from those who no longer are. Its place,
 * its replies and its reactions stay. Throws NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for one that was taken back,
 * EXPIRED after 15 minutes, and TOO_MANY_REQUESTS.
 */
export async function editMessage(
  context: ActionContext,
  place: Place,
  input: { readonly body: string; readonly mentions: readonly string[] | null },
): Promise<void> {
  const { userId } = requireViewer(context);
  const body = cleanText(input.body, { min: 1, max: 4_000, path: "body" });
  const named = input.mentions === null ? null : cleanMentions(input.mentions);
  await context.rates.take("editMessage", userId);
  await write(context, async (queries, tell) => {
    if (named !== null) {
      await lockMentioned(queries, [userId, ...named]);
      // Whoever leaves, or hides the message, has done so, or waits and then takes back what they are told.
      await lockConversation(queries, place.conversationId);
    }
    const message = await lockMessage(queries, userId, place);
    requireEditable(message, userId);
    const former = message.mentions ?? [];
    const mentions = input.mentions === null ? former : (named ?? []);
    const added = mentions.filter((id) => !former.includes(id));
    const isSame = added.length === 0 && mentions.length === former.length;
    if (isSame && body === message.body) return;
    if (added.length > 0) {
      const strangers = await queries.run(missing, {
        conversationId: place.conversationId,
        senderId: userId,
        mentions: added,
      });
      if (strangers.length > 0) throw NOT_TAKING_PART;
    }
    await queries.run(rewrite, { ...place, body, mentions: mentions.length === 0 ? null : mentions });
    await tellOfMessage(queries, tell, place, message);
    await tellOfMentions(queries, tell, place, { senderId: userId, mentions: added });
    const removed = former.filter((id) => !mentions.includes(id));
    await forgetMentions(queries, tell, place, removed);
  });
}
