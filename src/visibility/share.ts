/** Who may see a share: whoever may see the message that brought it. */
import { isActive } from "./conversation.ts";
import { messageHidden, messageVisible } from "./message.ts";

/** SQL: whether the viewer, whose row of participants is `participant`, may see the row `share` of shares. */
export function shareVisible(share: string, participant: string): string {
  return `(
    ${messageVisible(`${share}.position`, participant)}
    and not ${messageHidden(`${share}.shared_by`, `${share}.position`, participant)}
  )`;
}

// For nearly everybody it is a look at two empty lists.
const hidesNothing = (participant: string) =>
  `cardinality(${participant}.hides) + cardinality(${participant}.hidden_positions) = 0`;

/**
 * SQL: how many messages about the row `share` of shares the viewer, whose row of participants is `participant`, can't
 * read: said before they came, or by whom they have blocked, or hidden by them. For nearly everybody it is a look at a
 * zero and two empty lists.
 */
export function hiddenReplies(share: string, participant: string): string {
  const count = (condition: string) => `(
    select count(*)::integer
    from messages r
    where r.conversation_id = ${share}.conversation_id and r.topic_video_id = ${share}.video_id and ${condition}
  )`;
  const earlier = `r.position <= ${participant}.history_from`;
  const hidden = `r.position > ${participant}.history_from and ${messageHidden("r.sender_id", "r.position", participant)}`;
  return `(
    case when ${participant}.history_from = 0 then 0 else ${count(earlier)} end
    + case when ${hidesNothing(participant)} then 0 else ${count(hidden)} end
  )`;
}

/**
 * SQL: when the row `share` of shares was made, or something last said about it that the viewer can read, whose row of
 * participants is `participant`: what they can't read counts as nothing, and so moves nothing.
 */
export function lastSeenActivity(share: string, participant: string): string {
  return `case when ${hidesNothing(participant)} then ${share}.last_activity_at else greatest(${share}.created_at, (
    select r.created_at
    from messages r
    where r.conversation_id = ${share}.conversation_id and r.topic_video_id = ${share}.video_id
      and not ${messageHidden("r.sender_id", "r.position", participant)}
    order by r.position desc
    limit 1
  )) end`;
}

/** Some videos, as SQL: their ids as an array, the lowest and the highest of them. */
interface VideoIds {
  readonly all: string;
  readonly lowest: string;
  readonly highest: string;
}

/**
 * SQL: a table of the shares of some videos in the viewer's own conversations, as far as the viewer may see them:
 * `columns` of `s`, and for them `hidden_replies` and `active_at`. It is one walk through the viewer's conversations,
 * however many videos are looked for: how many a person takes part in has an end, and in how many a video was shared has
 * none.
 */
export function ownSharesOf(viewer: string, videos: VideoIds, columns: string): string {
  // In each conversation it is one walk from the lowest to the highest. As a condition of an index, "is one of these"
  // would be twenty looks instead; so it is hidden from the planner.
  return `(
    select ${columns}, ${hiddenReplies("s", "p")} as hidden_replies, ${lastSeenActivity("s", "p")} as active_at
    from inbox i
    cross join lateral (
      select ${columns}
      from shares s
      where s.conversation_id = i.conversation_id and s.video_id between ${videos.lowest} and ${videos.highest}
        and (s.video_id = any(${videos.all})) is true
      offset 0
    ) s
    join participants p on p.conversation_id = s.conversation_id and p.user_id = i.user_id
    where i.user_id = ${viewer} and ${isActive("i")} and i.last_activity_at is not null
      and ${shareVisible("s", "p")}
  )`;
}
