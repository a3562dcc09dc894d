/** Who is told of comments, of answers and of likes on them, and when that is taken back. */
import { updateVideo } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { mutate } from "./mutations.ts";
import { notificationsOf, toldSince } from "./notifications.ts";

let world: World;
/** The author of the video, and three others. */
let ann: Person;
let bob: Person;
let cat: Person;
let dan: Person;
let row: string;
let videoId: string;
let round = 0;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(async () => {
  round++;
  [ann, bob, cat, dan] = await world.people(`ann${round}`, `bob${round}`, `cat${round}`, `dan${round}`);
  row = await world.video(ann);
  videoId = globalId("video", row);
});
afterAll(() => world.stop());

const remove = (person: Person, commentId: string) => mutate(world, person, "deleteComment", { commentId });
/** What somebody is told, newest first: the kind, how many did it, and what it is about. */
const told = async (person: Person) =>
  (await notificationsOf(world, person)).list.map(
    ({ kind, actorCount, subject }) => `${kind} ${actorCount} ${subject?.id}`,
  );

test("the author of the video is told of all who comment on it together, and nobody of themselves", async () => {
  const cursor = await cursorOf(world, ann);
  for (const person of [ann, bob, cat]) await world.comment(person, row);
  const { list, unread } = await notificationsOf(world, ann);
  expect(list).toEqual([
    expect.objectContaining({
      kind: "COMMENT",
      actorCount: 2,
      actors: [{ id: cat.globalId }, { id: bob.globalId }],
      subject: { __typename: "Video", id: videoId },
    }),
  ]);
  expect(unread).toBe(1);
  expect(await toldSince(world, ann, cursor)).toHaveLength(2);
  for (const person of [bob, cat]) expect(await told(person)).toEqual([]);
});

test("another comment of the same person is news again, and counts them once", async () => {
  await world.comment(bob, row, "One");
  await world.comment(cat, row, "Another's");
  const [first] = (await notificationsOf(world, ann)).list;
  await mutate(world, ann, "markNotificationsSeen", { upTo: first?.at });
  const cursor = await cursorOf(world, ann);
  await world.comment(bob, row, "Two");
  const [second, ...others] = (await notificationsOf(world, ann)).list;
  expect(others).toEqual([]);
  expect(second).toMatchObject({
    id: first?.id,
    actorCount: 2,
    seen: false,
    actors: [{ id: bob.globalId }, { id: cat.globalId }],
  });
  expect(await toldSince(world, ann, cursor)).toHaveLength(1);
});

test("an answer is told to whose comment it answers, and to the author of the video once", async () => {
  const [ofBob, ofAnn] = [await world.comment(bob, row), await world.comment(ann, row)];
  await world.comment(cat, row, "To Bob", ofBob);
  expect(await told(bob)).toEqual([`COMMENT 1 ${ofBob}`]);
  expect(await told(ann)).toEqual([`COMMENT 2 ${videoId}`]);
  // Whose video it is and whose comment, is told of the answer.
  await world.comment(dan, row, "To Ann", ofAnn);
  expect(await told(ann)).toEqual([`COMMENT 1 ${ofAnn}`, `COMMENT 2 ${videoId}`]);
  // And who answers themselves, is not.
  await world.comment(bob, row, "To myself", ofBob);
  expect(await told(bob)).toEqual([`COMMENT 1 ${ofBob}`]);
});

test("a like is told to who wrote the comment, once, and taken back with it", async () => {
  const id = await world.comment(bob, row);
  for (const person of [cat, dan, bob, cat]) await world.likeComment(person, id);
  expect(await told(bob)).toEqual([`LIKE 2 ${id}`]);
  const cursor = await cursorOf(world, bob);
  for (const person of [cat, dan]) await mutate(world, person, "unlikeComment", { commentId: id });
  expect(await told(bob)).toEqual([]);
  expect(await toldSince(world, bob, cursor)).toEqual([
    { __typename: "AccessRevoked", ids: [expect.stringMatching(/^notification_/)] },
  ]);
});

