/** Who is told of a moment: those who have marked its author as a close friend; and how that is forgotten with it. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { Audience } from "../entities/video.ts";
import { audiencesOf } from "../visibility/video.ts";
import type { Tell } from "./context.ts";
import { notify } from "./notification.ts";

/** A moment's key. */
export interface MomentKey {
  readonly authorId: string;
  readonly id: string;
}

/** Of those who have marked an author as a close friend, so many are told; the author's newest friends first. */
const MAX_TOLD = 500;

// Whether somebody has marked the author is asked of each of the author's friends, which is a look at one row; whether
// they may see it, of no more than are told. That is what the offset is for.
const readCloseOnes = statement<{ authorId: string; audience: Audience; limit: number }, { userId: string }>(
  "moment_close_ones",
  `
  select o.friend_id as "userId"
  from (
    select o.user_id, o.friend_id, o.since
    from friendships o
    cross join lateral (
      select
      from friendships c
      where c.user_id = o.friend_id and c.friend_id = o.user_id and c.is_close
      limit 1
    ) c
    where o.user_id = :authorId
    order by o.since desc, o.friend_id desc
    offset 0
  ) o
  where :audience::audience = any(${audiencesOf("o.friend_id", "o.user_id")})
  order by o.since desc, o.friend_id desc
  limit :limit`,
);

/** Tells those of a new moment who may see it, and have marked its author as a close friend. */
export async function tellCloseOnes(
  queries: Queries,
  tell: Tell,
  { authorId, id, audience }: MomentKey & { readonly audience: Audience },
): Promise<void> {
  const people = await queries.run(readCloseOnes, { authorId, audience, limit: MAX_TOLD });
  const causes = people.map(({ userId }) => ({
    userId,
    kind: "MOMENT" as const,
    subject: [authorId, id],
    actorId: authorId,
  }));
  await notify(queries, tell, ...causes);
}

// Others take back what they have told of; a moment never comes back, so nothing of it is kept.
const deleteTold = statement<
  { authorIds: readonly string[]; ids: readonly string[] },
  { viewerId: string; id: string }
>(
  "moment_forget_told",
  `
  with told as materialized (
    select n.user_id, n.id
    from unnest(:authorIds::bigint[], :ids::bigint[]) as g (author_id, id)
    join notifications n on n.kind = 'MOMENT' and n.subject = array[g.author_id, g.id]
    order by n.user_id, n.id
    for update of n
  ),
  without_actors as (
    delete from notification_actors a
    using told t
    where a.user_id = t.user_id and a.notification_id = t.id
  )
  delete from notifications n
  using told t
  where n.user_id = t.user_id and n.id = t.id
  returning n.user_id as "viewerId", n.id`,
);

/** Deletes what people were told of these moments; returns whose notifications those were. */
export function forgetTold(
  queries: Queries,
  moments: readonly MomentKey[],
): Promise<{ viewerId: string; id: string }[]> {
  return queries.run(deleteTold, {
    authorIds: moments.map(({ authorId }) => authorId),
    ids: moments.map(({ id }) => id),
  });
}
