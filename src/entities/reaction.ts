/** Emoji that people put on messages. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { Message } from "./message.ts";

@Entity("reactions")
@Index("reactions_user_idx", ["conversationId", "userId"])
@ForeignKey(() => Message, ["conversationId", "position"], ["conversationId", "position"], {
  name: "reactions_message_fkey",
})
export class Reaction {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "reactions_pkey" })
  conversationId: string;

  @PrimaryColumn("integer", { primaryKeyConstraintName: "reactions_pkey" })
  position: number;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "reactions_pkey" })
  userId: string;

  @PrimaryColumn("text", { primaryKeyConstraintName: "reactions_pkey" })
  emoji: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
