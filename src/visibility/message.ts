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

/** SQL: the select list of the row `message` as the viewer sees it: of a placeholder, position, sender and time alone. */
export function messageColumns(viewer: string, message: string, participant: string): string {
  const hidden = messageHidden(`${message}.sender_id`, participant);
  const shown = (column: string) => `case when not ${hidden} then ${message}.${column} end`;
  return `
    ${message}.conversation_id as "conversationId", ${message}.position, ${message}.sender_id as "senderId",
    ${message}.kind, ${message}.created_at as "createdAt", ${hidden} as "isHidden",
    ${shown("body")} as body,
    ${shown("shared_video_id")} as "sharedVideoId",
    ${shown("reply_to")} as "replyTo",
    ${shown("topic_video_id")} as "topicVideoId",
    ${shown("video_at_ms")} as "videoAtMs",
    case when ${message}.sender_id = ${viewer} then ${message}.nonce end as nonce`;
}
