/** Who may know of an invite, or of a code that is shown in person. */
import { isActive } from "./conversation.ts";
import { hasBlocked, userVisible } from "./user.ts";

/**
 * SQL: whether the viewer may know of what the row `maker` of users made at `madeAt` for others to meet them by. Between
 * two people of whom one has blocked the other there is no such thing; nor is there ever again what was made before.
 */
export function inviteVisible(viewer: string, maker: string, madeAt: string): string {
  // With an offset each is looked up by both keys. As a join it might walk all whom a person has ever fallen out with.
  return `(
    ${userVisible(viewer, maker)}
    and not ${hasBlocked(viewer, `${maker}.id`)}
    and not exists (
      select from invite_bars x
      where x.user_id = ${maker}.id and x.other_id = ${viewer} and x.at >= ${madeAt}
      offset 0
    )
  )`;
}

/** SQL: whether `participant`, a row of participants, may invite others to the conversation: it is a group of theirs. */
export function mayInvite(participant: string): string {
  return `(${isActive(participant)} and ${participant}.role in ('OWNER', 'ADMIN'))`;
}
