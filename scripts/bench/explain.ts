/** Runs Kith's own statements and asks PostgreSQL of each how long it took to execute, without the way there and back. */
import type { DataSource, QueryRunner } from "typeorm";
import { Database, type Queries } from "../../src/db/database.ts";
import { createDataSource } from "../../src/db/source.ts";
import type { SqlValue, Statement } from "../../src/db/sql.ts";

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A value as a literal whose type PostgreSQL takes from the parameter. */
function literal(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof Date) return quoted(value.toISOString());
  if (Buffer.isBuffer(value)) return quoted(`\\x${value.toString("hex")}`);
  if (typeof value === "object") {
    const items = value.map((item) =>
      item === null ? "null" : `"${String(item).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
    );
    return quoted(`{${items.join(",")}}`);
  }
  return quoted(String(value));
}

/** What a request's statements run on while they are looked at. */
export class ExplainingQueries implements Queries {
  /** Since `begin`. */
  milliseconds = 0;
  statements = 0;
  readonly #source: DataSource;
  readonly #database: Database;
  readonly #runner: QueryRunner;
  readonly #prepared = new Set<string>();
  // One connection explains one statement at a time.
  #last: Promise<unknown> = Promise.resolve();

  private constructor(source: DataSource) {
    this.#source = source;
    this.#database = new Database(source);
    this.#runner = source.createQueryRunner();
  }

  /** Connects as this server does, with the same settings. */
  static async open(databaseUrl: string): Promise<ExplainingQueries> {
    return new ExplainingQueries(await createDataSource(databaseUrl).initialize());
  }

  async close(): Promise<void> {
    await this.#runner.release();
    await this.#source.destroy();
  }

  begin(): void {
    this.milliseconds = 0;
    this.statements = 0;
  }

  async run<Parameters extends Record<string, SqlValue>, Row>(
    statement: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<Row[]> {
    this.statements += 1;
    const explained = this.#last.then(() => this.#explain(statement, parameters));
    this.#last = explained.catch(() => {});
    const [rows] = await Promise.all([this.#database.run(statement, parameters), explained]);
    return rows;
  }

  async #explain<Parameters extends Record<string, SqlValue>, Row>(
    { name, text, parameters: order }: Statement<Parameters, Row>,
    parameters: Parameters,
  ): Promise<void> {
    const prepared = `bench_${name}`;
    if (!this.#prepared.has(name)) {
      this.#prepared.add(name);
      await this.#runner.query(`prepare ${prepared} as ${text}`);
    }
    const values = order.map((parameter) => literal(parameters[parameter]));
    const call = values.length === 0 ? prepared : `${prepared}(${values.join(", ")})`;
    const [row] = (await this.#runner.query(
      `explain (analyze, timing off, format json) execute ${call}`,
    )) as {
      "QUERY PLAN": { "Execution Time": number }[];
    }[];
    this.milliseconds += row?.["QUERY PLAN"][0]?.["Execution Time"] ?? 0;
  }
}
