/** What is erased of a person in conversations: what they said, or that they said it; and then they leave. */
import type { Queries } from "../../db/database.ts";
import { type Nothing, statement } from "../../db/sql.ts";
import type { MessageErasure } from "../../entities/account.ts";
import { conversationVisible, hasMet } from "../../visibility/conversation.ts";
import { messageUnread } from "../../visibility/message.ts";
import type { Tell } from "../context.ts";
import { DEPART, type Departing, type Witness } from "../leaving.ts";
import { EMPTIED } from "../message-unsend.ts";

const MESSAGES_A_STEP = 500;
// Where a step changes more, it says of the conversation alone that it is to be read again: a log holds 10,000 events.
const MESSAGES_TOLD_A_STEP = 20;

// Somebody who sends to it at this moment has to finish first, or waits.
const lockNext = statement<{ userId: string }, { conversationId: string }>(
  "job_erase_lock_conversation",
  `
  select c.id as "conversationId"
  from conversations c
  where c.id = (
    select i.conversation_id
    from inbox i
    where i.user_id = :userId
    order by i.conversation_id
    limit 1
  )
  for no key update`,
);

// Whoever reads on at this moment finishes first: a count that is taken together with the messages would be lost on them.
const lockInboxes = statement<{ conversationId: string }, Nothing>(
  "job_erase_lock_inboxes",
  `
  select
  from participants p
  join inbox i on i.user_id = p.user_id and i.conversation_id = p.conversation_id
  where p.conversation_id = :conversationId
  order by i.user_id
  for no key update of i`,
);

type MessagesParameters = { userId: string; conversationId: string; limit: number };
/** A message that is no longer as it was: one of the person's, or of another's whose share has gone back to them. */
type Changed = { position: number; isTheirs: boolean };

// Before anything is looked at: whoever reacts to one of them at this moment finishes first.
const lockMessages = statement<MessagesParameters, Nothing>(
  "job_erase_lock_messages",
  `
  select
  from messages m
  where m.conversation_id = :conversationId and m.sender_id = :userId
  order by m.position
  limit :limit
  for no key update`,
);

const SAID = `
  said as materialized (
    select
      m.conversation_id, m.position, m.sender_id, m.kind, m.shared_video_id, m.topic_video_id, m.unsent_at
    from messages m
    where m.conversation_id = :conversationId and m.sender_id = :userId
    order by m.position
    limit :limit
  )`;

/** Moves the unread counts of those for whom `counts` is true of rows of `messages`, called s, with their participant p. */
const recounted = (by: "+" | "-", messages: string, counts: string) => `
  recounted as (
    update inbox i
    set unread = i.unread ${by} c.messages
    from (
      select p.user_id, count(*)::integer as messages
      from participants p
      join inbox o on o.user_id = p.user_id and o.conversation_id = p.conversation_id
      join ${messages} s on s.position > o.read_up_to and ${counts}
      where p.conversation_id = :conversationId
      group by p.user_id
    ) c
    where i.user_id = c.user_id and i.conversation_id = :conversationId
  )`;

// Nobody's words are hidden from nobody: for those who had blocked the person, they count again.
const loseSender = statement<MessagesParameters, Changed>(
  "job_erase_senders",
  `
  with ${SAID},
  nameless as (
    select s.position, s.kind, s.unsent_at, null::bigint as sender_id, s.sender_id as former_id from said s
  ),
  ${recounted("+", "nameless", `s.former_id = any(p.hides) and ${messageUnread("s", "p")}`)},
  unshared as (
    update shares x
    set shared_by = null
    from said s
    where x.conversation_id = s.conversation_id and x.video_id = s.shared_video_id and x.position = s.position
  ),
  -- A send that waits to share such a video starts over, and sees whose share it is now.
  told as (
    update conversations c
    set membership = c.membership + 1
    where c.id = :conversationId and exists (select from said s where s.shared_video_id is not null)
  )
  update messages m
  set sender_id = null, nonce = null, draft = null
  from said s
  where m.conversation_id = s.conversation_id and m.position = s.position
  returning m.position, true as "isTheirs"`,
);

/** SQL: when something was last said about the row `x` of shares by what stays, or it was shared. */
const lastActivity = (sharedAt: string) => `greatest(${sharedAt}, (
      select l.created_at
      from messages l
      where l.conversation_id = x.conversation_id and l.topic_video_id = x.video_id
        and not exists (select from said s where s.position = l.position)
      order by l.position desc
      limit 1
    ))`;

