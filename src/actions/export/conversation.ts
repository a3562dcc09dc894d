/** What an export says of talk: how a person takes part, and what they have said themselves. */
import { conversationVisible } from "../../visibility/conversation.ts";
import { id, ids, section } from "./section.ts";

export const conversationSections = [
  section("conversation", {
    fields: {
      id: id("conversation", "c.id"),
      kind: "c.kind",
      title: `case when ${conversationVisible("p")} then c.title end`,
      role: "p.role",
      state: "p.state",
      joinedAt: "p.joined_at",
      readUpTo: "i.read_up_to",
      pinned: "i.pinned",
      archived: "i.archived",
      mutedUntil: "i.muted_until",
      hiddenPositions: "p.hidden_positions",
    },
    from: `
      inbox i
      join participants p on p.conversation_id = i.conversation_id and p.user_id = i.user_id
      join conversations c on c.id = i.conversation_id`,
    where: "i.user_id = :userId",
    order: [["i.conversation_id", "bigint"]],
  }),
  section("message", {
    fields: {
      id: id("message", "m.conversation_id", "m.position"),
      conversation: id("conversation", "m.conversation_id"),
      position: "m.position",
      kind: "m.kind",
      body: "m.body",
      notice: "m.notice",
      sharedVideo: id("video", "m.shared_video_id"),
      note: "s.note",
      replyTo: "m.reply_to",
      topicVideo: id("video", "m.topic_video_id"),
      videoAtMs: "m.video_at_ms",
      moment: id("moment", "m.moment_author_id", "m.moment_id"),
      mentions: ids("user", "m.mentions"),
      nonce: "m.nonce",
      createdAt: "m.created_at",
      editedAt: "m.edited_at",
      unsentAt: "m.unsent_at",
    },
    from: (bound) => `
      inbox i
      cross join lateral (
        select
          m.conversation_id, m.position, m.kind, m.body, m.notice, m.shared_video_id, m.reply_to, m.topic_video_id,
          m.video_at_ms, m.moment_author_id, m.moment_id, m.mentions, m.nonce, m.created_at, m.edited_at, m.unsent_at
        from messages m
        where m.conversation_id = i.conversation_id and m.sender_id = i.user_id
          and m.position > case when i.conversation_id = ${bound(1)} then ${bound(2)} else 0 end
        order by m.position
        limit :limit
      ) m
      left join shares s on s.conversation_id = m.conversation_id and s.video_id = m.shared_video_id
        and s.position = m.position`,
    where: "i.user_id = :userId and i.conversation_id >= coalesce((:after::text[])[1], '0')::bigint",
    order: [
      ["i.conversation_id", "bigint"],
      ["m.position", "integer"],
    ],
  }),
  section("reaction", {
    fields: {
      message: id("message", "r.conversation_id", "r.position"),
      emoji: "r.emoji",
      createdAt: "r.created_at",
    },
    from: (bound) => `
      inbox i
      cross join lateral (
        select r.conversation_id, r.position, r.emoji, r.created_at
        from reactions r
        where r.conversation_id = i.conversation_id and r.user_id = i.user_id
          and (r.conversation_id, r.position, r.emoji) > (${bound(1)}, ${bound(2)}, ${bound(3)})
        order by r.position, r.emoji
        limit :limit
      ) r`,
    where: "i.user_id = :userId and i.conversation_id >= coalesce((:after::text[])[1], '0')::bigint",
    order: [
      ["i.conversation_id", "bigint"],
      ["r.position", "integer"],
      ["r.emoji", "text"],
    ],
  }),
];
