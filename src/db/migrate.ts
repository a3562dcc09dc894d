/** Connecting for the first time, and bringing the schema up to date. */
import type { DataSource } from "typeorm";
import { StartError } from "../errors.ts";
import type { Queries } from "./database.ts";
import { type Nothing, statement } from "./sql.ts";

const OLDEST_MAJOR = 15;

function causeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? "unknown";
}

/** Connects; throws a StartError when the server can't be reached, refuses, or is older than PostgreSQL 15. */
export async function connect(source: DataSource): Promise<void> {
  try {
    await source.initialize();
  } catch (error) {
    throw new StartError(
      `Can't reach the database (${causeOf(error)}): check DATABASE_URL, and that it is running.`,
    );
  }
  const rows: { version: string }[] = await source.query(
    "select current_setting('server_version_num')::integer / 10000 as version",
  );
  if (Number(rows[0]?.version) < OLDEST_MAJOR) {
    await source.destroy();
    throw new StartError(`PostgreSQL ${rows[0]?.version} is too old: use ${OLDEST_MAJOR} or later.`);
  }
}

/** Runs the migrations that are missing, one node at a time; throws a StartError that names what failed. */
export async function migrate(source: DataSource): Promise<void> {
  const runner = source.createQueryRunner();
  try {
    // Nodes that start together must not migrate together. The lock goes with its connection.
    await runner.query("select pg_advisory_lock(hashtext('kith migrations'))");
    await source.runMigrations({ transaction: "each" });
    await runner.query("select pg_advisory_unlock(hashtext('kith migrations'))");
  } catch (error) {
    throw new StartError(`The migrations failed (${causeOf(error)}): nothing of the failed one was kept.`);
  } finally {
    await runner.release();
  }
}

const anybody = statement<Nothing, { found: boolean }>(
  "anybody",
  "select exists (select from users) as found",
);

/** Whether nobody has signed up yet. */
export async function isEmpty(queries: Queries): Promise<boolean> {
  const [row] = await queries.run(anybody, {});
  return row?.found !== true;
}
