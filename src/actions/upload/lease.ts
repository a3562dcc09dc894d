/**
 * Who works on which upload: a node takes one for some seconds, and says again and again that it still does. What a
 * killed node had is free when it has not done so for that long.
 */
import type { Queries } from "../../db/database.ts";
import { type Nothing, statement } from "../../db/sql.ts";

/** An upload that this node works on. */
export interface Lease {
  readonly id: string;
  readonly userId: string;
  readonly byteSize: number;
  /** How many times somebody has begun to: whoever holds a former number holds it no longer. */
  readonly attempts: number;
  /** Whether it has waited for so long that it is to be given up. */
  readonly isOld: boolean;
}

type Held = { id: string; attempts: number };

const LEASE_SECONDS = 20;
/** How often to say so. */
export const RENEW_SECONDS = 5;
/** What could not be worked on for so long never will be. */
const OLD_DAYS = 2;

const isFree = (upload: string) => `coalesce(${upload}.claimed_until, '-infinity') <= now()`;

// Whoever has waited longest since something of theirs was worked on is next, with the oldest of theirs: many uploads
// of one person hold up nobody else.
const takeNext = statement<{ seconds: number; days: number }, Lease>(
  "job_upload_take",
  `
  with waiting as materialized (
    select w.user_id, min(w.id) as id
    from video_uploads w
    where w.status = 'PROCESSING' and ${isFree("w")}
    group by w.user_id
  ),
  next as materialized (
    select w.id
    from waiting p
    left join lateral (
      select o.worked_at
      from video_uploads o
      where o.user_id = p.user_id and o.worked_at is not null
      order by o.worked_at desc
      limit 1
    ) o on true
    join video_uploads w on w.id = p.id and w.status = 'PROCESSING' and ${isFree("w")}
    order by o.worked_at nulls first, w.id
    limit 1
    for no key update of w skip locked
  )
  update video_uploads w
  set claimed_until = now() + make_interval(secs => :seconds), worked_at = now(), attempts = w.attempts + 1
  from next n
  where w.id = n.id
  returning
    w.id, w.user_id as "userId", w.byte_size as "byteSize", w.attempts,
    w.created_at <= now() - make_interval(days => :days) as "isOld"`,
);

const renewing = statement<Held & { seconds: number }, { id: string }>(
  "job_upload_renew",
  `
  update video_uploads w
  set claimed_until = now() + make_interval(secs => :seconds)
  where w.id = :id and w.attempts = :attempts and w.status = 'PROCESSING'
  returning w.id`,
);

const returning = statement<Held & { seconds: number; counts: boolean }, Nothing>(
  "job_upload_return",
  `
  update video_uploads w
  set
    claimed_until = now() + make_interval(secs => :seconds),
    attempts = w.attempts - case when :counts then 0 else 1 end
  where w.id = :id and w.attempts = :attempts and w.status = 'PROCESSING'`,
);

const anyLeft = statement<Nothing, { isLeft: boolean }>(
  "job_upload_any_left",
  `
  select exists (select from video_uploads w where w.status = 'PROCESSING') as "isLeft"`,
);

/** Takes the upload that is next, for some seconds; null where nobody's waits. */
export async function takeUpload(queries: Queries): Promise<Lease | null> {
  const [taken] = await queries.run(takeNext, { seconds: LEASE_SECONDS, days: OLD_DAYS });
  return taken ?? null;
}

/** Whether there is an upload that waits, or that any node works on. */
export async function isAnyLeft(queries: Queries): Promise<boolean> {
  const [left] = await queries.run(anyLeft, {});
  return left?.isLeft === true;
}

/** Says that somebody still works on an upload; returns whether it is theirs still, and is wanted still. */
export async function renew(queries: Queries, { id, attempts }: Lease): Promise<boolean> {
  return (await queries.run(renewing, { id, attempts, seconds: LEASE_SECONDS })).length > 0;
}

/** Leaves an upload to whoever takes it after so many seconds; `counts` says whether this was one of its attempts. */
export async function giveBack(
  queries: Queries,
  { id, attempts }: Lease,
  { seconds, counts }: { readonly seconds: number; readonly counts: boolean },
): Promise<void> {
  await queries.run(returning, { id, attempts, seconds, counts });
}
