/** Reads of the viewer's own sessions; and which sessions have ended while their access tokens would still be good. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { Session } from "../entities/account.ts";
import { columns } from "../entities/naming.ts";
import { describeError, type Log } from "../log.ts";
import { sessionVisible } from "../visibility/session.ts";
import { one, page } from "./kinds.ts";

const UNTOLD = ["refreshHash", "expiresAt", "endedAt"] as const;

/** A session as its owner sees it. */
export type OwnSession = Omit<Session, (typeof UNTOLD)[number]>;

/** An open session of the viewer's own by its owner and id. */
export const sessionByKey = one<OwnSession>({
  name: "session_by_key",
  key: { user_id: "bigint", id: "bigint" },
  keyOf: ({ userId, id }) => [userId, id],
  sql: (k) => `
    select k.nr, ${columns(Session, "s", UNTOLD)}
    from ${k}
    join sessions s on s.user_id = k.user_id and s.id = k.id and ${sessionVisible("k.viewer_id", "s")}`,
});

/** The open sessions of the viewer's own, newest use first. */
export const sessionsOf = page<OwnSession>({
  name: "sessions_of",
  key: { owner_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "s.last_used_at", type: "timestamptz", value: (session) => session.lastUsedAt },
    { sql: "s.id", type: "bigint", value: (session) => session.id },
  ],
  prime: sessionByKey.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${columns(Session, "s", UNTOLD)}
    from ${k}
    cross join lateral (
      select s.user_id, s.id, s.user_agent, s.created_at, s.last_used_at
      from sessions s
      where s.user_id = k.owner_id and ${sessionVisible("k.viewer_id", "s")} and ${within}
      order by ${order}
      limit ${limit}
    ) s
    order by k.nr, ${order}`,
});

const LOOK_MS = 500;
const REMEMBER_MS = 20 * 60 * 1_000;

const endedOfLate = statement<Nothing, { id: string }>(
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
