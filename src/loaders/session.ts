/** Which sessions have ended while their access tokens would still be good. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { describeError, type Log } from "../log.ts";

const LOOK_MS = 500;

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
  #ended = new Set<string>();
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
      this.#look().catch((error) => this.#log.warn(describeError(error), "the ended sessions could not be read"));
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
    for (const id of sessionIds) this.#ended.add(id);
    this.#listener(sessionIds);
  }

  async #look(): Promise<void> {
    const ended = new Set((await this.#queries.run(endedOfLate, {})).map(({ id }) => id));
    const fresh = [...ended].filter((id) => !this.#ended.has(id));
    this.#ended = ended;
    if (fresh.length > 0) this.#listener(fresh);
  }
}
