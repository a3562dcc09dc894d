/** Telling people, in the background, that somebody in their contacts can be found here now. */
import { statement } from "../db/sql.ts";
import { findableByContacts } from "../visibility/contact.ts";
import { areFriends, isHere } from "../visibility/user.ts";
import { type Work, write } from "./context.ts";
import { notify } from "./notification.ts";

const PEOPLE_A_STEP = 20;
/** Nobody is in more address books of friends than that: a number that is, is nobody's own. */
const MOST_TOLD = 1_000;

const claim = statement<{ limit: number }, { userId: string }>(
  "job_joined_claim",
  `
  with untold as materialized (
    select p.user_id, p.hash
    from contact_points p
    where p.told_at is null
    order by p.user_id
    limit :limit
    for no key update skip locked
  ),
  told as (
    update contact_points p
    set told_at = now()
    from untold u
    where p.user_id = u.user_id and p.hash = u.hash
  )
  select distinct user_id as "userId" from untold`,
);

// Whoever is hidden meanwhile is not told of, and whoever is told of is counted out when they are.
const lockHere = statement<{ userIds: readonly string[] }, { id: string }>(
  "job_joined_lock",
  `
  select u.id
  from users u
  where u.id = any(:userIds::bigint[]) and ${isHere("u")}
  order by u.id
  for key share`,
);

const findKnowing = statement<
  { userIds: readonly string[]; limit: number },
  { viewerId: string; userId: string }
>(
  "job_joined_knowing",
  `
  select o.user_id as "viewerId", u.id as "userId"
  from unnest(:userIds::bigint[]) as j (id)
  join users u on u.id = j.id and ${isHere("u")}
  cross join lateral (
    select distinct c.user_id
    from contact_points p
    join contacts c on c.hash = p.hash
    where p.user_id = u.id
    limit :limit
  ) o
  where ${findableByContacts("o.user_id", "u")} and not ${areFriends("o.user_id", "u.id")}`,
);

type Pairs = { viewerIds: readonly string[]; userIds: readonly string[] };

// Whoever forgets their contacts meanwhile waits, and finds what they were told; whoever has forgotten them is not told.
const lockContacts = statement<Pairs, { viewerId: string; userId: string }>(
  "job_joined_lock_contacts",
  `
  with locked as materialized (
    select c.user_id as viewer_id, k.user_id
    from unnest(:viewerIds::bigint[], :userIds::bigint[]) as k (viewer_id, user_id)
    join contact_points p on p.user_id = k.user_id
    join contacts c on c.user_id = k.viewer_id and c.hash = p.hash
    order by c.user_id, c.hash
    for key share of c
  )
  select distinct viewer_id as "viewerId", user_id as "userId" from locked`,
);

/** Tells of everybody who has joined, or has said by what they can be found, since the last time. */
export const tellOfJoined: Work = async (context, stop) => {
  for (let found = 1; found > 0 && !stop.aborted; ) {
    found = await write(context, async (queries, tell) => {
      const joined = await queries.run(claim, { limit: PEOPLE_A_STEP });
      const here = await queries.run(lockHere, { userIds: joined.map(({ userId }) => userId) });
      const userIds = here.map(({ id }) => id);
      const found = await queries.run(findKnowing, { userIds, limit: MOST_TOLD });
      const knowing = await queries.run(lockContacts, {
        viewerIds: found.map(({ viewerId }) => viewerId),
        userIds: found.map(({ userId }) => userId),
      });
      await notify(
        queries,
        tell,
        ...knowing.map(({ viewerId, userId }) => ({
          userId: viewerId,
          kind: "CONTACT_JOINED" as const,
          subject: [userId],
          actorId: userId,
        })),
      );
      return joined.length;
    });
  }
};
