/**
 * The days of the viewers' logs: each is a partition, named after its day in UTC. What was written while its day had none
 * lies in the default partition, and stays there.
 */
import type { Database, Queries } from "./database.ts";
import { type Nothing, type Statement, statement } from "./sql.ts";

const LOCK_NOT_AVAILABLE = "55P03";
const CHECK_VIOLATION = "23514";
/** How many rows of the default partition one statement deletes. */
const ROWS_AT_ONCE = 10_000;

/** Days as `2026-01-31`. */
export interface LogDays {
  readonly today: string;
  /** Those that have a partition, oldest first. */
  readonly kept: readonly string[];
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
    ) as kept`,
);

/** Which days there are. */
export async function logDays(queries: Queries): Promise<LogDays> {
  const [days] = await queries.run(readDays, {});
  return days ?? { today: "", kept: [] };
}

// The default partition may have grown to any size, and is read to its end here: that may take as long as it takes, but
// never a sort of all of it for each few rows, for which a plan without its key would be chosen.
const takeTheTime = statement<Nothing, Nothing>(
  "job_log_days_take_the_time",
  `
  select
    set_config('statement_timeout', '10min', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_bitmapscan', 'off', true)`,
);

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

/**
 * Runs `work` under the lock of those who make and drop days; returns false where the log is too busy for it, or has
 * just been written to where it must not be.
 */
async function locked(database: Database, work: (queries: Queries) => Promise<boolean>): Promise<boolean> {
  try {
    return await database.transaction(async (queries) => {
      await queries.run(takeTheTime, {});
      await queries.run(hurry, {});
      return work(queries);
    });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === LOCK_NOT_AVAILABLE || code === CHECK_VIOLATION) return false;
    throw error;
  }
}

const tableOf = (day: string) => `viewer_events_${day.replaceAll("-", "")}`;
const nextDay = (day: string) => new Date(Date.parse(day) + 24 * 60 * 60 * 1_000).toISOString().slice(0, 10);
const startOf = (day: string) => `${day} 00:00:00+00`;

const readWritten = statement<{ from: string; to: string }, { isWritten: boolean }>(
  "job_log_days_written",
  `
  select exists (
    select
    from viewer_events_default e
    where e.created_at >= :from::timestamptz and e.created_at < :to::timestamptz
  ) as "isWritten"`,
);

/**
 * Makes the partition of a day; returns false where the log is too busy for it, or was written to before the day had one:
 * then it goes on without.
 */
export function makeLogDay(database: Database, day: string): Promise<boolean> {
  const [table, from, to] = [tableOf(day), startOf(day), startOf(nextDay(day))];
  return locked(database, async (queries) => {
    if ((await logDays(queries)).kept.includes(day)) return true;
    // PostgreSQL would find out, but while everybody waits.
    const [found] = await queries.run(readWritten, { from, to });
    if (found?.isWritten !== false) return false;
    await queries.run(once(`create table ${table} (like viewer_events including defaults)`), {});
    // Attached rather than made as a part: that takes no lock for which those who send would wait.
    await queries.run(
      once(`alter table viewer_events attach partition ${table} for values from ('${from}') to ('${to}')`),
      {},
    );
    return true;
  });
}

/** Drops the partition of a day with all that is in it; returns false where the log is too busy for it. */
export function dropLogDay(database: Database, day: string): Promise<boolean> {
  return locked(database, async (queries) => {
    if ((await logDays(queries)).kept.includes(day))
      await queries.run(once(`drop table ${tableOf(day)}`), {});
    return true;
  });
}

/** A place in the order of all logs. */
export interface LogsPlace {
  readonly viewerId: string;
  readonly position: string;
}

/** The place before everything. */
export const LOG_START: LogsPlace = { viewerId: "0", position: "0" };

// By the table's key, so that a log loses what is oldest first, and nothing is walked over twice.
const deleteSome = statement<
  LogsPlace & { before: string; limit: number } & Record<string, string | number>,
  LogsPlace
>(
  "job_log_days_delete",
  `
  with old as materialized (
    select e.ctid, e.viewer_id, e.position
    from viewer_events_default e
    where (e.viewer_id, e.position) > (:viewerId::bigint, :position::bigint) and e.created_at < :before::timestamptz
    order by e.viewer_id, e.position
    limit :limit
  ),
  deleted as (
    delete from viewer_events_default
    where ctid = any(array(select o.ctid from old o))
  )
  select o.viewer_id as "viewerId", o.position
  from old o
  order by o.viewer_id desc, o.position desc
  limit 1`,
);

/**
 * Deletes some of what lies in no day of its own and is from before `day`, and holds up nobody; returns up to where, or
 * null where nothing was left.
 */
export async function deleteLogBefore(database: Database, day: string, after: LogsPlace) {
  return database.transaction(async (queries): Promise<LogsPlace | null> => {
    await queries.run(takeTheTime, {});
    const [last] = await queries.run(deleteSome, { ...after, before: startOf(day), limit: ROWS_AT_ONCE });
    return last ?? null;
  });
}
