/** Who may see a video. */
import { areFriends, hasBlocked, isCloseFriend, userVisible } from "./user.ts";

/**
 * SQL: the audiences of an author's videos that the viewer belongs to, as an array: decided once for an author, however
 * many videos are looked at. Neither of the two may name a row called a, b or f: those are the rows in here.
 */
export function audiencesOf(viewer: string, author: string): string {
  return `(
    select case
      when a.id = ${viewer} then array['PUBLIC', 'FRIENDS', 'CLOSE_FRIENDS', 'ONLY_ME']::audience[]
      when ${hasBlocked(viewer, "a.id")} then '{}'::audience[]
      when ${areFriends("a.id", viewer)} then ${audiencesOfFriend(viewer, "a.id")}
      else array['PUBLIC']::audience[]
    end
    from users a
    where a.id = ${author} and ${userVisible(viewer, "a")}
  )::audience[]`;
}

/** SQL: those audiences for a viewer who is a friend of the author, and sees them. */
export function audiencesOfFriend(viewer: string, author: string): string {
  return `(
    case
      when ${isCloseFriend(author, viewer)} then array['PUBLIC', 'FRIENDS', 'CLOSE_FRIENDS']::audience[]
      else array['PUBLIC', 'FRIENDS']::audience[]
    end
  )`;
}

/** SQL: whether the author of the row `video` of videos, whom the viewer may see, has let the viewer in by name. */
export function hasAccess(viewer: string, video: string): string {
  // With an offset it is a look at one pair, and not a list of all who were ever let in.
  return `exists (
    select
    from video_access g
    join users a on a.id = g.author_id and ${userVisible(viewer, "a")}
    where g.video_id = ${video}.id and g.user_id = ${viewer} and g.granted_at is not null
    offset 0
  )`;
}

/**
 * SQL: whether the row `video` of videos is for the viewer: they belong to its audience, or were let in by name. What
 * its audience decides costs no look at who was let in. `audiences`, where they are known already, are those of its
 * author for this viewer: friends alone are let in.
 */
export function isForViewer(viewer: string, video: string, audiences?: string): string {
  const wasLetIn = hasAccess(viewer, video);
  return audiences === undefined
    ? `(${video}.audience = any(${audiencesOf(viewer, `${video}.author_id`)}) or ${wasLetIn})`
    : `(${video}.audience = any(${audiences}) or ('FRIENDS' = any(${audiences}) and ${wasLetIn}))`;
}

/** SQL: whether the viewer may see the row `video` of videos; `audiences` are those of its author for this viewer. */
export function videoVisible(viewer: string, video: string, audiences?: string): string {
  return `(
    ${isForViewer(viewer, video, audiences)}
    and (${video}.status = 'READY' or (${video}.author_id = ${viewer} and ${video}.status <> 'REMOVED'))
  )`;
}
