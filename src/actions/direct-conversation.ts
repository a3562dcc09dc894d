/** Who is let into the one conversation of two people: what friendship means for it, and what is asked before a message. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { ParticipationState } from "../entities/conversation.ts";
import { Batch } from "../loaders/kinds.ts";
import { opennessOf, relationshipWith } from "../loaders/relationship.ts";
import { requireViewer } from "../viewer.ts";
import { isOfPair } from "../visibility/conversation.ts";
import { type ActionContext, write } from "./context.ts";
import { strangersRefused, unreachable } from "./policy.ts";

type Pair = { viewerId: string; other: string };

/** Friends are let in: a message request between them becomes a conversation. The conversation's lock comes first. */
export const letIn = statement<Pair, { conversationId: string; userId: string }>(
  "friendship_let_in",
  `
  with conversation as (
    update conversations c
    set membership = c.membership + 1, asks_policy = false
    from direct_conversations d
    where ${isOfPair("d", ":viewerId::bigint", ":other::bigint")}
      and c.id = d.conversation_id
    returning c.id, c.last_position, c.last_activity_at
  ),
  accepted as (
    update participants p
    set state = 'ACTIVE', has_declined = false
    from conversation c
    where p.conversation_id = c.id and p.state = 'REQUEST'
    returning p.conversation_id, p.user_id, case when c.last_position > 0 then c.last_activity_at end as shown_at
  )
  update inbox i
  set state = 'ACTIVE', last_activity_at = coalesce(i.last_activity_at, a.shown_at)
  from accepted a
  where i.user_id = a.user_id and i.conversation_id = a.conversation_id
  returning i.conversation_id as "conversationId", i.user_id as "userId"`,
);

const askPolicy = statement<Pair, Nothing>(
  "direct_ask_policy",
  `
  update conversations c
  set membership = c.membership + 1, asks_policy = true
  from direct_conversations d
  where ${isOfPair("d", ":viewerId::bigint", ":other::bigint")}
    and c.id = d.conversation_id`,
);

/**
 * Notes that two people are friends no more. Who is young may write to friends alone, and who has said nothing may let
 * in friends alone: whether the two may still talk is asked at the next message. The usual send, which knows nothing of
 * ages and settings, need not ask.
 */
export async function noLongerFriends(queries: Queries, viewerId: string, other: string): Promise<void> {
  await queries.run(askPolicy, { viewerId, other });
}

interface OtherSide {
  readonly otherId: string;
  readonly state: ParticipationState;
  readonly hasSpoken: boolean;
  readonly membership: number;
  readonly lastPosition: number;
}

const readOtherSide = statement<{ conversationId: string; viewerId: string }, OtherSide>(
  "direct_other_side",
  `
  select
    p.user_id as "otherId", p.state, c.membership, c.last_position as "lastPosition",
    exists (select from messages m where m.conversation_id = c.id and m.sender_id = p.user_id) as "hasSpoken"
  from conversations c
  join participants p on p.conversation_id = c.id and p.user_id <> :viewerId
  where c.id = :conversationId`,
);

// Whoever has changed their mind, or said something, since it was looked at is looked at again.
const makeRequest = statement<
  { conversationId: string; otherId: string; membership: number; lastPosition: number },
  { membership: number; wasShown: boolean }
>(
  "direct_make_request",
  `
  with conversation as (
    update conversations c
    set membership = c.membership + 1
    where c.id = :conversationId and c.membership = :membership and c.last_position = :lastPosition
    returning c.id, c.membership
  ),
  asked as (
    update participants p
    set state = 'REQUEST'
    from conversation c
    where p.conversation_id = c.id and p.user_id = :otherId
  )
  update inbox i
  set state = 'REQUEST', pinned = false, archived = false
  from conversation c
  where i.user_id = :otherId and i.conversation_id = c.id
  returning c.membership, i.last_activity_at is not null as "wasShown"`,
);

/** That it was asked whether the viewer may write into a direct conversation. */
export interface Asked {
  /** The membership for which the answer holds; null as long as nobody asked. */
  readonly askedAt: number | null;
  /** Whether the next message need not ask: the other has said something. */
  readonly isSettled: boolean;
}

/**
 * Asks whether the viewer may write into a direct conversation: two who are no friends have to be of an age to write to
 * strangers, and whoever has neither answered nor accepted is asked how far they let the viewer in now. Where they do
 * not, what is said becomes a message request. Throws NOT_ALLOWED_BY_POLICY where the viewer is too young, and
 * UNAVAILABLE where the other is, or takes no messages.
 */
export async function askPolicyOf(context: ActionContext, conversationId: string): Promise<Asked> {
  const { userId: viewerId } = requireViewer(context);
  const [side] = await context.database.run(readOtherSide, { conversationId, viewerId });
  if (side === undefined) throw unreachable();
  const { otherId, membership, lastPosition } = side;
  // Read anew: what this request has read before may be what has changed.
  const loads = { viewerId, batch: new Batch(context.database) };
  const [relationship, openness] = await Promise.all([
    relationshipWith(loads, otherId),
    opennessOf(loads, otherId),
  ]);
  if (relationship === null || openness === null) throw unreachable();
  if (relationship.state !== "FRIENDS" && !openness.allowsMessages) throw await strangersRefused(context);
  if (side.hasSpoken) return { askedAt: membership, isSettled: true };
  if (!relationship.canMessage) throw unreachable();
  if (openness.toMessages || side.state !== "ACTIVE") return { askedAt: membership, isSettled: false };
  return write(context, async (queries, tell) => {
    const [made] = await queries.run(makeRequest, { conversationId, otherId, membership, lastPosition });
    if (made?.wasShown) tell({ viewerId: otherId, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
    return { askedAt: made?.membership ?? null, isSettled: false };
  });
}
