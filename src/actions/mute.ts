/** Muting: a person wants to hear nothing of another for a while, who is not told. */
import { type Nothing, statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { MAX_MUTE_YEARS } from "../limits.ts";
import { type ActionContext, write } from "./context.ts";
import { requireOther } from "./friendship.ts";

const insertMute = statement<{ viewerId: string; other: string; until: Date }, Nothing>(
  "mute_insert",
  `
  insert into mutes (user_id, muted_id, until)
  values (:viewerId, :other, :until)
  on conflict (user_id, muted_id) do update set until = excluded.until`,
);

const deleteMute = statement<{ viewerId: string; other: string }, Nothing>(
  "mute_delete",
  "delete from mutes where user_id = :viewerId and muted_id = :other",
);

/** Mutes a person until an instant, or unmutes them; throws NOT_FOUND, and INVALID for an instant that is past or too far. */
export async function muteUser(context: ActionContext, other: string, until: Date | null): Promise<void> {
  const viewerId = await requireOther(context, other);
  if (until !== null) {
    requireUntil(until, "until", `Nobody can be muted for more than ${MAX_MUTE_YEARS} years.`);
  }
  await write(context, async (queries, tell) => {
    if (until === null) await queries.run(deleteMute, { viewerId, other });
    else await queries.run(insertMute, { viewerId, other, until });
    tell({ viewerId, kind: "RELATIONSHIP_CHANGED", ids: [other] });
  });
}

/** Throws INVALID, about the argument `path`, for an instant that is past, or so far that it is `tooFar`. */
export function requireUntil(until: Date, path: string, tooFar: string): void {
  const latest = new Date();
  latest.setUTCFullYear(latest.getUTCFullYear() + MAX_MUTE_YEARS);
  if (until.getTime() <= Date.now())
    throw new UserError("INVALID", "This instant is past.", { path: [path] });
  if (until > latest) throw new UserError("INVALID", tooFar, { path: [path] });
}
