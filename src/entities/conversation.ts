/** A conversation, who takes part in it, and how each of them has it in their inbox. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";

export const CONVERSATION_KINDS = ["DIRECT", "GROUP"] as const;
export type ConversationKind = (typeof CONVERSATION_KINDS)[number];

export const PARTICIPANT_ROLES = ["OWNER", "ADMIN", "MEMBER"] as const;
export type ParticipantRole = (typeof PARTICIPANT_ROLES)[number];

export const PARTICIPATION_STATES = ["REQUEST", "ACTIVE", "LEFT", "REMOVED"] as const;
export type ParticipationState = (typeof PARTICIPATION_STATES)[number];

const state = { enum: PARTICIPATION_STATES, enumName: "participation_state" };

@Entity("conversations")
export class Conversation {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "conversations_pkey" })
  id: string;

  @Column("enum", { enum: CONVERSATION_KINDS, enumName: "conversation_kind" })
  kind: ConversationKind;

  @Column("text", { nullable: true })
  title: string | null;

  @Column("text", { nullable: true })
  avatarUrl: string | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("integer")
  participantCount: number;

  /** The position of the newest message, and the counter that the next one takes. */
  @Column("integer", { default: 0 })
  lastPosition: number;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  lastActivityAt: string;

  /** Grows with every change of who takes part, of who hides whom, and of whose a share is. */
  @Column("integer", { default: 0 })
  membership: number;

  /**
   * Whether it has to be asked before the next message how the two may write to each other: one of them has said nothing
   * yet, or they are friends no more.
   */
  @Column("boolean", { default: false })
  asksPolicy: boolean;
}

@Entity("direct_conversations")
@Check("direct_conversations_order", "low_id < high_id")
export class DirectConversation {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "direct_conversations_pkey" })
  lowId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "direct_conversations_pkey" })
  highId: string;

  @Column("bigint")
  conversationId: string;
}

@Entity("conversation_nonces")
export class ConversationNonce {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "conversation_nonces_pkey" })
  userId: string;

  @PrimaryColumn("text", { primaryKeyConstraintName: "conversation_nonces_pkey" })
  nonce: string;

  @Column("bigint")
  conversationId: string;
}

@Entity("participants")
@Index("participants_joined_idx", ["conversationId", "joinedAt", "userId"])
@ForeignKey(() => Conversation, ["conversationId"], ["id"], { name: "participants_conversation_id_fkey" })
export class Participant {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "participants_pkey" })
  conversationId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "participants_pkey" })
  userId: string;

  @Column("enum", { enum: PARTICIPANT_ROLES, enumName: "participant_role" })
  role: ParticipantRole;

  @Column("enum", state)
  state: ParticipationState;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  joinedAt: string;

  /** Messages after this position are the participant's to see. */
  @Column("integer", { default: 0 })
  historyFrom: number;

  /** Participants of this conversation whom this one has blocked. */
  @Column("bigint", { array: true, default: "{}" })
  hides: string[];

  /** Positions of messages that this participant has hidden for themselves. */
  @Column("integer", { array: true, default: "{}" })
  hiddenPositions: number[];

  /** Whether this person is hidden from everybody. */
  @Column("boolean", { default: false })
  isGone: boolean;

  /** Whether they want to hear no more of a message request. */
  @Column("boolean", { default: false })
  hasDeclined: boolean;
}

const INBOX_ORDER = ["userId", "state", "archived", "kind", "pinned", "lastActivityAt", "conversationId"];

@Entity("inbox")
@Index("inbox_activity_idx", INBOX_ORDER)
@Index("inbox_unread_idx", INBOX_ORDER, { where: "unread > 0 or marked_unread" })
export class InboxEntry {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "inbox_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "inbox_pkey" })
  conversationId: string;

  @Column("enum", state)
  state: ParticipationState;

  /** Null until there is something to show. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  lastActivityAt: string | null;

  @Column("integer", { default: 0 })
  unread: number;

  /** The position up to which the viewer has read. */
  @Column("integer", { default: 0 })
  readUpTo: number;

  @Column("boolean", { default: false })
  pinned: boolean;

  @Column("boolean", { default: false })
  archived: boolean;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  mutedUntil: string | null;

  /** That of the conversation, by which the page is chosen. */
  @Column("enum", { enum: CONVERSATION_KINDS, enumName: "conversation_kind" })
  kind: ConversationKind;

  /** Whether the viewer wants to come back to it, though they have read it all. */
  @Column("boolean", { default: false })
  markedUnread: boolean;
}
