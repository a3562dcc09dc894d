/** What every action is given, and the one way in which an action writes. */
import type { Database, Queries } from "../db/database.ts";
import { appendEvents, type Change, type News } from "../db/events.ts";
import type { Rates } from "../db/rates.ts";
import type { Loads } from "../loaders/kinds.ts";
import type { MediaStore } from "../media/store.ts";
import type { Workshop } from "../media/workshop.ts";
import type { Keys } from "../secrets.ts";
import type { Viewer } from "../viewer.ts";

/** From where something is asked. */
export interface Client {
  /** What it says it is; at most 200 characters. */
  readonly userAgent: string | null;
  /** Its network address, as far as the proxies in front can be trusted with it; null for Kith itself. */
  readonly address: string | null;
}

/** What is worked off in the background. */
export type JobName =
  | "data-exports"
  | "discarded-uploads"
  | "ended-invites"
  | "ended-sessions"
  | "expired-exports"
  | "expired-moments"
  | "expired-uploads"
  | "erasures"
  | "freed-handles"
  | "joined-contacts"
  | "log-days"
  | "trends"
  | "video-uploads";

export interface ActionContext {
  readonly database: Database;
  readonly keys: Keys;
  readonly client: Client;
  /** Whether people sign in with passwords; otherwise an outside identity provider says who they are. */
  readonly passwords: boolean;
  /** The handles of those who read reports, in lower case. */
  readonly moderators: readonly string[];
  /** How often is too often. */
  readonly rates: Rates;
  readonly viewer: Viewer | null;
  readonly loads: Loads;
  /** Where the files of videos are kept. */
  readonly media: MediaStore;
  /** Where uploads become videos. */
  readonly workshop: Workshop;
  /** Where clients reach this server, without a trailing slash. */
  readonly publicUrl: string;
  /** Wakes those whose logs have grown; to be called after the commit. */
  announce(news: readonly News[]): void;
  /** Makes the ended sessions known on this node at once; the others learn of it within a second. */
  sessionsEnded(sessionIds: readonly string[]): void;
  /** Shows those who have a conversation open that the viewer types, or no longer does; costs no statement. */
  typing(conversationId: string, isTyping: boolean): void;
  /** Nudges a background job; to be called after the commit. It may be lost: the job looks for work by itself. */
  soon(job: JobName): void;
}

/**
 * Works off whatever waits for a background job, in steps that are transactions, and ends after one once `stop` is
 * aborted. It may be killed at any point, and run on several nodes at a time.
 */
export type Work = (context: ActionContext, stop: AbortSignal) => Promise<void>;

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
