/** A message that is kept at hand for everybody in its conversation. */
import { Column, Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { Message } from "./message.ts";

@Entity("pins")
@ForeignKey(() => Message, ["conversationId", "position"], ["conversationId", "position"], {
  name: "pins_message_fkey",
})
export class Pin {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "pins_pkey" })
  conversationId: string;

  @PrimaryColumn("integer", { primaryKeyConstraintName: "pins_pkey" })
  position: number;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  pinnedAt: string;
}
