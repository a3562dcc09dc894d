/** What an export says of the account itself. */
import { id, section } from "./section.ts";

export const accountSections = [
  section("account", {
    fields: {
      id: id("user", "u.id"),
      handle: "u.handle",
      displayName: "u.display_name",
      bio: "u.bio",
      avatarUrl: "u.avatar_url",
      email: "a.email",
      phone: "a.phone",
      country: "u.country",
      birthDate: "to_char(a.birth_date, 'YYYY-MM-DD')",
      createdAt: "u.created_at",
      friendCount: "u.friend_count",
      notificationsSeenUpTo: "a.notifications_seen_up_to",
    },
    from: "users u join accounts a on a.user_id = u.id",
    where: "u.id = :userId",
    order: [["u.id", "bigint"]],
  }),
  section("privacy", {
    fields: {
      messagesFrom: "u.messages_from",
      friendRequestsFrom: "u.friend_requests_from",
      groupInvitesFrom: "u.group_invites_from",
      friendListVisibleTo: "u.friend_list_visible_to",
      activityVisibleTo: "u.activity_visible_to",
      readReceipts: "u.read_receipts",
      showLastActive: "u.show_last_active",
      discoverableByContacts: "u.discoverable_by_contacts",
      suggestMe: "u.suggest_me",
    },
    from: "users u",
    where: "u.id = :userId",
    order: [["u.id", "bigint"]],
  }),
  section("handle", {
    fields: { handle: "h.handle", freedAt: "h.freed_at" },
    from: "handles h",
    where: "h.user_id = :userId",
    order: [["h.handle", "text"]],
  }),
  section("identity", {
    fields: { issuer: "i.issuer", subject: "i.subject", createdAt: "i.created_at" },
    from: "identities i",
    where: "i.user_id = :userId",
    order: [
      ["i.issuer", "text"],
      ["i.subject", "text"],
    ],
  }),
  section("session", {
    fields: {
      id: id("session", "s.user_id", "s.id"),
      userAgent: "s.user_agent",
      createdAt: "s.created_at",
      lastUsedAt: "s.last_used_at",
      expiresAt: "s.expires_at",
      endedAt: "s.ended_at",
    },
    from: "sessions s",
    where: "s.user_id = :userId",
    order: [["s.id", "bigint"]],
  }),
  section("last_active", {
    fields: { at: "l.at" },
    from: "last_active l",
    where: "l.user_id = :userId",
    order: [["l.user_id", "bigint"]],
  }),
  section("data_export", {
    fields: { id: id("export", "e.id"), status: "e.status", createdAt: "e.created_at" },
    from: "data_exports e",
    where: "e.user_id = :userId",
    order: [["e.id", "bigint"]],
  }),
];
