/** Who may know when a person was last active. */
import { areFriends } from "./user.ts";

/** SQL: whether the viewer and the row `user` of users both let it be known when they are active. */
export function activityShared(viewer: string, user: string): string {
  return `(${user}.show_last_active and (select v.show_last_active from users v where v.id = ${viewer}))`;
}

/**
 * SQL: whether the viewer may know when the row `user` of users was last active: of themselves always, of others where
 * the two are friends and each lets it be known.
 */
export function lastActiveVisible(viewer: string, user: string): string {
  // Looked up in the viewer's own list: of many friends at once it lies together, and each of theirs somewhere else.
  return `(
    ${user}.id = ${viewer}
    or ${activityShared(viewer, user)}
      and ${areFriends(viewer, `${user}.id`)}
  )`;
}
