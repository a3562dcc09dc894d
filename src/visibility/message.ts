/** Who may see a message, and for whom it is only a placeholder. */
import { conversationVisible } from "./conversation.ts";

/**
 * SQL: whether the viewer, whose row of participants is `participant`, may see a message at `position` of the
 * conversation: one that was sent since they joined.
 */
export function messageVisible(position: string, participant: string): string {
  return `(${conversationVisible(participant)} and ${position} > ${participant}.history_from)`;
}

/**
 * SQL: whether the row `message` is what the viewer, whose row of participants is `participant`, said themselves: it
 * stays theirs, also when they take part no more, or have come back later than it. A notice is nobody's.
 */
export function isOwnMessage(message: string, participant: string): string {
  return `(${message}.sender_id is not distinct from ${participant}.user_id and ${message}.kind <> 'NOTICE')`;
}

/** SQL: whether the viewer, whose row of participants is `participant`, has blocked `sender`. */
export function senderHidden(sender: string, participant: string): string {
  return `coalesce(${sender} = any(${participant}.hides), false)`;
}

/**
 * SQL: whether the message of `sender` at `position` is only a placeholder for the viewer, who has blocked its sender or
 * hidden it for themselves.
 */
export function messageHidden(sender: string, position: string, participant: string): string {
  return `(${senderHidden(sender, participant)} or ${position} = any(${participant}.hidden_positions))`;
}

/**
 * SQL: whether the row `message`, if it is not read yet, counts as unread: what another said, and can be read. A notice
 * is said by nobody.
 */
export function messageUnread(message: string, participant: string): string {
  return `(
    ${messageVisible(`${message}.position`, participant)}
    and ${message}.sender_id is distinct from ${participant}.user_id
    and ${message}.unsent_at is null and ${message}.kind <> 'NOTICE'
    and not ${messageHidden(`${message}.sender_id`, `${message}.position`, participant)}
  )`;
}

/** SQL: whether search may find the row `message`: what somebody said and the viewer can read. */
export function messageFindable(message: string, participant: string): string {
  return `(
    ${messageVisible(`${message}.position`, participant)}
    and ${message}.unsent_at is null and ${message}.kind <> 'NOTICE'
    and not ${messageHidden(`${message}.sender_id`, `${message}.position`, participant)}
  )`;
}

type Column = readonly [property: string, sql: string];

// Of a placeholder: position, sender and time alone. Of what was taken back there is no more in the row; its words are
// the one thing that is worth a second lock.
function columnsOf(viewer: string, message: string, participant: string): Column[] {
  const hidden = messageHidden(`${message}.sender_id`, `${message}.position`, participant);
  const shown = (column: string) => `case when not ${hidden} then ${message}.${column} end`;
  return [
    ["conversationId", `${message}.conversation_id`],
    ["position", `${message}.position`],
    ["senderId", `${message}.sender_id`],
    ["kind", `case when ${hidden} then 'TEXT' else ${message}.kind end`],
    ["createdAt", `${message}.created_at`],
    ["isHidden", hidden],
    ["editedAt", shown("edited_at")],
    ["isUnsent", `${message}.unsent_at is not null`],
    ["body", `case when not ${hidden} and ${message}.unsent_at is null then ${message}.body end`],
    ["sharedVideoId", shown("shared_video_id")],
    ["replyTo", shown("reply_to")],
    ["topicVideoId", shown("topic_video_id")],
    ["videoAtMs", shown("video_at_ms")],
    ["momentAuthorId", shown("moment_author_id")],
    ["momentId", shown("moment_id")],
    ["mentions", shown("mentions")],
    ["notice", shown("notice")],
    ["noticeUserIds", shown("notice_user_ids")],
    ["nonce", `case when ${message}.sender_id = ${viewer} then ${message}.nonce end`],
  ];
}

/** SQL: the select list of the row `message` as the viewer sees it. */
export function messageColumns(viewer: string, message: string, participant: string): string {
  return columnsOf(viewer, message, participant)
    .map(([property, sql]) => `${sql} as "${property}"`)
    .join(", ");
}

function asInstant(sql: string): string {
  return `to_char((${sql}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

// JSON has no 64-bit numbers, and writes instants its own way: as text they are what a row has.
const asText: Readonly<Record<string, (sql: string) => string>> = {
  conversationId: (sql) => `${sql}::text`,
  senderId: (sql) => `${sql}::text`,
  sharedVideoId: (sql) => `(${sql})::text`,
  topicVideoId: (sql) => `(${sql})::text`,
  momentAuthorId: (sql) => `(${sql})::text`,
  momentId: (sql) => `(${sql})::text`,
  mentions: (sql) => `(${sql})::text[]`,
  noticeUserIds: (sql) => `(${sql})::text[]`,
  createdAt: asInstant,
  editedAt: asInstant,
};

/** SQL: the same as one JSON object, for a row that brings a message along. */
export function messageObject(viewer: string, message: string, participant: string): string {
  const pairs = columnsOf(viewer, message, participant).map(
    ([property, sql]) => `'${property}', ${asText[property]?.(sql) ?? sql}`,
  );
  return `json_build_object(${pairs.join(", ")})`;
}
