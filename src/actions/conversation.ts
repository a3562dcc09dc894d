/** Starting conversations: the one of a pair, and groups. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { ConversationKind, ParticipantRole, ParticipationState } from "../entities/conversation.ts";
import { requireFound, UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { MAX_PARTICIPANTS } from "../limits.ts";
import { opennessOf, relationshipWith } from "../loaders/friendship.ts";
import { cleanName } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";
import { lockAll, lockPair } from "./friendship.ts";

const findDirect = statement<{ me: string; other: string }, { conversationId: string }>(
  "direct_find",
  `
  select d.conversation_id as "conversationId"
  from direct_conversations d
  where d.low_id = least(:me::bigint, :other::bigint) and d.high_id = greatest(:me::bigint, :other::bigint)`,
);

const claimDirect = statement<{ me: string; other: string; conversationId: string }, Record<string, never>>(
  "direct_claim",
  `
  insert into direct_conversations (low_id, high_id, conversation_id)
  values (least(:me::bigint, :other::bigint), greatest(:me::bigint, :other::bigint), :conversationId)`,
);

type ConversationParameters = {
  id: string;
  kind: ConversationKind;
  title: string | null;
  userIds: readonly string[];
  roles: readonly ParticipantRole[];
  states: readonly ParticipationState[];
  hides: readonly string[];
  shown: readonly string[];
};

const insertConversation = statement<ConversationParameters, Record<string, never>>(
  "conversation_insert",
  `
  with conversation as (
    insert into conversations (id, kind, title, participant_count)
    values (:id, :kind::conversation_kind, :title, cardinality(:userIds::bigint[]))
    returning id
  ),
  people as materialized (
    select c.id as conversation_id, p.user_id, p.role, p.state, p.hides, p.shown
    from conversation c
    cross join unnest(:userIds::bigint[], :roles::text[], :states::text[], :hides::text[], :shown::text[])
      as p (user_id, role, state, hides, shown)
  ),
  taking_part as (
    insert into participants (conversation_id, user_id, role, state, hides)
    select p.conversation_id, p.user_id, p.role::participant_role, p.state::participation_state, p.hides::bigint[]
    from people p
  )
  insert into inbox (user_id, conversation_id, state, last_activity_at)
  select p.user_id, p.conversation_id, p.state::participation_state, case when p.shown = 'yes' then now() end
  from people p`,
);

interface NewParticipant {
  readonly userId: string;
  readonly role: ParticipantRole;
  readonly state: ParticipationState;
  readonly hides?: readonly string[];
  /** Whether it is in their inbox before anything is said. */
  readonly isShown: boolean;
}

async function insert(
  queries: Queries,
  conversation: { id: string; kind: ConversationKind; title: string | null },
  people: readonly NewParticipant[],
): Promise<void> {
  await queries.run(insertConversation, {
    ...conversation,
    userIds: people.map(({ userId }) => userId),
    roles: people.map(({ role }) => role),
    states: people.map(({ state }) => state),
    hides: people.map(({ hides }) => `{${(hides ?? []).join(",")}}`),
    shown: people.map(({ isShown }) => (isShown ? "yes" : "no")),
  });
}

/**
 * The id of the direct conversation with a person, begun if there is none: as a message request where they have not let
 * the viewer in. Throws INVALID, FORBIDDEN for whom the viewer has blocked, UNAVAILABLE for whom they can't reach.
 */
export async function directConversationWith(context: ActionContext, other: string): Promise<string> {
  const { userId: me } = requireViewer(context);
  if (other === me) throw new UserError("INVALID", "This is you.", { path: ["userId"] });
  const [relationship, openness] = await Promise.all([
    relationshipWith(context.loads, other),
    opennessOf(context.loads, other),
  ]);
  if (relationship?.isBlocked) {
    throw new UserError("FORBIDDEN", "You have blocked this person. Unblock them first.", {
      path: ["userId"],
    });
  }
  // One answer for whoever blocks the viewer, is gone, or never was.
  if (relationship === null || openness === null) throw unavailable();
  const [existing] = await context.database.run(findDirect, { me, other });
  if (existing !== undefined) return existing.conversationId;
  if (!relationship.canMessage) throw unavailable();
  return write(context, async (queries, tell) => {
    // A block that was faster is seen here; one that is slower finds the conversation.
    if ((await lockPair(queries, me, other)).isBlocked) throw unavailable();
    // Whoever was beaten to the claim comes here again and finds it.
    const [claimed] = await queries.run(findDirect, { me, other });
    if (claimed !== undefined) return claimed.conversationId;
    const id = newId();
    await queries.run(claimDirect, { me, other, conversationId: id });
    await insert(queries, { id, kind: "DIRECT", title: null }, [
      { userId: me, role: "MEMBER", state: "ACTIVE", isShown: true },
      { userId: other, role: "MEMBER", state: openness.toMessages ? "ACTIVE" : "REQUEST", isShown: false },
    ]);
    tell({ viewerId: me, kind: "CONVERSATION_CHANGED", ids: [id] });
    return id;
  });
}

