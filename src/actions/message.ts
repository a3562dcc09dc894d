/** Sending a message. */
import { type AppendedRow, appendedNews, appendNews, newsOf } from "../db/events.ts";
import { statement } from "../db/sql.ts";
import type { Message, MessageKind } from "../entities/message.ts";
import { ConflictError, requireFound, UserError } from "../errors.ts";
import { MAX_UNANSWERED_MESSAGES } from "../limits.ts";
import type { SeenMessage } from "../loaders/message.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { messageHidden } from "../visibility/message.ts";
import type { ActionContext } from "./context.ts";
import { directConversationWith } from "./conversation.ts";

/** What a message says, before it has a place. */
export type Draft = Omit<Message, "position" | "createdAt" | "senderId" | "nonce"> & {
  readonly senderId: string;
  readonly nonce: string;
  /** What the sharer said of the video; for a share alone. */
  readonly note: string | null;
};

type Outcome =
  | "SENT"
  | "DUPLICATE"
  | "AGAIN"
  | "NOT_FOUND"
  | "UNAVAILABLE"
  | "BLOCKED"
  | "UNANSWERED"
  | "ALREADY_SHARED"
  | "NO_SUCH_MESSAGE"
  | "NO_SUCH_SHARE";

type DeliverParameters = {
  conversationId: string;
  senderId: string;
  kind: MessageKind;
  body: string | null;
  sharedVideoId: string | null;
  note: string | null;
  replyTo: number | null;
  topicVideoId: string | null;
  videoAtMs: number | null;
  nonce: string;
  mostUnanswered: number;
};

interface Delivered extends AppendedRow {
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
const deliver = statement<DeliverParameters, Delivered>(
  "message_deliver",
  `
  with seen as materialized (
    select c.membership from conversations c where c.id = :conversationId
  ),
  locked as materialized (
    select c.id, c.kind, c.last_position, c.membership
    from conversations c
    where c.id = :conversationId
    for no key update
  ),
  sender as materialized (
    select p.state, p.history_from, p.hides
    from locked l
    join participants p on p.conversation_id = l.id and p.user_id = :senderId and ${conversationVisible("p")}
  ),
  others as materialized (
    select p.user_id, p.state, p.hides
    from locked l
    join participants p on p.conversation_id = l.id and p.user_id <> :senderId and ${conversationVisible("p")}
  ),
  earlier as materialized (
    select
      m.position, m.created_at,
      (m.kind, m.body, m.shared_video_id, x.note, m.reply_to, m.topic_video_id, m.video_at_ms) is not distinct from
      (:kind::message_kind, :body::text, :sharedVideoId::bigint, :note::text, :replyTo::integer,
        :topicVideoId::bigint, :videoAtMs::integer) as is_same
    from locked l
    join messages m on m.conversation_id = l.id and m.sender_id = :senderId and m.nonce = :nonce
    left join shares x on x.conversation_id = l.id and x.video_id = m.shared_video_id
  ),
  verdict as materialized (
    select
      l.id,
      l.last_position + 1 as position,
      case
        when l.membership <> s.membership then 'AGAIN'
        when not exists (select from sender) then 'NOT_FOUND'
        when exists (select from earlier) then 'DUPLICATE'
        when l.kind = 'DIRECT' and not exists (select from others o where not ${messageHidden(":senderId", "o")})
          then 'UNAVAILABLE'
        when l.kind = 'DIRECT' and exists (select from sender d join others o on o.user_id = any(d.hides))
          then 'BLOCKED'
        when l.kind = 'DIRECT' and l.last_position >= :mostUnanswered::integer
          and exists (select from others o where o.state = 'REQUEST')
          then 'UNANSWERED'
        when :sharedVideoId::bigint is not null and exists (
          select from shares x where x.conversation_id = l.id and x.video_id = :sharedVideoId
        ) then 'ALREADY_SHARED'
        when :replyTo::integer is not null and not exists (
          select from sender d where :replyTo between d.history_from + 1 and l.last_position
        ) then 'NO_SUCH_MESSAGE'
        when :topicVideoId::bigint is not null and not exists (
          select
          from sender d
          join shares x on x.conversation_id = l.id and x.video_id = :topicVideoId and x.position > d.history_from
            and not ${messageHidden("x.shared_by", "d")}
        ) then 'NO_SUCH_SHARE'
        else 'SENT'
      end as outcome
    from locked l
    cross join seen s
  ),
  go as materialized (
    select v.id, v.position from verdict v where v.outcome = 'SENT'
  ),
  moved as (
    update conversations c
    set last_position = g.position, last_activity_at = now()
    from go g
    where c.id = g.id
  ),
  answered as (
    update participants p
    set state = 'ACTIVE'
    from go g
    where p.conversation_id = g.id and p.user_id = :senderId and p.state = 'REQUEST'
  ),
  written as (
    insert into messages (
      conversation_id, position, sender_id, kind, body, shared_video_id, reply_to, topic_video_id, video_at_ms, nonce
    )
    select
      g.id, g.position, :senderId, :kind::message_kind, :body, :sharedVideoId, :replyTo, :topicVideoId, :videoAtMs,
      :nonce
    from go g
  ),
  shared as (
    insert into shares (conversation_id, video_id, position, shared_by, note)
    select g.id, :sharedVideoId, g.position, :senderId, :note::text
    from go g
    where :sharedVideoId is not null
  ),
  discussed as (
    update shares s
    set reply_count = s.reply_count + 1, last_activity_at = now()
    from go g
    where s.conversation_id = g.id and s.video_id = :topicVideoId
  ),
  own_inbox as (
    update inbox i
    set state = 'ACTIVE', last_activity_at = now(), unread = 0, read_up_to = g.position
    from go g
    where i.user_id = :senderId and i.conversation_id = g.id
    returning i.user_id
  ),
  inboxes as (
    update inbox i
    set last_activity_at = now(), unread = i.unread + 1
    from go g
    cross join others o
    where i.user_id = o.user_id and i.conversation_id = g.id and not ${messageHidden(":senderId", "o")}
    returning i.user_id
  ),
  news as (
    select r.user_id as viewer_id, 'MESSAGE_SENT'::event_kind as kind, array[g.id, g.position, :senderId] as ids
    from (select user_id from own_inbox union all select user_id from inboxes) r
    cross join go g
  ),
  ${appendNews}
  select
    v.outcome, coalesce(e.position, v.position) as position, coalesce(e.created_at, now()::timestamptz(3)) as "createdAt",
    e.is_same as "isSame", ${appendedNews}
  from verdict v
  left join earlier e on true`,
);

const MOST_ATTEMPTS = 10;

const refusals: Readonly<
  Record<Exclude<Outcome, "SENT" | "DUPLICATE" | "AGAIN" | "ALREADY_SHARED">, UserError>
> = {
  NOT_FOUND: new UserError("NOT_FOUND", "There is no such conversation.", { path: ["conversationId"] }),
  UNAVAILABLE: new UserError("UNAVAILABLE", "You can't send messages to this person."),
  BLOCKED: new UserError("FORBIDDEN", "You have blocked this person. Unblock them first."),
  UNANSWERED: new UserError(
    "LIMIT_REACHED",
    `A message request takes ${MAX_UNANSWERED_MESSAGES} messages until it is answered.`,
  ),
  NO_SUCH_MESSAGE: new UserError("NOT_FOUND", "There is no such message to answer.", { path: ["replyToId"] }),
  NO_SUCH_SHARE: new UserError("NOT_FOUND", "This video was not shared here.", { path: ["topicId"] }),
};

export interface Sent {
  readonly message: SeenMessage;
  /** The message was there already, under the same nonce. */
  readonly duplicate: boolean;
}

/**
 * Puts a message into its conversation, in one round trip to the database; null when it would share a video that was
 * shared there before. Throws NOT_FOUND, UNAVAILABLE, FORBIDDEN, LIMIT_REACHED, and CONFLICT for a nonce that was used
 * for something else.
 */
export async function deliverMessage(context: ActionContext, draft: Draft): Promise<Sent | null> {
  const { note, ...message } = draft;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const [delivered] = await context.database.decide(deliver, () => ({
      ...message,
      note,
      mostUnanswered: MAX_UNANSWERED_MESSAGES,
    }));
    const outcome = delivered?.outcome ?? "NOT_FOUND";
    if (outcome === "AGAIN") continue;
    if (outcome === "ALREADY_SHARED") return null;
    if (delivered === undefined || (outcome !== "SENT" && outcome !== "DUPLICATE")) {
      throw refusals[outcome as keyof typeof refusals];
    }
    if (delivered.isSame === false) {
      throw new ConflictError("This nonce was used for something else.", { path: ["nonce"] });
    }
    context.announce(newsOf(delivered));
    const { position, createdAt } = delivered;
    return {
      message: { ...message, position, createdAt, isHidden: false },
      duplicate: outcome === "DUPLICATE",
    };
  }
  throw new ConflictError();
}

