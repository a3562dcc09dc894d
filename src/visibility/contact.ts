/** Who is found by the contacts of whom. */
import { hasBlocked } from "./user.ts";

/** SQL: whether `owner` has an address or a number of `other` in their contacts. */
export function hasInContacts(owner: string, other: string): string {
  return `exists (
    select
    from contact_points p
    join contacts c on c.user_id = ${owner} and c.hash = p.hash
    where p.user_id = ${other}
  )`;
}

/**
 * SQL: whether the row `user` of users may be shown to a viewer who has them in their contacts: those who let themselves
 * be found, and those who have the viewer in theirs. What only the other has uploaded is never told.
 */
export function findableByContacts(viewer: string, user: string): string {
  return `(
    ${user}.id <> ${viewer}
    and (${user}.discoverable_by_contacts or ${hasInContacts(`${user}.id`, viewer)})
    and not ${hasBlocked(viewer, `${user}.id`)}
  )`;
}
