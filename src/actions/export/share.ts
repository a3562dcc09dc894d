/** What an export says of how a person passes videos on: whom they let in, who lets them in, and their share links. */
import { userVisible } from "../../visibility/user.ts";
import { id, section } from "./section.ts";

const visible = userVisible(":userId", "u");

export const shareSections = [
  // By the person's friends, for it hangs on friendships.
  section("video_access", {
    fields: {
      video: id("video", "g.video_id"),
      author: id("user", "g.author_id"),
      requestedAt: "g.requested_at",
      grantedAt: "g.granted_at",
    },
    from: `
      friendships f
      join users u on u.id = f.friend_id
      join video_access g on g.author_id = f.friend_id and g.user_id = f.user_id`,
    where: `f.user_id = :userId and ${visible}`,
    order: [
      ["f.friend_id", "bigint"],
      ["g.video_id", "bigint"],
    ],
  }),
  section("video_access_given", {
    fields: {
      video: id("video", "g.video_id"),
      friend: id("user", "g.user_id"),
      requestedAt: "g.requested_at",
      grantedAt: "g.granted_at",
    },
    from: "video_access g join users u on u.id = g.user_id",
    where: `g.author_id = :userId and ${visible}`,
    order: [
      ["g.user_id", "bigint"],
      ["g.video_id", "bigint"],
    ],
  }),
  section("share_link", {
    fields: {
      video: id("video", "l.video_id"),
      createdAt: "l.created_at",
      openCount: "l.open_count",
      joinedCount: "l.joined_count",
    },
    from: "share_links l",
    where: "l.user_id = :userId",
    order: [["l.video_id", "bigint"]],
  }),
];
