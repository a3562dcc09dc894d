/** What is counted of what people did with videos and comments, and moves as one of them disappears and comes back. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";

/** Rows `d` of a person, each of which a column of the row that it belongs to counts. */
interface Counted {
  readonly count: string;
  readonly table: string;
  /** The person, among the columns of the table. */
  readonly person: string;
  /** The key of what the row belongs to, in the order of the key that it refers to. */
  readonly key: readonly string[];
  readonly condition?: string;
}

const ON_VIDEOS: readonly Counted[] = [
  { count: "like_count", table: "likes", person: "user_id", key: ["video_id"] },
  {
    count: "comment_count",
    table: "comments",
    person: "author_id",
    key: ["video_id"],
    condition: "d.deleted_at is null",
  },
  { count: "repost_count", table: "reposts", person: "user_id", key: ["video_id"] },
  { count: "view_count", table: "views", person: "user_id", key: ["video_id"] },
  { count: "share_count", table: "sharings", person: "user_id", key: ["video_id"] },
];

const ON_COMMENTS: readonly Counted[] = [
  { count: "like_count", table: "comment_likes", person: "user_id", key: ["video_id", "comment_id"] },
  {
    count: "reply_count",
    table: "comments",
    person: "author_id",
    key: ["video_id", "reply_to_id"],
    condition: "d.deleted_at is null and d.reply_to_id is not null",
  },
];

/** Declares how all that is counted of a person on the rows of a table moves, once those are locked. */
function counting(table: string, key: readonly string[], kinds: readonly Counted[]) {
  const rows = (columns: (kind: Counted) => readonly string[]) =>
    kinds
      .map(
        (kind) => `
      select ${[...kind.key.map((column) => `d.${column}`), ...columns(kind)].join(", ")}
      from ${kind.table} d
      where d.${kind.person} = :userId and ${kind.condition ?? "true"}`,
      )
      .join("\n      union all");
  const keyOf = (row: string) => key.map((column) => `${row}.${column}`).join(", ");
  const one = (kind: Counted) => kinds.map((other) => (other === kind ? "1" : "0"));
  const counts = kinds.map(({ count }) => count);
  return {
    lock: statement<{ userId: string }, Nothing>(
      `departure_lock_${table}`,
      `
  select
  from ${table} t
  where (${keyOf("t")}) in (${rows(() => [])}
  )
  order by ${keyOf("t")}
  for no key update`,
    ),
    count: statement<{ userId: string; by: number }, Nothing>(
      `departure_count_on_${table}`,
      `
  with counted as materialized (
    select ${keyOf("d")}, ${counts.map((count) => `sum(d.${count})::integer as ${count}`).join(", ")}
    from (${rows(one)}
    ) d (${[...key, ...counts].join(", ")})
    group by ${keyOf("d")}
  )
  update ${table} t
  set ${counts.map((count) => `${count} = t.${count} + :by::integer * c.${count}`).join(", ")}
  from counted c
  where (${keyOf("t")}) = (${keyOf("c")})`,
    ),
  };
}

const TABLES = [counting("videos", ["id"], ON_VIDEOS), counting("comments", ["video_id", "id"], ON_COMMENTS)];

/**
 * Counts all that a person did with videos and comments in again, or out; to be called with their own row locked against
 * whatever is counted of them. Videos and then comments are locked. What there is to count is read under those locks: a
 * comment may be deleted by others, and its likes with it.
 */
export async function countEngagement(queries: Queries, userId: string, by: 1 | -1): Promise<void> {
  for (const { lock, count } of TABLES) {
    await queries.run(lock, { userId });
    await queries.run(count, { userId, by });
  }
}
