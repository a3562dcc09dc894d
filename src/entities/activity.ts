/** When a person last did anything here. */
import { Column, Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

@Entity("last_active")
@ForeignKey(() => User, ["userId"], ["id"], { name: "last_active_user_id_fkey" })
export class LastActive {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "last_active_pkey" })
  userId: string;

  @Column("timestamp with time zone", { precision: 3 })
  at: string;
}
