/** Typing, which is shown to those who have the conversation open, and kept nowhere. */
import { UserError } from "../errors.ts";
import { TYPING_SECONDS } from "../limits.ts";
import { takesPartIn } from "../loaders/presence.ts";
import { requireViewer } from "../viewer.ts";
import type { ActionContext } from "./context.ts";

/**
 * Says that the viewer types, and returns until when that holds unless it is said again; or that they no longer do, and
 * returns null. Throws NOT_FOUND, also for a message request that the viewer has not accepted.
 */
export async function setTyping(
  context: ActionContext,
  conversationId: string,
  isTyping: boolean,
): Promise<Date | null> {
  requireViewer(context);
  if (!(await takesPartIn(context.loads, conversationId))) {
    throw new UserError("NOT_FOUND", "There is no such conversation.", { path: ["conversationId"] });
  }
  context.typing(conversationId, isTyping);
  return isTyping ? new Date(Date.now() + TYPING_SECONDS * 1_000) : null;
}
