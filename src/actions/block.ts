/** Blocking: it ends what joins two people and hides each from the other's sight, in one transaction. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { messageHidden, messageVisible } from "../visibility/message.ts";
import { type ActionContext, write } from "./context.ts";
import { lockPair, part, requireOther } from "./friendship.ts";

const insertBlock = statement<{ me: string; other: string }, { blockedId: string }>(
  "block_insert",
  `
  insert into blocks (user_id, blocked_id)
  values (:me, :other)
  on conflict do nothing
  returning blocked_id as "blockedId"`,
);

const deleteBlock = statement<{ me: string; other: string }, { blockedId: string }>(
  "block_delete",
  `
  delete from blocks
  where user_id = :me and blocked_id = :other
  returning blocked_id as "blockedId"`,
);

// Under the conversations' locks, taken in the order of their ids: a send that waits for one starts over when it sees
// that the membership has moved.
const lockCommonConversations = statement<{ me: string; other: string }, { id: string }>(
  "block_lock_conversations",
  `
  with locked as materialized (
    select c.id
    from conversations c
    where c.id in (
      select i.conversation_id
      from inbox i
      join participants p on p.conversation_id = i.conversation_id and p.user_id = :other
      where i.user_id = :me
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
  { me: string; other: string; hidden: boolean; conversations: readonly string[] },
  Record<string, never>
>(
  "block_set_hidden",
  `
  update participants
  set hides = array_remove(hides, :other) || case when :hidden then array[:other::bigint] else '{}' end
  where conversation_id = any(:conversations::bigint[]) and user_id = :me`,
);

const recountUnread = statement<{ me: string; conversations: readonly string[] }, Record<string, never>>(
  "block_recount_unread",
  `
  update inbox i
  set unread = (
    select count(*)
    from messages m
    where m.conversation_id = i.conversation_id and m.position > i.read_up_to
      and ${messageVisible("m.position", "p")} and m.sender_id is distinct from i.user_id
      and not ${messageHidden("m.sender_id", "p")}
  )
  from participants p
  where i.user_id = :me and i.conversation_id = any(:conversations::bigint[])
    and p.user_id = i.user_id and p.conversation_id = i.conversation_id and ${conversationVisible("i")}`,
);

async function hideInConversations(
  queries: Queries,
  me: string,
  other: string,
  hidden: boolean,
): Promise<string[]> {
  const conversations = (await queries.run(lockCommonConversations, { me, other })).map(({ id }) => id);
  if (conversations.length > 0) {
    await queries.run(setHidden, { me, other, hidden, conversations });
    await queries.run(recountUnread, { me, conversations });
  }
  return conversations;
}

/** Blocks a person, who is not told; blocking again changes nothing. Throws NOT_FOUND. */
export async function blockUser(context: ActionContext, other: string): Promise<void> {
  const me = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    await lockPair(queries, me, other);
    if ((await queries.run(insertBlock, { me, other })).length === 0) return;
    await part(queries, me, other);
    const conversations = await hideInConversations(queries, me, other, true);
    tell(
      { viewerId: me, kind: "RELATIONSHIP_CHANGED", ids: [other] },
      ...conversations.map((id) => ({ viewerId: me, kind: "CONVERSATION_CHANGED" as const, ids: [id] })),
      { viewerId: other, kind: "ACCESS_REVOKED", ids: [me] },
    );
  });
}

/** Unblocks a person; it brings back nothing that blocking ended. Throws NOT_FOUND. */
export async function unblockUser(context: ActionContext, other: string): Promise<void> {
  const me = await requireOther(context, other);
  await write(context, async (queries, tell) => {
    await lockPair(queries, me, other);
    if ((await queries.run(deleteBlock, { me, other })).length === 0) return;
    const conversations = await hideInConversations(queries, me, other, false);
    tell(
      { viewerId: me, kind: "RELATIONSHIP_CHANGED", ids: [other] },
      ...conversations.map((id) => ({ viewerId: me, kind: "CONVERSATION_CHANGED" as const, ids: [id] })),
    );
  });
}
