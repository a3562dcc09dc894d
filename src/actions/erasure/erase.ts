/** Erasing accounts whose thirty days are over, in the background: in small transactions, each of which may be the last for now. */
import type { Queries } from "../../db/database.ts";
import { type Nothing, statement } from "../../db/sql.ts";
import type { MessageErasure } from "../../entities/account.ts";
import { NOBODY } from "../../ids.ts";
import { NO_COUNTRY } from "../../policy.ts";
import { isToBeErased } from "../../visibility/user.ts";
import { type ActionContext, type Tell, type Work, write } from "../context.ts";
import { eraseConversation } from "./conversation.ts";
import { ROWS } from "./rows.ts";

const ROWS_A_STEP = 500;
const PEOPLE_A_LOOK = 20;

const find = statement<{ tried: readonly string[]; limit: number }, { userId: string }>(
  "job_erasures",
  `
  select u.id as "userId"
  from users u
  where ${isToBeErased("u")} and u.id <> all (:tried::bigint[])
  order by u.deleted_at, u.id
  limit :limit`,
);

// Whom another node is erasing is passed over.
const lock = statement<{ userId: string }, { messages: MessageErasure | null }>(
  "job_erase_lock",
  `
  select a.erasure as messages
  from users u
  left join accounts a on a.user_id = u.id
  where u.id = :userId and ${isToBeErased("u")}
  for no key update of u skip locked`,
);

// The row itself stays, for everybody else's rows that have its id; nothing in it is the person's any more.
const finish = statement<{ userId: string }, Nothing>(
  "job_erase_finish",
  `
  with freed as (
    update handles
    set freed_at = now()
    where user_id = :userId and freed_at is null
  ),
  closed as (
    delete from accounts
    where user_id = :userId
  )
  update users
  set handle = 'deleted.' || id, display_name = 'Deleted', bio = null, avatar_url = null, country = '${NO_COUNTRY}',
    friend_count = 0, waiting_request_count = 0, messages_from = default, friend_requests_from = default,
    group_invites_from = default, friend_list_visible_to = default, activity_visible_to = default,
    read_receipts = default, show_last_active = default, discoverable_by_contacts = default, suggest_me = default,
    erased_at = now()
  where id = :userId`,
);

type Step = (queries: Queries, tell: Tell, userId: string, messages: MessageErasure) => Promise<boolean>;

/** Each is done until it returns false; a killed erasure begins anew, and finds nothing where it has been. */
const STEPS: readonly Step[] = [
  eraseConversation,
  ...ROWS.map(
    (rows): Step =>
      async (queries, _tell, userId) =>
        (await queries.run(rows, { userId, limit: ROWS_A_STEP })).length > 0,
  ),
  async (queries, _tell, userId) => {
    await queries.run(finish, { userId });
    return false;
  },
];

/** Erases one person, unless another node does. */
async function erase(context: ActionContext, userId: string, stop: AbortSignal): Promise<void> {
  for (const step of STEPS) {
    for (let isMore = true; isMore; ) {
      if (stop.aborted) return;
      const done = await write(context, async (queries, tell) => {
        const [person] = await queries.run(lock, { userId });
        return person === undefined ? null : step(queries, tell, userId, person.messages ?? "ERASE");
      });
      if (done === null) return;
      isMore = done;
    }
  }
}

/** Erases everybody whose time has come; throws what was thrown of somebody, after the others are erased. */
export const eraseDeleted: Work = async (context, stop) => {
  const tried = [NOBODY];
  let thrown: unknown = null;
  for (let found = 1; found > 0 && !stop.aborted; ) {
    const people = await context.database.run(find, { tried, limit: PEOPLE_A_LOOK });
    found = people.length;
    for (const { userId } of people) {
      if (stop.aborted) break;
      tried.push(userId);
      try {
        await erase(context, userId, stop);
      } catch (error) {
        thrown = error;
      }
    }
  }
  if (thrown !== null) throw thrown;
};
