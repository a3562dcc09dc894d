/** Who may see a message, and for whom it is only a placeholder. */
import { conversationVisible } from "./conversation.ts";

/**
 * SQL: whether the viewer, whose row of participants is `participant`, may see a message at `position` of the
 * conversation: one that was sent since they joined.
 */
export function messageVisible(position: string, participant: string): string {
  return `(${conversationVisible(participant)} and ${position} > ${participant}.history_from)`;
}

/** SQL: whether what `sender` said is only a placeholder for the viewer, who has blocked them. */
export function messageHidden(sender: string, participant: string): string {
  return `coalesce(${sender} = any(${participant}.hides), false)`;
}

type Column = readonly [property: string, sql: string];

// Of a placeholder: position, sender and time alone.
function columnsOf(viewer: string, message: string, participant: string): Column[] {
  const hidden = messageHidden(`${message}.sender_id`, participant);
  const shown = (column: string) => `case when not ${hidden} then ${message}.${column} end`;
  return [
    ["conversationId", `${message}.conversation_id`],
    ["position", `${message}.position`],
    ["senderId", `${message}.sender_id`],
    ["kind", `${message}.kind`],
    ["createdAt", `${message}.created_at`],
    ["isHidden", hidden],
    ["body", shown("body")],
    ["sharedVideoId", shown("shared_video_id")],
    ["replyTo", shown("reply_to")],
    ["topicVideoId", shown("topic_video_id")],
    ["videoAtMs", shown("video_at_ms")],
    ["nonce", `case when ${message}.sender_id = ${viewer} then ${message}.nonce end`],
  ];
}

/** SQL: the select list of the row `message` as the viewer sees it. */
export function messageColumns(viewer: string, message: string, participant: string): string {
  return columnsOf(viewer, message, participant)
    .map(([property, sql]) => `${sql} as "${property}"`)
    .join(", ");
}

// JSON has no 64-bit numbers, and writes instants its own way: as text they are what a row has.
const asText: Readonly<Record<string, (sql: string) => string>> = {
  conversationId: (sql) => `${sql}::text`,
  senderId: (sql) => `${sql}::text`,
  sharedVideoId: (sql) => `(${sql})::text`,
  topicVideoId: (sql) => `(${sql})::text`,
  createdAt: (sql) => `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
};

/** SQL: the same as one JSON object, for a row that brings a message along. */
export function messageObject(viewer: string, message: string, participant: string): string {
  const pairs = columnsOf(viewer, message, participant).map(
    ([property, sql]) => `'${property}', ${asText[property]?.(sql) ?? sql}`,
  );
  return `json_build_object(${pairs.join(", ")})`;
}
