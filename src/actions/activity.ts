/** When people were last active: noted in memory, and written for many at a time. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { describeError, type Log } from "../log.ts";
import { isHere } from "../visibility/user.ts";

const WRITE_MS = 20_000;

// In the order of the ids: another node may write the same rows at this moment.
const writeActivity = statement<{ userIds: readonly string[]; times: readonly string[] }, Nothing>(
  "activity_write",
  `
  insert into last_active (user_id, at)
  select u.id, k.at
  from unnest(:userIds::bigint[], :times::timestamptz[]) as k (user_id, at)
  join users u on u.id = k.user_id and ${isHere("u")}
  order by u.id
  on conflict (user_id) do update set at = greatest(last_active.at, excluded.at)`,
);

/**
 * Who was active on this node since the last write, and when. What is noted is on disk within some twenty seconds; a
 * process that is killed forgets as much of it.
 */
export class Activity {
  readonly #queries: Queries;
  readonly #log: Log;
  /** In milliseconds since 1970. */
  #noted = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(queries: Queries, log: Log) {
    this.#queries = queries;
    this.#log = log;
  }

  /** Notes that somebody is active now; costs no statement. */
  note(userId: string): void {
    this.#noted.set(userId, Date.now());
  }

  /** Writes every twenty seconds from now on. */
  start(): void {
    this.#timer = setInterval(() => this.#write(), WRITE_MS).unref();
  }

  /** Writes for the last time. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#write();
  }

  /** Writes what is noted in one statement; what can't be written now is noted still. */
  async #write(): Promise<void> {
    const noted = this.#noted;
    if (noted.size === 0) return;
    this.#noted = new Map();
    try {
      await this.#queries.run(writeActivity, {
        userIds: [...noted.keys()],
        times: [...noted.values()].map((time) => new Date(time).toISOString()),
      });
    } catch (error) {
      for (const [userId, time] of noted) {
        if (!this.#noted.has(userId)) this.#noted.set(userId, time);
      }
      this.#log.warn(describeError(error), "who was active could not be written");
    }
  }
}
