/** What somebody does with a video once, as a row, and takes back: the count of it on the video moves with the row. */
import { statement } from "../db/sql.ts";
import { isHere } from "../visibility/user.ts";

type Doing = { videoId: string; userId: string };
/** The video whose count has moved. */
type Moved = { readonly authorId: string };

interface Counted {
  /** Its rows have a `video_id` and a `user_id`. */
  readonly table: string;
  /** The column of videos that counts them. */
  readonly count: string;
  /** Further columns of a new row, each with the SQL of its value. */
  readonly values?: Readonly<Record<string, string>>;
}

// What somebody does who is being hidden must not be counted once they are: hiding locks their row against this.
const DOER = `
  doer as materialized (
    select u.id
    from users u
    where u.id = :userId and ${isHere("u")}
    for key share
  )`;

const moving = (count: string, by: "+" | "-") => `
  update videos v
  set ${count} = v.${count} ${by} 1
  from moved m
  where v.id = m.video_id
  returning v.author_id as "authorId"`;

/**
 * Declares how a row comes, and counts, for `:userId` and `:videoId`. Where it is there already, and of somebody who is
 * hidden by now, nothing is written and nothing returned.
 */
export function countedIn<More extends Record<string, string | number | null> = Record<never, never>>(
  name: string,
  { table, count, values = {} }: Counted,
) {
  const columns = ["video_id", "user_id", ...Object.keys(values)];
  const row = [":videoId", "d.id", ...Object.values(values)];
  return statement<Doing & More, Moved>(
    name,
    `
  with ${DOER},
  moved as (
    insert into ${table} (${columns.join(", ")})
    select ${row.join(", ")}
    from doer d
    on conflict do nothing
    returning video_id
  )
  ${moving(count, "+")}`,
  );
}

/** Declares how the row goes again, and counts no longer; where there is none nothing is returned. */
export function countedOut(name: string, { table, count }: Counted) {
  return statement<Doing, Moved>(
    name,
    `
  with ${DOER},
  moved as (
    delete from ${table} t
    using doer d
    where t.video_id = :videoId and t.user_id = d.id
    returning t.video_id
  )
  ${moving(count, "-")}`,
  );
}
