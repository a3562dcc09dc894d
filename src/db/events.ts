/** The viewers' logs: how a write tells the world, and how the world is read back. */

import { type EventKind, type LoggedEvent, ViewerEvent } from "../entities/event.ts";
import { columns, plainColumns } from "../entities/naming.ts";
import type { Queries } from "./database.ts";
import { statement } from "./sql.ts";

/** The log of `viewerId` has come to `position`. */
export interface News {
  readonly viewerId: string;
  readonly position: number;
}

/** Something that has changed in one viewer's world: what kind of thing, and its keys. */
export interface Change {
  readonly viewerId: string;
  readonly kind: EventKind;
  readonly ids: readonly (string | number)[];
}

/**
 * The common table expressions that append to logs, for a statement that has one named `news (viewer_id, kind, ids,
 * nr)`: each viewer is told in the order of `nr`. The counters are locked in ascending order, so that no two writers
 * wait for each other. Afterwards `appended (viewer_id, position)` has a row for each event.
 */
export const appendNews = `
  counters as materialized (
    select l.viewer_id
    from viewer_logs l
    where l.viewer_id in (select n.viewer_id from news n)
    order by l.viewer_id
    for no key update of l
  ),
  moved_counters as (
    update viewer_logs l
    set position = l.position + n.events, moved_at = greatest(l.moved_at, now())
    from counters c
    join (select viewer_id, count(*) as events from news group by viewer_id) n using (viewer_id)
    where l.viewer_id = c.viewer_id
    returning l.viewer_id, l.position - n.events as base, l.moved_at
  ),
  appended as (
    insert into viewer_events (viewer_id, position, kind, ids, created_at)
    select n.viewer_id, m.base + row_number() over (partition by n.viewer_id order by n.nr), n.kind, n.ids, m.moved_at
    from news n
    join moved_counters m using (viewer_id)
    returning viewer_id, position
  )`;

/** What an appending statement returns, to be announced after the commit. */
export const appendedNews = `
  (select array_agg(a.viewer_id) from appended a) as "newsViewers",
  (select array_agg(a.position) from appended a) as "newsPositions"`;

export interface AppendedRow {
  readonly newsViewers: string[] | null;
  readonly newsPositions: string[] | null;
}

/** The news in what an appending statement returned. */
export function newsOf(row: AppendedRow | undefined): News[] {
  return (row?.newsViewers ?? []).map((viewerId, at) => ({
    viewerId,
    position: Number(row?.newsPositions?.[at]),
  }));
}

type AppendParameters = { viewers: readonly string[]; kinds: readonly string[]; ids: readonly string[] };

const append = statement<AppendParameters, AppendedRow>(
  "append_events",
  `
  with news as (
    select viewer_id, kind::event_kind, ids::bigint[], nr
    from unnest(:viewers::bigint[], :kinds::text[], :ids::text[]) with ordinality as n (viewer_id, kind, ids, nr)
  ),
  ${appendNews}
  select ${appendedNews}`,
);

/** Appends `changes` to their viewers' logs inside the caller's transaction; returns what to announce after it. */
export async function appendEvents(queries: Queries, changes: readonly Change[]): Promise<News[]> {
  if (changes.length === 0) return [];
  const [row] = await queries.run(append, {
    viewers: changes.map(({ viewerId }) => viewerId),
    kinds: changes.map(({ kind }) => kind),
    ids: changes.map(({ ids }) => `{${ids.join(",")}}`),
  });
  return newsOf(row);
}

/** Where a viewer's log stands. */
export interface LogHead {
  readonly viewerId: string;
  readonly epoch: number;
  readonly position: number;
  /** When it last grew: what comes next is not older. */
  readonly movedAt: string;
}

const heads = statement<
  { viewers: readonly string[] },
  { viewerId: string; epoch: number; position: string; movedAt: string }
>(
  "log_heads",
  `
  select l.viewer_id as "viewerId", l.epoch, l.position, l.moved_at as "movedAt"
  from viewer_logs l
  where l.viewer_id = any(:viewers::bigint[])`,
);

/** Where the logs of these viewers stand now. */
export async function readHeads(queries: Queries, viewers: readonly string[]): Promise<LogHead[]> {
  const rows = await queries.run(heads, { viewers });
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

/** A place in one viewer's log: everything up to `after` was read. */
export interface LogPlace {
  readonly viewerId: string;
  readonly after: number;
  /** No event after the place is older than this; null where no such time is known. */
  readonly since: string | null;
}

type ReadParameters = { viewers: readonly string[]; afters: readonly number[]; since: string; limit: number };

// The time is the same for all, and so known before anything is read: days before it are not even opened.
const after = statement<ReadParameters, ViewerEvent & { nr: string }>(
  "log_after",
  `
  select k.nr, ${columns(ViewerEvent, "e")}
  from unnest(:viewers::bigint[], :afters::bigint[]) with ordinality as k (viewer_id, after, nr)
  cross join lateral (
    select ${plainColumns(ViewerEvent, "v")}
    from viewer_events v
    where v.viewer_id = k.viewer_id and v.position > k.after and v.created_at >= :since::timestamptz
    order by v.position
    limit :limit
  ) e
  order by k.nr, e.position`,
);

// As texts, times have the order that they have as times, and this one is before them all.
const EVER = "-infinity";

/** The next events of each reader, at most `limit` each, in the order of the log: one statement for all of them. */
export async function readLogs(
  queries: Queries,
  readers: readonly LogPlace[],
  limit: number,
): Promise<LoggedEvent[][]> {
  const logs: LoggedEvent[][] = readers.map(() => []);
  const rows = await queries.run(after, {
    viewers: readers.map(({ viewerId }) => viewerId),
    afters: readers.map(({ after }) => after),
    since: readers.map(({ since }) => since ?? EVER).sort()[0] ?? EVER,
    limit,
  });
  for (const { nr, position, kind, ids, createdAt } of rows) {
    logs[Number(nr) - 1]?.push({ position: Number(position), kind, ids, createdAt });
  }
  return logs;
}
