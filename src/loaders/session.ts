/** Which sessions have ended while their access tokens would still be good. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { describeError, type Log } from "../log.ts";

const LOOK_MS = 500;
const REMEMBER_MS = 20 * 60 * 1_000;

const endedOfLate = statement<Record<string, never>, { id: string }>(
  "sessions_ended_of_late",
  `
  select s.id
  from sessions s
  where s.ended_at > now() - interval '16 minutes'`,
);

/**
 * The sessions that ended in the last sixteen minutes: an access token lives fifteen. Kept in memory and looked up anew
 * twice a second, so that a request costs no statement to find that its session is over.
 */
export class EndedSessions {
  readonly #queries: Queries;
  readonly #log: Log;
  /** When each was first heard of. One heard of here stays, even when a look that began earlier does not know it. */
  readonly #ended = new Map<string, number>();
  #listener: (sessionIds: readonly string[]) => void = () => {};
  #timer: NodeJS.Timeout | null = null;

  constructor(queries: Queries, log: Log) {
    this.#queries = queries;
    this.#log = log;
  }

  /** Looks once, and from then on regularly; throws when the database can't be reached. */
  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => {
      this.#look().catch((error) =>
        this.#log.warn(describeError(error), "the ended sessions could not be read"),
      );
    }, LOOK_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  has(sessionId: string): boolean {
    return this.#ended.has(sessionId);
  }

  /** Who is told of sessions that have ended, here or on another node. */
  onEnded(listener: (sessionIds: readonly string[]) => void): void {
    this.#listener = listener;
  }

  /** Notes sessions that have ended on this node. */
  add(sessionIds: readonly string[]): void {
    for (const id of sessionIds) this.#ended.set(id, Date.now());
    this.#listener(sessionIds);
  }

  async #look(): Promise<void> {
    const rows = await this.#queries.run(endedOfLate, {});
    for (const [id, heardAt] of this.#ended) if (heardAt < Date.now() - REMEMBER_MS) this.#ended.delete(id);
    const fresh = rows.map(({ id }) => id).filter((id) => !this.#ended.has(id));
    if (fresh.length > 0) this.add(fresh);
  }
}
