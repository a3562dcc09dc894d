/** Asking for an export of everything about oneself, and the addresses from which it can be fetched. */
import { type Nothing, statement } from "../../db/sql.ts";
import type { DataExport } from "../../entities/export.ts";
import { globalId, newId, rowId } from "../../ids.ts";
import { EXPORT_AGAIN_MINUTES, EXPORT_URL_MINUTES } from "../../limits.ts";
import { type Keys, sameText, sign } from "../../secrets.ts";
import { requireViewer } from "../../viewer.ts";
import { type ActionContext, write } from "../context.ts";
import { lockAll } from "../friendship.ts";
import { confirmPassword } from "../password.ts";

const findRecent = statement<{ userId: string; againMinutes: number }, { id: string }>(
  "export_find_recent",
  `
  select e.id
  from data_exports e
  where e.user_id = :userId
    and (
      e.status = 'RUNNING'
      or (e.status = 'READY' and e.created_at > now() - make_interval(mins => :againMinutes))
    )
  order by e.id desc
  limit 1`,
);

const begin = statement<{ userId: string; id: string }, Nothing>(
  "export_begin",
  `
  insert into data_exports (user_id, id)
  values (:userId, :id)`,
);

/**
 * Begins an export of everything about the viewer, or finds the one that is being made or was begun within the last
 * hour; returns its id. Throws INVALID for a wrong password, and TOO_MANY_REQUESTS.
 */
export async function exportMyData(context: ActionContext, password: string): Promise<string> {
  const { userId } = requireViewer(context);
  await context.rates.take("exportMyData", userId);
  await confirmPassword(context, password, "password");
  const id = await write(context, async (queries) => {
    await lockAll(queries, [userId]);
    const [recent] = await queries.run(findRecent, { userId, againMinutes: EXPORT_AGAIN_MINUTES });
    if (recent !== undefined) return recent.id;
    const begun = newId();
    await queries.run(begin, { userId, id: begun });
    return begun;
  });
  context.soon("data-exports");
  return id;
}

const signature = (keys: Keys, name: string, expires: string) => sign(keys.download, `${name} ${expires}`);

/** The address of an export that is ready, good for an hour and never longer than the export; null for any other. */
export function downloadUrl(
  { keys, publicUrl }: Pick<ActionContext, "keys" | "publicUrl">,
  { id, status, expiresAt }: Pick<DataExport, "id" | "status" | "expiresAt">,
): string | null {
  if (status !== "READY" || expiresAt === null) return null;
  const end = Math.min(Date.now() + EXPORT_URL_MINUTES * 60_000, Date.parse(expiresAt));
  const expires = String(Math.floor(end / 1_000));
  const name = globalId("export", id);
  const query = new URLSearchParams({ expires, signature: signature(keys, name, expires) });
  return `${publicUrl}/exports/${name}?${query}`;
}

/** The export that an address of `downloadUrl` leads to; null where Kith did not make it, or its time is over. */
export function exportOfUrl(keys: Keys, url: URL): string | null {
  const name = url.pathname.slice("/exports/".length);
  const expires = url.searchParams.get("expires") ?? "";
  const isGenuine = sameText(url.searchParams.get("signature") ?? "", signature(keys, name, expires));
  return isGenuine && Number(expires) * 1_000 > Date.now() ? rowId("export", name) : null;
}
