/** What brings people together who are not friends yet: invites, and the codes that are shown in person. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

@Entity("invites")
@Index("invites_user_idx", ["userId", "expiresAt"])
@Index("invites_open_idx", ["userId", "expiresAt"], { where: "revoked_at is null" })
@Index("invites_ended_idx", { synchronize: false })
@Check("invites_not_overused", "uses <= max_uses")
@ForeignKey(() => User, ["userId"], ["id"], { name: "invites_user_id_fkey" })
export class Invite {
  /** The SHA-256 of its code, which is kept nowhere. */
  @PrimaryColumn("bytea", { primaryKeyConstraintName: "invites_pkey" })
  codeHash: Buffer;

  /** Who made it. */
  @Column("bigint")
  userId: string;

  /** The group that it is for; null for one that makes friends. */
  @Column("bigint", { nullable: true })
  conversationId: string | null;

  /** How many people may take it; null for as many as like. */
  @Column("integer", { nullable: true })
  maxUses: number | null;

  @Column("integer", { default: 0 })
  uses: number;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("timestamp with time zone", { precision: 3 })
  expiresAt: string;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  revokedAt: string | null;
}

@Entity("invite_redemptions")
@ForeignKey(() => Invite, ["codeHash"], ["codeHash"], { name: "invite_redemptions_code_hash_fkey" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "invite_redemptions_user_id_fkey" })
export class InviteRedemption {
  @PrimaryColumn("bytea", { primaryKeyConstraintName: "invite_redemptions_pkey" })
  codeHash: Buffer;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "invite_redemptions_pkey" })
  userId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}

@Entity("used_friend_codes")
@ForeignKey(() => User, ["userId"], ["id"], { name: "used_friend_codes_user_id_fkey" })
export class UsedFriendCode {
  /** Who showed it. */
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "used_friend_codes_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "used_friend_codes_pkey" })
  nonce: string;

  @Column("timestamp with time zone", { precision: 3 })
  expiresAt: string;
}

/** Two rows for a pair, as soon as one of them has ever blocked the other. */
@Entity("invite_bars")
@ForeignKey(() => User, ["userId"], ["id"], { name: "invite_bars_user_id_fkey" })
@ForeignKey(() => User, ["otherId"], ["id"], { name: "invite_bars_other_id_fkey" })
export class InviteBar {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "invite_bars_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "invite_bars_pkey" })
  otherId: string;

  /** What `userId` made before is void for `otherId`. */
  @Column("timestamp with time zone", { precision: 3 })
  at: string;
}
