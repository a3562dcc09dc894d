/** Address books: uploaded as hashes, kept as keyed hashes, and forgotten. */
import { createHash } from "node:crypto";
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { UserError } from "../errors.ts";
import { MAX_CONTACTS, MAX_CONTACTS_A_DAY, MAX_CONTACTS_A_SYNC } from "../limits.ts";
import { hideContact, type Keys } from "../secrets.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, write } from "./context.ts";
import { type Fewer, tellOfVanished } from "./notification.ts";
import { requireAllowed } from "./policy.ts";

/** What somebody is to be found by from now on, and by nothing else. */
export interface ContactPoints {
  readonly email: string | null;
  /** E.164. */
  readonly phone: string | null;
}

const setPoints = statement<{ userId: string; hashes: readonly string[] }, Nothing>(
  "contact_points_set",
  `
  with points as (
    select decode(p.hash, 'hex') as hash
    from unnest(:hashes::text[]) as p (hash)
  ),
  gone as (
    delete from contact_points
    where user_id = :userId and hash not in (select hash from points)
  )
  insert into contact_points (user_id, hash)
  select :userId, hash from points
  on conflict do nothing`,
);

/** Lets a person be found by their address and number, inside the caller's transaction. */
export async function setContactPoints(
  queries: Queries,
  keys: Keys,
  userId: string,
  { email, phone }: ContactPoints,
): Promise<void> {
  const known = [email?.toLowerCase(), phone].filter((point) => typeof point === "string");
  const hashes = known.map((point) => hideContact(keys, createHash("sha256").update(point).digest("hex")));
  await queries.run(setPoints, { userId, hashes });
}

const countSync = statement<{ viewerId: string; count: number }, { today: number; freesAt: string }>(
  "contacts_count_sync",
  `
  update accounts a
  set
    contacts_today = :count + case when a.contacts_day = (now() at time zone 'UTC')::date then a.contacts_today else 0 end,
    contacts_day = (now() at time zone 'UTC')::date
  where a.user_id = :viewerId
  returning a.contacts_today as today, ((a.contacts_day + 1)::timestamp at time zone 'UTC') as "freesAt"`,
);

// What is no longer in an address book is looked up in a hash table of the new one: compared with each in turn, two large
// ones would take seconds.
const keepContacts = statement<{ viewerId: string; hashes: readonly string[]; replace: boolean }, Nothing>(
  "contacts_keep",
  `
  with uploaded as materialized (
    select decode(u.hash, 'hex') as hash
    from unnest(:hashes::text[]) as u (hash)
  ),
  gone as (
    delete from contacts
    where :replace and user_id = :viewerId and hash not in (select hash from uploaded)
  )
  insert into contacts (user_id, hash)
  select :viewerId, hash from uploaded
  on conflict do nothing`,
);

const countKept = statement<{ viewerId: string }, { kept: number }>(
  "contacts_kept",
  `
  select count(*)::integer as kept
  from contacts
  where user_id = :viewerId`,
);

const SHA_256 = /^[0-9a-f]{64}$/i;

function requireHashes(hashes: readonly string[], path: string): void {
  if (hashes.every((hash) => SHA_256.test(hash))) return;
  throw new UserError("INVALID", "A contact is a SHA-256 as 64 hexadecimal digits.", { path: [path] });
}

/**
 * Keeps the contacts of the viewer's address book, beside those of before or in their place; returns how many are kept
 * now. Throws INVALID, LIMIT_REACHED above 5,000 at a time, NOT_ALLOWED_BY_POLICY, TOO_MANY_REQUESTS above 10,000 a day.
 */
export async function syncContacts(
  context: ActionContext,
  input: {
    readonly phoneHashes: readonly string[];
    readonly emailHashes: readonly string[];
    readonly replace: boolean;
  },
): Promise<number> {
  const { userId: viewerId } = requireViewer(context);
  requireHashes(input.phoneHashes, "phoneHashes");
  requireHashes(input.emailHashes, "emailHashes");
  const uploaded = [...input.phoneHashes, ...input.emailHashes];
  if (uploaded.length > MAX_CONTACTS_A_SYNC) {
    throw new UserError("LIMIT_REACHED", `A sync takes ${MAX_CONTACTS_A_SYNC} contacts at most.`);
  }
  await requireAllowed(context, "CONTACT_SYNC");
  await context.rates.take("contactSync", viewerId);
  const hashes = [...new Set(uploaded.map((hash) => hideContact(context.keys, hash)))];
  return write(context, async (queries) => {
    const [day] = await queries.run(countSync, { viewerId, count: uploaded.length });
    if (day !== undefined && day.today > MAX_CONTACTS_A_DAY) {
      throw new UserError("TOO_MANY_REQUESTS", `A day takes ${MAX_CONTACTS_A_DAY} contacts at most.`, {
        retryAt: new Date(day.freesAt),
      });
    }
    await queries.run(keepContacts, { viewerId, hashes, replace: input.replace });
    const [row] = await queries.run(countKept, { viewerId });
    const kept = row?.kept ?? 0;
    if (kept > MAX_CONTACTS) {
      throw new UserError("LIMIT_REACHED", `An address book has ${MAX_CONTACTS} contacts at most.`);
    }
    return kept;
  });
}

const deleteContacts = statement<{ viewerId: string }, { forgotten: number }>(
  "contacts_forget",
  `
  with gone as (
    delete from contacts
    where user_id = :viewerId
    returning hash
  )
  select count(*)::integer as forgotten from gone`,
);

// A statement of its own: it sees what was told while the first one waited for contacts that somebody was being told by.
const deleteJoined = statement<{ viewerId: string }, Fewer>(
  "contacts_forget_joined",
  `
  with untold as (
    delete from notifications
    where user_id = :viewerId and kind = 'CONTACT_JOINED'
    returning user_id, id
  ),
  nobody as (
    delete from notification_actors
    where user_id = :viewerId and notification_id in (select id from untold)
  )
  select u.user_id as "userId", u.id, 0 as "actorCount"
  from untold u`,
);

/** Erases the viewer's address book and all that was made of it; returns how many contacts there were. */
export async function forgetContacts(context: ActionContext): Promise<number> {
  const { userId: viewerId } = requireViewer(context);
  return write(context, async (queries, tell) => {
    const [row] = await queries.run(deleteContacts, { viewerId });
    tellOfVanished(tell, await queries.run(deleteJoined, { viewerId }));
    return row?.forgotten ?? 0;
  });
}
