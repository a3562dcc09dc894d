/** A moment: what friends are shown for a day; and who has seen it. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";
import { AUDIENCES, type Audience, Video } from "./video.ts";

@Entity("moments")
@Index("moments_nonce_key", ["authorId", "nonce"], { unique: true, where: "nonce is not null" })
@Index("moments_expires_at_idx", ["expiresAt"])
@Index("moments_video_idx", ["videoId"], { where: "video_id is not null" })
@ForeignKey(() => User, ["authorId"], ["id"], { name: "moments_author_id_fkey" })
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "moments_video_id_fkey" })
export class Moment {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "moments_pkey" })
  authorId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "moments_pkey" })
  id: string;

  @Column("bigint", { nullable: true })
  videoId: string | null;

  @Column("text", { nullable: true })
  text: string | null;

  @Column("enum", { enum: AUDIENCES, enumName: "audience" })
  audience: Audience;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("timestamp with time zone", { precision: 3 })
  expiresAt: string;

  @Column("text", { nullable: true })
  nonce: string | null;
}

@Entity("moment_views")
@Index("moment_views_newest_idx", ["authorId", "momentId", "at", "userId"])
@Index("moment_views_user_idx", ["userId", "at", "authorId", "momentId"])
@ForeignKey(() => Moment, ["authorId", "momentId"], ["authorId", "id"], {
  name: "moment_views_moment_fkey",
  onDelete: "CASCADE",
})
@ForeignKey(() => User, ["userId"], ["id"], { name: "moment_views_user_id_fkey" })
export class MomentView {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "moment_views_pkey" })
  authorId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "moment_views_pkey" })
  momentId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "moment_views_pkey" })
  userId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  at: string;
}
