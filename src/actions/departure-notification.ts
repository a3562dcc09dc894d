/** What a person has caused, as they disappear and come back: they are counted out of it, and in again. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { Tell } from "./context.ts";
import { type Fewer, newestAt, tellOfVanished } from "./notification.ts";

const CAUSED = `
    from notification_actors c
    join notifications n on n.user_id = c.user_id and n.id = c.notification_id
    where c.actor_id = :actorId and not c.is_withdrawn`;

// A statement of its own: the next one sees who else was hidden while this one waited. They may be too many to be returned.
const lockCaused = statement<{ actorId: string }, { count: number }>(
  "departure_lock_notifications",
  `
  with locked as materialized (
    select n.user_id, n.id
    ${CAUSED}
    order by n.user_id, n.id
    for no key update of n
  )
  select count(*)::integer as count from locked`,
);

const countActor = statement<{ actorId: string; by: number }, Fewer>(
  "departure_count_actor",
  `
  with caused as materialized (
    select n.user_id, n.id
    ${CAUSED}
  )
  update notifications n
  set actor_count = n.actor_count + :by::integer, at = ${newestAt()}
  from caused c
  where n.user_id = c.user_id and n.id = c.id
  returning n.user_id as "userId", n.id, n.actor_count as "actorCount"`,
);

/** Counts somebody out of what they have caused, whose mark says already, in this transaction, that nobody counts them. */
export async function hideActor(queries: Queries, tell: Tell, actorId: string): Promise<void> {
  await queries.run(lockCaused, { actorId });
  tellOfVanished(tell, await queries.run(countActor, { actorId, by: -1 }));
}

/** Counts somebody in again, whose mark says already, in this transaction, that they are counted. */
export async function showActor(queries: Queries, actorId: string): Promise<void> {
  await queries.run(lockCaused, { actorId });
  await queries.run(countActor, { actorId, by: 1 });
}
