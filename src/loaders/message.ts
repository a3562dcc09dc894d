/** Reads of messages. */
import type { Message } from "../entities/message.ts";
import { messageColumns, messageVisible } from "../visibility/message.ts";
import { one, page } from "./kinds.ts";

/** A message as the viewer sees it; of one that is hidden or taken back, position, sender and time alone. */
export interface SeenMessage extends Omit<Message, "draft" | "unsentAt"> {
  readonly isHidden: boolean;
  readonly isUnsent: boolean;
}

const seenColumns = messageColumns("k.viewer_id", "m", "p");
const ownParticipation =
  "join participants p on p.conversation_id = k.conversation_id and p.user_id = k.viewer_id";

/** A message by its place in its conversation. */
export const messageAt = one<SeenMessage>({
  name: "message_at",
  key: { conversation_id: "bigint", position: "integer" },
  keyOf: (message) => [message.conversationId, message.position],
  sql: (k) => `
    select k.nr, ${seenColumns}
    from ${k}
    ${ownParticipation}
    join messages m on m.conversation_id = k.conversation_id and m.position = k.position
    where ${messageVisible("m.position", "p")}`,
});

/** The columns of a row of messages, `m`, for a lateral. */
export const messageTable = `
  m.conversation_id, m.position, m.sender_id, m.kind, m.body, m.shared_video_id, m.reply_to, m.topic_video_id,
  m.video_at_ms, m.moment_author_id, m.moment_id, m.mentions, m.nonce, m.created_at, m.edited_at, m.unsent_at, m.notice,
  m.notice_user_ids`;

/** The messages of a conversation, oldest to newest. */
export const messagesOf = page<SeenMessage>({
  name: "messages_of",
  key: { conversation_id: "bigint" },
  direction: "asc",
  order: [{ sql: "m.position", type: "integer", value: ({ position }) => position }],
  prime: messageAt.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${seenColumns}
    from ${k}
    ${ownParticipation}
    cross join lateral (
      select ${messageTable}
      from messages m
      where m.conversation_id = k.conversation_id and ${messageVisible("m.position", "p")} and ${within}
      order by ${order}
      limit ${limit}
    ) m
    order by k.nr, ${order}`,
});

/** What was said in a conversation about a video shared there, oldest to newest. */
export const repliesTo = page<SeenMessage>({
  name: "replies_to",
  key: { conversation_id: "bigint", video_id: "bigint" },
  direction: "asc",
  order: [{ sql: "m.position", type: "integer", value: ({ position }) => position }],
  prime: messageAt.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${seenColumns}
    from ${k}
    ${ownParticipation}
    cross join lateral (
      select ${messageTable}
      from messages m
      where m.conversation_id = k.conversation_id and m.topic_video_id = k.video_id
        and ${messageVisible("m.position", "p")} and ${within}
      order by ${order}
      limit ${limit}
    ) m
    order by k.nr, ${order}`,
});
