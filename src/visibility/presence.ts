/** Who may know of whom, among those who take part in a conversation: that they type, are there, and have read. */
import { isActive } from "./conversation.ts";

/**
 * SQL: whether two people of one conversation, whose rows of participants are `own` and `other`, meet in it: both take
 * part, and neither has blocked the other or is hidden from everybody. A message request is not taking part.
 */
export function participantsMeet(own: string, other: string): string {
  return `(
    ${takesPart(own)} and ${takesPart(other)}
    and not ${other}.user_id = any(${own}.hides)
    and not ${own}.user_id = any(${other}.hides)
  )`;
}

/** SQL: whether the person of the row `participant` takes part for others to notice. */
export function takesPart(participant: string): string {
  return `(${isActive(participant)} and not ${participant}.is_gone)`;
}
