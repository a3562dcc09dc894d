/** How often something was done of late; the columns are those that rate-limiter-flexible writes. */
import { Column, Entity, Index, PrimaryColumn } from "typeorm";

@Entity("rates")
@Index("rates_expire_idx", ["expire"])
export class RateCounter {
  /** What is done, and an HMAC of who does it. */
  @PrimaryColumn("text", { primaryKeyConstraintName: "rates_pkey" })
  key: string;

  @Column("integer")
  points: number;

  /** When the count begins anew, in milliseconds since 1970. */
  @Column("bigint", { nullable: true })
  expire: string | null;
}
