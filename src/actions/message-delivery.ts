/** The one statement that sends a message. */
import { type AppendedRow, appendedNews, appendNews } from "../db/events.ts";
import { statement } from "../db/sql.ts";
import type { MessageKind } from "../entities/message.ts";
import { conversationVisible, isMuted } from "../visibility/conversation.ts";
import { senderHidden } from "../visibility/message.ts";
import { shareVisible } from "../visibility/share.ts";

/** What became of a message: SENT, or why not. AGAIN and ASK_POLICY are for whoever sends, to act on and send again. */
export type Outcome =
  | "SENT"
  | "DUPLICATE"
  | "AGAIN"
  | "ASK_POLICY"
  | "NOT_FOUND"
  | "UNAVAILABLE"
  | "BLOCKED"
  | "UNANSWERED"
  | "TEXTS_ALONE"
  | "ALREADY_SHARED"
  | "NO_SUCH_MOMENT"
  | "NOT_WITH_AUTHOR"
  | "NO_SUCH_MESSAGE"
  | "NO_SUCH_SHARE"
  | "NO_SUCH_PEOPLE";

export type DeliverParameters = {
  conversationId: string;
  senderId: string;
  kind: MessageKind;
  body: string | null;
  sharedVideoId: string | null;
  note: string | null;
  replyTo: number | null;
  topicVideoId: string | null;
  videoAtMs: number | null;
  /** The moment that it answers. */
  momentAuthorId: string | null;
  momentId: string | null;
  /** The sender does not see that moment: what they have sent before is found, and nothing is sent. */
  momentIsGone: boolean;
  mentions: readonly string[] | null;
  nonce: string;
  /** By which the same message is known when it comes again. */
  draft: string;
  mostUnanswered: number;
  /** The membership at which it was asked whether the sender may write to the other of two; null as long as it was not. */
  askedAt: number | null;
  /** Whether this message ends the asking. */
  isSettled: boolean;
};

export interface Delivered extends AppendedRow {
  readonly outcome: Outcome;
  readonly position: number;
  readonly createdAt: string;
  readonly isSame: boolean | null;
}

/**
 * A send is one statement: lock, membership, duplicate, position, message, inboxes, unread counts, the viewers' logs.
 *
 * A statement sees the database as it was when it began, save the rows it locks, which it sees as they are. So a send
 * that has waited for the conversation's lock may hold old rows of everything else. Two things guard it: `membership`
 * of the locked row against that of the old one, AGAIN where they differ; and the unique key of the nonce, whose
 * violation undoes the statement, so that the next attempt finds the duplicate.
 */
