/** Presence as a stream that one subscription pulls from: a client that is slow is shown the latest, and no more. */
import { UserError } from "../../errors.ts";
import { rowId } from "../../ids.ts";
import { type Present, takesPartIn } from "../../loaders/presence.ts";
import type { PresenceWatcher } from "../../loaders/presence-open.ts";
import { requireViewer } from "../../viewer.ts";
import type { Context } from "../context.ts";

class PresenceStream implements AsyncIterableIterator<Present> {
  readonly #watcher: PresenceWatcher;

  constructor(watcher: PresenceWatcher) {
    this.#watcher = watcher;
  }

  async next(): Promise<IteratorResult<Present>> {
    const value = await this.#watcher.next();
    return value === null ? { value: undefined, done: true } : { value, done: false };
  }

  async return(): Promise<IteratorResult<Present>> {
    this.#watcher.close();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<Present>> {
    this.#watcher.close();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/**
 * Who is in a conversation from now on, for as long as the viewer takes part. Throws NOT_FOUND, also for a message
 * request that the viewer has not accepted.
 */
export async function conversationPresence(
  context: Context,
  conversationId: string,
): Promise<AsyncIterator<Present>> {
  const { userId } = requireViewer(context);
  const id = rowId("conversation", conversationId);
  if (!(await takesPartIn(context.loads, id))) {
    throw new UserError("NOT_FOUND", "There is no such conversation.");
  }
  return new PresenceStream(context.services.presence.watch(id, userId));
}
