/** Read receipts, which are seen only by those who give them. */
import { readPositionOf } from "./conversation.ts";
import type { Loads } from "./kinds.ts";
import { userById } from "./user.ts";

/** Whether the viewer may know how far a person has read: it is mutual, and one's own is never hidden. */
export async function maySeeReceipts(loads: Loads, userId: string): Promise<boolean> {
  if (userId === loads.viewerId) return true;
  const people = await Promise.all([userById(loads, userId), userById(loads, loads.viewerId)]);
  return people.every((person) => person?.readReceipts === true);
}

/** The position up to which a participant has read; null where the viewer may not know. */
export async function receiptOf(
  loads: Loads,
  conversationId: string,
  userId: string,
): Promise<number | null> {
  return (await maySeeReceipts(loads, userId)) ? readPositionOf(loads, conversationId, userId) : null;
}
