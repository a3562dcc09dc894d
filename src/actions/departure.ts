/** How a person disappears, and comes back: what others count, whom they reach, and where the person is signed in. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { isHere } from "../visibility/user.ts";
import type { Tell } from "./context.ts";
import { countEngagement } from "./departure-counts.ts";
import { hideActor, showActor } from "./departure-notification.ts";
import { countHashtagsOf } from "./hashtag.ts";
import { revokePerson } from "./revocation.ts";

type Of = { userId: string };
type CountBy = { userId: string; by: number };
// SQL: whether the row of a request waits in its owner's list. Said like this, no index of waiting requests is taken for
// it, which would be read from end to end.
const isWaiting = (request: string) => `coalesce(${request}.declined_at, 'infinity') = 'infinity'`;

// A friend, or one side of a request, as the other side has it: a request that one of the two has declined or taken
// back may be there for the other still.
const readCompany = statement<Of, { id: string }>(
  "departure_company",
  `
  select f.friend_id as id
  from friendships f
  where f.user_id = :userId
  union all
  select theirs.user_id as id
  from friend_requests mine
  join friend_requests theirs on theirs.user_id = mine.other_id and theirs.other_id = mine.user_id
  where mine.user_id = :userId and ${isWaiting("theirs")}`,
);

const lockCompany = statement<{ ids: readonly string[] }, Nothing>(
  "departure_lock_company",
  `
  select
  from users u
  where u.id = any(:ids::bigint[])
  order by u.id
  for no key update`,
);

// The strongest lock of all: it waits for likes under way, and a like that comes meanwhile waits for the end of this.
const lockPerson = statement<Of, { isCounted: boolean; isHere: boolean }>(
  "departure_lock_person",
  `
  select u.is_counted as "isCounted", ${isHere("u")} as "isHere"
  from users u
  where u.id = :userId
  for update`,
);

const setCounted = statement<{ userId: string; isCounted: boolean }, Nothing>(
  "departure_set_counted",
  `
  update users
  set is_counted = :isCounted
  where id = :userId`,
);

const countFriend = statement<CountBy, Nothing>(
  "departure_count_friend",
  `
  update users u
  set friend_count = u.friend_count + :by::integer
  from friendships f
  where f.user_id = :userId and u.id = f.friend_id`,
);

const countRequests = statement<CountBy, Nothing>(
  "departure_count_requests",
  `
  update users u
  set waiting_request_count = u.waiting_request_count + :by::integer
  from friend_requests mine
  join friend_requests theirs on theirs.user_id = mine.other_id and theirs.other_id = mine.user_id
  where mine.user_id = :userId and mine.direction = 'OUTGOING'
    and theirs.direction = 'INCOMING' and ${isWaiting("theirs")} and u.id = theirs.user_id`,
);

// A send that waits for one of the conversations starts over when it sees that the membership has moved.
const setGone = statement<{ userId: string; isGone: boolean }, Nothing>(
  "departure_set_gone",
  `
  with locked as materialized (
    select c.id
    from conversations c
    where c.id in (select i.conversation_id from inbox i where i.user_id = :userId)
    order by c.id
    for no key update
  ),
  moved as (
    update conversations c
    set membership = c.membership + 1
    from locked l
    where c.id = l.id
    returning c.id
  )
  update participants p
  set is_gone = :isGone
  from moved m
  where p.conversation_id = m.id and p.user_id = :userId`,
);

// Some people like a hundred thousand videos, and none of them may be too many to be suspended.
const takeTheTime = statement<Nothing, Nothing>(
  "departure_takes_the_time",
  "set local statement_timeout = '10min'",
);

const endSessions = statement<Of, { id: string }>(
  "departure_end_sessions",
  `
  update sessions
  set ended_at = now()
  where user_id = :userId and ended_at is null
  returning id`,
);

/**
 * Locks a person, and with them, in one order, all whose counts they are in. Whoever writes the person's own row before
 * calling `showPerson` calls this first.
 */
export async function lockWithCompany(queries: Queries, userId: string) {
  const ids = (await queries.run(readCompany, { userId })).map(({ id }) => id);
  await queries.run(lockCompany, { ids: [...ids, userId] });
  const [person] = await queries.run(lockPerson, { userId });
  // Under the lock nobody comes and goes any more.
  const company = (await queries.run(readCompany, { userId })).map(({ id }) => id);
  return { person, company };
}

async function setHere(queries: Queries, userId: string, here: boolean): Promise<void> {
  const by = here ? 1 : -1;
  await queries.run(takeTheTime, {});
  await queries.run(setCounted, { userId, isCounted: here });
  await queries.run(countFriend, { userId, by });
  await queries.run(countRequests, { userId, by });
  await countEngagement(queries, userId, by);
  await countHashtagsOf(queries, userId, by);
  await queries.run(setGone, { userId, isGone: !here });
}

/**
 * Takes a person out of what others count and reach, and ends their sessions; hiding again changes nothing. To be called
 * in the transaction that marks them as suspended or deleted. Returns the sessions, to be made known after the commit.
 */
export async function hidePerson(queries: Queries, tell: Tell, userId: string): Promise<string[]> {
  const { person, company } = await lockWithCompany(queries, userId);
  if (person?.isCounted) {
    await setHere(queries, userId, false);
    await revokePerson(queries, tell, userId, company);
    await hideActor(queries, tell, userId);
  }
  return (await queries.run(endSessions, { userId })).map(({ id }) => id);
}

/**
 * Brings a person back for whom nothing is left that hides them; otherwise it changes nothing. To be called in the
 * transaction that takes the mark away, after that. Their sessions stay ended.
 */
export async function showPerson(queries: Queries, tell: Tell, userId: string): Promise<void> {
  const { person, company } = await lockWithCompany(queries, userId);
  if (person === undefined || person.isCounted || !person.isHere) return;
  await setHere(queries, userId, true);
  tell(...company.map((viewerId) => ({ viewerId, kind: "RELATIONSHIP_CHANGED" as const, ids: [userId] })));
  await showActor(queries, userId);
}

const markSuspended = statement<{ userId: string; isSuspended: boolean }, Nothing>(
  "departure_suspend",
  `
  update users
  set suspended_at = case when :isSuspended then coalesce(suspended_at, now()) end
  where id = :userId`,
);

/** Suspends a person. Returns the sessions that this has ended, to be made known after the commit. */
export async function suspend(queries: Queries, tell: Tell, userId: string): Promise<string[]> {
  const ended = await hidePerson(queries, tell, userId);
  await queries.run(markSuspended, { userId, isSuspended: true });
  return ended;
}

/** Ends a suspension; who is being deleted stays hidden. */
export async function reinstate(queries: Queries, tell: Tell, userId: string): Promise<void> {
  await lockWithCompany(queries, userId);
  await queries.run(markSuspended, { userId, isSuspended: false });
  await showPerson(queries, tell, userId);
}
