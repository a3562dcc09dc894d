/** How far a person has seen what they were told of. */
import { type Nothing, statement } from "../db/sql.ts";
import { requireViewer } from "../viewer.ts";
import type { ActionContext } from "./context.ts";

const moveSeen = statement<{ viewerId: string; upTo: string }, Nothing>(
  "notification_move_seen",
  `
  update accounts
  set notifications_seen_up_to = greatest(notifications_seen_up_to, least(:upTo::timestamptz, now()))
  where user_id = :viewerId`,
);

/** Marks the viewer's notifications as seen up to an instant, which only grows; returns the viewer's id. */
export async function markNotificationsSeen(context: ActionContext, upTo: string): Promise<string> {
  const { userId: viewerId } = requireViewer(context);
  await context.database.run(moveSeen, { viewerId, upTo });
  return viewerId;
}
