/** SQL of search: steps that each find ids for what room is left on the page, and what contains the words of a term. */
import { MAX_ID } from "../ids.ts";

/** How many of the newest rows are looked at before an index is asked for what contains the term. */
const NEWEST = 3_000;
/** The same for a term that has no three letters in a row, which the index can't find. */
const NEWEST_UNINDEXED = 10_000;
/** By how many bits an id is shifted to the weeks that it was made in: 25 days. The indexes say the same. */
const WEEKS = 53;

/** SQL: a lateral that is run as it stands. Pulled up, what it computes would be computed anew wherever it is named. */
export const lateral = (name: string, select: string) => `cross join lateral (${select} offset 0) as ${name}`;

/** SQL: the ids of the rows that a way finds, and for how many more there is room on the page. */
export const way = (name: string, room: string, ids: string) => `
  ${lateral(`${name}_found`, `select array(${ids} limit ${room}) as ids`)}
  ${lateral(name, `select ${name}_found.ids, ${room} - cardinality(${name}_found.ids) as room`)}`;

interface Containing {
  readonly name: string;
  readonly way: number;
  readonly room: string;
  readonly wanted: string;
  readonly table: string;
  readonly columns: string;
  /** What the words of the term are looked for in, of the row `c`. */
  readonly text: string;
  readonly condition: string;
}

/**
 * SQL: the newest rows that contain every word of the term. What is frequent is found among the newest; so whatever is
 * looked for by the index is rare, and the weeks are gone through from the newest until the page is full.
 */
export function containing(read: Containing): string {
  const { name, room, wanted, table, columns, text, condition } = read;
  const fits = `${text} like all (t.words) and ${condition}`;
  return `
    ${lateral(
      `${name}_from`,
      `select
        case when p.way = ${read.way} then ${MAX_ID} - p.place else ${MAX_ID} end as below,
        case when t.is_indexed then ${NEWEST} else ${NEWEST_UNINDEXED} end as depth`,
    )}
    ${way(
      `${name}_newest`,
      room,
      `
      select c.id
      from (
        select ${columns}
        from ${table} c
        where ${wanted} and p.way <= ${read.way} and c.id < ${name}_from.below
        order by c.id desc
        limit ${name}_from.depth
      ) as c
      where ${fits}
      order by c.id desc`,
    )}
    ${lateral(
      `${name}_rest`,
      `select (
        select c.id
        from ${table} c
        where ${wanted} and p.way <= ${read.way} and t.is_indexed and ${name}_newest.room > 0
          and c.id < ${name}_from.below
        order by c.id desc
        offset ${name}_from.depth
        limit 1
      ) as first_id`,
    )}
    ${way(
      name,
      `${name}_newest.room`,
      `
      select f.id
      from (
        select s.week
        from generate_series(${name}_rest.first_id >> ${WEEKS}, 0, -1) as s (week)
        order by s.week desc
      ) as w
      cross join lateral (
        select c.id
        from ${table} c
        where (c.id >> ${WEEKS}) = w.week and ${text} like t.words[1] and ${text} like t.words[cardinality(t.words)]
          and ${fits} and c.id + 0 <= ${name}_rest.first_id
        order by c.id + 0 desc
        limit ${name}_newest.room
      ) as f
      order by w.week desc, f.id desc`,
    )}`;
}
