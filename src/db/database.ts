/** The database as the rest of Kith sees it: prepared statements and transactions over TypeORM's pool. */
import type pg from "pg";
import type { DataSource } from "typeorm";
import { ConflictError, RequestError } from "../errors.ts";
import type { SqlValue, Statement } from "./sql.ts";

/** What can run a statement: the pool, or one transaction. */
export interface Queries {
  /** Runs `statement` and returns its rows; throws SERVICE_UNAVAILABLE while the database can't be reached. */
  run<Parameters extends Record<string, SqlValue>, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row[]>;
}

const UNIQUE_VIOLATION = "23505";
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK = "40P01";
const ATTEMPTS = 3;

// Classes 08 and 57P: the connection is gone or the server is stopping; 53: it has no room; 57014: it took too long.
// The rest are Node's.
const UNREACHABLE = /^(08...|57P0.|57014|53...|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;

function sqlState(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

function isUnreachable(error: unknown): boolean {
  return (
    UNREACHABLE.test(sqlState(error)) ||
    // pg has no code for these.
    (error instanceof Error &&
      /^(Connection terminated|timeout exceeded when trying to connect|Client (has|was closed))/.test(
        error.message,
      ))
  );
}

/** Two writers met: a unique key was taken, or PostgreSQL chose one of them to go again. */
function isRace(error: unknown): boolean {
  return [UNIQUE_VIOLATION, SERIALIZATION_FAILURE, DEADLOCK].includes(sqlState(error));
}

function unreachable(error: unknown): unknown {
  if (!isUnreachable(error)) return error;
  return new RequestError("SERVICE_UNAVAILABLE", "Kith can't reach its database. Try again in a moment.");
}

/** How long it is remembered whether the database is ready. */
const READY_MS = 1_000;

export class Database implements Queries {
  readonly #pool: pg.Pool;
  readonly #onStatement: () => void;
  #ready = Promise.resolve(false);
  #readyUntil = 0;

  /** Takes over the pool of an initialised data source; `onStatement` is told of each statement, for the metrics. */
  constructor(
    readonly source: DataSource,
    onStatement: () => void = () => {},
  ) {
    // TypeORM keeps the pool there and offers no getter for it.
    this.#pool = (source.driver as unknown as { master: pg.Pool }).master;
    // Between connecting and being handed out nobody listens to a client, and an error that nobody hears ends the process.
    this.#pool.on("connect", (client) => client.on("error", () => {}));
    this.#onStatement = onStatement;
  }

  async run<Parameters extends Record<string, SqlValue>, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row[]> {
    try {
      return await this.#send(this.#pool, statement, parameters);
    } catch (error) {
      throw unreachable(error);
    }
  }

  /** Runs a query that a library has written, as the counters of rates do; throws what `run` throws. */
  async query(query: pg.QueryConfig): Promise<pg.QueryResult> {
    this.#onStatement();
    return this.#pool.query(query).catch((error) => {
      throw unreachable(error);
    });
  }

  /**
   * Runs one statement that decides and writes. When another writer was faster it is run again, and sees what that one
   * wrote; throws a ConflictError when that does not settle it.
   */
  async decide<Parameters extends Record<string, SqlValue>, Row>(
    statement: Statement<Parameters, Row>,
    parameters: () => Parameters,
  ): Promise<Row[]> {
    return settle(() => this.#send(this.#pool, statement, parameters()));
  }

  /**
   * Runs `work` in a transaction and commits it. When another writer was faster, all of `work` is run again, so it
   * decides on what it reads inside; throws a ConflictError when that does not settle it.
   */
  async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    return settle(async () => {
      const client = await this.#pool.connect();
      let broken = false;
      // A checked-out client that loses its connection emits "error", and ends the process if nobody listens.
      const onError = () => {
        broken = true;
      };
      client.on("error", onError);
      try {
        await client.query("begin");
        const result = await work({
          run: (statement, parameters) => this.#send(client, statement, parameters),
        });
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch(() => {
          broken = true;
        });
        throw error;
      } finally {
        client.off("error", onError);
        client.release(broken);
      }
    });
  }

  /**
   * Whether the database answers and has every migration of this build, as it was at most a second ago: anybody may ask,
   * and as often as they like.
   */
  isReady(): Promise<boolean> {
    if (performance.now() > this.#readyUntil) {
      this.#readyUntil = Number.POSITIVE_INFINITY;
      this.#ready = this.#lookWhetherReady().finally(() => {
        this.#readyUntil = performance.now() + READY_MS;
      });
    }
    return this.#ready;
  }

  async #lookWhetherReady(): Promise<boolean> {
    try {
      return !(await this.source.showMigrations());
    } catch {
      return false;
    }
  }

  async #send<Parameters extends Record<string, SqlValue>, Row>(
    on: pg.Pool | pg.PoolClient,
    { name, text, parameters: order }: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row[]> {
    this.#onStatement();
    const result = await on.query({ name, text, values: order.map((parameter) => parameters[parameter]) });
    return result.rows as Row[];
  }
}

async function settle<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isRace(error)) throw unreachable(error);
      if (attempt === ATTEMPTS) throw new ConflictError();
    }
  }
}
