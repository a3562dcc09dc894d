/** How often a video was brought into conversations, counted with the video. */
import { requireViewer } from "../viewer.ts";
import type { ActionContext } from "./context.ts";
import { countedIn } from "./video-count.ts";

const insertSharing = countedIn<{ conversationId: string }>("sharing_insert", {
  table: "sharings",
  count: "share_count",
  values: { conversation_id: ":conversationId" },
});

/**
 * Counts that the viewer has brought a video into a conversation: once for good, also when the message is taken back. To
 * be called after the delivery, which may live in another database; a retry of the share makes up for what was missed.
 */
export async function countSharing(
  context: ActionContext,
  videoId: string,
  conversationId: string,
): Promise<void> {
  const { userId } = requireViewer(context);
  await context.database.decide(insertSharing, () => ({ videoId, userId, conversationId }));
}
