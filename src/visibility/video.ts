/** Who may see a video. */
import { areFriends, isCloseFriend, userVisible } from "./user.ts";

/**
 * SQL: the audiences of an author's videos that the viewer belongs to, as an array: decided once for an author, however
 * many videos are looked at.
 */
export function audiencesOf(viewer: string, author: string): string {
  return `(
    select case
      when a.id = ${viewer} then array['PUBLIC', 'FRIENDS', 'CLOSE_FRIENDS', 'ONLY_ME']::audience[]
      when exists (select from blocks b where b.user_id = ${viewer} and b.blocked_id = a.id) then '{}'::audience[]
      when ${isCloseFriend("a.id", viewer)} then array['PUBLIC', 'FRIENDS', 'CLOSE_FRIENDS']::audience[]
      when ${areFriends("a.id", viewer)} then array['PUBLIC', 'FRIENDS']::audience[]
      else array['PUBLIC']::audience[]
    end
    from users a
    where a.id = ${author} and ${userVisible(viewer, "a")}
  )::audience[]`;
}

/** SQL: whether the viewer may see the row `video` of videos; `audiences` are those of its author for this viewer. */
export function videoVisible(
  viewer: string,
  video: string,
  audiences = audiencesOf(viewer, `${video}.author_id`),
): string {
  return `(
    ${video}.audience = any(${audiences})
    and (${video}.status = 'READY' or (${video}.author_id = ${viewer} and ${video}.status <> 'REMOVED'))
  )`;
}
