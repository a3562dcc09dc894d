/** The end of exports, in the background: seven days after one was ready, nothing is left of its content. */
import { type Nothing, statement } from "../../db/sql.ts";
import type { Work } from "../context.ts";

const expire = statement<Nothing, { id: string }>(
  "job_export_expire",
  `
  with over as materialized (
    select e.id
    from data_exports e
    where e.status = 'READY' and e.expires_at <= now()
    order by e.expires_at
    limit 20
    for no key update skip locked
  ),
  expired as (
    update data_exports e
    set status = 'EXPIRED'
    from over o
    where e.id = o.id
    returning e.id
  ),
  gone as (
    delete from data_export_parts p
    using over o
    where p.export_id = o.id
  )
  select x.id
  from expired x`,
);

/** Deletes the content of every export whose time is over. */
export const dropExpiredExports: Work = async ({ database }, stop) => {
  for (let found = 1; found > 0 && !stop.aborted; ) found = (await database.run(expire, {})).length;
};
