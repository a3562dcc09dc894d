/** Entities and migrations say the same; migrations can be undone, and say what their indexes are for. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { DataSource, EntityMetadata } from "typeorm";
import { projectRoot } from "../../src/config.ts";
import { createDataSource } from "../../src/db/source.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";

/** Foreign keys whose columns no index begins with, and why nobody misses one. */
const UNINDEXED: Readonly<Record<string, string>> = {
  dismissed_suggestions_other_id_fkey:
    "Rows of users are never deleted, and nobody asks by whom a person was dismissed.",
  invite_bars_other_id_fkey: "Every bar has a row of the other's, which is where it is looked for.",
  invite_redemptions_user_id_fkey:
    "Rows of users are never deleted, and nobody asks which invites a person has taken.",
  moments_video_id_fkey: "Its index leaves out moments without a video, which nobody looks for.",
  mutes_muted_id_fkey: "Rows of users are never deleted, and nobody asks who has muted a person.",
  reports_resolved_by_fkey:
    "Rows of users are never deleted, and nobody asks for what a moderator has resolved.",
  videos_upload_id_fkey: "Its index leaves out videos without an upload, which nobody looks for.",
};

/** Indexes of expressions, which an entity can name and no more, as PostgreSQL describes them here. */
const OF_EXPRESSIONS: Readonly<Record<string, string>> = {
  hashtags_prefix_idx: "using btree foldname || ' '::text || name collate c",
  invites_ended_idx: "using btree leastrevoked_at, expires_at",
  messages_words_idx: "using gin conversation_id + 0, message_wordsbody with fastupdate=off",
  users_contain_idx:
    "using gin id >> 53, handle || ' '::text || folddisplay_name gin_trgm_ops with gin_pending_list_limit='256'",
  users_handle_prefix_idx:
    "using btree handle collate c, id where deleted_at is null and suspended_at is null",
  users_name_prefix_idx:
    "using btree folddisplay_name collate c, id where deleted_at is null and suspended_at is null",
  videos_contain_idx: "using gin id >> 53, foldcaption gin_trgm_ops with gin_pending_list_limit='256'",
};

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createDatabase();
  source = createDataSource(database.url);
  await source.initialize();
});

afterAll(async () => {
  await source?.destroy();
  await database?.drop();
});

const named = async (sql: string) =>
  (await database.query<{ name: string; definition: string }>(sql)).map(
    ({ name, definition }) => `${name}: ${definition.toLowerCase().replaceAll(/[()"]/g, "")}`,
  );

const constraints = () =>
  named(`
    select conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 'migrations'::regclass
      and conparentid = 0
    order by conname`);

/** Indexes that are not there for a constraint. */
const indexes = () =>
  named(`
    select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i
    join pg_class c on c.oid = i.indexrelid and c.relnamespace = 'public'::regnamespace and not c.relispartition
    where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))
    order by c.relname`);

/** Everything that a migration has made, as PostgreSQL describes it; but for partitions, which have the days' names. */
async function catalogue(): Promise<string[]> {
  const columns = await named(`
    select c.relname || '.' || a.attname as name,
      concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
        c.reloptions, pg_get_partkeydef(c.oid)) as definition
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname <> 'migrations'
    order by c.relname, a.attnum`);
  const enums = await named(`
    select t.typname as name, string_agg(e.enumlabel, ',' order by e.enumsortorder) as definition
    from pg_type t
    join pg_enum e on e.enumtypid = t.oid
    where t.typnamespace = 'public'::regnamespace
    group by t.typname
    order by t.typname`);
  return [...columns, ...enums, ...(await constraints()), ...(await indexes())];
}

const list = (columns: readonly { databaseName: string }[]) =>
  columns.map(({ databaseName }) => databaseName).join(", ");

/** The constraints that an entity describes, in PostgreSQL's words. */
function constraintsOf(entity: EntityMetadata): string[] {
  const { primaryColumns, uniques, checks, foreignKeys } = entity;
  return [
    `${primaryColumns[0]?.primaryKeyConstraintName}: primary key ${list(primaryColumns)}`,
    ...uniques.map(({ name, columns }) => `${name}: unique ${list(columns)}`),
    ...checks.map(({ name, expression }) => `${name}: check ${expression}`),
    ...foreignKeys.map(
      ({ name, columns, referencedColumns, referencedTablePath, onDelete }) =>
        `${name}: foreign key ${list(columns)} references ${referencedTablePath}${list(referencedColumns)}${
          onDelete === "CASCADE" ? " on delete cascade" : ""
        }`,
    ),
  ];
}

function indexesOf({ indices, tableName }: EntityMetadata): string[] {
  return indices.map(({ name, columns, isUnique, where, type }) => {
    const condition = where === undefined ? "" : ` where ${where.toLowerCase().replace(/[()]/g, "")}`;
    const unique = isUnique ? "unique " : "";
    const expression = OF_EXPRESSIONS[name];
    if (expression !== undefined) return `${name}: create index ${name} on public.${tableName} ${expression}`;
    return `${name}: create ${unique}index ${name} on public.${tableName} using ${type ?? "btree"} ${list(columns)}${condition}`;
  });
}

test("on a freshly migrated database, TypeORM finds nothing that the entities describe otherwise", async () => {
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  expect(upQueries.map(({ query }) => query)).toEqual([]);
});

test("keys, checks and indexes have the columns and conditions that the entities say, which TypeORM does not compare", async () => {
  expect((await constraints()).sort()).toEqual(source.entityMetadatas.flatMap(constraintsOf).sort());
  expect((await indexes()).sort()).toEqual(source.entityMetadatas.flatMap(indexesOf).sort());
});

test("every index and every unique key has a comment above it that says what it serves", async () => {
  const folder = path.join(projectRoot, "migrations");
  const texts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"));
  const made = texts.flatMap((text) => [
    ...text.matchAll(/^( *-- .+\n)? *(?:create (?:unique )?index|constraint(?= \w+ unique)) (\w+)/gm),
  ]);
  const explained = made.filter(([, comment]) => comment !== undefined).map(([, , name]) => name);
  const uniqueKeys = (await constraints()).filter((each) => each.includes(": unique "));
  const names = [...(await indexes()), ...uniqueKeys].map((each) => each.split(":")[0]);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !explained.includes(name))).toEqual([]);
});

test("every foreign key has an index that begins with its columns, or a reason to have none", async () => {
  const rows = await database.query<{ name: string }>(`
    select k.conname as name
    from pg_constraint k
    where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not exists (
      select
      from pg_index i
      where i.indrelid = k.conrelid and i.indpred is null
        and (select array_agg(c order by c) from unnest(k.conkey) c) =
          (select array_agg(c order by c) from unnest((i.indkey::smallint[])[0:cardinality(k.conkey) - 1]) c)
    )
    order by k.conname`);
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(UNINDEXED));
});

test("every migration can be undone, down to nothing, and run again to the same", async () => {
  const before = await catalogue();
  expect(before.length).toBeGreaterThan(100);
  for (const _migration of source.migrations) await source.undoLastMigration();
  expect(await catalogue()).toEqual([]);
  await source.runMigrations({ transaction: "each" });
  expect(await catalogue()).toEqual(before);
});
