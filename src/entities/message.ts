/** A message in a conversation. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { Conversation } from "./conversation.ts";

export const MESSAGE_KINDS = ["TEXT", "SHARE", "MOMENT_REPLY", "NOTICE"] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export const NOTICE_KINDS = [
  "TITLE_CHANGED",
  "AVATAR_CHANGED",
  "PEOPLE_ADDED",
  "JOINED",
  "REMOVED",
  "LEFT",
  "MADE_OWNER",
  "MADE_ADMIN",
  "MADE_MEMBER",
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

@Entity("messages")
@Unique("messages_nonce_key", ["conversationId", "senderId", "nonce"])
@Index("messages_words_idx", { synchronize: false })
@Index("messages_shared_idx", ["conversationId", "sharedVideoId", "position"], {
  where: "shared_video_id is not null",
})
@Index("messages_topic_idx", ["conversationId", "topicVideoId", "position"], {
  where: "topic_video_id is not null",
})
@ForeignKey(() => Conversation, ["conversationId"], ["id"], { name: "messages_conversation_id_fkey" })
export class Message {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "messages_pkey" })
  conversationId: string;

  /** 1, 2, 3 ... in its conversation. */
  @PrimaryColumn("integer", { primaryKeyConstraintName: "messages_pkey" })
  position: number;

  /** Null for an erased account. */
  @Column("bigint", { nullable: true })
  senderId: string | null;

  @Column("enum", { enum: MESSAGE_KINDS, enumName: "message_kind" })
  kind: MessageKind;

  @Column("text", { nullable: true })
  body: string | null;

  /** The video that this message shared. */
  @Column("bigint", { nullable: true })
  sharedVideoId: string | null;

  /** The position of the message that this one answers. */
  @Column("integer", { nullable: true })
  replyTo: number | null;

  /** The shared video that this message talks about. */
  @Column("bigint", { nullable: true })
  topicVideoId: string | null;

  @Column("integer", { nullable: true })
  videoAtMs: number | null;

  /** The moment that it answers, by its author and its id. */
  @Column("bigint", { nullable: true })
  momentAuthorId: string | null;

  @Column("bigint", { nullable: true })
  momentId: string | null;

  /** Whom it mentions; null for nobody. */
  @Column("bigint", { array: true, nullable: true })
  mentions: string[] | null;

  @Column("text", { nullable: true })
  nonce: string | null;

  /** What was first sent, as a keyed hash, by which a nonce that comes again is known. */
  @Column("bigint", { nullable: true })
  draft: string | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  editedAt: string | null;

  /** When it was taken back; what it said is erased then. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  unsentAt: string | null;

  /** What happened, for a NOTICE alone. Who did it is the sender; the body is the new title, where there is one. */
  @Column("enum", { enum: NOTICE_KINDS, enumName: "notice_kind", nullable: true })
  notice: NoticeKind | null;

  /** To whom it happened, for a NOTICE alone. */
  @Column("bigint", { array: true, nullable: true })
  noticeUserIds: string[] | null;
}