function unavailable(): UserError {
  return new UserError("UNAVAILABLE", "You can't send messages to this person.", { path: ["userId"] });
}

const findByNonce = statement<{ me: string; nonce: string }, { conversationId: string }>(
  "group_find",
  `
  select n.conversation_id as "conversationId"
  from conversation_nonces n
  where n.user_id = :me and n.nonce = :nonce`,
);

const claimNonce = statement<{ me: string; nonce: string; conversationId: string }, Record<string, never>>(
  "group_claim",
  `
  insert into conversation_nonces (user_id, nonce, conversation_id)
  values (:me, :nonce, :conversationId)`,
);

const blocksAmong = statement<{ userIds: readonly string[] }, { userId: string; blockedId: string }>(
  "group_blocks_among",
  `
  select b.user_id as "userId", b.blocked_id as "blockedId"
  from blocks b
  where b.user_id = any(:userIds::bigint[]) and b.blocked_id = any(:userIds::bigint[])`,
);

export interface StartedConversation {
  readonly conversationId: string;
  /** Those who could not be added; why is not told. */
  readonly notAdded: readonly string[];
}

/**
 * Starts a conversation: with one person and no title the direct one of the pair, otherwise a new group of those who can
 * be added. Throws NOT_FOUND, INVALID, FORBIDDEN, LIMIT_REACHED, and UNAVAILABLE when nobody can be added.
 */
export async function startConversation(
  context: ActionContext,
  input: {
    readonly userIds: readonly string[];
    readonly title: string | null;
    readonly nonce: string | null;
  },
): Promise<StartedConversation> {
  const { userId: me } = requireViewer(context);
  const others = [...new Set(input.userIds)].filter((id) => id !== me);
  const [only] = others;
  if (only === undefined) throw new UserError("INVALID", "Name somebody to talk to.", { path: ["userIds"] });
  if (others.length === 1 && input.title === null) {
    return { conversationId: await directConversationWith(context, only), notAdded: [] };
  }
  if (others.length >= MAX_PARTICIPANTS) {
    throw new UserError("LIMIT_REACHED", `A group has at most ${MAX_PARTICIPANTS} people.`, {
      path: ["userIds"],
    });
  }
  const title = input.title === null ? null : cleanName(input.title, { min: 1, max: 100, path: "title" });
  return startGroup(context, me, others, title, input.nonce);
}

async function startGroup(
  context: ActionContext,
  me: string,
  others: readonly string[],
  title: string | null,
  nonce: string | null,
): Promise<StartedConversation> {
  const [before] = nonce === null ? [] : await context.database.run(findByNonce, { me, nonce });
  if (before !== undefined) return { conversationId: before.conversationId, notAdded: [] };
  const reachable = await Promise.all(
    others.map(async (id) => {
      const [openness, relationship] = await Promise.all([
        opennessOf(context.loads, id),
        relationshipWith(context.loads, id),
      ]);
      return openness?.toGroupInvites === true && relationship?.isBlocked === false;
    }),
  );
  const added = others.filter((_, at) => reachable[at]);
  const notAdded = others.filter((_, at) => !reachable[at]);
  if (added.length === 0) {
    throw new UserError("UNAVAILABLE", "None of these people can be added.", { path: ["userIds"] });
  }
  const userIds = [me, ...added];
  const conversationId = await write(context, async (queries, tell) => {
    const [begun] = nonce === null ? [] : await queries.run(findByNonce, { me, nonce });
    if (begun !== undefined) return begun.conversationId;
    const id = newId();
    await lockAll(queries, userIds);
    if (nonce !== null) await queries.run(claimNonce, { me, nonce, conversationId: id });
    const blocks = await queries.run(blocksAmong, { userIds });
    await insert(
      queries,
      { id, kind: "GROUP", title },
      userIds.map((userId) => ({
        userId,
        role: userId === me ? "OWNER" : "MEMBER",
        state: "ACTIVE",
        hides: blocks.filter((block) => block.userId === userId).map(({ blockedId }) => blockedId),
        isShown: true,
      })),
    );
    tell(...userIds.map((viewerId) => ({ viewerId, kind: "CONVERSATION_CHANGED" as const, ids: [id] })));
    return id;
  });
  return { conversationId: requireFound(conversationId, "conversation"), notAdded };
}
