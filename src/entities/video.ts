/** A video, and who likes it. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { REACHES, type Reach, User } from "./user.ts";

export const AUDIENCES = ["PUBLIC", "FRIENDS", "CLOSE_FRIENDS", "ONLY_ME"] as const;
export type Audience = (typeof AUDIENCES)[number];

export const VIDEO_STATUSES = ["PROCESSING", "READY", "FAILED", "REMOVED"] as const;
export type VideoStatus = (typeof VIDEO_STATUSES)[number];

@Entity("videos")
@Index("videos_author_idx", ["authorId", "id"])
@Index("videos_nonce_key", ["authorId", "nonce"], { unique: true, where: "nonce is not null" })
@ForeignKey(() => User, ["authorId"], ["id"], { name: "videos_author_id_fkey" })
export class Video {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "videos_pkey" })
  id: string;

  @Column("bigint")
  authorId: string;

  @Column("text", { nullable: true })
  sourceUrl: string | null;

  @Column("text", { nullable: true })
  thumbnailUrl: string | null;

  @Column("text")
  caption: string;

  @Column("integer", { nullable: true })
  durationMs: number | null;

  @Column("enum", { enum: VIDEO_STATUSES, enumName: "video_status" })
  status: VideoStatus;

  @Column("enum", { enum: AUDIENCES, enumName: "audience" })
  audience: Audience;

  @Column("enum", { enum: REACHES, enumName: "reach", default: "EVERYONE" })
  commentsFrom: Reach;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("integer", { default: 0 })
  likeCount: number;

  @Column("text", { nullable: true })
  nonce: string | null;
}

@Entity("likes")
@Index("likes_newest_idx", ["videoId", "createdAt", "userId"])
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "likes_video_id_fkey" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "likes_user_id_fkey" })
export class Like {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "likes_pkey" })
  videoId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "likes_pkey" })
  userId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
