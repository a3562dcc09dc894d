/** What every action is given, and the one way in which an action writes. */
import type { Database, Queries } from "../db/database.ts";
import { appendEvents, type Change, type News } from "../db/events.ts";
import type { Loads } from "../loaders/kinds.ts";
import type { Keys } from "../secrets.ts";
import type { Viewer } from "../viewer.ts";

export interface ActionContext {
  readonly database: Database;
  readonly keys: Keys;
  /** What the client says it is; at most 200 characters. */
  readonly userAgent: string | null;
  readonly viewer: Viewer | null;
  readonly loads: Loads;
  /** Wakes those whose logs have grown; to be called after the commit. */
  announce(news: readonly News[]): void;
  /** Makes the ended sessions known on this node at once; the others learn of it within a second. */
  sessionsEnded(sessionIds: readonly string[]): void;
}

/** Adds to what a transaction tells the world. */
export type Tell = (...changes: readonly Change[]) => void;

/**
 * Runs `work` in a transaction, appends what it tells to the viewers' logs at its end, and wakes them after the commit.
 * The logs' counters are locked last, all at once and in ascending order, whatever `work` has locked before.
 */
export async function write<Result>(
  context: ActionContext,
  work: (queries: Queries, tell: Tell) => Promise<Result>,
): Promise<Result> {
  const { result, news } = await context.database.transaction(async (queries) => {
    const changes: Change[] = [];
    const result = await work(queries, (...told) => changes.push(...told));
    return { result, news: await appendEvents(queries, changes) };
  });
  context.announce(news);
  return result;
}
