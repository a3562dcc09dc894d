/** A friend outside a video's audience who asks to be let in, or is. It ends with the friendship. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { Friendship } from "./friendship.ts";
import { Video } from "./video.ts";

@Entity("video_access")
@Index("video_access_friendship_idx", ["authorId", "userId", "videoId"])
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "video_access_video_id_fkey" })
@ForeignKey(() => Friendship, ["authorId", "userId"], ["userId", "friendId"], {
  name: "video_access_friendship_fkey",
  onDelete: "CASCADE",
})
export class VideoAccess {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "video_access_pkey" })
  videoId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "video_access_pkey" })
  userId: string;

  @Column("bigint")
  authorId: string;

  /** Null for who was let in without asking. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  requestedAt: string | null;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  grantedAt: string | null;
}
