/** A section of an export: one kind of thing, read by one keyset statement and written as one JSON object a line. */
import type { Queries } from "../../db/database.ts";
import { statement } from "../../db/sql.ts";
import { globalId, type NodeKind } from "../../ids.ts";

/** What a section read, and the key of the last row of it; null when there is nothing after it. */
export interface Read {
  readonly lines: readonly string[];
  readonly after: readonly string[] | null;
}

export interface Section {
  /** The `type` of its lines. */
  readonly type: string;
  /** At most `limit` lines of what comes after a row. */
  read(queries: Queries, userId: string, after: readonly string[] | null, limit: number): Promise<Read>;
}

/** A field that is a global id: its kind, and the SQL of each part of its key. */
interface IdField {
  readonly kind: NodeKind;
  readonly key: readonly string[];
  /** The type that the SQL of a part is read as. */
  readonly type: "text" | "text[]";
}

/** The field of a global id. */
export function id(kind: NodeKind, ...key: readonly string[]): IdField {
  return { kind, key, type: "text" };
}

/** The field of several global ids, whose keys are an array. */
export function ids(kind: NodeKind, keys: string): IdField {
  return { kind, key: [keys], type: "text[]" };
}

// What stands before every key of its type.
const FIRST = {
  bigint: "0",
  integer: "-1",
  timestamptz: "-infinity",
  date: "-infinity",
  text: "",
  bytea: "",
} as const;

interface SectionOptions {
  /** What each line says: SQL by the names of the fields. Dates go as text: PostgreSQL's driver would move them. */
  readonly fields: Readonly<Record<string, string | IdField>>;
  /** A from clause; `bound` is the SQL of a part of the key after which it reads on. */
  readonly from: string | ((bound: (nr: number) => string) => string);
  /** Says that a row is of `:userId`. */
  readonly where: string;
  /** The key of a row: an index has it in this order. */
  readonly order: readonly (readonly [sql: string, type: keyof typeof FIRST])[];
}

type Parameters = { userId: string; after: readonly string[] | null; limit: number };
type Row = Record<string, unknown> & { readonly after: string[] };

/** Declares a section. */
export function section(type: string, { fields, from, where, order }: SectionOptions): Section {
  const bound = (nr: number) => {
    const [, keyType] = order[nr - 1] ?? [];
    return `coalesce((:after::text[])[${nr}], '${FIRST[keyType ?? "text"]}')::${keyType}`;
  };
  const columns = Object.entries(fields).map(([name, field]) =>
    typeof field === "string"
      ? `${field} as "${name}"`
      : `${field.key.map((part) => `(${part})::${field.type}`).join(" || ':' || ")} as "${name}"`,
  );
  const key = order.map(([sql]) => sql).join(", ");
  const read = statement<Parameters, Row>(
    `job_export_${type}`,
    `
    select ${columns.join(", ")}, array[${order.map(([sql]) => `(${sql})::text`).join(", ")}] as after
    from ${typeof from === "string" ? from : from(bound)}
    where ${where} and (${key}) > (${order.map((_, at) => bound(at + 1)).join(", ")})
    order by ${key}
    limit :limit`,
  );
  const idFields = Object.entries(fields).flatMap(([name, field]) =>
    typeof field === "string" ? [] : [[name, field.kind] as const],
  );
  return {
    type,
    async read(queries, userId, after, limit) {
      const rows = await queries.run(read, { userId, after, limit });
      const lines = rows.map(({ after: _key, ...row }) => {
        for (const [name, kind] of idFields) {
          const value = row[name];
          if (typeof value === "string") row[name] = globalId(kind, ...value.split(":"));
          if (Array.isArray(value)) row[name] = value.map((key) => globalId(kind, String(key)));
        }
        return JSON.stringify({ type, ...row });
      });
      return { lines, after: rows.length < limit ? null : (rows.at(-1)?.after ?? null) };
    },
  };
}
