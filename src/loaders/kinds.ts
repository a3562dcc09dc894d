/**
 * The four kinds of read that a resolver can ask for: one row, a page of rows, a count, a fact. Each is a function that
 * batches; the SQL of each takes all its keys as one table `k`, in which the viewer is a column. So a statement serves
 * a request of one viewer and a message that wakes three hundred alike.
 */
import DataLoader from "dataloader";
import { decodeCursor, encodeCursor, type KeyType } from "../db/cursor.ts";
import type { Queries } from "../db/database.ts";
import { type SqlValue, type Statement, statement } from "../db/sql.ts";
import { RequestError } from "../errors.ts";

/** One viewer's loads within one batch. */
export interface Loads {
  readonly viewerId: string;
  readonly batch: Batch;
}

type AnyLoader = DataLoader<string, unknown>;

/** What is asked for together and remembered together: the loads of one operation, or of one moment of a stream. */
export class Batch {
  readonly #loaders = new Map<string, AnyLoader>();

  /** `moderators` are the handles of those who read reports, in lower case. */
  constructor(
    readonly queries: Queries,
    readonly moderators: readonly string[] = [],
  ) {}

  /** The loader `name` of this batch, made at first use: an operation uses few of the many there are. */
  loader<Value>(name: string, load: (keys: readonly string[], queries: Queries) => Promise<Value[]>) {
    let loader = this.#loaders.get(name);
    if (loader === undefined) {
      loader = new DataLoader((keys: readonly string[]) => load(keys, this.queries), { maxBatchSize: 1_000 });
      this.#loaders.set(name, loader);
    }
    return loader as DataLoader<string, Value>;
  }
}

/** The columns of a key and their types, in the order in which a load gives them. */
export type KeyColumns = Readonly<Record<string, "bigint" | "integer" | "text">>;

type KeyPart = string | number;

// A loader's key is text: the viewer and the parts of the key, which are words, numbers, and lists with commas or blanks
// between. None has a colon in it.
const joinKey = (loads: Loads, key: readonly KeyPart[]) => `${loads.viewerId}:${key.join(":")}`;

/** The table of keys, for a `from` clause: `k (viewer_id, <columns>, nr)`. */
function keyTable(columns: KeyColumns): string {
  const arrays = Object.entries(columns).map(([column, type]) => `:${column}::${type}[]`);
  return `unnest(:viewer_id::bigint[], ${arrays.join(", ")}) with ordinality as k (viewer_id, ${Object.keys(columns).join(", ")}, nr)`;
}

function keyParameters(columns: KeyColumns, keys: readonly (readonly string[])[]): Record<string, SqlValue> {
  const parameters: Record<string, SqlValue> = {};
  ["viewer_id", ...Object.keys(columns)].forEach((column, at) => {
    parameters[column] = keys.map((key) => key[at] ?? null);
  });
  return parameters;
}

type Numbered = { readonly nr: string };
type KeyedStatement<Row> = Statement<Record<string, SqlValue>, Row & Numbered>;

interface KeyedRead {
  /** The name of the prepared statement. */
  readonly name: string;
  readonly key: KeyColumns;
  /** SQL that selects from the table of keys `k` it is given, `k.nr` among its columns. */
  readonly sql: (k: string) => string;
}

function keyed<Row, Value>(
  { name, key, sql }: KeyedRead,
  readRow: (row: Row & Numbered) => Value,
  missing: Value,
) {
  const compiled: KeyedStatement<Row> = statement(name, sql(keyTable(key)));
  const load = async (keys: readonly string[], queries: Queries): Promise<Value[]> => {
    const values = new Array<Value>(keys.length).fill(missing);
    const parts = keys.map((text) => text.split(":"));
    for (const row of await queries.run(compiled, keyParameters(key, parts))) {
      values[Number(row.nr) - 1] = readRow(row);
    }
    return values;
  };
  return (loads: Loads) => loads.batch.loader(name, load);
}

/** Loads one row by its key; null when there is none that the viewer may see. */
export interface One<Row> {
  (loads: Loads, ...key: readonly KeyPart[]): Promise<Row | null>;
  /** Hands over a row that another read brought through the same visibility. */
  prime(loads: Loads, row: Row): void;
}

/** Declares how one row is read; `keyOf` names a row's key, for priming. */
export function one<Row>(read: KeyedRead & { readonly keyOf: (row: Row) => readonly KeyPart[] }): One<Row> {
  const loader = keyed<Row, Row | null>(read, (row) => row, null);
  return Object.assign(
    (loads: Loads, ...key: readonly KeyPart[]) => loader(loads).load(joinKey(loads, key)),
    {
      prime(loads: Loads, row: Row) {
        loader(loads).prime(joinKey(loads, read.keyOf(row)), row);
      },
    },
  );
}

/** Loads what is true between the viewer and a key. */
export type Fact<Value> = (loads: Loads, ...key: readonly KeyPart[]) => Promise<Value>;

/** Declares how a fact is read: its SQL selects `value`; `missing` is true of keys that have no row. */
export function fact<Value>(read: KeyedRead & { readonly missing: Value }): Fact<Value> {
  const loader = keyed<{ value: Value }, Value>(read, ({ value }) => value, read.missing);
  return (loads, ...key) => loader(loads).load(joinKey(loads, key));
}

/** Declares how a number of rows is read: its SQL selects `value`; keys that have no row count 0. */
export function count(read: KeyedRead): Fact<number> {
  return fact({ ...read, missing: 0 });
}

/** What part of a connection is asked for: exactly one of `first` and `last` is a number. */
export interface PageRequest {
  readonly first: number | null;
  readonly after: string | null;
  readonly last: number | null;
  readonly before: string | null;
}

