/** Leaving conversations, and what becomes of those who stay. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { ParticipationState } from "../entities/conversation.ts";
import { requireFound } from "../errors.ts";
import { packNodes } from "../ids.ts";
import { conversationById } from "../loaders/conversation.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { mentionsIn } from "./message-mention.ts";
import { hideRequest } from "./message-request.ts";
import { writeNotice } from "./notice.ts";
import { forget } from "./notification.ts";
import { lockGroup } from "./participant.ts";

export type Departing = { userId: string; conversationId: string; state: ParticipationState };

/** Somebody who stays. */
export interface Witness {
  readonly witness: string;
  /** Whether they own the group from now on. */
  readonly isHeir: boolean;
}

/**
 * SQL: takes a person out of a conversation that is locked, and gives those who stay. When an owner goes, the oldest
 * admin inherits, else the oldest of all; where nobody is left, the group has no title any more.
 */
export const DEPART = `
  with former as materialized (
    select p.role, ${conversationVisible("p")} as took_part
    from participants p
    where p.conversation_id = :conversationId and p.user_id = :userId
  ),
  others as materialized (
    select p.user_id, p.role, p.joined_at, p.is_gone
    from participants p
    where p.conversation_id = :conversationId and p.user_id <> :userId and ${conversationVisible("p")}
  ),
  heir as materialized (
    select o.user_id
    from others o
    join former f on f.role = 'OWNER'
    order by o.is_gone, o.role = 'ADMIN' desc, o.joined_at, o.user_id
    limit 1
  ),
  departed as (
    update participants p
    set state = case when f.took_part then :state::participation_state else p.state end, role = 'MEMBER'
    from former f
    where p.conversation_id = :conversationId and p.user_id = :userId
  ),
  inherited as (
    update participants p
    set role = 'OWNER'
    from heir h
    where p.conversation_id = :conversationId and p.user_id = h.user_id
  ),
  shrunk as (
    update conversations c
    set membership = c.membership + 1, participant_count = c.participant_count - f.took_part::integer,
      title = case when exists (select from others) then c.title end,
      avatar_url = case when exists (select from others) then c.avatar_url end
    from former f
    where c.id = :conversationId
  ),
  put_away as (
    update inbox i
    set state = :state::participation_state, unread = 0
    from former f
    where i.user_id = :userId and i.conversation_id = :conversationId and f.took_part
  )
  select o.user_id as witness, h.user_id is not null as "isHeir"
  from others o
  left join heir h on h.user_id = o.user_id
  order by o.user_id`;

const departing = statement<Departing, Witness>("participant_depart", DEPART);

/** Takes a person out of a group that is locked, and tells them and everybody who stays; returns those who stay. */
export async function departGroup(queries: Queries, tell: Tell, departure: Departing): Promise<Witness[]> {
  const { userId, conversationId } = departure;
  const witnesses = await queries.run(departing, departure);
  tell(
    { viewerId: userId, kind: "CONVERSATION_LEFT", ids: [conversationId] },
    {
      viewerId: userId,
      kind: "ACCESS_REVOKED",
      ids: packNodes({ kind: "conversation", key: [conversationId] }),
    },
  );
  for (const { witness } of witnesses) {
    tell({ viewerId: witness, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
  }
  return witnesses;
}

/** Takes back what somebody who has left a group was told of it: who brought them in, and who mentions them there. */
export async function forgetGroup(
  queries: Queries,
  tell: Tell,
  userId: string,
  conversationId: string,
): Promise<void> {
  const mentions = await mentionsIn(queries, conversationId, userId);
  await forget(queries, tell, { userId, kind: "GROUP_INVITE", subject: [conversationId] }, ...mentions);
}

const hideDirect = statement<{ conversationId: string; viewerId: string }, { state: ParticipationState }>(
  "direct_hide",
  `
  update inbox i
  set last_activity_at = null, pinned = false, archived = false
  where i.user_id = :viewerId and i.conversation_id = :conversationId and i.last_activity_at is not null
    and ${conversationVisible("i")}
  returning i.state`,
);

async function leaveDirect(context: ActionContext, conversationId: string, viewerId: string): Promise<void> {
  await write(context, async (queries, tell) => {
    const hidden = await queries.run(hideDirect, { conversationId, viewerId });
    if (hidden.length > 0) tell({ viewerId, kind: "CONVERSATION_LEFT", ids: [conversationId] });
  });
}

/**
 * Leaves a conversation. A group goes on without the viewer, whose heir owns it if it was theirs. A direct one is out of
 * their inbox until the next message, and the other is not told; a message request is declined. Throws NOT_FOUND.
 */
export async function leaveConversation(context: ActionContext, conversationId: string): Promise<void> {
  const { userId: viewerId } = requireViewer(context);
  const conversation = requireFound(
    await conversationById(context.loads, conversationId),
    "conversation",
    "conversationId",
  );
  if (conversation.state === "REQUEST") return hideRequest(context, conversationId, viewerId);
  if (conversation.kind === "DIRECT") return leaveDirect(context, conversationId, viewerId);
  await write(context, async (queries, tell) => {
    const group = await lockGroup(queries, conversationId);
    // Whoever was removed meanwhile is out all the same.
    if (group?.participants.get(viewerId)?.state !== "ACTIVE") return;
    const staying = await departGroup(queries, tell, { userId: viewerId, conversationId, state: "LEFT" });
    const heirs = staying.filter(({ isHeir }) => isHeir).map(({ witness }) => witness);
    await writeNotice(queries, tell, conversationId, { kind: "LEFT", by: viewerId, people: heirs });
    await forgetGroup(queries, tell, viewerId, conversationId);
  });
}
