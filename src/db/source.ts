/** TypeORM's data source: the entities, the migrations, and the pool of connections that everything runs on. */
import "reflect-metadata";
import pg from "pg";
import { DataSource } from "typeorm";
import { PeopleAndVideos1763856000000 } from "../../migrations/1763856000000-people-and-videos.ts";
import { ConversationsAndEvents1763856000001 } from "../../migrations/1763856000001-conversations-and-events.ts";
import { entities } from "../entities/index.ts";
import { SnakeNaming } from "../entities/naming.ts";

const TIMESTAMPTZ = 1184;
const TIMESTAMPTZ_ARRAY = 1185;

/** `2026-01-31 09:30:00.5+00` as RFC 3339 with milliseconds; no Date is made on the way, for pages have hundreds. */
export function readTimestamp(text: string): string {
  if (!text.endsWith("+00")) return new Date(text).toISOString();
  const fraction = text.length > 22 ? text.slice(20, -3).padEnd(3, "0") : "000";
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === TIMESTAMPTZ && format !== "binary") return readTimestamp;
    if (oid === TIMESTAMPTZ_ARRAY) throw new Error("Arrays of timestamps have no reader.");
    return pg.types.getTypeParser(oid, format);
  },
};

/** What each connection is set to. */
const settings = {
  timezone: "UTC",
  statement_timeout: "15s",
  idle_in_transaction_session_timeout: "15s",
  // Planned once for each connection. Left to itself, PostgreSQL sees how short the arrays of a call are, takes a plan
  // made for them alone to be cheaper, and so plans each statement anew each time: for longer than it runs.
  plan_cache_mode: "force_generic_plan",
  // Every statement is a walk along indexes from a handful of keys. For a table that is still small the planner may
  // take hashing all of it, or compiling the plan, for cheaper: it is not, and would be less so every day.
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
  random_page_cost: "1.1",
} as const;

/** A data source for `url`, not connected yet. Ten connections serve two cores; more only wait inside PostgreSQL. */
export function createDataSource(url: string): DataSource {
  return new DataSource({
    type: "postgres",
    url,
    entities,
    migrations: [PeopleAndVideos1763856000000, ConversationsAndEvents1763856000001],
    migrationsTableName: "migrations",
    namingStrategy: new SnakeNaming(),
    installExtensions: false,
    uuidExtension: "pgcrypto",
    applicationName: "kith",
    poolSize: 10,
    connectTimeoutMS: 5_000,
    extra: {
      types,
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(" "),
      keepAlive: true,
    },
  });
}
