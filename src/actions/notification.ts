/** What people are told of: grouped by what it is about, told once of each who causes it, and taken back with its cause. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { NotificationKind } from "../entities/notification.ts";
import { newId, packNodes } from "../ids.ts";
import { notifies } from "../visibility/notification.ts";
import type { Tell } from "./context.ts";

/** That `actorId` does something that `userId` is to know of. */
export interface Cause {
  readonly userId: string;
  readonly kind: NotificationKind;
  /** The key of what it is about: `subjectOf` in the loaders says of what kind that is. */
  readonly subject: readonly string[];
  readonly actorId: string;
}

/** That one person asks another to be friends. */
export function requestCause(from: string, to: string): Cause {
  return { userId: to, kind: "FRIEND_REQUEST", subject: [from, to], actorId: from };
}

/** That a person has become a friend of somebody who had asked. */
export function acceptedCause(friend: string, asker: string): Cause {
  return { userId: asker, kind: "FRIEND_ACCEPTED", subject: [friend], actorId: friend };
}

/** One thing that a person is told of, whoever has caused it. */
export type Thing = Omit<Cause, "actorId">;

type ThingParameters = { userIds: readonly string[]; kinds: readonly string[]; subjects: readonly string[] };
type GivenParameters = ThingParameters & { actorIds: readonly string[] };

const thingParameters = (things: readonly Thing[]): ThingParameters => ({
  userIds: things.map(({ userId }) => userId),
  kinds: things.map(({ kind }) => kind),
  subjects: things.map(({ subject }) => `{${subject.join(",")}}`),
});

const givenParameters = (causes: readonly Cause[]): GivenParameters => ({
  ...thingParameters(causes),
  actorIds: causes.map(({ actorId }) => actorId),
});

const GIVEN = `
    select g.user_id, g.kind::notification_kind as kind, g.subject::bigint[] as subject, g.actor_id
    from unnest(:userIds::bigint[], :kinds::text[], :subjects::text[], :actorIds::bigint[])
      as g (user_id, kind, subject, actor_id)`;

// Locked in one order, so that no two writers wait for each other.
const KNOWN = `
  known as materialized (
    select n.user_id, n.kind, n.subject, n.id, g.actor_id
    from given g
    join notifications n on n.user_id = g.user_id and n.kind = g.kind and n.subject = g.subject
    order by n.user_id, n.id
    for no key update of n
  )`;

/** After which time a friendship, or a place in a group, that comes back is news again. A like that does is none. */
const RENEWS = `
  k.kind in ('FRIEND_REQUEST', 'FRIEND_ACCEPTED', 'GROUP_INVITE') and a.at < now() - interval '1 day'`;

/** What is news each time, of the same person too: each comment says something else. */
const RECURS = "k.kind = 'COMMENT'";

// Two who are the first to cause the same at the same moment meet at its unique key: one of them goes again.
const insertCauses = statement<GivenParameters & { ids: readonly string[] }, { userId: string; id: string }>(
  "notification_notify",
  `
  with given as materialized (
    select g.user_id, g.kind::notification_kind as kind, g.subject::bigint[] as subject, g.actor_id, g.id
    from unnest(:userIds::bigint[], :kinds::text[], :subjects::text[], :actorIds::bigint[], :ids::bigint[])
      as g (user_id, kind, subject, actor_id, id)
    join users u on u.id = g.actor_id and ${notifies("g.user_id", "u")}
    where g.user_id <> g.actor_id
  ),
  ${KNOWN},
  -- Whoever causes it for the first time; who had taken it back and does it again; and who goes on, where each is news.
  entered as (
    insert into notification_actors (user_id, notification_id, actor_id)
    select g.user_id, coalesce(k.id, g.id), g.actor_id
    from given g
    left join known k using (user_id, kind, subject)
    on conflict do nothing
    returning user_id, notification_id, at
  ),
  returned as (
    update notification_actors a
    set is_withdrawn = false, at = case when ${RECURS} or ${RENEWS} then now() else a.at end
    from known k
    where a.user_id = k.user_id and a.notification_id = k.id and a.actor_id = k.actor_id and a.is_withdrawn
    returning a.user_id, a.notification_id, a.at
  ),
  recurred as (
    update notification_actors a
    set at = now()
    from known k
    where a.user_id = k.user_id and a.notification_id = k.id and a.actor_id = k.actor_id and not a.is_withdrawn
      and ${RECURS}
    returning a.user_id, a.notification_id, a.at
  ),
  come as (
    select user_id, notification_id, at, 1 as actors from entered
    union all
    select user_id, notification_id, at, 1 from returned
    union all
    select user_id, notification_id, at, 0 from recurred
  ),
  begun as (
    insert into notifications (user_id, id, kind, subject, actor_count)
    select g.user_id, g.id, g.kind, g.subject, 1
    from given g
    where not exists (
      select from known k where k.user_id = g.user_id and k.kind = g.kind and k.subject = g.subject
    )
  ),
  grown as (
    update notifications n
    set actor_count = n.actor_count + c.actors, at = case n.actor_count when 0 then c.at else greatest(n.at, c.at) end
    from known k
    join come c on c.user_id = k.user_id and c.notification_id = k.id
    where n.user_id = k.user_id and n.id = k.id
  )
  -- What came back without being news keeps the time that it had: nobody is told of it.
  select c.user_id as "userId", c.notification_id as id
  from come c
  where c.at = now()::timestamptz(3)`,
);

