/** Databases for tests: clones of one migrated template, on an embedded server or on the one TEST_DATABASE_URL names. */
import { randomUUID } from "node:crypto";
import pg from "pg";

export const ADMIN_URL = "KITH_TEST_ADMIN_URL";
export const TEMPLATE = "KITH_TEST_TEMPLATE";

/** The same server's database of another name. */
export function withDatabase(url: string, name: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${name}`;
  return parsed.href;
}

/** Runs one command on the server that the tests use. */
export async function administer(url: string, command: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(command);
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  readonly url: string;
  /** Runs SQL beside the server, to look or to meddle. */
  query<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** A new database with every table and no row. */
export async function createDatabase(): Promise<TestDatabase> {
  const admin = process.env[ADMIN_URL] ?? "";
  const template = process.env[TEMPLATE] ?? "";
  const name = `kith_test_${randomUUID().replaceAll("-", "")}`;
  await administer(admin, `create database ${name} template ${template} strategy file_copy`);
  const url = withDatabase(admin, name);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // Tests that stop the database break these connections too.
  pool.on("error", () => {});
  return {
    url,
    async query<Row>(sql: string, values: unknown[] = []) {
      return (await pool.query(sql, values)).rows as Row[];
    },
    async drop() {
      await pool.end();
      await administer(admin, `drop database if exists ${name} with (force)`);
    },
  };
}
