/** TypeORM's data source: the entities, the migrations, and the pool of connections that everything runs on. */
import "reflect-metadata";
import pg from "pg";
import { DataSource } from "typeorm";
import { PeopleAndVideos1763856000000 } from "../../migrations/1763856000000-people-and-videos.ts";
import { ConversationsAndEvents1763856000001 } from "../../migrations/1763856000001-conversations-and-events.ts";
import { Suspension1763856000002 } from "../../migrations/1763856000002-suspension.ts";
import { Profiles1763856000003 } from "../../migrations/1763856000003-profiles.ts";
import { IdentitiesAndRates1763856000004 } from "../../migrations/1763856000004-identities-and-rates.ts";
import { FriendGraph1763856000005 } from "../../migrations/1763856000005-friend-graph.ts";
import { Search1763856000006 } from "../../migrations/1763856000006-search.ts";
import { Meeting1763856000007 } from "../../migrations/1763856000007-meeting.ts";
import { Safety1763856000008 } from "../../migrations/1763856000008-safety.ts";
import { Rights1763856000009 } from "../../migrations/1763856000009-rights.ts";
import { Contacts1763856000010 } from "../../migrations/1763856000010-contacts.ts";
import { Notifications1763856000011 } from "../../migrations/1763856000011-notifications.ts";
import { Groups1763856000020 } from "../../migrations/1763856000020-groups.ts";
import { Messages1763856000021 } from "../../migrations/1763856000021-messages.ts";
import { LogByDay1763856000022 } from "../../migrations/1763856000022-log-by-day.ts";
import { Inbox1763856000023 } from "../../migrations/1763856000023-inbox.ts";
import { Engagement1763856000030 } from "../../migrations/1763856000030-engagement.ts";
import { Uploads1763856000031 } from "../../migrations/1763856000031-uploads.ts";
import { Moments1763856000032 } from "../../migrations/1763856000032-moments.ts";
import { Trends1763856000033 } from "../../migrations/1763856000033-trends.ts";
import { CommentHashtags1763856000034 } from "../../migrations/1763856000034-comment-hashtags.ts";
import { SilentSides1763856000035 } from "../../migrations/1763856000035-silent-sides.ts";
import { VideoBroughtAgain1763856000036 } from "../../migrations/1763856000036-video-brought-again.ts";
import { TrendsWithoutScore1763856000038 } from "../../migrations/1763856000038-trends-without-score.ts";
import { EndedInvites1763856000040 } from "../../migrations/1763856000040-ended-invites.ts";
import { entities } from "../entities/index.ts";
import { SnakeNaming } from "../entities/naming.ts";

const TIMESTAMPTZ = 1184;
const TIMESTAMPTZ_ARRAY = 1185;

/** `2026-01-31 09:30:00.5+00` as RFC 3339 with milliseconds; no Date is made on the way, for pages have hundreds. */
function readTimestamp(text: string): string {
  if (!text.endsWith("+00")) return new Date(text).toISOString();
  const fraction = text.length > 22 ? text.slice(20, -3).padEnd(3, "0") : "000";
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

const types = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === TIMESTAMPTZ && format !== "binary") return readTimestamp;
    if (oid === TIMESTAMPTZ_ARRAY) throw new Error("Arrays of timestamps have no reader.");
    return pg.types.getTypeParser(oid, format);
  },
};

/** What each connection is set to. */
const settings = {
  timezone: "UTC",
  statement_timeout: "15s",
  idle_in_transaction_session_timeout: "15s",
  // Planned once for each connection. Left to itself, PostgreSQL sees how short the arrays of a call are, takes a plan
  // made for them alone to be cheaper, and so plans each statement anew each time: for longer than it runs.
  plan_cache_mode: "force_generic_plan",
  // Every statement is a walk along indexes from a handful of keys. For a table that is still small the planner may
  // take hashing all of it, or compiling the plan, for cheaper: it is not, and would be less so every day.
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
  random_page_cost: "1.1",
} as const;

/** A data source for `url`, not connected yet. Ten connections serve two cores; more only wait inside PostgreSQL. */
export function createDataSource(url: string): DataSource {
  return new DataSource({
    type: "postgres",
    url,
    entities,
    migrations: [
      PeopleAndVideos1763856000000,
      ConversationsAndEvents1763856000001,
      Suspension1763856000002,
      Profiles1763856000003,
      IdentitiesAndRates1763856000004,
      FriendGraph1763856000005,
      Search1763856000006,
      Meeting1763856000007,
      Safety1763856000008,
      Rights1763856000009,
      Contacts1763856000010,
      Notifications1763856000011,
      Groups1763856000020,
      Messages1763856000021,
      LogByDay1763856000022,
      Inbox1763856000023,
      Engagement1763856000030,
      Uploads1763856000031,
      Moments1763856000032,
      Trends1763856000033,
      CommentHashtags1763856000034,
      SilentSides1763856000035,
      VideoBroughtAgain1763856000036,
      TrendsWithoutScore1763856000038,
      EndedInvites1763856000040,
    ],
    migrationsTableName: "migrations",
    namingStrategy: new SnakeNaming(),
    installExtensions: false,
    uuidExtension: "pgcrypto",
    applicationName: "kith",
    poolSize: 10,
    connectTimeoutMS: 5_000,
    extra: {
      types,
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(" "),
      keepAlive: true,
    },
  });
}
