/** Reads of messages. */
import { Message } from "../entities/message.ts";
import { plainColumns } from "../entities/naming.ts";
import { messageColumns, messageVisible } from "../visibility/message.ts";
import { one, page } from "./kinds.ts";

/** A message as the viewer sees it; of one that is hidden or taken back, position, sender and time alone. */
export interface SeenMessage extends Omit<Message, "draft" | "unsentAt"> {
  readonly isHidden: boolean;
  readonly isUnsent: boolean;
}

const seenColumns = messageColumns("k.viewer_id", "m", "p");
/** SQL: the join with the viewer's own row of participants, `p`, of the conversation of the key. */
export const ownParticipation =
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
export const messageTable = plainColumns(Message, "m");

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
