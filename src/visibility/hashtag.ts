/** Who may see a hashtag: whoever may see one of its public videos. */
import { blockedEitherWay } from "./user.ts";

/**
 * SQL: how many public videos the viewer finds under the row `hashtag` of hashtags. What is kept counts everybody who is
 * not hidden; it is less by the videos of those who have blocked the viewer, and of those whom the viewer has blocked.
 */
export function hashtagCount(viewer: string, hashtag: string): string {
  return `(${hashtag}.video_count - (
    select count(*)::integer
    from (${blockedEitherWay(viewer)}) as hidden
    join users who on who.id = hidden.id and who.is_counted
    join video_hashtags theirs on theirs.author_id = hidden.id and theirs.name = ${hashtag}.name
  ))`;
}

/** SQL: whether there is anything under the row `hashtag` for the viewer; otherwise it does not exist for them. */
export function hashtagVisible(viewer: string, hashtag: string): string {
  return `(${hashtagCount(viewer, hashtag)} > 0)`;
}
