/** Read receipts, which are seen only by those who give them. */
import { readPositionOf } from "./conversation.ts";
import type { Loads } from "./kinds.ts";
import { userById } from "./user.ts";

async function bothGiveReceipts(loads: Loads, userId: string): Promise<boolean> {
  const people = await Promise.all([userById(loads, userId), userById(loads, loads.viewerId)]);
  return people.every((person) => person?.readReceipts === true);
}

/** The position up to which a participant has read; null where the viewer may not know. One's own is never hidden. */
export async function receiptOf(
  loads: Loads,
  conversationId: string,
  userId: string,
): Promise<number | null> {
  const isShared = userId === loads.viewerId || (await bothGiveReceipts(loads, userId));
  return isShared ? readPositionOf(loads, conversationId, userId) : null;
}
