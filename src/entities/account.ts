/** What belongs to a person alone: the account, the claim on a handle, and the sessions. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

@Entity("accounts")
@ForeignKey(() => User, ["userId"], ["id"], { name: "accounts_user_id_fkey" })
export class Account {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "accounts_pkey" })
  userId: string;

  /** Argon2id, in PHC format. */
  @Column("text")
  passwordHash: string;

  @Column("text", { nullable: true })
  email: string | null;

  /** YYYY-MM-DD. */
  @Column("date")
  birthDate: string;

  /** The day, in UTC, of which `requestsToday` tells how many friend requests were sent. */
  @Column("date", { nullable: true })
  requestsDay: string | null;

  @Column("integer", { default: 0 })
  requestsToday: number;
}

@Entity("handles")
@ForeignKey(() => User, ["userId"], ["id"], { name: "handles_user_id_fkey" })
export class Handle {
  @PrimaryColumn("text", { primaryKeyConstraintName: "handles_pkey" })
  handle: string;

  @Column("bigint")
  userId: string;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  freedAt: string | null;
}

@Entity("sessions")
@Index("sessions_ended_at_idx", ["endedAt"], { where: "ended_at is not null" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "sessions_user_id_fkey" })
export class Session {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "sessions_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "sessions_pkey" })
  id: string;

  /** SHA-256 of the one refresh token that is good now. */
  @Column("bytea")
  refreshHash: Buffer;

  @Column("text", { nullable: true })
  userAgent: string | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  lastUsedAt: string;

  @Column("timestamp with time zone", { precision: 3 })
  expiresAt: string;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  endedAt: string | null;
}
