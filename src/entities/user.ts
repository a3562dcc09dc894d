/** A person, as far as others may see them. */
import { Column, Entity, Index, PrimaryColumn } from "typeorm";

export const REACHES = ["EVERYONE", "FRIENDS_OF_FRIENDS", "FRIENDS", "CLOSE_FRIENDS", "NO_ONE"] as const;
export type Reach = (typeof REACHES)[number];

const reach = { enum: REACHES, enumName: "reach" };

@Entity("users")
@Index("users_handle_prefix_idx", { synchronize: false })
@Index("users_name_prefix_idx", { synchronize: false })
@Index("users_contain_idx", { synchronize: false })
@Index("users_deleted_at_idx", ["deletedAt"], { where: "deleted_at is not null and erased_at is null" })
export class User {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "users_pkey" })
  id: string;

  @Column("text")
  handle: string;

  @Column("text")
  displayName: string;

  @Column("text", { nullable: true })
  bio: string | null;

  @Column("text", { nullable: true })
  avatarUrl: string | null;

  /** ISO 3166-1 alpha-2. */
  @Column("text")
  country: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  deletedAt: string | null;

  /** When nothing was left of a deleted account but this row, without its texts. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  erasedAt: string | null;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  suspendedAt: string | null;

  /** Whether what is counted of people counts this one: not from being hidden until being shown again. */
  @Column("boolean", { default: true })
  isCounted: boolean;

  @Column("integer", { default: 0 })
  friendCount: number;

  /** Incoming friend requests that wait for an answer. */
  @Column("integer", { default: 0 })
  waitingRequestCount: number;

  @Column("enum", { ...reach, default: "FRIENDS" })
  messagesFrom: Reach;

  @Column("enum", { ...reach, default: "EVERYONE" })
  friendRequestsFrom: Reach;

  @Column("enum", { ...reach, default: "FRIENDS" })
  groupInvitesFrom: Reach;

  @Column("enum", { ...reach, default: "FRIENDS" })
  friendListVisibleTo: Reach;

  @Column("enum", { ...reach, default: "FRIENDS" })
  activityVisibleTo: Reach;

  @Column("boolean", { default: true })
  readReceipts: boolean;

  @Column("boolean", { default: true })
  showLastActive: boolean;

  @Column("boolean", { default: true })
  discoverableByContacts: boolean;

  @Column("boolean", { default: true })
  suggestMe: boolean;
}
