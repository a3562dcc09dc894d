/** Whom somebody wants suggested no more, for good. */
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

@Entity("dismissed_suggestions")
@Check("dismissed_suggestions_two_people", "user_id <> other_id")
@ForeignKey(() => User, ["userId"], ["id"], { name: "dismissed_suggestions_user_id_fkey" })
@ForeignKey(() => User, ["otherId"], ["id"], { name: "dismissed_suggestions_other_id_fkey" })
export class DismissedSuggestion {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "dismissed_suggestions_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "dismissed_suggestions_pkey" })
  otherId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
