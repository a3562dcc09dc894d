/** Background work: pg-boss keeps the clock and the nudges; what there is to do is in rows of ours. */
import pg from "pg";
import type PgBoss from "pg-boss";
import { RequestError, StartError } from "../errors.ts";
import { describeError, type Log } from "../log.ts";

/** Something that is done in the background. */
export interface Job {
  readonly name: string;
  /** When one node looks for work, in cron's five fields, in UTC. */
  readonly cron: string;
  /** Works off whatever waits, and ends early once `stop` is aborted; may be killed at any point and run twice at a time. */
  readonly work: (stop: AbortSignal) => Promise<void>;
}

const POLL_SECONDS = 10;
const AGAIN_MS = 2_000;
const HOUR = 60 * 60;

// One waits and any number run: whoever runs too many finds its rows locked. Nothing is tried again by pg-boss, for the
// next sweep does; so nothing of an error is ever kept in its tables.
const QUEUE = { policy: "short", retryLimit: 0, expireInSeconds: HOUR } as const;

// How pg-boss says that a job is done. It does not wait for the answer, so a failure would end the process.
const SETTLES = /SELECT COUNT\(\*\) FROM results/;
const NOTHING = { rows: [] };

const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Runs jobs on this node. A nudge may be lost, as may everything that pg-boss keeps: the sweep of each job's cron finds
 * what no nudge told of. Everything is looked for once when a node starts, so what a killed one left is taken up again.
 */
export class Jobs {
  readonly #pool: pg.Pool;
  readonly #log: Log;
  readonly #works: boolean;
  readonly #jobs = new Map<string, Job>();
  readonly #workers = new Map<string, string>();
  readonly #working = new Set<Promise<void>>();
  readonly #sending = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  #boss: PgBoss | null = null;
  #starting: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  /** `works` says whether this node works off what there is to do, or leaves that to others. */
  constructor(url: string, log: Log, { works }: { readonly works: boolean }) {
    this.#log = log;
    this.#works = works;
    this.#pool = new pg.Pool({
      connectionString: url,
      application_name: "kith jobs",
      max: 2,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    // An error that nobody hears ends the process.
    this.#pool.on("connect", (client) => client.on("error", () => {}));
    this.#pool.on("error", (error) => this.#failed(error));
  }

  /** Adds a job; to be called before `install`. */
  define(job: Job): void {
    this.#jobs.set(job.name, job);
  }

  /** Makes what is missing of pg-boss's schema and queues; throws a StartError where the database does not let it. */
  async install(): Promise<void> {
    try {
      const { rows } = await this.#pool.query<{ schema: boolean; tables: boolean }>(
        `select to_regnamespace('pgboss') is not null as schema, to_regclass('pgboss.version') is not null as tables`,
      );
      if (rows[0]?.tables !== true) await this.#makeSchema(rows[0]?.schema === true);
      await this.#makeQueues();
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      throw new StartError(
        code === INSUFFICIENT_PRIVILEGE
          ? "The database's user may not make the schema pgboss, where background jobs are kept: run `grant create on database <name> to <user>`."
          : `The schema of background jobs could not be made (${code ?? message}).`,
      );
    }
  }

  /** Begins to work in the background, or to nudge those who do; a database that can't be reached is tried again until `stop`. */
  start(): void {
    this.#starting = this.#start();
  }

  /** Nudges a job; to be called after the commit. May be lost. */
  soon(name: string): void {
    const boss = this.#boss;
    if (boss === null || this.#stopping.signal.aborted) return;
    boss.send(name, {}).then(
      () => {
        const worker = this.#workers.get(name);
        if (worker !== undefined) boss.notifyWorker(worker);
      },
      (error) => this.#failed(error),
    );
  }

  /** Begins nothing new, and resolves when what runs has come to the end of its step. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#starting;
    await Promise.all(this.#working);
    // pg-boss looks whether its workers have come to rest at once, and then not before another second.
    while (this.#sending.size > 0) {
      await Promise.allSettled(this.#sending);
      await new Promise(setImmediate);
    }
    await this.#boss?.stop({ graceful: false, close: false });
    await this.#pool.end();
  }

  async #makeSchema(hasSchema: boolean): Promise<void> {
    const { default: PgBoss } = await import("pg-boss");
    const plans = PgBoss.getConstructionPlans("pgboss");
    try {
      // PostgreSQL asks for the right to make a schema also where there is nothing to make.
      await this.#pool.query(
        hasSchema ? plans.replace(/CREATE SCHEMA IF NOT EXISTS pgboss/, "SELECT") : plans,
      );
    } catch (error) {
      // Another node was faster.
      const [found] = (await this.#pool.query("select to_regclass('pgboss.version') as tables")).rows;
      if (found?.tables === null) throw error;
    }
  }

  async #makeQueues(): Promise<void> {
    const { rows } = await this.#pool.query<{ name: string; cron: string | null }>(
      "select q.name, s.cron from pgboss.queue q left join pgboss.schedule s on s.name = q.name",
    );
    const made = new Map(rows.map(({ name, cron }) => [name, cron]));
    const missing = [...this.#jobs.values()].filter(({ name, cron }) => made.get(name) !== cron);
    if (missing.length === 0) return;
    const boss = await this.#newBoss((text, values) => this.#pool.query(text, values));
    for (const { name, cron } of missing) {
      await boss.createQueue(name, { name, ...QUEUE });
      await boss.schedule(name, cron, {}, { tz: "UTC" });
    }
  }

  async #start(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const boss = await this.#newBoss((text, values) => this.#send(text, values));
      try {
        await boss.start();
        if (this.#works) await this.#hire(boss);
        this.#boss = boss;
        return;
      } catch (error) {
        this.#failed(error);
        await boss.stop({ graceful: false, close: false });
        if (this.#stopping.signal.aborted) return;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, AGAIN_MS);
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  async #hire(boss: PgBoss): Promise<void> {
    for (const job of this.#jobs.values()) {
      await boss.send(job.name, {});
      const worker = await boss.work(job.name, { pollingIntervalSeconds: POLL_SECONDS }, () =>
        this.#work(job),
      );
      this.#workers.set(job.name, worker);
    }
  }

  async #newBoss(executeSql: PgBoss.Db["executeSql"]): Promise<PgBoss> {
    const { default: PgBoss } = await import("pg-boss");
    const boss = new PgBoss({
      db: { executeSql },
      schema: "pgboss",
      schedule: this.#works,
      supervise: this.#works,
      cronWorkerIntervalSeconds: POLL_SECONDS,
      archiveCompletedAfterSeconds: HOUR,
      archiveFailedAfterSeconds: HOUR,
      deleteAfterHours: 24,
    });
    boss.on("error", (error) => this.#failed(error));
    return boss;
  }

  async #send(text: string, values: unknown[]): Promise<{ rows: unknown[] }> {
    const settles = SETTLES.test(text);
    if (this.#stopping.signal.aborted && !settles) return NOTHING;
    const sending = this.#pool.query(text, values);
    this.#sending.add(sending);
    try {
      return await sending;
    } catch (error) {
      if (!settles) throw error;
      this.#failed(error);
      return { rows: [{ count: 0 }] };
    } finally {
      this.#sending.delete(sending);
    }
  }

  async #work({ name, work }: Job): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const working = work(this.#stopping.signal).catch((error) => {
      const level = error instanceof RequestError ? "warn" : "error";
      this.#log[level]({ job: name, ...describeError(error) }, "a job failed");
    });
    this.#working.add(working);
    await working;
    this.#working.delete(working);
  }

  #failed(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#log.warn(describeError(error), "background jobs could not reach their tables");
  }
}
