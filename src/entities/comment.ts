/** A comment on a video, and who likes it. */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from "typeorm";
import { User } from "./user.ts";
import { Video } from "./video.ts";

@Entity("comments")
@Index("comments_top_idx", ["videoId", "id"], {
  where: "reply_to_id is null and (deleted_at is null or reply_count > 0)",
})
@Index("comments_replies_idx", ["videoId", "replyToId", "id"])
@Index("comments_author_idx", ["authorId", "videoId", "id"])
@Index("comments_sayers_idx", ["videoId", "authorId"], { where: "deleted_at is null" })
@Index("comments_hashtags_idx", ["videoId", "id"], { where: "hashtags is not null" })
@Index("comments_nonce_key", ["videoId", "authorId", "nonce"], { unique: true, where: "nonce is not null" })
@Index("comments_created_at_idx", ["createdAt"], { type: "brin" })
@ForeignKey(() => Video, ["videoId"], ["id"], { name: "comments_video_id_fkey" })
@ForeignKey(() => User, ["authorId"], ["id"], { name: "comments_author_id_fkey" })
@ForeignKey(() => Comment, ["videoId", "replyToId"], ["videoId", "id"], { name: "comments_reply_to_fkey" })
export class Comment {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "comments_pkey" })
  videoId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "comments_pkey" })
  id: string;

  /** Null for an erased account. */
  @Column("bigint", { nullable: true })
  authorId: string | null;

  /** Null once it is deleted; the row stays, so that its nonce is known for good. */
  @Column("text", { nullable: true })
  text: string | null;

  /** The comment that it answers: one that answers none itself. */
  @Column("bigint", { nullable: true })
  replyToId: string | null;

  /** Whom it mentions; null for nobody. */
  @Column("bigint", { array: true, nullable: true })
  mentions: string[] | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  @Column("timestamp with time zone", { precision: 3, nullable: true })
  deletedAt: string | null;

  @Column("integer", { default: 0 })
  likeCount: number;

  @Column("integer", { default: 0 })
  replyCount: number;

  @Column("text", { nullable: true })
  nonce: string | null;

  /** Of a comment on a video of its author's own; null for none. */
  @Column("text", { array: true, nullable: true })
  hashtags: string[] | null;
}

@Entity("comment_likes")
@Index("comment_likes_user_idx", ["userId", "videoId", "commentId"])
@ForeignKey(() => Comment, ["videoId", "commentId"], ["videoId", "id"], {
  name: "comment_likes_comment_fkey",
})
@ForeignKey(() => User, ["userId"], ["id"], { name: "comment_likes_user_id_fkey" })
export class CommentLike {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "comment_likes_pkey" })
  videoId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "comment_likes_pkey" })
  commentId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "comment_likes_pkey" })
  userId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
