/** What an export says of a person's videos and uploads, and of what they did with videos of others. */
import { hiddenComments } from "../../visibility/comment.ts";
import { hiddenCount } from "../../visibility/user.ts";
import { id, ids, section } from "./section.ts";

const hiddenLikes = (table: string, condition: string) =>
  hiddenCount(":userId::bigint", `${table} h`, "h.user_id", condition);
const hiddenReplies = hiddenComments(":userId::bigint", "h.video_id = c.video_id and h.reply_to_id = c.id");

export const videoSections = [
  section("video", {
    fields: {
      id: id("video", "v.id"),
      caption: "v.caption",
      mentions: ids("user", "v.mentions"),
      sourceUrl: "v.source_url",
      thumbnailUrl: "v.thumbnail_url",
      durationMs: "v.duration_ms",
      status: "v.status",
      audience: "v.audience",
      commentsFrom: "v.comments_from",
      createdAt: "v.created_at",
      likeCount: `v.like_count - ${hiddenLikes("likes", "h.video_id = v.id")}`,
    },
    from: "videos v",
    where: "v.author_id = :userId",
    order: [["v.id", "bigint"]],
  }),
  section("video_upload", {
    fields: {
      id: id("upload", "w.id"),
      byteSize: "w.byte_size",
      contentType: "w.content_type",
      status: "w.status",
      bytesReceived: "w.bytes_received",
      failure: "w.failure",
      createdAt: "w.created_at",
    },
    from: "video_uploads w",
    where: "w.user_id = :userId",
    order: [["w.id", "bigint"]],
  }),
  section("like", {
    fields: { video: id("video", "l.video_id"), createdAt: "l.created_at" },
    from: "likes l",
    where: "l.user_id = :userId",
    order: [["l.video_id", "bigint"]],
  }),
  section("comment", {
    fields: {
      id: id("comment", "c.video_id", "c.id"),
      video: id("video", "c.video_id"),
      replyTo: id("comment", "c.video_id", "c.reply_to_id"),
      text: "c.text",
      mentions: ids("user", "c.mentions"),
      nonce: "c.nonce",
      createdAt: "c.created_at",
      deletedAt: "c.deleted_at",
      likeCount: `c.like_count - ${hiddenLikes("comment_likes", "h.video_id = c.video_id and h.comment_id = c.id")}`,
      replyCount: `c.reply_count - ${hiddenReplies}`,
    },
    from: "comments c",
    where: "c.author_id = :userId",
    order: [
      ["c.video_id", "bigint"],
      ["c.id", "bigint"],
    ],
  }),
  section("comment_like", {
    fields: { comment: id("comment", "l.video_id", "l.comment_id"), createdAt: "l.created_at" },
    from: "comment_likes l",
    where: "l.user_id = :userId",
    order: [
      ["l.video_id", "bigint"],
      ["l.comment_id", "bigint"],
    ],
  }),
  section("save", {
    fields: { video: id("video", "s.video_id"), createdAt: "s.created_at" },
    from: "saves s",
    where: "s.user_id = :userId",
    order: [["s.video_id", "bigint"]],
  }),
  section("repost", {
    fields: { video: id("video", "r.video_id"), note: "r.note", createdAt: "r.created_at" },
    from: "reposts r",
    where: "r.user_id = :userId",
    order: [
      ["r.created_at", "timestamptz"],
      ["r.video_id", "bigint"],
    ],
  }),
  section("view", {
    fields: {
      video: id("video", "w.video_id"),
      day: "w.day::text",
      watchedMs: "w.watched_ms",
      createdAt: "w.created_at",
    },
    from: "views w",
    where: "w.user_id = :userId",
    order: [
      ["w.video_id", "bigint"],
      ["w.day", "date"],
    ],
  }),
];
