/** A person, as far as others may see them. */
import { Column, Entity, PrimaryColumn } from "typeorm";

export const REACHES = ["EVERYONE", "FRIENDS_OF_FRIENDS", "FRIENDS", "CLOSE_FRIENDS", "NO_ONE"] as const;
export type Reach = (typeof REACHES)[number];

const reach = { enum: REACHES, enumName: "reach" };

@Entity("users")
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