/** The part of a connection that a request asks for, by the argument that says so. */
type Part = "first" | "after" | "last" | "before";

function partOf({ first, after, before }: PageRequest): Part {
  if (first !== null) return after === null ? "first" : "after";
  return before === null ? "last" : "before";
}

/** Rows of a connection in its order. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  cursorOf(row: Row): string;
  /** From where to go on, of a page that was ended before it was full, for too much was looked at for it. */
  readonly lookedTo?: string;
}

/** One column of an order: its SQL, its type, and the property of the row that has its value. */
export interface OrderColumn<Row> {
  readonly sql: string;
  readonly type: KeyType;
  readonly value: (row: Row) => string | number | boolean;
}

interface PageRead<Row> extends Omit<KeyedRead, "sql"> {
  /**
   * SQL that selects from `k` the rows of each owner: inside a lateral it must filter by `within`, order by `order` and
   * stop at `limit`; at its end it must order by `nr` and `order` again. `bounds` are the columns of the cursor, for an
   * order that no one comparison can go on in; null without a cursor.
   */
  readonly sql: (parts: {
    k: string;
    within: string;
    order: string;
    limit: string;
    bounds: readonly string[] | null;
  }) => string;
  readonly order: readonly OrderColumn<Row>[];
  /** What the first page decides for all that follow: its cursors keep it, and it comes first among `bounds`. */
  readonly kept?: readonly OrderColumn<Row>[];
  readonly direction: "asc" | "desc";
  /** Whether it is read forwards alone. */
  readonly oneWay?: boolean;
  /** The loaders of one row that the page's rows are handed to. */
  readonly prime?: (loads: Loads, row: Row) => void;
}

/** Loads a page of what belongs to an owner. */
export type PageOf<Row> = (loads: Loads, owner: readonly KeyPart[], page: PageRequest) => Promise<Page<Row>>;

/** Declares how a page is read, forwards and backwards, from the ends and from cursors. */
export function page<Row>(read: PageRead<Row>): PageOf<Row> {
  const { name, key, order, direction, kept = [] } = read;
  const written = [...kept, ...order];
  const types = written.map(({ type }) => type);
  const cursorOf = (row: Row) =>
    encodeCursor(
      name,
      types,
      written.map(({ value }) => value(row)),
    );

  // Four statements rather than one with `:after is null or ...`, which no index could serve.
  const variant = (suffix: string, backwards: boolean, bounded: boolean): KeyedStatement<Row> => {
    const way = (direction === "asc") === backwards ? "desc" : "asc";
    const left = order.map(({ sql }) => sql).join(", ");
    const bounds = types.map((type, at) => `:bound_${at}::${type}`);
    return statement(
      `${name}_${suffix}`,
      read.sql({
        k: keyTable(key),
        within: bounded
          ? `(${left}) ${way === "asc" ? ">" : "<"} (${bounds.slice(kept.length).join(", ")})`
          : "true",
        order: order.map(({ sql }) => `${sql} ${way}`).join(", "),
        limit: ":page_limit::integer",
        bounds: bounded ? bounds : null,
      }),
    );
  };
  const statements: Readonly<Partial<Record<Part, KeyedStatement<Row>>>> = {
    first: variant("first", false, false),
    after: variant("after", false, true),
    ...(read.oneWay !== true && {
      last: variant("last", true, false),
      before: variant("before", true, true),
    }),
  };

  const loadPages = async (request: PageRequest, owners: readonly string[], queries: Queries) => {
    const part = partOf(request);
    const isForwards = part === "first" || part === "after";
    const size = request.first ?? request.last ?? 0;
    const cursor = isForwards ? request.after : request.before;
    const parameters = keyParameters(
      key,
      owners.map((owner) => owner.split(":")),
    );
    if (cursor !== null) {
      decodeCursor(name, types, cursor).forEach((bound, at) => {
        parameters[`bound_${at}`] = bound;
      });
    }
    const found: Row[][] = owners.map(() => []);
    const chosen = statements[part];
    if (chosen === undefined) {
      throw new RequestError("BAD_USER_INPUT", "This connection is read forwards: use `first` and `after`.");
    }
    for (const row of await queries.run(chosen, { ...parameters, page_limit: size + 1 })) {
      found[Number(row.nr) - 1]?.push(row);
    }
    return found.map((rows): Page<Row> => {
      const more = rows.length > size;
      if (more) rows.pop();
      if (!isForwards) rows.reverse();
      return {
        rows,
        hasNextPage: isForwards ? more : cursor !== null,
        hasPreviousPage: isForwards ? cursor !== null : more,
        cursorOf,
      };
    });
  };

  return async (loads, owner, request) => {
    if ((request.first === null) === (request.last === null)) {
      throw new RequestError("BAD_USER_INPUT", "Ask for `first` or for `last`, not for both.");
    }
    if ((request.first === null ? request.after : request.before) !== null) {
      throw new RequestError("BAD_USER_INPUT", "`after` goes with `first`, and `before` with `last`.");
    }
    // Pages of many owners share a statement when they ask for the same part: so the part names the loader.
    const loaderName = `${name}/${request.first ?? ""}/${request.after ?? ""}/${request.last ?? ""}/${request.before ?? ""}`;
    const loader = loads.batch.loader(loaderName, (owners, queries) => loadPages(request, owners, queries));
    const loaded = await loader.load(joinKey(loads, owner));
    if (read.prime !== undefined) for (const row of loaded.rows) read.prime(loads, row);
    return loaded;
  };
}