test("deleting a comment takes back what was told of it, unless another comment of theirs is told of as well", async () => {
  const [one, two] = [await world.comment(bob, row, "One"), await world.comment(bob, row, "Two")];
  await world.comment(cat, row, "Theirs");
  await remove(bob, one);
  expect(await told(ann)).toEqual([`COMMENT 2 ${videoId}`]);
  await remove(ann, two);
  expect(await told(ann)).toEqual([`COMMENT 1 ${videoId}`]);
  const top = await world.comment(dan, row, "Top");
  const replies = [await world.comment(cat, row, "A", top), await world.comment(cat, row, "B", top)];
  await remove(cat, replies[0] ?? "");
  expect(await told(dan)).toEqual([`COMMENT 1 ${top}`]);
  await remove(cat, replies[1] ?? "");
  expect(await told(dan)).toEqual([]);
  expect(await told(ann)).toEqual([`COMMENT 2 ${videoId}`]);
});

test("of a comment that is deleted nothing is left to be told: no likes, no answers, no mention", async () => {
  const top = await world.comment(bob, row, `Look, @${dan.handle}`);
  await world.comment(cat, row, "Answer", top);
  await world.likeComment(cat, top);
  expect(await told(bob)).toEqual([`LIKE 1 ${top}`, `COMMENT 1 ${top}`]);
  expect(await told(dan)).toEqual([`MENTION 1 ${top}`]);
  const cursors = [await cursorOf(world, bob), await cursorOf(world, dan)];
  await remove(bob, top);
  for (const [at, person] of [bob, dan].entries()) {
    expect(await told(person)).toEqual([]);
    const forgotten = (await toldSince(world, person, cursors[at] ?? "")).flatMap(({ ids }) => ids ?? []);
    expect(forgotten.filter((id) => id.startsWith("notification_"))).toHaveLength(at === 0 ? 2 : 1);
  }
  // The answer is still one to the video's author.
  expect(await told(ann)).toEqual([`COMMENT 1 ${videoId}`]);
});

test("who may have a comment in their cache is told to forget its id, and nobody else", async () => {
  const [eve] = await world.people(`eve${round}`);
  await world.befriend(ann, bob, cat);
  const forFriends = await world.video(ann, "FRIENDS");
  const top = await world.comment(cat, forFriends);
  const id = await world.comment(bob, forFriends, `@${dan.handle} and @${ann.handle}`, top);
  const people = [ann, bob, cat, dan, eve];
  const cursors = await Promise.all(people.map((person) => cursorOf(world, person)));
  await remove(bob, id);
  const forgotten = await Promise.all(
    people.map(async (person, at) =>
      (await toldSince(world, person, cursors[at] ?? "")).flatMap(({ ids }) => ids ?? []).includes(id),
    ),
  );
  // Dan is mentioned, and has never seen the video.
  expect(forgotten).toEqual([true, true, true, false, false]);
});

test("mentioned people are told once, as what concerns them most, where they can read it", async () => {
  const top = await world.comment(cat, row, "Top");
  const all = [ann, bob, cat, dan].map(({ handle }) => `@${handle}`).join(" ");
  const id = await world.comment(bob, row, `${all} ${all.toUpperCase()}`, top);
  expect(await told(ann)).toEqual([`COMMENT 2 ${videoId}`]);
  expect(await told(cat)).toEqual([`COMMENT 1 ${top}`]);
  expect(await told(dan)).toEqual([`MENTION 1 ${id}`]);
  expect(await told(bob)).toEqual([]);
  // Of a video that Dan does not see he is told nothing, not even that there is something.
  const cursor = await cursorOf(world, dan);
  await world.comment(ann, await world.video(ann, "ONLY_ME"), `@${dan.handle}`);
  expect(await toldSince(world, dan, cursor)).toEqual([]);
  expect(await told(dan)).toEqual([`MENTION 1 ${id}`]);
});

test("what the viewer may no longer see is no notification: a video that is narrowed, a block", async () => {
  await world.befriend(ann, bob);
  const top = await world.comment(bob, row);
  await world.comment(cat, row, `Answer to @${dan.handle}`, top);
  await world.likeComment(dan, top);
  expect(await told(bob)).toHaveLength(2);
  expect(await told(dan)).toHaveLength(1);
  await updateVideo(world.as(ann), row, { caption: null, audience: "FRIENDS", commentsFrom: null });
  expect(await told(bob)).toHaveLength(2);
  expect(await told(dan)).toEqual([]);
  await updateVideo(world.as(ann), row, { caption: null, audience: "PUBLIC", commentsFrom: null });
  expect(await told(dan)).toHaveLength(1);
  await world.block(cat, dan);
  expect(await told(dan)).toEqual([]);
  await world.block(bob, cat);
  expect(await told(bob)).toEqual([`LIKE 1 ${top}`]);
});
