/** Reads of conversations, of who takes part in them, and of the viewer's inbox. */
import { Conversation, type ConversationKind, InboxEntry, Participant } from "../entities/conversation.ts";
import { columns, plainColumns } from "../entities/naming.ts";
import { conversationVisible, isMuted, isUnread } from "../visibility/conversation.ts";
import { messageObject, messageVisible } from "../visibility/message.ts";
import { participantsMeet } from "../visibility/presence.ts";
import { count, fact, type Loads, one, type Page, type PageRequest, page } from "./kinds.ts";
import { messageAt, type SeenMessage } from "./message.ts";

/** A conversation as the viewer has it: with what their inbox says of it. */
export type OwnConversation = Omit<Conversation, "lastActivityAt" | "asksPolicy"> &
  Omit<InboxEntry, "userId" | "conversationId" | "lastActivityAt" | "kind"> & {
    readonly lastActivityAt: string;
  };

// What is newest is the viewer's own matter: a message that is hidden from them does not move it.
const ownColumns = `
  ${columns(Conversation, "c", ["lastActivityAt", "asksPolicy"])},
  ${columns(InboxEntry, "i", ["userId", "conversationId", "lastActivityAt", "kind", "mutedUntil"])},
  case when ${isMuted("i")} then i.muted_until end as "mutedUntil",
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

// The index begins with the kind: conversations of both are two walks, of which each brings a page at most.
const inboxPage = (name: string, condition: string) =>
  page<InboxRow>({
    name,
    key: { state: "text", kind: "text", archived: "text" },
    direction: "desc",
    order: [
      { sql: "i.pinned", type: "boolean", value: ({ pinned }) => pinned },
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
        from unnest(enum_range(null::conversation_kind)) as f (kind)
        cross join lateral (
          select ${plainColumns(InboxEntry, "i")}
          from inbox i
          where i.user_id = k.viewer_id and i.state = k.state::participation_state and ${conversationVisible("i")}
            and i.archived = k.archived::boolean and i.kind = f.kind
            and i.last_activity_at is not null and ${condition} and ${within}
          order by ${order}
          limit ${limit}
        ) i
        where k.kind in ('ALL', f.kind::text)
        order by ${order}
        limit ${limit}
      ) i
      join conversations c on c.id = i.conversation_id
      order by k.nr, ${order}`,
  });

const everyConversationOf = inboxPage("conversations_of", "true");
const unreadConversationsOf = inboxPage("unread_conversations_of", isUnread("i"));

/** Which conversations of an inbox. */
export interface InboxPart {
  readonly state: "ACTIVE" | "REQUEST";
  /** Null for both. */
  readonly kind: ConversationKind | null;
  readonly unreadOnly: boolean;
  /** Those that were put away, or the others. */
  readonly archived: boolean;
}

/** The viewer's conversations: the pinned ones first, then the liveliest. */
export function conversationsOf(
  loads: Loads,
  { state, kind, unreadOnly, archived }: InboxPart,
  request: PageRequest,
): Promise<Page<OwnConversation>> {
  const read = unreadOnly ? unreadConversationsOf : everyConversationOf;
  return read(loads, [state, kind ?? "ALL", String(archived)], request);
}

/** How many of the viewer's conversations in a state have something unread, but for what is muted or put away. */
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
        and i.last_activity_at is not null and not i.archived and ${isUnread("i")} and not ${isMuted("i")}
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

/** How far a participant has read, for the viewer who meets them there; null for everybody else. */
export const readPositionOf = fact<number | null>({
  name: "read_position_of",
  key: { conversation_id: "bigint", user_id: "bigint" },
  missing: null,
  sql: (k) => `
    select k.nr, i.read_up_to as value
    from ${k}
    join participants own on own.conversation_id = k.conversation_id and own.user_id = k.viewer_id
      and ${conversationVisible("own")}
    join participants p on p.conversation_id = k.conversation_id and p.user_id = k.user_id
      and (p.user_id = own.user_id or ${participantsMeet("own", "p")})
    join inbox i on i.user_id = p.user_id and i.conversation_id = p.conversation_id`,
});
