/** A message in a conversation. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { Conversation } from "./conversation.ts";

export const MESSAGE_KINDS = ["TEXT", "SHARE", "MOMENT_REPLY", "NOTICE"] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

@Entity("messages")
@Unique("messages_nonce_key", ["conversationId", "senderId", "nonce"])
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

  @Column("text", { nullable: true })
  nonce: string | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
