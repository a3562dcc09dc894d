/** A table that nobody else can read for a while: what does so waits, and a test can let something happen just then. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

const PATIENCE_MS = 120_000;

export class HeldTable {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async hold(url: string, table: string): Promise<HeldTable> {
    const client = new pg.Client({ connectionString: url });
    // A test that has failed leaves it to whoever drops the database.
    client.on("error", () => {});
    await client.connect();
    await client.query("begin");
    await client.query(`lock table ${table}`);
    return new HeldTable(client);
  }

  /** Resolves with who they are when so many wait for the table; throws when that does not come to be. */
  async waiting(count: number): Promise<number[]> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      // Not pg_stat_activity, which stays as it was first seen as long as a transaction lasts.
      const { rows } = await this.#client.query<{ pid: number }>(
        "select pid from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))",
      );
      if (rows.length >= count) return rows.map(({ pid }) => pid);
      if (Date.now() > deadline) throw new Error(`${rows.length} wait, and not ${count}.`);
      await sleep(10);
    }
  }

  /** Runs SQL as the one who holds it. */
  async query(sql: string, values: unknown[] = []): Promise<void> {
    await this.#client.query(sql, values);
  }

  /** Keeps what was done meanwhile, and lets the others go on. */
  async release(): Promise<void> {
    await this.#client.query("commit");
    await this.#client.end();
  }
}