// As when each is taken back. A share that goes is no longer counted in, and one that goes back to somebody else is
// counted in at once: no row is written twice.
const loseContent = statement<MessagesParameters, Changed>(
  "job_erase_messages",
  `
  with ${SAID},
  ${recounted("-", "said", messageUnread("s", "p"))},
  unliked as (
    delete from reactions r
    using said s
    where r.conversation_id = s.conversation_id and r.position = s.position
  ),
  unpinned as (
    delete from pins x
    using said s
    where x.conversation_id = s.conversation_id and x.position = s.position
  ),
  heirs as materialized (
    select distinct on (x.video_id) x.video_id, m.position, m.sender_id, m.body, m.created_at
    from said s
    join shares x on x.conversation_id = s.conversation_id and x.video_id = s.shared_video_id
      and x.position = s.position
    join messages m on m.conversation_id = x.conversation_id and m.shared_video_id = x.video_id
      and m.sender_id is distinct from :userId and m.unsent_at is null
    order by x.video_id, m.position desc
  ),
  unshared as (
    delete from shares x
    using said s
    where x.conversation_id = s.conversation_id and x.video_id = s.shared_video_id and x.position = s.position
      and not exists (select from heirs h where h.video_id = x.video_id)
  ),
  passed_on as (
    update shares x
    set position = h.position, shared_by = h.sender_id, note = h.body, created_at = h.created_at,
      reply_count = x.reply_count - (select count(*) from said s where s.topic_video_id = h.video_id),
      last_activity_at = ${lastActivity("h.created_at")}
    from heirs h
    where x.conversation_id = :conversationId and x.video_id = h.video_id
  ),
  unnoted as (
    update messages m
    set body = null
    from heirs h
    where m.conversation_id = :conversationId and m.position = h.position
  ),
  told as (
    update conversations c
    set membership = c.membership + 1
    where c.id = :conversationId and exists (select from said s where s.shared_video_id is not null)
  ),
  unsaid as (
    update shares x
    set reply_count = x.reply_count - r.replies, last_activity_at = ${lastActivity("x.created_at")}
    from (
      select s.topic_video_id, count(*)::integer as replies
      from said s
      where s.topic_video_id is not null
      group by s.topic_video_id
    ) r
    where x.conversation_id = :conversationId and x.video_id = r.topic_video_id
      and not exists (select from said s where s.shared_video_id = x.video_id and s.position = x.position)
  ),
  emptied as (
    update messages m
    set sender_id = null, nonce = null, draft = null, unsent_at = coalesce(m.unsent_at, now()), ${EMPTIED}
    from said s
    where m.conversation_id = s.conversation_id and m.position = s.position
    returning m.position
  )
  select e.position, true as "isTheirs"
  from emptied e
  union all
  select h.position, false
  from heirs h`,
);

const leave = statement<Departing, Witness>("job_erase_leave", DEPART);

const forget = statement<{ userId: string; conversationId: string }, Nothing>(
  "job_erase_inbox",
  `
  with alone as (
    update participants p
    set hides = '{}', hidden_positions = '{}'
    where p.conversation_id = :conversationId and p.user_id = :userId
  ),
  unreacted as (
    delete from reactions r
    where r.conversation_id = :conversationId and r.user_id = :userId
  )
  delete from inbox i
  where i.user_id = :userId and i.conversation_id = :conversationId`,
);

// Whoever blocked the person is among them: a placeholder loses its sender, too, and nobody's words can be read again.
// To be asked before the person leaves.
const readOthers = statement<
  { userId: string; conversationId: string },
  { viewerId: string; historyFrom: number; hasCompany: boolean }
>(
  "job_erase_others",
  `
  select p.user_id as "viewerId", p.history_from as "historyFrom", ${conversationVisible("a")} as "hasCompany"
  from participants a
  join participants p on p.conversation_id = a.conversation_id and p.user_id <> a.user_id and ${hasMet("p")}
  where a.conversation_id = :conversationId and a.user_id = :userId`,
);

/**
 * Erases some of what the person has said in one of their conversations, and lets them leave it when that is all; tells
 * everybody else there what has changed for them. To be called with the person's row locked; returns false when no
 * conversation is left.
 */
export async function eraseConversation(
  queries: Queries,
  tell: Tell,
  userId: string,
  messages: MessageErasure,
): Promise<boolean> {
  const [next] = await queries.run(lockNext, { userId });
  if (next === undefined) return false;
  const { conversationId } = next;
  const limit = MESSAGES_A_STEP;
  await queries.run(lockMessages, { userId, conversationId, limit });
  await queries.run(lockInboxes, { conversationId });
  const erase = messages === "ERASE" ? loseContent : loseSender;
  const changed = await queries.run(erase, { userId, conversationId, limit });
  const isAll = changed.filter(({ isTheirs }) => isTheirs).length < limit;
  const positions = changed.map(({ position }) => position).toSorted((a, b) => a - b);
  const others = await queries.run(readOthers, { userId, conversationId });
  for (const { viewerId, historyFrom, hasCompany } of others) {
    const seen = positions.filter((position) => position > historyFrom);
    for (const position of seen.length > MESSAGES_TOLD_A_STEP ? [] : seen) {
      tell({ viewerId, kind: "MESSAGE_CHANGED", ids: [conversationId, position] });
    }
    if (seen.length > 0 || (isAll && hasCompany)) {
      tell({ viewerId, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
    }
  }
  if (!isAll) return true;
  await queries.run(leave, { userId, conversationId, state: "LEFT" });
  await queries.run(forget, { userId, conversationId });
  return true;
}
