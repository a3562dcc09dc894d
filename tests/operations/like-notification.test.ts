/** Notifications of likes: one for each video, however many like it, and however often they change their minds. */
import { setLiked } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { atOnce } from "../support/at-once.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { mutate } from "./mutations.ts";
import { notificationsOf, toldSince } from "./notifications.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

let named = 0;
/** Somebody whom nobody has met. */
const somebody = () => world.person(`person${++named}`);
const several = (count: number) => Promise.all(Array.from({ length: count }, somebody));
const like = (person: Person, videoId: string) => setLiked(world.as(person), videoId, true);
const unlike = (person: Person, videoId: string) => setLiked(world.as(person), videoId, false);

const read = (person: Person) => notificationsOf(world, person);
const listOf = async (person: Person) => (await read(person)).list;

test("all who like one video are one notification: the newest three, and how many", async () => {
  const author = await somebody();
  const fans = await several(5);
  const [video, other] = [await world.video(author), await world.video(author)];
  for (const fan of fans) await like(fan, video);
  await like(fans[0] as Person, other);
  const [second, first] = await listOf(author);
  expect(first).toMatchObject({
    kind: "LIKE",
    actorCount: 5,
    actors: fans
      .slice(2)
      .reverse()
      .map(({ globalId: id }) => ({ id })),
    subject: { __typename: "Video", id: globalId("video", video) },
  });
  expect(second).toMatchObject({ actorCount: 1, subject: { id: globalId("video", other) } });
  expect((await read(author)).unread).toBe(2);
});

test("nobody is told of liking their own video", async () => {
  const author = await somebody();
  await like(author, await world.video(author));
  expect(await listOf(author)).toEqual([]);
});

test("liking, liking no longer and liking again rings once, and moves nothing", async () => {
  const [author, fan, other] = (await several(3)) as [Person, Person, Person];
  const [video, later] = [await world.video(author), await world.video(author)];
  await like(fan, video);
  await like(other, later);
  const before = await listOf(author);
  const cursor = await cursorOf(world, author);
  for (let time = 0; time < 3; time++) {
    await unlike(fan, video);
    await like(fan, video);
  }
  expect(await listOf(author)).toEqual(before);
  const told = await toldSince(world, author, cursor);
  expect(told.filter(({ __typename }) => __typename === "NotificationAdded")).toEqual([]);
});

test("who likes it no longer is gone from it, and with the last of them the notification is", async () => {
  const author = await somebody();
  const [ann, ben] = (await several(2)) as [Person, Person];
  const video = await world.video(author);
  await like(ann, video);
  const [first] = await listOf(author);
  await mutate(world, author, "markNotificationsSeen", { upTo: first?.at });
  await like(ben, video);
  expect(await listOf(author)).toEqual([expect.objectContaining({ actorCount: 2, seen: false })]);
  const cursor = await cursorOf(world, author);
  await unlike(ben, video);
  // What is left was seen before.
  expect(await listOf(author)).toEqual([{ ...first, seen: true }]);
  expect(await toldSince(world, author, cursor)).toEqual([]);
  await unlike(ann, video);
  expect(await listOf(author)).toEqual([]);
  expect(await toldSince(world, author, cursor)).toEqual([{ __typename: "AccessRevoked", ids: [first?.id] }]);
  const node = await world.read(author, `{ node(id: "${first?.id}") { id } }`);
  expect(node).toEqual({ node: null });
});

test("twenty who like a video at the same moment are one notification of twenty, told of twenty times at most", async () => {
  const author = await somebody();
  const fans = await several(20);
  const video = await world.video(author);
  const cursor = await cursorOf(world, author);
  await Promise.all(
    fans.map((fan, at) =>
      mutate(at % 2 === 0 ? world : otherNode, fan, "likeVideo", { videoId: globalId("video", video) }),
    ),
  );
  expect(await listOf(author)).toEqual([expect.objectContaining({ actorCount: 20 })]);
  const told = await toldSince(world, author, cursor);
  expect(told.length).toBeLessThanOrEqual(20);
  expect(told.length).toBeGreaterThan(0);
  // And all of them changing their minds at once, some of them twice, leaves who likes it in the end.
  await atOnce(
    fans.flatMap((fan) => [() => unlike(fan, video), () => like(fan, video), () => unlike(fan, video)]),
  );
  await atOnce(fans.map((fan, at) => () => (at < 7 ? like(fan, video) : unlike(fan, video))));
  const [last] = await listOf(author);
  expect(last?.actorCount).toBe(7);
  const later = (await toldSince(world, author, cursor)).slice(told.length);
  expect(later.filter(({ __typename }) => __typename === "NotificationAdded")).toEqual([]);
});
