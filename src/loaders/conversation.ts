/** Reads of conversations, of who takes part in them, and of the viewer's inbox. */
import { Conversation, InboxEntry, Participant } from "../entities/conversation.ts";
import { columns, plainColumns } from "../entities/naming.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { messageObject, messageVisible } from "../visibility/message.ts";
import { count, fact, one, page } from "./kinds.ts";
import { messageAt, type SeenMessage } from "./message.ts";

/** A conversation as the viewer has it: with what their inbox says of it. */
export type OwnConversation = Omit<Conversation, "lastActivityAt"> &
  Omit<InboxEntry, "userId" | "conversationId" | "lastActivityAt"> & { readonly lastActivityAt: string };

// What is newest is the viewer's own matter: a message that is hidden from them does not move it.
const ownColumns = `
  ${columns(Conversation, "c", ["lastActivityAt"])},
  ${columns(InboxEntry, "i", ["userId", "conversationId", "lastActivityAt"])},
  coalesce(i.last_activity_at, c.created_at) as "lastActivityAt"`;

/** A conversation by id. */
export const conversationById = one<OwnConversation>({
  name: "conversation_by_id",
  key: { id: "bigint" },
  keyOf: (conversation) => [conversation.id],
  sql: (k) => `
    select k.nr, ${ownColumns}
    from ${k}
    join inbox i on i.user_id = k.viewer_id and i.conversation_id = k.id
    join conversations c on c.id = k.id
    where ${conversationVisible("i")}`,
});

/** A row of the inbox: every one shows what was said last, so it comes along. */
interface InboxRow extends OwnConversation {
  readonly lastMessage: SeenMessage | null;
}

const inboxPage = (name: string, condition: string) =>
  page<InboxRow>({
    name,
    key: { state: "text" },
    direction: "desc",
    order: [
      { sql: "i.last_activity_at", type: "timestamptz", value: ({ lastActivityAt }) => lastActivityAt },
      { sql: "i.conversation_id", type: "bigint", value: ({ id }) => id },
    ],
    prime(loads, { lastMessage, ...conversation }) {
      conversationById.prime(loads, conversation);
      if (lastMessage !== null) messageAt.prime(loads, lastMessage);
    },
    sql: ({ k, within, order, limit }) => `
      select k.nr, ${ownColumns},
        (
          select ${messageObject("k.viewer_id", "m", "p")}
          from participants p
          join messages m on m.conversation_id = c.id and m.position = c.last_position
          where p.conversation_id = c.id and p.user_id = k.viewer_id and ${messageVisible("m.position", "p")}
        ) as "lastMessage"
      from ${k}
      cross join lateral (
        select ${plainColumns(InboxEntry, "i")}
        from inbox i
        where i.user_id = k.viewer_id and i.state = k.state::participation_state and ${conversationVisible("i")}
          and i.last_activity_at is not null and ${condition} and ${within}
        order by ${order}
        limit ${limit}
      ) i
      join conversations c on c.id = i.conversation_id
      order by k.nr, ${order}`,
  });

/** The viewer's conversations in a state, liveliest first. */
export const conversationsOf = inboxPage("conversations_of", "not i.archived");

/** Those of them with something unread. */
export const unreadConversationsOf = inboxPage("unread_conversations_of", "not i.archived and i.unread > 0");

/** How many of the viewer's conversations in a state have something unread. */
export const unreadConversationCount = count({
  name: "unread_conversation_count",
  key: { state: "text" },
  sql: (k) => `
    select k.nr, u.value
    from ${k}
    cross join lateral (
      select count(*)::integer as value
      from inbox i
      where i.user_id = k.viewer_id and i.state = k.state::participation_state and ${conversationVisible("i")}
        and i.unread > 0
    ) u`,
});

/** Who takes part in a conversation, longest first. */
export const participantsOf = page<Participant>({
  name: "participants_of",
  key: { conversation_id: "bigint" },
  direction: "asc",
  order: [
    { sql: "p.joined_at", type: "timestamptz", value: ({ joinedAt }) => joinedAt },
    { sql: "p.user_id", type: "bigint", value: ({ userId }) => userId },
  ],
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${columns(Participant, "p")}
    from ${k}
    join participants own on own.conversation_id = k.conversation_id and own.user_id = k.viewer_id
      and ${conversationVisible("own")}
    cross join lateral (
      select ${plainColumns(Participant, "p")}
      from participants p
      where p.conversation_id = k.conversation_id and ${conversationVisible("p")} and ${within}
      order by ${order}
      limit ${limit}
    ) p
    order by k.nr, ${order}`,
});

/** How far a participant has read, for the viewer who takes part as well; null where they do not share it. */
export const readPositionOf = fact<number | null>({
  name: "read_position_of",
  key: { conversation_id: "bigint", user_id: "bigint" },
  missing: null,
  sql: (k) => `
    select k.nr, i.read_up_to as value
    from ${k}
    join participants own on own.conversation_id = k.conversation_id and own.user_id = k.viewer_id
      and ${conversationVisible("own")}
    join inbox i on i.user_id = k.user_id and i.conversation_id = k.conversation_id and i.state = 'ACTIVE'`,
});
