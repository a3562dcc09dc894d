/** The counts that Kith keeps are what there is, whatever people do; and the check that says so has eyes. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { unblockUser } from "../../src/actions/block.ts";
import { deleteComment, removeComment } from "../../src/actions/comment.ts";
import { write } from "../../src/actions/context.ts";
import { undoRepost } from "../../src/actions/engagement.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { acceptFriendRequest, cancelFriendRequest, declineFriendRequest } from "../../src/actions/request.ts";
import { deleteVideo, setLiked, updateVideo } from "../../src/actions/video.ts";
import { keyOf } from "../../src/ids.ts";
import { atOnce } from "../support/at-once.ts";
import { type Person, World } from "../support/world.ts";

let world: World;
let people: Record<"ana" | "ben" | "cleo" | "dan" | "eve", Person>;
let group: string;
let direct: string;
let video: string;

beforeAll(async () => {
  world = await World.start();
  const [ana, ben, cleo, dan, eve] = await world.people("ana", "ben", "cleo", "dan", "eve");
  people = { ana, ben, cleo, dan, eve };
  await world.befriend(ana, ben, cleo);
  await world.befriend(ben, cleo);
  group = await world.group(ana, [ben, cleo, dan]);
  direct = await world.direct(ana, ben);
  video = await world.video(ben);
});

afterAll(() => world?.stop());

const check = () => countersThatDrift(world.database);
const pick = <Row>(rows: readonly Row[], at: number): Row => rows[at % rows.length] as Row;

test("after requests that are sent, accepted, declined, cancelled, sent again and undone", async () => {
  const { ana, ben, cleo, dan, eve } = people;
  await world.request(dan, ana);
  await world.request(dan, ana);
  await declineFriendRequest(world.as(ana), dan.id);
  await world.request(dan, ana);
  await world.request(eve, ana);
  await acceptFriendRequest(world.as(ana), eve.id);
  await acceptFriendRequest(world.as(ana), eve.id);
  await world.request(ben, eve);
  await cancelFriendRequest(world.as(ben), eve.id);
  await cancelFriendRequest(world.as(dan), ana.id);
  // Asking back is accepting.
  await world.request(cleo, dan);
  await world.request(dan, cleo);
  await world.unfriend(cleo, dan);
  await world.unfriend(cleo, dan);
  await world.request(dan, cleo);
  await world.request(eve, cleo);
  // Whoever comes second of two who answer each other at once is told, and nothing is counted twice.
  for (const answer of [acceptFriendRequest, declineFriendRequest]) {
    await Promise.allSettled([answer(world.as(cleo), eve.id), cancelFriendRequest(world.as(eve), cleo.id)]);
    await Promise.allSettled([world.request(eve, cleo), world.request(cleo, eve)]);
    expect(await check()).toEqual([]);
    await world.unfriend(cleo, eve);
    await world.request(eve, cleo);
  }
  expect(await check()).toEqual([]);
});

test("after likes, likes again, and likes taken back", async () => {
  const { ana, cleo, dan } = people;
  for (const person of [ana, cleo, dan, ana]) await world.like(person, video);
  for (const person of [cleo, cleo]) await setLiked(world.as(person), video, false);
  const gone = await world.video(dan);
  await world.like(ana, gone);
  await deleteVideo(world.as(dan), gone);
  expect(await check()).toEqual([]);
});

test("after hashtags that come, change and go with their videos", async () => {
  const { ana, ben } = people;
  const change = (id: string, changes: { caption?: string; audience?: "PUBLIC" | "ONLY_ME" }) =>
    updateVideo(world.as(ben), id, { caption: null, audience: null, commentsFrom: null, ...changes });
  await world.video(ana, "PUBLIC", "#kept #counted");
  const id = await world.video(ben, "PUBLIC", "#counted #twice #twice");
  const other = await world.video(ben, "ONLY_ME", "#counted");
  await Promise.all([
    change(id, { caption: "#other" }),
    change(id, { audience: "ONLY_ME" }),
    change(other, { audience: "PUBLIC" }),
    change(other, { caption: "#counted #other" }),
  ]);
  expect(await check()).toEqual([]);
  await deleteVideo(world.as(ben), id);
  expect(await check()).toEqual([]);
});

test("after hashtags in comments of their authors and of others, all at once", async () => {
  const { ana, ben, cleo } = people;
  const id = await world.video(ana, "PUBLIC", "#caption");
  await Promise.all([
    world.comment(ana, id, "#said #caption"),
    world.comment(ana, id, "#said #also"),
    world.comment(ben, id, "#other"),
    updateVideo(world.as(ana), id, { caption: "#also", audience: null, commentsFrom: null }),
    world.comment(cleo, id, "#said"),
  ]);
  expect(await check()).toEqual([]);
});

test("after messages, duplicates, shares, replies, message requests and reading, all at once", async () => {
  const { ana, ben, cleo, dan, eve } = people;
  await world.share(ana, video, group, "Look at this");
  const request = await world.direct(dan, cleo);
  await world.say(dan, request, "Hello?");
  await atOnce(
    Array.from({ length: 40 }, (_, at) => async () => {
      const person = pick([ana, ben, cleo, dan], at);
      await world.say(person, group, `Message ${at}`, at % 3 === 0 ? { topic: video } : {});
      const whisper = () =>
        world.say(pick([ana, ben], at), direct, `Whisper ${at}`, { nonce: `whisper ${at}` });
      await Promise.all([whisper(), whisper()]);
      if (at % 5 === 0) await markRead(world.as(pick([ben, cleo, ana], at)), group, 1 + Math.floor(at / 4));
      if (at % 10 === 0) await world.share(person, video, group, "Again!");
    }),
  );
  await world.say(cleo, request, "Who is there?");
  await expect(world.direct(eve, dan)).resolves.toBeDefined();
  expect(await check()).toEqual([]);
});

test("after blocking and unblocking, while the others go on talking", async () => {
  const { ana, ben, cleo, dan } = people;
  await world.request(dan, ana);
  await Promise.all([
    world.block(ana, dan),
    world.block(ben, cleo),
    ...Array.from({ length: 12 }, (_, at) => world.say(pick([cleo, dan, ben], at), group, `Meanwhile ${at}`)),
  ]);
  expect(await check()).toEqual([]);
  await Promise.all([
    unblockUser(world.as(ben), cleo.id),
    ...Array.from({ length: 12 }, (_, at) => world.say(pick([cleo, dan, ana], at), group, `And on ${at}`)),
  ]);
  expect(await check()).toEqual([]);
});

test("after people disappear and come back, while they and others go on with all that is counted", async () => {
  const { ana, ben, cleo, dan } = people;
  for (const person of [ana, cleo]) await world.like(person, video);
  const comment = await world.comment(ben, video);
  const engage = (person: Person) => [
    setLiked(world.as(person), video, person !== cleo),
    world.repost(person, video),
    undoRepost(world.as(person), video),
    world.watch(person, video),
    world.comment(person, video),
    world.comment(person, video, "Indeed", comment),
    world.likeComment(person, comment),
  ];
  for (const change of [world.suspend, world.suspend, world.reinstate, world.suspend, world.reinstate]) {
    await Promise.allSettled([
      change.call(world, ana),
      change.call(world, dan),
      ...[ana, ben, cleo, dan].flatMap(engage),
      world.request(dan, cleo),
      world.unfriend(ben, ana),
      world.say(ben, group, "Where are they?"),
    ]);
    expect(await check()).toEqual([]);
  }
});

test("after comments are deleted while those who like and those who answer them disappear and come back", async () => {
  const { ben, cleo, dan } = people;
  const parent = await world.comment(ben, video);
  for (let round = 0; round < 3; round++) {
    const comments: string[] = [];
    for (const person of [ben, ben, dan, dan])
      comments.push(await world.comment(person, video, "So", parent));
    for (const comment of comments)
      for (const person of [cleo, dan]) await world.likeComment(person, comment);
    await Promise.all([
      world.suspend(dan),
      ...comments.map((comment) => {
        const [videoId = "", id = ""] = keyOf("comment", comment);
        return deleteComment(world.as(ben), { videoId, id });
      }),
    ]);
    expect(await check()).toEqual([]);
    await world.reinstate(dan);
    expect(await check()).toEqual([]);
  }
});

test("after a comment is deleted just as somebody who likes it disappears: its likes are taken off once", async () => {
  const { ben, dan } = people;
  const comment = await world.comment(ben, await world.video(ben));
  await world.likeComment(dan, comment);
  const [videoId = "", id = ""] = keyOf("comment", comment);
  let suspending: Promise<void> = Promise.resolve();
  await write(world.as(ben), async (queries, tell) => {
    await removeComment(queries, tell, { videoId, id });
    suspending = world.suspend(dan);
    await someoneWaits();
  });
  await suspending;
  expect(await check()).toEqual([]);
  await world.reinstate(dan);
  expect(await check()).toEqual([]);
});

/** Resolves once a transaction of this database waits for another one. */
async function someoneWaits(): Promise<void> {
  for (let waiting = 0; waiting === 0; ) {
    const [found] = await world.server.database.query<{ waiting: number }>(
      `select count(*)::integer as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    waiting = found?.waiting ?? 0;
  }
}

test("who takes part, who is gone, and whose words are hidden, is told alike wherever it is kept", async () => {
  const rows = await world.server.database.query(`
    select p.conversation_id, p.user_id, p.state, i.state as inbox_state, p.hides, b.blocked, p.is_gone
    from participants p
    join users u on u.id = p.user_id
    left join inbox i using (user_id, conversation_id)
    cross join lateral (
      select coalesce(array_agg(b.blocked_id order by b.blocked_id), '{}') as blocked
      from blocks b
      join participants o on o.conversation_id = p.conversation_id and o.user_id = b.blocked_id
      where b.user_id = p.user_id
    ) b
    where i.state is distinct from p.state
      or p.is_gone <> (u.suspended_at is not null or u.deleted_at is not null) or u.is_counted = p.is_gone
      or b.blocked <> (select coalesce(array_agg(h order by h), '{}') from unnest(p.hides) h)`);
  expect(rows).toEqual([]);
});

const SABOTAGE: readonly (readonly [counter: string, sql: string])[] = [
  ["users.friend_count", "update users set friend_count = friend_count + 1 where handle = 'ana'"],
  [
    "users.waiting_request_count",
    "delete from friend_requests where declined_at is null and direction = 'INCOMING'",
  ],
  ["videos.like_count", "delete from likes"],
  ["videos.comment_count", "update comments set deleted_at = now() where reply_to_id is not null"],
  ["videos.repost_count", "delete from reposts"],
  ["videos.view_count", "delete from views"],
  ["videos.share_count", "delete from sharings"],
  ["videos.comment_hashtags", "update comments set hashtags = null where hashtags is not null"],
  ["comments.like_count", "delete from comment_likes"],
  ["comments.reply_count", "update comments set deleted_at = now() where reply_to_id is not null"],
  ["hashtags.video_count", "update hashtags set video_count = video_count + 1"],
  ["notifications.actor_count", "update notification_actors set is_withdrawn = true where not is_withdrawn"],
  ["conversations.participant_count", "update conversations set participant_count = participant_count - 1"],
  ["conversations.last_position", "delete from messages where position = 2"],
  ["shares.reply_count", "update messages set topic_video_id = null where topic_video_id is not null"],
  ["inbox.unread", "update inbox set unread = unread + 1 where unread > 0"],
  ["viewer_logs.position", "update viewer_logs set position = position - 1"],
];

test.each(SABOTAGE)("the check finds a wrong %s", async (counter, sql) => {
  const runner = world.database.source.createQueryRunner();
  await runner.startTransaction();
  try {
    await runner.query(sql);
    const drifts = await countersThatDrift({ run: ({ text }) => runner.query(text) });
    expect(drifts.find((drift) => drift.counter === counter)).toEqual({
      counter,
      key: expect.stringMatching(/^(\d+(,\d+)?|\p{L}+)$/u),
      kept: expect.any(Number),
      counted: expect.any(Number),
    });
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
});
