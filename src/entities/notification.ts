/** What a person is told of, and who has caused it. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import type { NodeKind } from "../ids.ts";
import { User } from "./user.ts";

export const NOTIFICATION_KINDS = [
  "FRIEND_REQUEST",
  "FRIEND_ACCEPTED",
  "CONTACT_JOINED",
  "LIKE",
  "COMMENT",
  "MENTION",
  "REPOST",
  "ACCESS_REQUESTED",
  "ACCESS_GRANTED",
  "GROUP_INVITE",
  "MOMENT",
  "SHARE_LINK_JOINED",
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What notifications of each kind are about; or a comment, instead of a video, and where it is a MENTION, a message. */
export const SUBJECTS: Readonly<Record<NotificationKind, NodeKind>> = {
  FRIEND_REQUEST: "request",
  FRIEND_ACCEPTED: "user",
  CONTACT_JOINED: "user",
  LIKE: "video",
  COMMENT: "video",
  MENTION: "video",
  REPOST: "video",
  ACCESS_REQUESTED: "video",
  ACCESS_GRANTED: "video",
  GROUP_INVITE: "conversation",
  MOMENT: "moment",
  SHARE_LINK_JOINED: "user",
};

@Entity("notifications")
@Unique("notifications_subject_key", ["userId", "kind", "subject"])
@Index("notifications_newest_idx", ["userId", "at", "id"], { where: "actor_count > 0" })
@Index("notifications_moment_idx", ["subject"], { where: "kind = 'MOMENT'::notification_kind" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "notifications_user_id_fkey" })
export class Notification {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "notifications_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "notifications_pkey" })
  id: string;

  @Column("enum", { enum: NOTIFICATION_KINDS, enumName: "notification_kind" })
  kind: NotificationKind;

  /** The key of what it is about; a comment's and a message's have two numbers, where a video's has one. */
  @Column("bigint", { array: true })
  subject: string[];

  /** When the newest of those who cause it came. */
  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  at: string;

  /** Those who cause it now, of the people who are counted. */
  @Column("integer")
  actorCount: number;
}

@Entity("notification_actors")
@Index("notification_actors_newest_idx", ["userId", "notificationId", "at", "actorId"], {
  where: "not is_withdrawn",
})
@Index("notification_actors_actor_idx", ["actorId", "userId", "notificationId"])
@ForeignKey(() => Notification, ["userId", "notificationId"], ["userId", "id"], {
  name: "notification_actors_notification_fkey",
})
@ForeignKey(() => User, ["actorId"], ["id"], { name: "notification_actors_actor_id_fkey" })
export class NotificationActor {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "notification_actors_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "notification_actors_pkey" })
  notificationId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "notification_actors_pkey" })
  actorId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  at: string;

  /** They cause it no longer. */
  @Column("boolean", { default: false })
  isWithdrawn: boolean;
}
