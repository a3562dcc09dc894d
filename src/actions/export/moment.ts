/** What an export says of a person's moments, and of those that they have seen. */
import { id, section } from "./section.ts";

export const momentSections = [
  section("moment", {
    fields: {
      id: id("moment", "m.author_id", "m.id"),
      video: id("video", "m.video_id"),
      text: "m.text",
      audience: "m.audience",
      createdAt: "m.created_at",
      expiresAt: "m.expires_at",
    },
    from: "moments m",
    where: "m.author_id = :userId",
    order: [["m.id", "bigint"]],
  }),
  section("moment_view", {
    fields: { moment: id("moment", "v.author_id", "v.moment_id"), at: "v.at" },
    from: "moment_views v",
    where: "v.user_id = :userId",
    order: [
      ["v.at", "timestamptz"],
      ["v.author_id", "bigint"],
      ["v.moment_id", "bigint"],
    ],
  }),
];
