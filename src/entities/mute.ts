/** Whom somebody wants to hear nothing of for a while. */
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

@Entity("mutes")
@Check("mutes_two_people", "user_id <> muted_id")
@ForeignKey(() => User, ["userId"], ["id"], { name: "mutes_user_id_fkey" })
@ForeignKey(() => User, ["mutedId"], ["id"], { name: "mutes_muted_id_fkey" })
export class Mute {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "mutes_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "mutes_pkey" })
  mutedId: string;

  @Column("timestamp with time zone", { precision: 3 })
  until: string;
}
