/** Reacting to messages: one of each emoji for each person, counted right however many react at once. */
import { statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { MAX_REACTION_KINDS } from "../limits.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";
import { lockMessage, type Place, requireReadable, tellOfMessage } from "./seen-message.ts";

type Reacting = Place & { userId: string; emoji: string };

// A statement of its own, after the message's lock: whoever has brought another kind has committed and is counted.
const add = statement<Reacting & { mostKinds: number }, { fits: boolean; isNew: boolean }>(
  "reaction_add",
  `
  with kinds as materialized (
    select coalesce(bool_or(r.emoji = :emoji), false) or count(distinct r.emoji) < :mostKinds::integer as fits
    from reactions r
    where r.conversation_id = :conversationId and r.position = :position
  ),
  added as (
    insert into reactions (conversation_id, position, user_id, emoji)
    select :conversationId, :position, :userId, :emoji
    from kinds k
    where k.fits
    on conflict do nothing
    returning position
  )
  select k.fits, exists (select from added) as "isNew"
  from kinds k`,
);

const remove = statement<Reacting, { position: number }>(
  "reaction_remove",
  `
  delete from reactions
  where conversation_id = :conversationId and position = :position and user_id = :userId and emoji = :emoji
  returning position`,
);

/**
 * Reacts to a message; reacting alike again changes nothing. Throws NOT_FOUND, FORBIDDEN, CONFLICT, LIMIT_REACHED and
 * TOO_MANY_REQUESTS.
 */
export async function addReaction(context: ActionContext, place: Place, emoji: string): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("react", userId);
  await write(context, async (queries, tell) => {
    const message = await lockMessage(queries, userId, place);
    requireReadable(message);
    const mostKinds = MAX_REACTION_KINDS;
    const [added] = await queries.run(add, { ...place, userId, emoji, mostKinds });
    if (added?.fits !== true) {
      throw new UserError("LIMIT_REACHED", `A message takes ${MAX_REACTION_KINDS} kinds of emoji.`, {
        path: ["emoji"],
      });
    }
    if (added.isNew) await tellOfMessage(queries, tell, place, message, { actorId: userId });
  });
}

/** Takes a reaction of the viewer's own back; what is not there stays so. Throws NOT_FOUND for the message, and TOO_MANY_REQUESTS. */
export async function removeReaction(context: ActionContext, place: Place, emoji: string): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("react", userId);
  await write(context, async (queries, tell) => {
    const message = await lockMessage(queries, userId, place);
    const removed = await queries.run(remove, { ...place, userId, emoji });
    if (removed.length > 0) await tellOfMessage(queries, tell, place, message, { actorId: userId });
  });
}