export interface MessageInput {
  readonly conversationId: string | null;
  readonly userId: string | null;
  readonly body: string;
  /** Where the message that it answers stands. */
  readonly replyTo: { readonly conversationId: string; readonly position: number } | null;
  readonly topic: { readonly conversationId: string; readonly videoId: string } | null;
  readonly videoAtMs: number | null;
  readonly nonce: string;
}

/** Sends a text into a conversation, or to a person; what it throws is what `deliverMessage` and INVALID say. */
export async function sendMessage(context: ActionContext, input: MessageInput): Promise<Sent> {
  const viewer = requireViewer(context);
  const body = cleanText(input.body, { min: 1, max: 4_000, path: "body" });
  if ((input.conversationId === null) === (input.userId === null)) {
    throw new UserError("INVALID", "Give either conversationId or userId.", { path: ["conversationId"] });
  }
  const conversationId = input.conversationId ?? (await directConversationWith(context, input.userId ?? ""));
  if (input.replyTo !== null && input.replyTo.conversationId !== conversationId)
    throw refusals.NO_SUCH_MESSAGE;
  if (input.topic !== null && input.topic.conversationId !== conversationId) throw refusals.NO_SUCH_SHARE;
  if (input.videoAtMs !== null && input.topic === null) {
    throw new UserError("INVALID", "An instant of a video needs the share it is in.", {
      path: ["videoAtMs"],
    });
  }
  const sent = await deliverMessage(context, {
    conversationId,
    senderId: viewer.userId,
    kind: "TEXT",
    body,
    sharedVideoId: null,
    note: null,
    replyTo: input.replyTo?.position ?? null,
    topicVideoId: input.topic?.videoId ?? null,
    videoAtMs: input.videoAtMs,
    nonce: input.nonce,
  });
  return requireFound(sent, "conversation");
}
