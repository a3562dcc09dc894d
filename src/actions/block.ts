/** Blocking: it ends what joins two people and hides each from the other's sight, in one transaction. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { requireFound } from "../errors.ts";
import { packNodes } from "../ids.ts";
import { viewerBlocks } from "../loaders/block.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible, hasMet } from "../visibility/conversation.ts";
import { messageUnread } from "../visibility/message.ts";
import { type ActionContext, write } from "./context.ts";
import { lockPair, part, requireOther } from "./friendship.ts";
import { barInvites } from "./invite.ts";
import { withdrawAllBetween } from "./notification.ts";
import { friendAudiences, revokeVideosAndMoments } from "./revocation.ts";

const insertBlock = statement<{ viewerId: string; other: string }, { blockedId: string }>(
  "block_insert",
  `
  insert into blocks (user_id, blocked_id)
  values (:viewerId, :other)
  on conflict do nothing
  returning blocked_id as "blockedId"`,
);

const deleteBlock = statement<{ viewerId: string; other: string }, { blockedId: string }>(
  "block_delete",
  `
  delete from blocks
  where user_id = :viewerId and blocked_id = :other
  returning blocked_id as "blockedId"`,
);

// Under the conversations' locks, taken in the order of their ids: a send that waits for one starts over when it sees
// that the membership has moved.
const lockCommonConversations = statement<{ viewerId: string; other: string }, { id: string }>(
  "block_lock_conversations",
  `
  with locked as materialized (
    select c.id
    from conversations c
    where c.id in (
      select i.conversation_id
      from inbox i
      join participants p on p.conversation_id = i.conversation_id and p.user_id = :other
      where i.user_id = :viewerId
    )
    order by c.id
    for no key update of c
  )
  update conversations c
  set membership = c.membership + 1
  from locked l
  where c.id = l.id
  returning c.id`,
);

const setHidden = statement<
  { viewerId: string; other: string; hidden: boolean; conversations: readonly string[] },
  Nothing
>(
  "block_set_hidden",
  `
  update participants
  set hides = array_remove(hides, :other) || case when :hidden then array[:other::bigint] else '{}' end
  where conversation_id = any(:conversations::bigint[]) and user_id = :viewerId`,
);

const recountUnread = statement<{ viewerId: string; conversations: readonly string[] }, Nothing>(
  "block_recount_unread",
  `
  update inbox i
  set unread = (
    select count(*)
    from messages m
    where m.conversation_id = i.conversation_id and m.position > i.read_up_to and ${messageUnread("m", "p")}
  )
  from participants p
  where i.user_id = :viewerId and i.conversation_id = any(:conversations::bigint[])
    and p.user_id = i.user_id and p.conversation_id = i.conversation_id and ${conversationVisible("i")}`,
);

async function hideInConversations(
  queries: Queries,
  viewerId: string,
  other: string,
  hidden: boolean,
): Promise<string[]> {
  const conversations = (await queries.run(lockCommonConversations, { viewerId, other })).map(({ id }) => id);
  if (conversations.length > 0) {
    await queries.run(setHidden, { viewerId, other, hidden, conversations });
    await queries.run(recountUnread, { viewerId, conversations });
  }
  return conversations;
}

const readMeeting = statement<
  { viewerId: string; other: string; conversations: readonly string[] },
  { doMeet: boolean }
>(
  "block_meeting",
  `
  select exists (
    select
    from participants mine
    join participants theirs on theirs.conversation_id = mine.conversation_id and theirs.user_id = :other
    where mine.conversation_id = any(:conversations::bigint[]) and mine.user_id = :viewerId
      and ${conversationVisible("mine")} and ${hasMet("theirs")}
  ) as "doMeet"`,
);

/** Blocks a person, who is not told; blocking again changes nothing. Throws NOT_FOUND, and INVALID for oneself. */
export async function blockUser(context: ActionContext, other: string): Promise<void> {
  const viewerId = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    const pair = await lockPair(queries, viewerId, other);
    // Were both to block at the same moment, neither would see the other any more.
    requireFound(pair.hidesFromViewer ? null : pair, "person", "userId");
    if ((await queries.run(insertBlock, { viewerId, other })).length === 0) return;
    const former = await part(queries, viewerId, other);
    await barInvites(queries, viewerId, other);
    const conversations = await hideInConversations(queries, viewerId, other, true);
    tell(
      { viewerId, kind: "RELATIONSHIP_CHANGED", ids: [other] },
      ...conversations.map((id) => ({ viewerId, kind: "CONVERSATION_CHANGED" as const, ids: [id] })),
    );
    // The same people are told when somebody disappears: to them it may be either, and a stranger is told of neither.
    const [meeting] = await queries.run(readMeeting, { viewerId, other, conversations });
    const isKnown = pair.areFriends || pair.askedBack || (pair.asked && !pair.declined);
    if (isKnown || meeting?.doMeet === true) {
      tell({ viewerId: other, kind: "ACCESS_REVOKED", ids: packNodes({ kind: "user", key: [viewerId] }) });
    }
    // Whoever blocks still sees the person, and no video and no moment of theirs.
    const theirs = former.filter(({ userId }) => userId === other);
    await revokeVideosAndMoments(queries, tell, {
      viewerId,
      authorId: other,
      audiences: ["PUBLIC", ...theirs.flatMap(friendAudiences)],
      granted: theirs.flatMap(({ granted }) => granted),
    });
    await withdrawAllBetween(queries, tell, viewerId, other);
  });
}

/**
 * Unblocks a person, also one who has blocked the viewer; it brings back nothing that blocking ended. Throws NOT_FOUND,
 * INVALID for oneself, and TOO_MANY_REQUESTS.
 */
export async function unblockUser(context: ActionContext, other: string): Promise<void> {
  const viewerId = requireViewer(context).userId;
  // The viewer's own block is theirs to take back, of whomever they see.
  if (!(await viewerBlocks(context.loads, other))) await requireOther(context, other);
  await context.rates.take("unblock", viewerId);
  await write(context, async (queries, tell) => {
    await lockPair(queries, viewerId, other);
    if ((await queries.run(deleteBlock, { viewerId, other })).length === 0) return;
    const conversations = await hideInConversations(queries, viewerId, other, false);
    tell(
      { viewerId, kind: "RELATIONSHIP_CHANGED", ids: [other] },
      ...conversations.map((id) => ({ viewerId, kind: "CONVERSATION_CHANGED" as const, ids: [id] })),
    );
  });
}
