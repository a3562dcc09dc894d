/** Coming into groups: who takes part is decided and written under the lock of the conversation. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { ParticipantRole, ParticipationState } from "../entities/conversation.ts";
import { UserError } from "../errors.ts";
import { MAX_PARTICIPANTS } from "../limits.ts";
import { mayInvite } from "../visibility/invite.ts";
import type { Tell } from "./context.ts";
import { writeNotice } from "./notice.ts";

const lockConversation = statement<
  { conversationId: string },
  { lastPosition: number; participantCount: number }
>(
  "group_lock",
  `
  select c.last_position as "lastPosition", c.participant_count as "participantCount"
  from conversations c
  where c.id = :conversationId and c.kind = 'GROUP'
  for no key update`,
);

/** Somebody who takes part in a group, or has taken part. */
interface GroupParticipant {
  readonly userId: string;
  readonly role: ParticipantRole;
  readonly state: ParticipationState;
  readonly joinedAt: string;
  readonly mayInvite: boolean;
}

const readParticipants = statement<{ conversationId: string }, GroupParticipant>(
  "group_participants",
  `
  select p.user_id as "userId", p.role, p.state, p.joined_at as "joinedAt", ${mayInvite("p")} as "mayInvite"
  from participants p
  where p.conversation_id = :conversationId`,
);

/** A group under its lock. */
export interface LockedGroup {
  readonly id: string;
  readonly lastPosition: number;
  readonly participantCount: number;
  /** Everybody who has ever taken part, by id. */
  readonly participants: ReadonlyMap<string, GroupParticipant>;
}

/** Locks a group, after the people whom it is about; null where there is none. */
export async function lockGroup(queries: Queries, conversationId: string): Promise<LockedGroup | null> {
  const [group] = await queries.run(lockConversation, { conversationId });
  if (group === undefined) return null;
  const participants = await queries.run(readParticipants, { conversationId });
  return {
    id: conversationId,
    ...group,
    participants: new Map(participants.map((participant) => [participant.userId, participant])),
  };
}

/** Who of some people has blocked whom of others, in either direction. */
export const blocksOf = statement<
  { userIds: readonly string[]; others: readonly string[] },
  { userId: string; blockedId: string }
>(
  "participant_blocks",
  `
  select b.user_id as "userId", b.blocked_id as "blockedId"
  from unnest(:userIds::bigint[]) as k (user_id)
  join blocks b on b.user_id = k.user_id and b.blocked_id = any(:others::bigint[])
  union
  select b.user_id, b.blocked_id
  from unnest(:userIds::bigint[]) as k (user_id)
  join blocks b on b.blocked_id = k.user_id and b.user_id = any(:others::bigint[])`,
);

type EnterParameters = {
  conversationId: string;
  lastPosition: number;
  userIds: readonly string[];
  hides: readonly string[];
  hiders: readonly string[];
  hidden: readonly string[];
};

// Whoever comes sees what is said from now on, and has read all that was said before. Those who have blocked somebody
// who comes are not among those who come: no row is written twice.
const enter = statement<EnterParameters, Nothing>(
  "participant_enter",
  `
  with people as materialized (
    select p.user_id, p.hides::bigint[] as hides
    from unnest(:userIds::bigint[], :hides::text[]) as p (user_id, hides)
  ),
  grown as (
    update conversations
    set membership = membership + 1, participant_count = participant_count + cardinality(:userIds::bigint[])
    where id = :conversationId
  ),
  taking_part as (
    insert into participants (conversation_id, user_id, role, state, history_from, hides)
    select :conversationId, p.user_id, 'MEMBER', 'ACTIVE', :lastPosition, p.hides
    from people p
    on conflict (conversation_id, user_id) do update set
      role = excluded.role, state = excluded.state, joined_at = excluded.joined_at,
      history_from = excluded.history_from, hides = excluded.hides
  ),
  hiding as (
    update participants p
    set hides = array(select distinct id from unnest(p.hides || h.hidden::bigint[]) as a (id))
    from unnest(:hiders::bigint[], :hidden::text[]) as h (hider, hidden)
    where p.conversation_id = :conversationId and p.user_id = h.hider
  )
  insert into inbox (user_id, conversation_id, kind, state, last_activity_at, read_up_to)
  select p.user_id, :conversationId, 'GROUP', 'ACTIVE', now(), :lastPosition
  from people p
  on conflict (user_id, conversation_id) do update set
    state = excluded.state, last_activity_at = excluded.last_activity_at, unread = 0, archived = false,
    pinned = false, marked_unread = false,
    read_up_to = greatest(inbox.read_up_to, excluded.read_up_to)`,
);

const pack = (ids: readonly string[]) => `{${ids.join(",")}}`;

/**
 * Lets people who are locked into a group that is locked, and tells everybody there. Who takes part already must not be
 * among them. Throws LIMIT_REACHED where there is no room for all of them.
 */
export async function enterGroup(
  queries: Queries,
  tell: Tell,
  group: LockedGroup,
  userIds: readonly string[],
): Promise<void> {
  if (group.participantCount + userIds.length > MAX_PARTICIPANTS) {
    throw new UserError("LIMIT_REACHED", `A group has at most ${MAX_PARTICIPANTS} people.`);
  }
  const others = [...new Set([...group.participants.keys(), ...userIds])];
  const blocks = await queries.run(blocksOf, { userIds, others });
  const hiddenFrom = (hider: string) =>
    blocks.filter(({ userId }) => userId === hider).map(({ blockedId }) => blockedId);
  const hiders = others.filter((id) => !userIds.includes(id) && hiddenFrom(id).length > 0);
  await queries.run(enter, {
    conversationId: group.id,
    lastPosition: group.lastPosition,
    userIds,
    hides: userIds.map((id) => pack(hiddenFrom(id))),
    hiders,
    hidden: hiders.map((id) => pack(hiddenFrom(id))),
  });
  const present = [...group.participants.values()].filter(({ state }) => state === "ACTIVE");
  for (const viewerId of [...present.map(({ userId }) => userId), ...userIds]) {
    tell({ viewerId, kind: "CONVERSATION_CHANGED", ids: [group.id] });
  }
}

/** What is said to whoever can't come in; why is not told. */
export function cantJoin(): UserError {
  return new UserError("UNAVAILABLE", "You can't join this conversation.");
}

/**
 * Lets somebody who comes by themselves into a group, both of them locked; false where they take part already. Throws
 * UNAVAILABLE for who was removed, without a word on why, and LIMIT_REACHED.
 */
export async function joinGroup(
  queries: Queries,
  tell: Tell,
  group: LockedGroup,
  userId: string,
): Promise<boolean> {
  const state = group.participants.get(userId)?.state;
  if (state === "ACTIVE") return false;
  if (state === "REMOVED") throw cantJoin();
  await enterGroup(queries, tell, group, [userId]);
  await writeNotice(queries, tell, group.id, { kind: "JOINED", by: userId });
  return true;
}
