/** What belongs to a person alone: the account, the claim on a handle, and the sessions. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

export const MESSAGE_ERASURES = ["KEEP_WITHOUT_NAME", "ERASE"] as const;
export type MessageErasure = (typeof MESSAGE_ERASURES)[number];

@Entity("accounts")
@ForeignKey(() => User, ["userId"], ["id"], { name: "accounts_user_id_fkey" })
export class Account {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "accounts_pkey" })
  userId: string;

  /** Argon2id, in PHC format; null for whoever comes by an outside identity provider. */
  @Column("text", { nullable: true })
  passwordHash: string | null;

  @Column("text", { nullable: true })
  email: string | null;

  /** E.164. */
  @Column("text", { nullable: true })
  phone: string | null;

  /** YYYY-MM-DD; null for whoever never said. */
  @Column("date", { nullable: true })
  birthDate: string | null;

  /** The day, in UTC, of which `requestsToday` tells how many friend requests were sent. */
  @Column("date", { nullable: true })
  requestsDay: string | null;

  @Column("integer", { default: 0 })
  requestsToday: number;

  /** Up to when the person has seen their notifications; null for never. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  notificationsSeenUpTo: string | null;

  /** The day, in UTC, of which `contactsToday` tells how many contacts were uploaded. */
  @Column("date", { nullable: true })
  contactsDay: string | null;

  @Column("integer", { default: 0 })
  contactsToday: number;

  /** What becomes of the person's messages when the account is erased; null unless it is being deleted. */
  @Column("enum", { enum: MESSAGE_ERASURES, enumName: "message_erasure", nullable: true })
  erasure: MessageErasure | null;
}

@Entity("handles")
@Index("handles_user_id_idx", ["userId"])
@Index("handles_freed_at_idx", ["freedAt"], { where: "freed_at is not null" })
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
@Index("sessions_open_idx", ["userId", "lastUsedAt", "id"], { where: "ended_at is null" })
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
