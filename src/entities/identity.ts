/** Who a subject of an outside identity provider is. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

@Entity("identities")
@Index("identities_user_idx", ["userId"])
@ForeignKey(() => User, ["userId"], ["id"], { name: "identities_user_id_fkey" })
export class Identity {
  @PrimaryColumn("text", { primaryKeyConstraintName: "identities_pkey" })
  issuer: string;

  @PrimaryColumn("text", { primaryKeyConstraintName: "identities_pkey" })
  subject: string;

  @Column("bigint")
  userId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
