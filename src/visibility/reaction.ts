/** Who may see that somebody has reacted. */
import { senderHidden } from "./message.ts";

/**
 * SQL: whether the viewer, whose row of participants is `participant`, may see what `reactor`, the row of somebody who
 * takes part or has taken part, has put on messages: neither has blocked the other, and the reactor is not hidden.
 */
export function reactorVisible(reactor: string, participant: string): string {
  return `(
    not ${reactor}.is_gone
    and not ${senderHidden(`${reactor}.user_id`, participant)}
    and not ${senderHidden(`${participant}.user_id`, reactor)}
  )`;
}
