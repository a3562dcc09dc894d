/** A video brought into a conversation. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { Conversation } from "./conversation.ts";

@Entity("shares")
@Index("shares_position_idx", ["conversationId", "position"])
@Index("shares_newest_idx", ["conversationId", "createdAt", "videoId"])
@Index("shares_video_idx", ["videoId", "conversationId"])
@ForeignKey(() => Conversation, ["conversationId"], ["id"], { name: "shares_conversation_id_fkey" })
export class Share {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "shares_pkey" })
  conversationId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "shares_pkey" })
  videoId: string;

  /** The position of the message that brought it. */
  @Column("integer")
  position: number;

  /** Null for an erased account. */
  @Column("bigint", { nullable: true })
  sharedBy: string | null;

  @Column("text", { nullable: true })
  note: string | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("integer", { default: 0 })
  replyCount: number;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  lastActivityAt: string;
}
