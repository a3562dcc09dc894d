/** Pinning messages, for everybody in the conversation. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { MAX_PINS } from "../limits.ts";
import { requireViewer } from "../viewer.ts";
import { senderHidden } from "../visibility/message.ts";
import { type ActionContext, write } from "./context.ts";
import { unreachable } from "./policy.ts";
import {
  type LockedMessage,
  lockConversation,
  lockMessage,
  type Place,
  requireReadable,
  tellOfMessage,
} from "./seen-message.ts";

const add = statement<Place & { most: number }, { fits: boolean; isNew: boolean }>(
  "pin_add",
  `
  with others as materialized (
    select coalesce(bool_or(x.position = :position), false) or count(*) < :most::integer as fits
    from pins x
    where x.conversation_id = :conversationId
  ),
  added as (
    insert into pins (conversation_id, position)
    select :conversationId, :position
    from others o
    where o.fits
    on conflict do nothing
    returning position
  )
  select o.fits, exists (select from added) as "isNew"
  from others o`,
);

const remove = statement<Place, { position: number }>(
  "pin_remove",
  `
  delete from pins
  where conversation_id = :conversationId and position = :position
  returning position`,
);

const isCutOff = statement<{ conversationId: string; userId: string }, Nothing>(
  "pin_cut_off",
  `
  select
  from participants p
  where p.conversation_id = :conversationId and p.user_id <> :userId and (p.is_gone or ${senderHidden(":userId", "p")})`,
);

/**
 * The message under the lock of its conversation; throws FORBIDDEN for who may not say what is pinned there, and
 * UNAVAILABLE where the other of two can't be reached.
 */
async function lockToPin(queries: Queries, userId: string, place: Place): Promise<LockedMessage> {
  await lockConversation(queries, place.conversationId);
  const message = await lockMessage(queries, userId, place);
  const mayPin = message.conversationKind === "DIRECT" || message.role !== "MEMBER";
  if (!mayPin || message.state !== "ACTIVE") {
    throw new UserError("FORBIDDEN", "In a group its owner and its admins pin messages.", {
      path: ["messageId"],
    });
  }
  const alone =
    message.conversationKind === "DIRECT" ? { conversationId: place.conversationId, userId } : null;
  if (alone !== null && (await queries.run(isCutOff, alone)).length > 0) throw unreachable("messageId");
  return message;
}

/**
 * Pins a message; pinning it again changes nothing. In a group its owner and its admins may. Throws NOT_FOUND, FORBIDDEN,
 * UNAVAILABLE, CONFLICT for one that was taken back, LIMIT_REACHED after 50, and TOO_MANY_REQUESTS.
 */
export async function pinMessage(context: ActionContext, place: Place): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("pin", userId);
  await write(context, async (queries, tell) => {
    const message = await lockToPin(queries, userId, place);
    requireReadable(message);
    const [added] = await queries.run(add, { ...place, most: MAX_PINS });
    if (added?.fits !== true) {
      throw new UserError("LIMIT_REACHED", `At most ${MAX_PINS} messages are pinned in a conversation.`, {
        path: ["messageId"],
      });
    }
    if (added.isNew) await tellOfMessage(queries, tell, place, message, { conversation: true });
  });
}

/** Unpins a message; one that is not pinned stays so. In a group its owner and its admins may. Throws as pinning does. */
export async function unpinMessage(context: ActionContext, place: Place): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("pin", userId);
  await write(context, async (queries, tell) => {
    const message = await lockToPin(queries, userId, place);
    const removed = await queries.run(remove, place);
    if (removed.length > 0) await tellOfMessage(queries, tell, place, message, { conversation: true });
  });
}
