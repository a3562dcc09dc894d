/** A video, and who likes it. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { VideoUpload } from "./upload.ts";
import { REACHES, type Reach, User } from "./user.ts";

export const AUDIENCES = ["PUBLIC", "FRIENDS", "CLOSE_FRIENDS", "ONLY_ME"] as const;
export type Audience = (typeof AUDIENCES)[number];

export const VIDEO_STATUSES = ["PROCESSING", "READY", "FAILED", "REMOVED"] as const;
export type VideoStatus = (typeof VIDEO_STATUSES)[number];

@Entity("videos")
@Index("videos_author_idx", ["authorId", "id"])
@Index("videos_contain_idx", { synchronize: false })
@Index("videos_upload_key", ["uploadId"], { unique: true, where: "upload_id is not null" })
@Index("videos_nonce_key", ["authorId", "nonce"], { unique: true, where: "nonce is not null" })
@ForeignKey(() => User, ["authorId"], ["id"], { name: "videos_author_id_fkey" })
@ForeignKey(() => VideoUpload, ["uploadId"], ["id"], { name: "videos_upload_id_fkey" })
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

  @Column("integer", { default: 0 })
  commentCount: number;

  @Column("integer", { default: 0 })
  repostCount: number;

  /** How many times somebody has brought it into a conversation. */
  @Column("integer", { default: 0 })
  shareCount: number;

  /** Of each person once a day. */
  @Column("integer", { default: 0 })
  viewCount: number;

  /** Whom its caption mentions; null for nobody. */
  @Column("bigint", { array: true, nullable: true })
  mentions: string[] | null;

  /** The file that it was made of; null for one that plays from `sourceUrl`. */
  @Column("bigint", { nullable: true })
  uploadId: string | null;

  /** In pixels, as it is shown; null where that is not known. */
  @Column("integer", { nullable: true })
  width: number | null;

  @Column("integer", { nullable: true })
  height: number | null;

  /** Whether a still was made of its upload. */
  @Column("boolean", { default: false })
  hasPoster: boolean;

  /** Those in its author's own comments on it, the first 30 in the order of their writing; null for none. */
  @Column("text", { array: true, nullable: true })
  commentHashtags: string[] | null;
}

@Entity("likes")
@Index("likes_newest_idx", ["videoId", "createdAt", "userId"])
@Index("likes_user_newest_idx", ["userId", "createdAt", "videoId"])
@Index("likes_created_at_idx", ["createdAt"], { type: "brin" })
@Index("likes_user_idx", ["userId", "videoId"])
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
