/** Reads of shares: videos brought into conversations. */
import { columns, plainColumns } from "../entities/naming.ts";
import { Share } from "../entities/share.ts";
import { messageHidden, messageVisible } from "../visibility/message.ts";
import { count, one, page } from "./kinds.ts";

const ownParticipation =
  "join participants p on p.conversation_id = k.conversation_id and p.user_id = k.viewer_id";

// A share is as visible as the message that brought it.
const shareVisible = `(${messageVisible("s.position", "p")} and not ${messageHidden("s.shared_by", "p")})`;

/** A share by its conversation and its video. */
export const shareOf = one<Share>({
  name: "share_of",
  key: { conversation_id: "bigint", video_id: "bigint" },
  keyOf: (share) => [share.conversationId, share.videoId],
  sql: (k) => `
    select k.nr, ${columns(Share, "s")}
    from ${k}
    ${ownParticipation}
    join shares s on s.conversation_id = k.conversation_id and s.video_id = k.video_id
    where ${shareVisible}`,
});

/** The videos shared in a conversation, newest first. */
export const sharesOf = page<Share>({
  name: "shares_of",
  key: { conversation_id: "bigint" },
  direction: "desc",
  order: [{ sql: "s.position", type: "integer", value: ({ position }) => position }],
  prime: shareOf.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${columns(Share, "s")}
    from ${k}
    ${ownParticipation}
    cross join lateral (
      select ${plainColumns(Share, "s")}
      from shares s
      where s.conversation_id = k.conversation_id and ${shareVisible} and ${within}
      order by ${order}
      limit ${limit}
    ) s
    order by k.nr, ${order}`,
});

/** How many messages about a shared video the viewer has not read: sent by others after what they have read. */
export const unreadReplyCount = count({
  name: "unread_reply_count",
  key: { conversation_id: "bigint", video_id: "bigint" },
  sql: (k) => `
    select k.nr, r.value
    from ${k}
    ${ownParticipation}
    join inbox i on i.user_id = k.viewer_id and i.conversation_id = k.conversation_id
    cross join lateral (
      select count(*)::integer as value
      from messages m
      where m.conversation_id = k.conversation_id and m.topic_video_id = k.video_id and m.position > i.read_up_to
        and ${messageVisible("m.position", "p")} and m.sender_id is distinct from k.viewer_id
        and not ${messageHidden("m.sender_id", "p")}
    ) r`,
});
