/** Taking a message back: what it said is erased, and a tombstone stays in its place. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { requireFound, UserError } from "../errors.ts";
import { requireViewer } from "../viewer.ts";
import { isOwnMessage, messageHidden, messageUnread, messageVisible } from "../visibility/message.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { forgetMentions } from "./message-mention.ts";
import { lockConversation, type Place, tellOfMessage } from "./seen-message.ts";

/** SQL: what a message has, for a `set`, when nothing is left of what it said. */
export const EMPTIED = `
  kind = 'TEXT', body = null, shared_video_id = null, reply_to = null, topic_video_id = null, video_at_ms = null,
  moment_author_id = null, moment_id = null, mentions = null, edited_at = null, notice = null, notice_user_ids = null`;

// A statement of its own, before anything is looked at: whoever reacts to the message at this moment finishes first.
const lock = statement<Place, Nothing>(
  "unsend_lock",
  `
  with conversation as materialized (
    select c.id
    from conversations c
    where c.id = :conversationId
    for no key update
  )
  select
  from conversation c
  join messages m on m.conversation_id = c.id and m.position = :position
  for no key update of m`,
);

const lockOwn = statement<Place & { viewerId: string }, { isOwn: boolean }>(
  "unsend_lock_own",
  `
  select ${isOwnMessage("m", "p")} as "isOwn"
  from participants p
  join messages m on m.conversation_id = p.conversation_id and m.position = :position
  where p.conversation_id = :conversationId and p.user_id = :viewerId
    and (${messageVisible("m.position", "p")} or ${isOwnMessage("m", "p")})
  for no key update of m`,
);

// Whoever reads on at the same moment has the lock of their inbox: this waits for them, and then looks at how far they
// have read.
const erase = statement<
  { conversationId: string; position: number },
  {
    /** Null where there is nobody who can read it. */
    witness: string | null;
    wasMentioned: boolean;
    wasPinned: boolean;
    heir: number | null;
    heirSenderId: string | null;
  }
>(
  "unsend_erase",
  `
  with former as materialized (
    select m.conversation_id, m.position, m.sender_id, m.kind, m.shared_video_id, m.topic_video_id, m.mentions,
      m.unsent_at
    from messages m
    where m.conversation_id = :conversationId and m.position = :position and m.unsent_at is null
    for no key update
  ),
  -- Whoever shared the video before, unseen by the one who takes theirs back, has its share again.
  heir as materialized (
    select m.conversation_id, m.position, m.sender_id, m.body, m.created_at, m.shared_video_id
    from former f
    join shares s on s.conversation_id = f.conversation_id and s.video_id = f.shared_video_id
      and s.position = f.position
    join messages m on m.conversation_id = f.conversation_id and m.shared_video_id = f.shared_video_id
      and m.position <> f.position and m.unsent_at is null
    order by m.position desc
    limit 1
  ),
  erased as (
    update messages m
    set unsent_at = now(), ${EMPTIED}
    from former f
    where m.conversation_id = f.conversation_id and m.position = f.position
  ),
  unshared as (
    delete from shares s
    using former f
    where s.conversation_id = f.conversation_id and s.video_id = f.shared_video_id and s.position = f.position
      and not exists (select from heir)
  ),
  passed_on as (
    update shares s
    set
      position = h.position, shared_by = h.sender_id, note = h.body, created_at = h.created_at,
      last_activity_at = greatest(h.created_at, (
        select r.created_at
        from messages r
        where r.conversation_id = h.conversation_id and r.topic_video_id = h.shared_video_id
        order by r.position desc
        limit 1
      ))
    from heir h
    where s.conversation_id = h.conversation_id and s.video_id = h.shared_video_id
  ),
  unnoted as (
    update messages m
    set body = null
    from heir h
    where m.conversation_id = h.conversation_id and m.position = h.position
  ),
  -- A send that waits to share the video, or to say something about it, starts over and sees what has become of the share.
  told as (
    update conversations c
    set membership = c.membership + 1
    from former f
    where c.id = f.conversation_id and f.shared_video_id is not null
  ),
  unsaid as (
    update shares s
    set
      reply_count = s.reply_count - 1,
      last_activity_at = greatest(s.created_at, (
        select r.created_at
        from messages r
        where r.conversation_id = s.conversation_id and r.topic_video_id = s.video_id and r.position <> f.position
        order by r.position desc
        limit 1
      ))
    from former f
    where s.conversation_id = f.conversation_id and s.video_id = f.topic_video_id
  ),
  unliked as (
    delete from reactions r
    using former f
    where r.conversation_id = f.conversation_id and r.position = f.position
  ),
  unpinned as (
    delete from pins x
    using former f
    where x.conversation_id = f.conversation_id and x.position = f.position
    returning x.position
  ),
  uncounted as (
    update inbox i
    set unread = i.unread - 1
    from former f
    join participants p on p.conversation_id = f.conversation_id and ${messageUnread("f", "p")}
    where i.user_id = p.user_id and i.conversation_id = f.conversation_id and i.read_up_to < f.position
  )
  select
    p.user_id as witness, coalesce(p.user_id = any(f.mentions), false) as "wasMentioned",
    exists (select from unpinned) as "wasPinned", h.position as heir, h.sender_id as "heirSenderId"
  from former f
  left join heir h on true
  left join participants p on p.conversation_id = f.conversation_id and ${messageVisible("f.position", "p")}
    and not ${messageHidden("f.sender_id", "f.position", "p")} and not p.has_declined`,
);

/**
 * Takes a message back for everybody, whoever asks for it: its words, its share and its note are erased; previews, unread
 * counts, the counts of replies and what those were told whom it mentions follow. Where there is no such message, or
 * nothing is left of it, it changes nothing.
 */
export async function takeBack(
  queries: Queries,
  tell: Tell,
  conversationId: string,
  position: number,
): Promise<void> {
  await queries.run(lock, { conversationId, position });
  await eraseLocked(queries, tell, { conversationId, position });
}

async function eraseLocked(queries: Queries, tell: Tell, place: Place): Promise<void> {
  const { conversationId, position } = place;
  const witnesses = await queries.run(erase, { conversationId, position });
  const ids = [conversationId, position];
  for (const { witness, wasPinned } of witnesses) {
    if (witness === null) continue;
    tell({ viewerId: witness, kind: "MESSAGE_CHANGED", ids });
    if (wasPinned) tell({ viewerId: witness, kind: "CONVERSATION_CHANGED", ids: [conversationId] });
  }
  const mentioned = witnesses.flatMap(({ witness, wasMentioned }) =>
    witness !== null && wasMentioned ? [witness] : [],
  );
  await forgetMentions(queries, tell, { conversationId, position }, mentioned);
  const { heir = null, heirSenderId = null } = witnesses[0] ?? {};
  if (heir === null) return;
  await tellOfMessage(queries, tell, { conversationId, position: heir }, { senderId: heirSenderId });
}

/**
 * Takes a message of the viewer's own back, whenever it was sent, and whether or not they still see it; again changes
 * nothing. Throws NOT_FOUND, FORBIDDEN and TOO_MANY_REQUESTS.
 */
export async function unsendMessage(context: ActionContext, place: Place): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("unsendMessage", userId);
  await write(context, async (queries, tell) => {
    await lockConversation(queries, place.conversationId);
    const [found] = await queries.run(lockOwn, { ...place, viewerId: userId });
    if (!requireFound(found, "message", "messageId").isOwn) {
      throw new UserError("FORBIDDEN", "Only its sender can take a message back.", { path: ["messageId"] });
    }
    await eraseLocked(queries, tell, place);
  });
}
