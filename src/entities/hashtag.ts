/** Hashtags, and which public videos have them. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";
import { Video } from "./video.ts";

@Entity("hashtags")
@Index("hashtags_prefix_idx", { synchronize: false })
export class Hashtag {
  /** In NFC and lower case, without the sign. */
  @PrimaryColumn("text", { primaryKeyConstraintName: "hashtags_pkey" })
  name: string;

  /** Of public videos whose authors are not hidden. */
  @Column("integer")
  videoCount: number;
}

@Entity("video_hashtags")
@Index("video_hashtags_video_idx", ["videoId", "name"])
@Index("video_hashtags_author_idx", ["authorId", "name"])
@ForeignKey(() => Video, ["videoId"], ["id"], {
  name: "video_hashtags_video_id_fkey",
  onDelete: "CASCADE",
})
@ForeignKey(() => User, ["authorId"], ["id"], { name: "video_hashtags_author_id_fkey" })
export class VideoHashtag {
  @PrimaryColumn("text", { primaryKeyConstraintName: "video_hashtags_pkey" })
  name: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "video_hashtags_pkey" })
  videoId: string;

  @Column("bigint")
  authorId: string;
}
