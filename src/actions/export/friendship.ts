/** What an export says of a person and others: of those alone whom the person may see. */
import { userVisible } from "../../visibility/user.ts";
import { id, section } from "./section.ts";

const visible = userVisible(":userId", "u");

export const friendshipSections = [
  section("friend", {
    fields: {
      id: id("user", "u.id"),
      handle: "u.handle",
      since: "f.since",
      isCloseFriend: "f.is_close",
      metThrough: "f.met_through",
    },
    from: "friendships f join users u on u.id = f.friend_id",
    where: `f.user_id = :userId and ${visible}`,
    order: [
      ["f.since", "timestamptz"],
      ["f.friend_id", "bigint"],
    ],
  }),
  section("friend_request", {
    fields: {
      id: id("user", "u.id"),
      handle: "u.handle",
      direction: "r.direction",
      note: "r.note",
      metThrough: "r.met_through",
      createdAt: "r.created_at",
      declinedAt: "r.declined_at",
    },
    from: "friend_requests r join users u on u.id = r.other_id",
    where: `r.user_id = :userId and ${visible}`,
    order: [["r.other_id", "bigint"]],
  }),
  section("block", {
    fields: { id: id("user", "u.id"), handle: "u.handle", createdAt: "b.created_at" },
    from: "blocks b join users u on u.id = b.blocked_id",
    where: `b.user_id = :userId and ${visible}`,
    order: [["b.blocked_id", "bigint"]],
  }),
  section("mute", {
    fields: { id: id("user", "u.id"), handle: "u.handle", until: "m.until" },
    from: "mutes m join users u on u.id = m.muted_id",
    where: `m.user_id = :userId and ${visible}`,
    order: [["m.muted_id", "bigint"]],
  }),
  section("dismissed_suggestion", {
    fields: { id: id("user", "u.id"), handle: "u.handle", createdAt: "d.created_at" },
    from: "dismissed_suggestions d join users u on u.id = d.other_id",
    where: `d.user_id = :userId and ${visible}`,
    order: [["d.other_id", "bigint"]],
  }),
  // Only hashes are kept, from which nobody can be read.
  section("contacts", {
    fields: { kept: "c.kept" },
    from: "(select count(*)::integer as kept from contacts c where c.user_id = :userId) c",
    where: "true",
    order: [["1::bigint", "bigint"]],
  }),
  section("invite", {
    fields: {
      conversation: id("conversation", "i.conversation_id"),
      maxUses: "i.max_uses",
      uses: "i.uses",
      createdAt: "i.created_at",
      expiresAt: "i.expires_at",
      revokedAt: "i.revoked_at",
    },
    from: "invites i",
    where: "i.user_id = :userId",
    order: [
      ["i.expires_at", "timestamptz"],
      ["i.code_hash", "bytea"],
    ],
  }),
  section("notification", {
    fields: { id: id("notification", "n.id"), kind: "n.kind", at: "n.at", actorCount: "n.actor_count" },
    from: "notifications n",
    where: "n.user_id = :userId and n.actor_count > 0",
    order: [["n.id", "bigint"]],
  }),
  section("report", {
    fields: {
      id: id("report", "r.id"),
      about: "r.subject_kind",
      reason: "r.reason",
      note: "r.note",
      status: "r.status",
      createdAt: "r.created_at",
    },
    from: "reports r",
    where: "r.reporter_id = :userId",
    order: [["r.id", "bigint"]],
  }),
];
