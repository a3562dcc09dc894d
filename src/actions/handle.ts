/** Handles: claimed in lower case, each by one person, and held for a while when they are given up. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { HANDLE_HELD_DAYS, MAX_HELD_HANDLES } from "../limits.ts";

type Claim = { handle: string; userId: string; moderators: readonly string[]; heldDays: number };

// A moderator's handle makes a moderator of whoever has it: it is never anybody else's.
const claim = statement<Claim, { handle: string }>(
  "handle_claim",
  `
  insert into handles (handle, user_id)
  select :handle::text, :userId::bigint
  where not :handle::text = any(:moderators::text[])
    or exists (select from handles h where h.handle = :handle::text and h.user_id = :userId::bigint)
  on conflict (handle) do update set user_id = excluded.user_id, freed_at = null
  where handles.freed_at is not null
    and (handles.user_id = excluded.user_id or handles.freed_at < now() - make_interval(days => :heldDays))
  returning handle`,
);

/**
 * Claims a handle, in lower case, for a person; throws CONFLICT where somebody has it, or gave it up less than 90 days
 * ago, and where it is one of `moderators`. Whoever gave it up may take it back.
 */
export async function claimHandle(queries: Queries, wanted: Omit<Claim, "heldDays">): Promise<void> {
  const [claimed] = await queries.run(claim, { ...wanted, heldDays: HANDLE_HELD_DAYS });
  if (claimed === undefined) throw new UserError("CONFLICT", "This handle is taken.", { path: ["handle"] });
}

const free = statement<{ handle: string; userId: string }, Nothing>(
  "handle_free",
  `
  update handles
  set freed_at = now()
  where handle = :handle and user_id = :userId`,
);

// When the person may give up one more: the oldest of too many has to be anybody's first.
const heldTooMany = statement<{ userId: string; heldDays: number; most: number }, { freeAt: string }>(
  "handle_held_too_many",
  `
  select h.freed_at + make_interval(days => :heldDays) as "freeAt"
  from handles h
  where h.user_id = :userId and h.freed_at > now() - make_interval(days => :heldDays)
  order by h.freed_at desc
  offset :most
  limit 1`,
);

/**
 * Gives the person, whose row is locked, another handle and holds the former one for them. Throws CONFLICT where the
 * new one is taken, and TOO_MANY_REQUESTS where the person already holds as many as may be held.
 */
export async function exchangeHandle(
  queries: Queries,
  userId: string,
  {
    from,
    to,
    moderators,
  }: { readonly from: string; readonly to: string; readonly moderators: readonly string[] },
): Promise<void> {
  await claimHandle(queries, { handle: to, userId, moderators });
  await queries.run(free, { handle: from, userId });
  const [held] = await queries.run(heldTooMany, {
    userId,
    heldDays: HANDLE_HELD_DAYS,
    most: MAX_HELD_HANDLES,
  });
  if (held === undefined) return;
  throw new UserError("TOO_MANY_REQUESTS", `Nobody holds more than ${MAX_HELD_HANDLES} former handles.`, {
    path: ["handle"],
    retryAt: new Date(held.freeAt),
  });
}
