/** A video's file on its way in, and what is left to be thrown away of such files. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";

export const UPLOAD_STATUSES = ["OPEN", "PROCESSING", "READY", "FAILED", "EXPIRED"] as const;
export type UploadStatus = (typeof UPLOAD_STATUSES)[number];

@Entity("video_uploads")
@Index("video_uploads_user_idx", ["userId", "id"])
@Index("video_uploads_processing_idx", ["id"], { where: "status = 'PROCESSING'::upload_status" })
@Index("video_uploads_worked_idx", ["userId", "workedAt"], { where: "worked_at is not null" })
@Index("video_uploads_original_idx", ["claimedUntil"], {
  where: "status = 'READY'::upload_status and claimed_until is not null",
})
@Index("video_uploads_open_idx", ["createdAt"], { where: "status = 'OPEN'::upload_status" })
@Index("video_uploads_touched_idx", ["touchedAt"], {
  where: "status = 'OPEN'::upload_status and touched_at is not null",
})
@Index("video_uploads_unused_idx", ["expiresAt"], {
  where: "status = 'READY'::upload_status and expires_at is not null",
})
@Index("video_uploads_over_idx", ["createdAt"], { where: "expires_at is not null" })
@ForeignKey(() => User, ["userId"], ["id"], { name: "video_uploads_user_id_fkey" })
export class VideoUpload {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "video_uploads_pkey" })
  id: string;

  @Column("bigint")
  userId: string;

  /** What the client says it will send; held against what comes. */
  @Column("integer")
  byteSize: number;

  @Column("text")
  contentType: string;

  @Column("enum", { enum: UPLOAD_STATUSES, enumName: "upload_status", default: "OPEN" })
  status: UploadStatus;

  @Column("integer", { default: 0 })
  bytesReceived: number;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  /** When bytes last came; null once it was looked whether they were the last. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  touchedAt: string | null;

  /** When it is thrown away; null once a video is made of it. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  expiresAt: string | null;

  /** Until when a node works on it, unless it says so again; null for one that nobody works on, and waits no longer. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  claimedUntil: string | null;

  /** When a node last began to. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  workedAt: string | null;

  @Column("integer", { default: 0 })
  attempts: number;

  /** Why nothing came of it. */
  @Column("text", { nullable: true })
  failure: string | null;

  @Column("integer", { nullable: true })
  durationMs: number | null;

  @Column("integer", { nullable: true })
  width: number | null;

  @Column("integer", { nullable: true })
  height: number | null;

  /** Whether a still was made of it. */
  @Column("boolean", { default: false })
  hasPoster: boolean;
}

/** An upload of which nothing is to be left in the store. */
@Entity("discarded_uploads")
export class DiscardedUpload {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "discarded_uploads_pkey" })
  uploadId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
