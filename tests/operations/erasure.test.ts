/** Erasing an account: what a person wrote is nowhere any more, whatever table it was in, and however often it broke off. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import type { ActionContext } from "../../src/actions/context.ts";
import { eraseDeleted } from "../../src/actions/erasure/erase.ts";
import type { Database } from "../../src/db/database.ts";
import { globalId } from "../../src/ids.ts";
import { PASSWORD, World } from "../support/world.ts";
import { act, type Canary, canary, placesOf, traces, WRITTEN } from "./canary.ts";

/** Of each table: how an export says what is in it of a person, and what an erasure leaves. */
const TABLES: Readonly<Record<string, readonly [exported: string, erased: string]>> = {
  accounts: ["account", "nothing"],
  blocks: ["block; by whom one is blocked is theirs", "nothing"],
  comment_likes: ["comment_like", "nothing"],
  comments: ["comment", "nothing; of one that others have answered, that it was there"],
  contact_points: ["hashes of what account has", "nothing"],
  contacts: ["how many: hashes can't be read", "nothing"],
  conversation_nonces: ["a client's own key for a conversation", "nothing"],
  conversations: ["conversation", "the group, unless nobody is left: then no words"],
  data_export_parts: ["the export itself", "nothing"],
  data_exports: ["data_export", "nothing"],
  direct_conversations: ["conversation", "the id of nobody"],
  discarded_uploads: ["nobody's", "nobody's"],
  dismissed_suggestions: ["dismissed_suggestion", "the id of nobody, in others' rows"],
  friend_requests: ["friend_request", "nothing"],
  friendships: ["friend", "nothing"],
  handles: ["handle", "the handle, for ninety days"],
  hashtags: ["words of everybody's", "words of everybody's"],
  identities: ["identity", "nothing"],
  inbox: ["conversation", "nothing"],
  invite_bars: ["what follows from block", "the id of nobody, in others' rows"],
  invite_redemptions: ["friend, conversation", "the id of nobody, in others' rows"],
  invites: ["invite", "nothing"],
  last_active: ["last_active", "nothing"],
  likes: ["like", "nothing"],
  messages: ["message", "the message, without a sender or without its content"],
  migrations: ["nobody's", "nobody's"],
  moment_views: ["moment_view", "nothing"],
  moments: ["moment", "nothing"],
  mutes: ["mute", "the id of nobody, in others' rows"],
  notification_actors: ["notification", "nothing"],
  notifications: ["notification", "nothing"],
  participants: ["conversation", "that nobody has left"],
  pins: ["nobody's", "nobody's"],
  rates: ["hashed, and over within a day", "hashed, and over within a day"],
  reactions: ["reaction", "nothing"],
  reports: ["report", "the report, without who made it and without the words of whom it is about"],
  reposts: ["repost", "nothing"],
  saves: ["save", "nothing"],
  sessions: ["session", "nothing"],
  share_links: ["share_link", "nothing"],
  shares: ["message", "the share, without a name; nothing where messages are erased"],
  sharings: ["message", "nothing"],
  trending_videos: ["nobody's", "the id of nothing, until the lists are made anew"],
  used_friend_codes: ["over within the hour", "nothing"],
  users: ["account, privacy", "the id of nobody"],
  video_access: ["video_access", "nothing"],
  video_hashtags: ["video", "nothing"],
  video_uploads: ["video_upload", "nothing"],
  videos: ["video", "nothing"],
  viewer_events: ["ids alone, for seven days", "nothing; ids in others' logs, for seven days"],
  viewer_logs: ["a counter", "nothing"],
  views: ["view", "nothing"],
};

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

async function leave(
  { token, id }: Pick<Canary, "token" | "id">,
  messages: "ERASE" | "KEEP_WITHOUT_NAME",
): Promise<void> {
  await act(world, token, "deleteAccount", { password: PASSWORD, messages });
  await world.server.database.query(
    "update users set deleted_at = deleted_at - interval '30 days' where id = $1",
    [id],
  );
}

const erase = (context: ActionContext = world.as(null)) =>
  eraseDeleted(context, new AbortController().signal);

const bodies = async (conversations: readonly string[]) =>
  (
    await world.server.database.query<{ body: string }>(
      "select body from messages where conversation_id = any($1) and body is not null order by conversation_id, position",
      [conversations],
    )
  ).map(({ body }) => body);

test("every table is named with how it is exported and how it is erased", async () => {
  const tables = await world.server.database.query<{ name: string }>(
    `select table_name as name
     from information_schema.tables
     where table_schema = 'public' and table_name not in (select inhrelid::regclass::text from pg_inherits)
     order by 1`,
  );
  expect(tables.map(({ name }) => name)).toEqual(Object.keys(TABLES));
});

