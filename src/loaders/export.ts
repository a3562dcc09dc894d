/** Reads of the viewer's exports, and of their content for whoever holds a good address. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { DataExport } from "../entities/export.ts";
import { exportVisible, isHandedOut } from "../visibility/export.ts";
import { one, page } from "./kinds.ts";

/** An export as its owner sees it: without how far it has come. */
export type OwnExport = Pick<DataExport, "id" | "status" | "createdAt" | "expiresAt">;

// Its time is over when it is over, not when its content is swept away.
const SHOWN = `
  e.id, e.created_at as "createdAt", e.expires_at as "expiresAt",
  case when e.status = 'READY' and e.expires_at <= now() then 'EXPIRED' else e.status::text end as status`;

/** An export of the viewer's. */
export const exportById = one<OwnExport>({
  name: "export_by_id",
  key: { id: "bigint" },
  keyOf: ({ id }) => [id],
  sql: (k) => `
    select k.nr, ${SHOWN}
    from ${k}
    join data_exports e on e.id = k.id and ${exportVisible("k.viewer_id", "e")}`,
});

/** The viewer's exports, newest first. */
export const exportsOf = page<OwnExport>({
  name: "exports_of",
  key: { owner_id: "bigint" },
  direction: "desc",
  order: [{ sql: "e.id", type: "bigint", value: ({ id }) => id }],
  prime: exportById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${SHOWN}
    from ${k}
    cross join lateral (
      select e.id, e.status, e.created_at, e.expires_at
      from data_exports e
      where e.user_id = k.owner_id and ${exportVisible("k.viewer_id", "e")} and ${within}
      order by ${order}
      limit ${limit}
    ) e
    order by k.nr, ${order}`,
});

const readyParts = statement<{ id: string }, { count: number }>(
  "export_ready_parts",
  `
  select e.part_count as count
  from data_exports e
  where e.id = :id and e.status = 'READY' and e.expires_at > now() and ${isHandedOut("e")}`,
);

/** How many parts the content of an export has; null when it is not ready, its time is over, or its owner is not here. */
export async function partCountOf(queries: Queries, id: string): Promise<number | null> {
  const [found] = await queries.run(readyParts, { id });
  return found?.count ?? null;
}

const part = statement<{ id: string; nr: number }, { lines: string }>(
  "export_part",
  `
  select p.lines
  from data_export_parts p
  join data_exports e on e.id = p.export_id and ${isHandedOut("e")}
  where p.export_id = :id and p.nr = :nr`,
);

/** One part of the content, the first being 1; null when it is gone, or its owner is. */
export async function partOf(queries: Queries, id: string, nr: number): Promise<string | null> {
  const [found] = await queries.run(part, { id, nr });
  return found?.lines ?? null;
}