export const deliver = statement<DeliverParameters, Delivered>(
  "message_deliver",
  `
  with seen as materialized (
    select c.membership from conversations c where c.id = :conversationId
  ),
  locked as materialized (
    select c.id, c.kind, c.last_position, c.membership, c.asks_policy
    from conversations c
    where c.id = :conversationId
    for no key update
  ),
  sender as materialized (
    select p.state, p.history_from, p.hides, p.hidden_positions
    from locked l
    join participants p on p.conversation_id = l.id and p.user_id = :senderId and ${conversationVisible("p")}
      and not p.is_gone
  ),
  others as materialized (
    select p.user_id, p.state, p.hides, p.is_gone, p.has_declined
    from locked l
    join participants p on p.conversation_id = l.id and p.user_id <> :senderId and ${conversationVisible("p")}
  ),
  earlier as materialized (
    select m.position, m.created_at, coalesce(m.draft = :draft::bigint, true) as is_same
    from locked l
    join messages m on m.conversation_id = l.id and m.sender_id = :senderId and m.nonce = :nonce
  ),
  verdict as materialized (
    select
      l.id,
      l.last_position + 1 as position,
      (select count(*) from sender d where d.state = 'REQUEST')::integer as answers,
      (
        select count(*) from shares x where x.conversation_id = l.id and x.video_id = :sharedVideoId
      )::integer as takes_over,
      case
        when l.membership <> s.membership then 'AGAIN'
        when not exists (select from sender) then 'NOT_FOUND'
        when exists (select from earlier) then 'DUPLICATE'
        when :momentIsGone::boolean then 'NO_SUCH_MOMENT'
        when :momentAuthorId::bigint is not null
          and not (l.kind = 'DIRECT' and exists (select from others o where o.user_id = :momentAuthorId))
          then 'NOT_WITH_AUTHOR'
        when l.kind = 'DIRECT'
          and not exists (select from others o where not o.is_gone and not ${senderHidden(":senderId", "o")})
          then 'UNAVAILABLE'
        when l.kind = 'DIRECT' and exists (select from sender d join others o on o.user_id = any(d.hides))
          then 'BLOCKED'
        when l.kind = 'DIRECT' and l.asks_policy and l.membership is distinct from :askedAt::integer then 'ASK_POLICY'
        when l.kind = 'DIRECT' and l.last_position >= :mostUnanswered::integer
          and exists (select from others o where o.state = 'REQUEST')
          then 'UNANSWERED'
        when l.kind = 'DIRECT' and :sharedVideoId::bigint is not null
          and exists (select from others o where o.state = 'REQUEST')
          then 'TEXTS_ALONE'
        when :sharedVideoId::bigint is not null and exists (
          select
          from sender d
          join shares x on x.conversation_id = l.id and x.video_id = :sharedVideoId and ${shareVisible("x", "d")}
        ) then 'ALREADY_SHARED'
        when :replyTo::integer is not null and not exists (
          select from sender d where :replyTo between d.history_from + 1 and l.last_position
        ) then 'NO_SUCH_MESSAGE'
        when :topicVideoId::bigint is not null and not exists (
          select
          from sender d
          join shares x on x.conversation_id = l.id and x.video_id = :topicVideoId and ${shareVisible("x", "d")}
        ) then 'NO_SUCH_SHARE'
        -- Whoever the sender does not see there, or is not seen by, does not take part for them.
        when exists (
          select
          from unnest(:mentions::bigint[]) as n (id)
          where n.id <> :senderId and not exists (
            select
            from others o
            cross join sender d
            where o.user_id = n.id and not o.is_gone and not ${senderHidden(":senderId", "o")}
              and not ${senderHidden("n.id", "d")}
          )
        ) then 'NO_SUCH_PEOPLE'
        else 'SENT'
      end as outcome
    from locked l
    cross join seen s
  ),
  go as materialized (
    select v.id, v.position, v.answers, v.takes_over from verdict v where v.outcome = 'SENT'
  ),
  moved as (
    update conversations c
    set last_position = g.position, last_activity_at = now(),
      -- An answer is a change of who takes part: whoever waits to say more finds their message request answered. And
      -- whoever waits to share the video, or to say something about it, finds whose its share is now.
      membership = c.membership + g.answers + g.takes_over, asks_policy = c.asks_policy and not :isSettled::boolean
    from go g
    where c.id = g.id
  ),
  answered as (
    update participants p
    set state = 'ACTIVE', has_declined = false
    from go g
    where p.conversation_id = g.id and p.user_id = :senderId and p.state = 'REQUEST'
  ),
  written as (
    insert into messages (
      conversation_id, position, sender_id, kind, body, shared_video_id, reply_to, topic_video_id, video_at_ms,
      moment_author_id, moment_id, mentions, nonce, draft
    )
    select
      g.id, g.position, :senderId, :kind::message_kind, :body, :sharedVideoId, :replyTo, :topicVideoId, :videoAtMs,
      :momentAuthorId, :momentId, :mentions, :nonce, :draft
    from go g
  ),
  -- A share that the sender can't see is theirs from now on; what was noted then stays with the message that brought it.
  noted as (
    update messages m
    set body = x.note
    from go g
    join shares x on x.conversation_id = g.id and x.video_id = :sharedVideoId
    where m.conversation_id = g.id and m.position = x.position and m.unsent_at is null
  ),
  taken_over as (
    update shares x
    set position = g.position, shared_by = :senderId, note = :note::text, created_at = now(), last_activity_at = now()
    from go g
    where x.conversation_id = g.id and x.video_id = :sharedVideoId
    returning x.position
  ),
  shared as (
    insert into shares (conversation_id, video_id, position, shared_by, note, reply_count)
    select
      g.id, :sharedVideoId, g.position, :senderId, :note::text,
      -- What was said about it while it was shared before, by a message that was taken back.
      (select count(*) from messages m where m.conversation_id = g.id and m.topic_video_id = :sharedVideoId)
    from go g
    where :sharedVideoId is not null and not exists (select from taken_over)
  ),
  discussed as (
    update shares s
    set reply_count = s.reply_count + 1, last_activity_at = now()
    from go g
    where s.conversation_id = g.id and s.video_id = :topicVideoId
  ),
  own_inbox as (
    update inbox i
    set state = 'ACTIVE', last_activity_at = now(), unread = 0, marked_unread = false, read_up_to = g.position,
      archived = false
    from go g
    where i.user_id = :senderId and i.conversation_id = g.id
    returning i.user_id
  ),
  inboxes as (
    update inbox i
    set
      last_activity_at = case when o.has_declined then i.last_activity_at else now() end,
      unread = i.unread + 1,
      archived = i.archived and ${isMuted("i")}
    from go g
    cross join others o
    where i.user_id = o.user_id and i.conversation_id = g.id and not ${senderHidden(":senderId", "o")}
    returning i.user_id, o.has_declined
  ),
  news as (
    select r.user_id as viewer_id, 'MESSAGE_SENT'::event_kind as kind, array[g.id, g.position, :senderId] as ids, 1 as nr
    from (select user_id from own_inbox union all select user_id from inboxes where not has_declined) r
    cross join go g
  ),
  ${appendNews}
  select
    v.outcome, coalesce(e.position, v.position) as position, coalesce(e.created_at, now()::timestamptz(3)) as "createdAt",
    e.is_same as "isSame", ${appendedNews}
  from verdict v
  left join earlier e on true`,
);
