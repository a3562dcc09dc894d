/** Counts anew everything that Kith keeps a count of, and says where the two differ: `npm run check-counters`. */
import { pathToFileURL } from "node:url";
import { configOfProcess } from "../src/config.ts";
import { Database, type Queries } from "../src/db/database.ts";
import { connect } from "../src/db/migrate.ts";
import { createDataSource } from "../src/db/source.ts";
import { statement } from "../src/db/sql.ts";
import { StartError } from "../src/errors.ts";
import { conversationVisible } from "../src/visibility/conversation.ts";
import { messageHidden, messageVisible } from "../src/visibility/message.ts";

/** A kept count that is not what there is. */
export interface Drift {
  readonly counter: string;
  /** The key of its row, with commas between its parts. */
  readonly key: string;
  readonly kept: number;
  readonly counted: number;
}

/** Each counter with SQL that selects the `key` of every row, what is `kept` there, and what is `counted`. */
const COUNTERS: Readonly<Record<string, string>> = {
  "users.friend_count": `
    select u.id::text as key, u.friend_count as kept, coalesce(f.counted, 0) as counted
    from users u
    left join (select user_id, count(*) as counted from friendships group by user_id) f on f.user_id = u.id`,

  "users.waiting_request_count": `
    select u.id::text as key, u.waiting_request_count as kept, coalesce(r.counted, 0) as counted
    from users u
    left join (
      select user_id, count(*) as counted
      from friend_requests
      where direction = 'INCOMING' and declined_at is null
      group by user_id
    ) r on r.user_id = u.id`,

  "videos.like_count": `
    select v.id::text as key, v.like_count as kept, coalesce(l.counted, 0) as counted
    from videos v
    left join (select video_id, count(*) as counted from likes group by video_id) l on l.video_id = v.id`,

  "conversations.participant_count": `
    select c.id::text as key, c.participant_count as kept, coalesce(p.counted, 0) as counted
    from conversations c
    left join (
      select p.conversation_id, count(*) as counted
      from participants p
      where ${conversationVisible("p")}
      group by p.conversation_id
    ) p on p.conversation_id = c.id`,

  // Positions have no gap: there are as many messages as the newest one's position says.
  "conversations.last_position": `
    select c.id::text as key, c.last_position as kept, coalesce(m.counted, 0) as counted
    from conversations c
    left join (
      select conversation_id, case when count(*) = max(position) then max(position) else -1 end as counted
      from messages
      group by conversation_id
    ) m on m.conversation_id = c.id`,

  "shares.reply_count": `
    select concat_ws(',', s.conversation_id, s.video_id) as key, s.reply_count as kept, coalesce(m.counted, 0) as counted
    from shares s
    left join (
      select conversation_id, topic_video_id, count(*) as counted
      from messages
      where topic_video_id is not null
      group by conversation_id, topic_video_id
    ) m on m.conversation_id = s.conversation_id and m.topic_video_id = s.video_id`,

  "inbox.unread": `
    select concat_ws(',', i.user_id, i.conversation_id) as key, i.unread as kept, m.counted
    from inbox i
    join participants p on p.conversation_id = i.conversation_id and p.user_id = i.user_id
    cross join lateral (
      select count(*) as counted
      from messages m
      where m.conversation_id = i.conversation_id and m.position > i.read_up_to
        and ${messageVisible("m.position", "p")} and m.sender_id is distinct from i.user_id
        and not ${messageHidden("m.sender_id", "p")}
    ) m
    where ${conversationVisible("i")}`,

  // Events older than a week are forgotten; the newest that is left stands where the log does.
  "viewer_logs.position": `
    select l.viewer_id::text as key, l.position as kept, e.newest as counted
    from viewer_logs l
    join (select viewer_id, max(position) as newest from viewer_events group by viewer_id) e using (viewer_id)`,
};

const checks = Object.entries(COUNTERS).map(([counter, sql]) => ({
  counter,
  find: statement<Record<string, never>, { key: string; kept: string; counted: string }>(
    `check_${counter.replace(".", "_")}`,
    `
    select k.key, k.kept, k.counted
    from (${sql}) as k
    where k.kept <> k.counted
    order by k.key`,
  ),
}));

/** Every kept count that is not what there is. Each counter is one statement, so that it may run while people write. */
export async function countersThatDrift(queries: Queries): Promise<Drift[]> {
  const drifts: Drift[] = [];
  for (const { counter, find } of checks) {
    for (const { key, kept, counted } of await queries.run(find, {})) {
      drifts.push({ counter, key, kept: Number(kept), counted: Number(counted) });
    }
  }
  return drifts;
}

const takeAllTheTime = statement<Record<string, never>, never>(
  "check_takes_all_the_time",
  "set local statement_timeout = 0",
);

async function main(): Promise<void> {
  const { databaseUrl } = configOfProcess();
  if (databaseUrl === null) throw new StartError("Set DATABASE_URL to the database that is to be checked.");
  const source = createDataSource(databaseUrl);
  await connect(source);
  try {
    const drifts = await new Database(source).transaction(async (queries) => {
      await queries.run(takeAllTheTime, {});
      return countersThatDrift(queries);
    });
    for (const { counter, key, kept, counted } of drifts) {
      console.log(`${counter} of ${key}: kept ${kept}, counted ${counted}`);
    }
    console.log(
      drifts.length === 0
        ? `All ${checks.length} counters are right.`
        : `${drifts.length} counts have drifted.`,
    );
    process.exitCode = drifts.length === 0 ? 0 : 1;
  } finally {
    await source.destroy();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main().catch((error: unknown) => {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
}