test("whoever asks for all to go leaves nothing that they wrote, but the handles that are held", async () => {
  const person = await canary(world, 1);
  const before = new Set(
    (await traces(world, person.mark)).map((row) => row.split(":")[0]?.replace("public.", "")),
  );
  expect([...before]).toEqual(WRITTEN);
  await leave(person, "ERASE");
  await erase();
  expect(await traces(world, person.mark)).toEqual([
    expect.stringMatching(/^public\.handles: \(zqcanary1,\d+,/),
    expect.stringMatching(/^public\.handles: \(zqcanary1\.x,\d+,/),
  ]);
  // A friend's moments with a video of the person's: one keeps its words, and there was nothing else in the other.
  const moments = await world.server.database.query(
    'select video_id as "videoId", text from moments where author_id = $1',
    [person.friend.id],
  );
  expect(moments).toEqual([{ videoId: null, text: "Words of another" }]);
  expect(await countersThatDrift(world.database)).toEqual([]);
});

test("whoever lets messages stay leaves those alone, and no row that says whose they are", async () => {
  const person = await canary(world, 2);
  await leave(person, "KEEP_WITHOUT_NAME");
  await erase();
  expect(await bodies([person.group])).toEqual(["Group message of zqcanary2", "Reply note of zqcanary2"]);
  expect(await bodies([person.direct])).toEqual([
    "Message of zqcanary2",
    "Answer of zqcanary2",
    "An answer of another",
  ]);
  const left = (await traces(world, person.mark)).map((row) => row.split(":")[0]);
  expect(left).toEqual([
    "public.handles",
    "public.handles",
    ...Array(4).fill("public.messages"),
    "public.shares",
  ]);
  // Ids of nobody: their claims, the row that stays for others' sake, and what others keep.
  expect((await placesOf(world, person.id)).map((place) => place.replace(/low|high/, "other"))).toEqual([
    "direct_conversations.other_id",
    "handles.user_id",
    "messages.moment_author_id",
    "notifications.subject",
    "participants.user_id",
    "reports.author_id",
    "reports.subject_key",
    "users.id",
    "viewer_events.ids",
  ]);
  expect(await countersThatDrift(world.database)).toEqual([]);
});

/** A context in which the transaction of this number is the last: it does its work and is undone, as by a kill. */
function dying(last: number): ActionContext {
  const context = world.as(null);
  let count = 0;
  const database: Pick<Database, "run" | "decide" | "transaction"> = {
    run: (...args) => context.database.run(...args),
    decide: (...args) => context.database.decide(...args),
    transaction: (work) =>
      context.database.transaction(async (queries) => {
        const result = await work(queries);
        if (++count >= last) throw new Error("killed");
        return result;
      }),
  };
  return { ...context, database: database as Database };
}

test("a video that somebody has shared before stays shared, as theirs, with what was said about it", async () => {
  const [gone, ann, bob] = await world.people("sharer", "ann", "bob");
  const group = await world.group(ann, [gone, bob]);
  const video = await world.video(ann);
  await world.share(ann, video, group, "Ann's note");
  await act(world, gone.token, "hideMessage", { messageId: globalId("message", group, 1) });
  await world.share(gone, video, group, "My note");
  for (const person of [gone, bob, gone]) await world.say(person, group, "Hm", { topic: video });
  await leave(gone, "ERASE");
  await erase();
  const shares = await world.server.database.query(
    'select position, shared_by as "sharedBy", note, reply_count as "replyCount" from shares where conversation_id = $1',
    [group],
  );
  expect(shares).toEqual([{ position: 1, sharedBy: ann.id, note: "Ann's note", replyCount: 1 }]);
  expect(await bodies([group])).toEqual(["Hm"]);
  expect(await countersThatDrift(world.database)).toEqual([]);
});

test("an erasure that is killed again and again, at every step, comes to the same end", async () => {
  const person = await canary(world, 3);
  await leave(person, "ERASE");
  let kills = 0;
  for (let last = 1; ; last++) {
    const killed = await erase(dying(last)).then(
      () => false,
      (error: Error) => error.message === "killed",
    );
    if (!killed) break;
    kills++;
  }
  expect(kills).toBeGreaterThan(20);
  expect((await traces(world, person.mark)).map((row) => row.split(":")[0])).toEqual([
    "public.handles",
    "public.handles",
  ]);
  expect(await countersThatDrift(world.database)).toEqual([]);
});

test("two nodes erase the same people once, and nobody whose time has not come", async () => {
  const [one, other, early] = [await canary(world, 4), await canary(world, 5), await canary(world, 6)];
  for (const person of [one, other, early]) await leave(person, "ERASE");
  await world.server.database.query(
    "update users set deleted_at = deleted_at + interval '1 hour' where id = $1",
    [early.id],
  );
  const before = (await traces(world, early.mark)).length;
  await Promise.all([erase(), erase(), erase()]);
  for (const { mark } of [one, other]) expect(await traces(world, mark)).toHaveLength(2);
  expect(await traces(world, early.mark)).toHaveLength(before);
  expect(await countersThatDrift(world.database)).toEqual([]);
});

test("twenty erasures that fail hold up nobody else's, and are done once they can be", async () => {
  const { query } = world.server.database;
  // The one that can be erased comes last.
  await query(`
    insert into users (id, handle, display_name, country, deleted_at)
    select n, 'to.erase.' || n, 'To erase', 'DE', now() - interval '40 days' + n * interval '1 hour'
    from generate_series(1, 21) n
  `);
  await query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'It can''t be.'; end $$
  `);
  await query(`
    create trigger refuses before update of erased_at on users for each row
    when (old.id between 1 and 20) execute function refuse()
  `);
  const erased = async () =>
    (
      await query<{ id: string }>(
        "select id from users where id between 1 and 21 and erased_at is not null order by id",
      )
    ).map(({ id }) => Number(id));
  await expect(erase()).rejects.toThrow("It can't be.");
  expect(await erased()).toEqual([21]);
  await query("drop trigger refuses on users");
  await erase();
  expect(await erased()).toHaveLength(21);
});
