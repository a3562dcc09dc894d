/** The days of the viewers' logs: each is a partition, named after its day in UTC. */
import type { Database, Queries } from "./database.ts";
import { type Nothing, type Statement, statement } from "./sql.ts";

const LOCK_NOT_AVAILABLE = "55P03";

/** Days as `2026-01-31`. */
export interface LogDays {
  readonly today: string;
  /** Those that have a partition, oldest first. */
  readonly kept: readonly string[];
  /** Those of events that were written while their day had none. */
  readonly missing: readonly string[];
}

const readDays = statement<Nothing, LogDays>(
  "job_log_days",
  `
  select
    to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as today,
    array(
      select to_char(to_date(right(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as day
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'viewer_events'::regclass and c.relname ~ '^viewer_events_[0-9]{8}$'
      order by day
    ) as kept,
    array(
      select distinct to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD') as day
      from viewer_events_default e
      order by day
    ) as missing`,
);

/** Which days there are. */
export async function logDays(queries: Queries): Promise<LogDays> {
  const [days] = await queries.run(readDays, {});
  return days ?? { today: "", kept: [], missing: [] };
}

// Everybody who sends waits behind a lock on the whole log. So it is not waited for: who can't have it at once comes
// back with the next run.
const hurry = statement<Nothing, Nothing>(
  "job_log_days_hurry",
  `
  select
    pg_advisory_xact_lock(hashtext('kith log days')), set_config('lock_timeout', '200ms', true)`,
);

/** Prepared under no name, for it says which day. */
const once = (text: string): Statement<Nothing, Nothing> => ({ name: "", text, parameters: [] });

/** Runs `work` under the lock of those who make and drop days; returns false where the log is too busy for it. */
async function locked(database: Database, work: (queries: Queries) => Promise<void>): Promise<boolean> {
  try {
    await database.transaction(async (queries) => {
      await queries.run(hurry, {});
      await work(queries);
    });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

const tableOf = (day: string) => `viewer_events_${day.replaceAll("-", "")}`;
const nextDay = (day: string) => new Date(Date.parse(day) + 24 * 60 * 60 * 1_000).toISOString().slice(0, 10);
const startOf = (day: string) => `'${day} 00:00:00+00'`;

/**
 * Makes the partition of a day, and moves there what was written before there was one; returns false where the log is
 * too busy for it.
 */
export function makeLogDay(database: Database, day: string): Promise<boolean> {
  const [table, from, to] = [tableOf(day), startOf(day), startOf(nextDay(day))];
  const columns = "viewer_id, position, kind, ids, created_at";
  return locked(database, async (queries) => {
    if ((await logDays(queries)).kept.includes(day)) return;
    // Attached rather than made as a part: that takes no lock for which those who send would wait.
    await queries.run(once("lock table viewer_events_default in access exclusive mode"), {});
    await queries.run(once(`create table ${table} (like viewer_events including defaults)`), {});
    const moved = `delete from viewer_events_default where created_at >= ${from} and created_at < ${to} returning ${columns}`;
    await queries.run(
      once(`with moved as (${moved}) insert into ${table} (${columns}) select ${columns} from moved`),
      {},
    );
    await queries.run(
      once(`alter table viewer_events attach partition ${table} for values from (${from}) to (${to})`),
      {},
    );
  });
}

/** Drops the partition of a day with all that is in it; returns false where the log is too busy for it. */
export function dropLogDay(database: Database, day: string): Promise<boolean> {
  return locked(database, async (queries) => {
    if ((await logDays(queries)).kept.includes(day))
      await queries.run(once(`drop table ${tableOf(day)}`), {});
  });
}
