/** An address by which somebody shows a video outside. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";
import { Video } from "./video.ts";

@Entity("share_links")
@Index("share_links_video_idx", ["videoId", "userId"])
@ForeignKey(() => User, ["userId"], ["id"], { name: "share_links_user_id_fkey" })
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "share_links_video_id_fkey" })
export class ShareLink {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "share_links_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "share_links_pkey" })
  videoId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("integer", { default: 0 })
  openCount: number;

  /** Newcomers who have come by it. */
  @Column("integer", { default: 0 })
  joinedCount: number;
}
