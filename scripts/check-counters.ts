/** Counts anew everything that Kith keeps a count of, and says where the two differ: `npm run check-counters`. */
import { pathToFileURL } from "node:url";
import { configOfProcess } from "../src/config.ts";
import { Database, type Queries } from "../src/db/database.ts";
import { connect } from "../src/db/migrate.ts";
import { createDataSource } from "../src/db/source.ts";
import { type Nothing, statement } from "../src/db/sql.ts";
import { StartError } from "../src/errors.ts";
import { MAX_HASHTAGS } from "../src/limits.ts";
import { conversationVisible } from "../src/visibility/conversation.ts";
import { messageUnread } from "../src/visibility/message.ts";
import { isHere } from "../src/visibility/user.ts";

/** A kept count that is not what there is. */
export interface Drift {
  readonly counter: string;
  /** The key of its row, with commas between its parts. */
  readonly key: string;
  readonly kept: number;
  readonly counted: number;
}

/** SQL of a counter of videos: how many rows of a table people have about each. */
const onVideos = (count: string, table: string, person: string, condition = "true") => `
    select v.id::text as key, v.${count} as kept, coalesce(d.counted, 0) as counted
    from videos v
    left join (
      select d.video_id, count(*) as counted
      from ${table} d
      join users o on o.id = d.${person} and ${isHere("o")}
      where ${condition}
      group by d.video_id
    ) d on d.video_id = v.id`;

/** SQL of a counter of comments; `comment` is the column of the table that has the comment's id. */
const onComments = (count: string, table: string, comment: string, person: string, condition = "true") => `
    select concat_ws(',', c.video_id, c.id) as key, c.${count} as kept, coalesce(d.counted, 0) as counted
    from comments c
    left join (
      select d.video_id, d.${comment} as id, count(*) as counted
      from ${table} d
      join users o on o.id = d.${person} and ${isHere("o")}
      where ${condition}
      group by d.video_id, d.${comment}
    ) d on d.video_id = c.video_id and d.id = c.id`;

/** Each counter, of people only those who are here, with SQL that selects the `key` of every row, what is `kept` there, and what is `counted`. */
const COUNTERS: Readonly<Record<string, string>> = {
  "users.friend_count": `
    select u.id::text as key, u.friend_count as kept, coalesce(f.counted, 0) as counted
    from users u
    left join (
      select f.user_id, count(*) as counted
      from friendships f
      join users o on o.id = f.friend_id and ${isHere("o")}
      group by f.user_id
    ) f on f.user_id = u.id`,

  "users.waiting_request_count": `
    select u.id::text as key, u.waiting_request_count as kept, coalesce(r.counted, 0) as counted
    from users u
    left join (
      select r.user_id, count(*) as counted
      from friend_requests r
      join users o on o.id = r.other_id and ${isHere("o")}
      where r.direction = 'INCOMING' and r.declined_at is null
      group by r.user_id
    ) r on r.user_id = u.id`,

  "videos.like_count": onVideos("like_count", "likes", "user_id"),
  "videos.comment_count": onVideos("comment_count", "comments", "author_id", "d.deleted_at is null"),
  "videos.repost_count": onVideos("repost_count", "reposts", "user_id"),
  "videos.view_count": onVideos("view_count", "views", "user_id"),
  "videos.share_count": onVideos("share_count", "sharings", "user_id"),

  // How many of the hashtags in its author's comments a video has: as many as there are, but no more than it may have.
  "videos.comment_hashtags": `
    select v.id::text as key, coalesce(cardinality(v.comment_hashtags), 0) as kept,
      least(coalesce(t.counted, 0), ${MAX_HASHTAGS}) as counted
    from videos v
    left join (
      select c.video_id, count(distinct t.name) as counted
      from comments c
      cross join lateral unnest(c.hashtags) as t (name)
      where c.hashtags is not null
      group by c.video_id
    ) t on t.video_id = v.id
    join users a on a.id = v.author_id and ${isHere("a")}`,

  "comments.like_count": onComments("like_count", "comment_likes", "comment_id", "user_id"),
  "comments.reply_count": onComments(
    "reply_count",
    "comments",
    "reply_to_id",
    "author_id",
    "d.deleted_at is null",
  ),

  "notifications.actor_count": `
    select concat_ws(',', n.user_id, n.id) as key, n.actor_count as kept, c.counted
    from notifications n
    cross join lateral (
      select count(*) as counted
      from notification_actors a
      join users u on u.id = a.actor_id and u.is_counted
      where a.user_id = n.user_id and a.notification_id = n.id and not a.is_withdrawn
    ) c`,

  "hashtags.video_count": `
    select coalesce(h.name, t.name) as key, coalesce(h.video_count, 0) as kept, coalesce(t.counted, 0) as counted
    from hashtags h
    full join (
      select t.name, count(*) as counted
      from video_hashtags t
      join users u on u.id = t.author_id and u.is_counted
      group by t.name
    ) t on t.name = h.name`,

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
      where m.conversation_id = i.conversation_id and m.position > i.read_up_to and ${messageUnread("m", "p")}
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
  find: statement<Nothing, { key: string; kept: string; counted: string }>(
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

const takeAllTheTime = statement<Nothing, never>(
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