/**
 * Tells people what others do: once for each who does it, also when they take it back and do it again, but of each of
 * their comments. Nobody is told of what they do themselves, nor of what somebody does whom they don't see or have
 * muted. The rows of notifications are locked until the transaction ends: what many may cause at once should be told of
 * last. Of each kind and subject there is one cause a call at most.
 */
export async function notify(queries: Queries, tell: Tell, ...causes: readonly Cause[]): Promise<void> {
  if (causes.length === 0) return;
  const rows = await queries.run(insertCauses, {
    ...givenParameters(causes),
    ids: causes.map(() => newId()),
  });
  tell(
    ...rows.map(({ userId, id }) => ({ viewerId: userId, kind: "NOTIFICATION_ADDED" as const, ids: [id] })),
  );
}

/** A notification that fewer people cause than before. */
export type Fewer = { userId: string; id: string; actorCount: number };

/**
 * SQL: the `at` of the row `n` of notifications: that of the newest who causes it, of those who are counted and fit
 * `more`. One that nobody causes keeps what it has.
 */
export const newestAt = (more = "true") => `
    coalesce(
      (
        select a.at
        from notification_actors a
        where a.user_id = n.user_id and a.notification_id = n.id and not a.is_withdrawn and ${more}
          and exists (select from users u where u.id = a.actor_id and u.is_counted offset 0)
        order by a.at desc
        limit 1
      ),
      n.at
    )`;

// Follows `known`, which has been locked, and `gone (user_id, notification_id, actor_id)`: whoever went.
const SHRINK = `
  update notifications n
  set
    actor_count = n.actor_count - u.is_counted::integer,
    at = ${newestAt("a.actor_id <> g.actor_id")}
  from gone g
  join users u on u.id = g.actor_id
  where n.user_id = g.user_id and n.id = g.notification_id
  returning n.user_id as "userId", n.id, n.actor_count as "actorCount"`;

const withdrawCauses = statement<GivenParameters, Fewer>(
  "notification_withdraw",
  `
  with given as materialized (${GIVEN}
  ),
  ${KNOWN},
  gone as (
    update notification_actors a
    set is_withdrawn = true
    from known k
    where a.user_id = k.user_id and a.notification_id = k.id and a.actor_id = k.actor_id and not a.is_withdrawn
    returning a.user_id, a.notification_id, a.actor_id
  )
  ${SHRINK}`,
);

/** Tells the owners of those notifications that nobody causes any more to forget them. */
export function tellOfVanished(tell: Tell, rows: readonly Fewer[]): void {
  const vanished = rows.filter(({ actorCount }) => actorCount === 0);
  for (const viewerId of new Set(vanished.map(({ userId }) => userId))) {
    const nodes = vanished
      .filter(({ userId }) => userId === viewerId)
      .map(({ id }) => ({ kind: "notification" as const, key: [id] }));
    tell({ viewerId, kind: "ACCESS_REVOKED", ids: packNodes(...nodes) });
  }
}

/** Takes back what `notify` has told; where nobody else causes it, the notification disappears. */
export async function withdraw(queries: Queries, tell: Tell, ...causes: readonly Cause[]): Promise<void> {
  if (causes.length === 0) return;
  tellOfVanished(tell, await queries.run(withdrawCauses, givenParameters(causes)));
}

const withdrawAll = statement<ThingParameters, Fewer>(
  "notification_forget",
  `
  with known as materialized (
    select n.user_id, n.id
    from unnest(:userIds::bigint[], :kinds::text[], :subjects::text[]) as g (user_id, kind, subject)
    join notifications n on n.user_id = g.user_id and n.kind = g.kind::notification_kind
      and n.subject = g.subject::bigint[]
    order by n.user_id, n.id
    for no key update of n
  ),
  gone as (
    update notification_actors a
    set is_withdrawn = true
    from known k
    where a.user_id = k.user_id and a.notification_id = k.id and not a.is_withdrawn
  )
  update notifications n
  set actor_count = 0
  from known k
  where n.user_id = k.user_id and n.id = k.id and n.actor_count > 0
  returning n.user_id as "userId", n.id, n.actor_count as "actorCount"`,
);

/** Takes back what people were told of these things, whoever has caused it. */
export async function forget(queries: Queries, tell: Tell, ...things: readonly Thing[]): Promise<void> {
  if (things.length === 0) return;
  tellOfVanished(tell, await queries.run(withdrawAll, thingParameters(things)));
}

const withdrawBetween = statement<{ viewerId: string; other: string }, Fewer>(
  "notification_withdraw_between",
  `
  with known as materialized (
    select n.user_id, n.id, a.actor_id
    from (values (:viewerId::bigint, :other::bigint), (:other, :viewerId)) as p (actor_id, user_id)
    join notification_actors a on a.actor_id = p.actor_id and a.user_id = p.user_id and not a.is_withdrawn
    join notifications n on n.user_id = a.user_id and n.id = a.notification_id
    order by n.user_id, n.id
    for no key update of n
  ),
  gone as (
    update notification_actors a
    set is_withdrawn = true
    from known k
    where a.user_id = k.user_id and a.notification_id = k.id and a.actor_id = k.actor_id and not a.is_withdrawn
    returning a.user_id, a.notification_id, a.actor_id
  )
  ${SHRINK}`,
);

/** Takes back everything of which two people were told of each other, for good. */
export async function withdrawAllBetween(
  queries: Queries,
  tell: Tell,
  viewerId: string,
  other: string,
): Promise<void> {
  tellOfVanished(tell, await queries.run(withdrawBetween, { viewerId, other }));
}
