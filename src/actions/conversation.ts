/** Starting conversations: the one of a pair, and groups. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { ConversationKind, ParticipantRole, ParticipationState } from "../entities/conversation.ts";
import { ConflictError, UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { MAX_PARTICIPANTS } from "../limits.ts";
import { opennessOf, relationshipWith } from "../loaders/relationship.ts";
import { requireViewer } from "../viewer.ts";
import { isOfPair } from "../visibility/conversation.ts";
import { type ActionContext, write } from "./context.ts";
import { lockAll, lockBoth } from "./friendship.ts";
import { cleanTitle, whoLetsIn } from "./group.ts";
import { notify } from "./notification.ts";
import { blocksOf } from "./participant.ts";
import { requireAllowed, strangersRefused, unreachable } from "./policy.ts";

const findDirect = statement<{ viewerId: string; other: string }, { conversationId: string }>(
  "direct_find",
  `
  select d.conversation_id as "conversationId"
  from direct_conversations d
  where ${isOfPair("d", ":viewerId::bigint", ":other::bigint")}`,
);

const claimDirect = statement<{ viewerId: string; other: string; conversationId: string }, Nothing>(
  "direct_claim",
  `
  insert into direct_conversations (low_id, high_id, conversation_id)
  values (least(:viewerId::bigint, :other::bigint), greatest(:viewerId::bigint, :other::bigint), :conversationId)`,
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

const insertConversation = statement<ConversationParameters, Nothing>(
  "conversation_insert",
  `
  with conversation as (
    insert into conversations (id, kind, title, participant_count, asks_policy)
    values (
      :id, :kind::conversation_kind, :title, cardinality(:userIds::bigint[]),
      -- Until the other has said something, each message asks how far they let its sender in.
      :kind::conversation_kind = 'DIRECT'
    )
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
  insert into inbox (user_id, conversation_id, kind, state, last_activity_at)
  select
    p.user_id, p.conversation_id, :kind::conversation_kind, p.state::participation_state,
    case when p.shown = 'yes' then now() end
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

/** The id of the direct conversation with a person, where there is one. */
export async function findDirectConversation(context: ActionContext, other: string): Promise<string | null> {
  const { userId: viewerId } = requireViewer(context);
  const [found] = await context.database.run(findDirect, { viewerId, other });
  return found?.conversationId ?? null;
}

/** The refusal of anything but a text to somebody who has not let its sender in. */
export const TEXTS_ALONE = new UserError(
  "FORBIDDEN",
  "A message request takes texts alone until it is answered.",
);

/**
 * The id of the direct conversation with a person, begun if there is none, for something of a kind to be sent: as a
 * message request where they have not let the viewer in, of which there are so many an hour to people who are no
 * friends. Throws INVALID, FORBIDDEN for whom the viewer has blocked and for what a message request does not take,
 * UNAVAILABLE for whom they can't reach, TOO_MANY_REQUESTS, and NOT_ALLOWED_BY_POLICY for a viewer who is too young to
 * write to strangers.
 */
export async function directConversationWith(
  context: ActionContext,
  other: string,
  kind: "TEXT" | "SHARE" = "TEXT",
): Promise<string> {
  const { userId: viewerId } = requireViewer(context);
  if (other === viewerId) throw new UserError("INVALID", "This is you.", { path: ["userId"] });
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
  if (relationship === null || openness === null) throw unreachable("userId");
  if (relationship.state !== "FRIENDS" && !openness.allowsMessages) {
    throw await strangersRefused(context, "userId");
  }
  const existing = await findDirectConversation(context, other);
  if (existing !== null) return existing;
  if (!relationship.canMessage) throw unreachable("userId");
  if (!openness.toMessages && kind !== "TEXT") throw TEXTS_ALONE;
  if (!openness.toMessages && relationship.state !== "FRIENDS") {
    await context.rates.take("messageRequest", viewerId);
  }
  return write(context, async (queries, tell) => {
    // A block that was faster is seen here; one that is slower finds the conversation. So it is with who is hidden.
    const standing = await lockBoth(queries, viewerId, other);
    if (standing?.isBlocked !== false) throw unreachable("userId");
    // Between friends nobody asked how old they are.
    if (relationship.state === "FRIENDS" && !standing.areFriends) throw new ConflictError();
    // Whoever was beaten to the claim comes here again and finds it.
    const [claimed] = await queries.run(findDirect, { viewerId, other });
    if (claimed !== undefined) return claimed.conversationId;
    const id = newId();
    await queries.run(claimDirect, { viewerId, other, conversationId: id });
    await insert(queries, { id, kind: "DIRECT", title: null }, [
      { userId: viewerId, role: "MEMBER", state: "ACTIVE", isShown: true },
      { userId: other, role: "MEMBER", state: openness.toMessages ? "ACTIVE" : "REQUEST", isShown: false },
    ]);
    tell({ viewerId, kind: "CONVERSATION_CHANGED", ids: [id] });
    return id;
  });
}

