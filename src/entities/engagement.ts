/** What people do with a video besides liking it: they save, repost, watch and share it. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";
import { Video } from "./video.ts";

/** What friends are told of, of what somebody does with a video. */
export const FRIEND_ACTIVITY_KINDS = ["LIKED", "COMMENTED", "REPOSTED"] as const;
export type FriendActivityKind = (typeof FRIEND_ACTIVITY_KINDS)[number];

@Entity("saves")
@Index("saves_newest_idx", ["userId", "createdAt", "videoId"])
@Index("saves_video_idx", ["videoId", "userId"])
@ForeignKey(() => User, ["userId"], ["id"], { name: "saves_user_id_fkey" })
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "saves_video_id_fkey" })
export class Save {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "saves_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "saves_pkey" })
  videoId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}

@Entity("reposts")
@Index("reposts_newest_idx", ["userId", "createdAt", "videoId"])
@Index("reposts_created_at_idx", ["createdAt"], { type: "brin" })
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "reposts_video_id_fkey" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "reposts_user_id_fkey" })
export class Repost {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "reposts_pkey" })
  videoId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "reposts_pkey" })
  userId: string;

  @Column("text", { nullable: true })
  note: string | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}

/** That somebody has watched a video on a day, in UTC. */
@Entity("views")
@Index("views_video_idx", ["videoId", "userId"])
@Index("views_created_at_idx", ["createdAt"], { type: "brin" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "views_user_id_fkey" })
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "views_video_id_fkey" })
export class View {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "views_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "views_pkey" })
  videoId: string;

  @PrimaryColumn("date", { primaryKeyConstraintName: "views_pkey" })
  day: string;

  /** The longest that they watched at a time on that day. */
  @Column("integer", { default: 0 })
  watchedMs: number;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}

/** That somebody has brought a video into a conversation; the share itself belongs to that. */
@Entity("sharings")
@Index("sharings_user_idx", ["userId", "videoId", "conversationId"])
@Index("sharings_created_at_idx", ["createdAt"], { type: "brin" })
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "sharings_video_id_fkey" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "sharings_user_id_fkey" })
export class Sharing {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "sharings_pkey" })
  videoId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "sharings_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "sharings_pkey" })
  conversationId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
