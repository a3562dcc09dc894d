/** Reads of shares: videos brought into conversations. */
import { columns, plainColumns } from "../entities/naming.ts";
import { Share } from "../entities/share.ts";
import { messageUnread } from "../visibility/message.ts";
import { hiddenReplies, lastSeenActivity, ownSharesOf, shareVisible } from "../visibility/share.ts";
import { count, one, page } from "./kinds.ts";
import { ownParticipation } from "./message.ts";

const asAnybodyHasIt = columns(Share, "s", ["replyCount", "lastActivityAt"]);

/** SQL: the select list of the row `s` of shares, as the participant `p` has it: what they can read counts alone. */
const shareColumns = `${asAnybodyHasIt},
  s.reply_count - ${hiddenReplies("s", "p")} as "replyCount", ${lastSeenActivity("s", "p")} as "lastActivityAt"`;

/** A share by its conversation and its video. */
export const shareOf = one<Share>({
  name: "share_of",
  key: { conversation_id: "bigint", video_id: "bigint" },
  keyOf: (share) => [share.conversationId, share.videoId],
  sql: (k) => `
    select k.nr, ${shareColumns}
    from ${k}
    ${ownParticipation}
    join shares s on s.conversation_id = k.conversation_id and s.video_id = k.video_id
    where ${shareVisible("s", "p")}`,
});

/** The videos shared in a conversation, newest first. */
export const sharesOf = page<Share>({
  name: "shares_of",
  key: { conversation_id: "bigint" },
  direction: "desc",
  order: [{ sql: "s.position", type: "integer", value: ({ position }) => position }],
  prime: shareOf.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${shareColumns}
    from ${k}
    ${ownParticipation}
    cross join lateral (
      select ${plainColumns(Share, "s")}
      from shares s
      where s.conversation_id = k.conversation_id and ${shareVisible("s", "p")} and ${within}
      order by ${order}
      limit ${limit}
    ) s
    order by k.nr, ${order}`,
});

const SOUGHT = { all: "v.video_ids", lowest: "v.lowest", highest: "v.highest" };

/** The viewer's own conversations about a video, as the shares that they are about; the liveliest first. */
export const discussionsOf = page<Share>({
  name: "discussions_of",
  key: { video_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "s.active_at", type: "timestamptz", value: ({ lastActivityAt }) => lastActivityAt },
    { sql: "s.conversation_id", type: "bigint", value: ({ conversationId }) => conversationId },
  ],
  prime: shareOf.prime,
  sql: ({ k, within, order, limit }) => `
    with keys as materialized (select k.viewer_id, k.video_id, k.nr from ${k}),
    found as materialized (
      select v.viewer_id, ${plainColumns(Share, "s")}, s.hidden_replies, s.active_at
      from (
        select
          k.viewer_id, array_agg(k.video_id) as video_ids, min(k.video_id) as lowest, max(k.video_id) as highest
        from keys k
        group by k.viewer_id
      ) v
      cross join lateral ${ownSharesOf("v.viewer_id", SOUGHT, plainColumns(Share, "s"))} s
    )
    select k.nr, ${asAnybodyHasIt}, s.reply_count - s.hidden_replies as "replyCount", s.active_at as "lastActivityAt"
    from keys k
    cross join lateral (
      select ${plainColumns(Share, "s")}, s.hidden_replies, s.active_at
      from found s
      where s.viewer_id = k.viewer_id and s.video_id = k.video_id and ${within}
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
        and ${messageUnread("m", "p")}
    ) r`,
});
