/** The counts that Kith keeps are what there is, whatever people do; and the check that says so has eyes. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { unblockUser } from "../../src/actions/block.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { acceptFriendRequest, cancelFriendRequest, declineFriendRequest } from "../../src/actions/request.ts";
import { deleteVideo, setLiked } from "../../src/actions/video.ts";
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

test("after messages, duplicates, shares, replies, message requests and reading, all at once", async () => {
  const { ana, ben, cleo, dan, eve } = people;
  await world.share(ana, video, group, "Look at this");
  const request = await world.direct(dan, cleo);
  await world.say(dan, request, "Hello?");
  await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
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

test("who takes part, and whose words are hidden, is told alike wherever it is kept", async () => {
  const rows = await world.server.database.query(`
    select p.conversation_id, p.user_id, p.state, i.state as inbox_state, p.hides, b.blocked
    from participants p
    left join inbox i using (user_id, conversation_id)
    cross join lateral (
      select coalesce(array_agg(b.blocked_id order by b.blocked_id), '{}') as blocked
      from blocks b
      join participants o on o.conversation_id = p.conversation_id and o.user_id = b.blocked_id
      where b.user_id = p.user_id
    ) b
    where i.state is distinct from p.state
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
      key: expect.stringMatching(/^\d+(,\d+)?$/),
      kept: expect.any(Number),
      counted: expect.any(Number),
    });
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
});