/**
 * Where something goes that is sent to a person: into the direct conversation with them, which is begun where there is
 * none. What became of the two since one was begun is for the send to say, which knows first what it has sent before.
 * Throws what `directConversationWith` throws.
 */
export async function conversationWith(
  context: ActionContext,
  other: string,
  kind: "TEXT" | "SHARE" = "TEXT",
): Promise<string> {
  return (await findDirectConversation(context, other)) ?? directConversationWith(context, other, kind);
}

const findByNonce = statement<{ viewerId: string; nonce: string }, { conversationId: string }>(
  "group_find",
  `
  select n.conversation_id as "conversationId"
  from conversation_nonces n
  where n.user_id = :viewerId and n.nonce = :nonce`,
);

const claimNonce = statement<{ viewerId: string; nonce: string; conversationId: string }, Nothing>(
  "group_claim",
  `
  insert into conversation_nonces (user_id, nonce, conversation_id)
  values (:viewerId, :nonce, :conversationId)`,
);

export interface StartedConversation {
  readonly conversationId: string;
  /** Those who could not be added; why is not told. */
  readonly notAdded: readonly string[];
}

/**
 * Starts a conversation: with one person and no title the direct one of the pair, otherwise a new group of those who can
 * be added. Throws NOT_FOUND, INVALID, FORBIDDEN, LIMIT_REACHED, TOO_MANY_REQUESTS, and when nobody can be added
 * UNAVAILABLE, or NOT_ALLOWED_BY_POLICY where the viewer is too young to add strangers.
 */
export async function startConversation(
  context: ActionContext,
  input: {
    readonly userIds: readonly string[];
    readonly title: string | null;
    readonly nonce: string | null;
  },
): Promise<StartedConversation> {
  const { userId: viewerId } = requireViewer(context);
  const others = [...new Set(input.userIds)].filter((id) => id !== viewerId);
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
  const title = input.title === null ? null : cleanTitle(input.title);
  return startGroup(context, viewerId, others, title, input.nonce);
}

async function startGroup(
  context: ActionContext,
  viewerId: string,
  others: readonly string[],
  title: string | null,
  nonce: string | null,
): Promise<StartedConversation> {
  const [before] = nonce === null ? [] : await context.database.run(findByNonce, { viewerId, nonce });
  if (before !== undefined) return { conversationId: before.conversationId, notAdded: [] };
  await context.rates.take("startGroup", viewerId);
  const { open: added, someAreStrangers } = await whoLetsIn(context, others);
  if (added.length === 0 && someAreStrangers) await requireAllowed(context, "GROUPS", "userIds");
  return write(context, async (queries, tell) => {
    const [begun] = nonce === null ? [] : await queries.run(findByNonce, { viewerId, nonce });
    if (begun !== undefined) return { conversationId: begun.conversationId, notAdded: [] };
    const id = newId();
    const locked = added.length === 0 ? [] : await lockAll(queries, [viewerId, ...added]);
    const userIds = [viewerId, ...added].filter((userId) => locked.some((person) => person.id === userId));
    if (userIds[0] !== viewerId || userIds.length < 2) {
      throw new UserError("UNAVAILABLE", "None of these people can be added.", { path: ["userIds"] });
    }
    if (nonce !== null) await queries.run(claimNonce, { viewerId, nonce, conversationId: id });
    const blocks = await queries.run(blocksOf, { userIds, others: userIds });
    await insert(
      queries,
      { id, kind: "GROUP", title },
      userIds.map((userId) => ({
        userId,
        role: userId === viewerId ? "OWNER" : "MEMBER",
        state: "ACTIVE",
        hides: blocks.filter((block) => block.userId === userId).map(({ blockedId }) => blockedId),
        isShown: true,
      })),
    );
    tell(
      ...userIds.map((userId) => ({ viewerId: userId, kind: "CONVERSATION_CHANGED" as const, ids: [id] })),
    );
    await notify(
      queries,
      tell,
      ...userIds.map((userId) => ({
        userId,
        kind: "GROUP_INVITE" as const,
        subject: [id],
        actorId: viewerId,
      })),
    );
    return { conversationId: id, notAdded: others.filter((userId) => !userIds.includes(userId)) };
  });
}
