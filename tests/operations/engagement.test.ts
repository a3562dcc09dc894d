/** Saving, reposting and watching videos. */
import { databaseRates } from "../../src/db/rates.ts";
import { globalId } from "../../src/ids.ts";
import { RATES } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { startTestServer, TEST_SECRET } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf, NOTHING } from "../visibility/cast.ts";
import { exportOf, ofType } from "./exports.ts";
import { codes, type MutationName, mutate } from "./mutations.ts";
import { notificationsOf, toldSince } from "./notifications.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let named = 0;
/** Somebody whom nobody has met. */
const somebody = () => world.person(`person${++named}`);
const several = <const Count extends number>(count: Count) =>
  Promise.all(Array.from({ length: count }, somebody)) as Promise<Person[]>;

type Engaging = "likeVideo" | "saveVideo" | "unsaveVideo" | "repostVideo" | "undoRepost" | "recordView";
const engage = async (
  person: Person,
  name: Engaging,
  videoId: string,
  more: Record<string, unknown> = {},
) => {
  const payload = await mutate(world, person, name, { videoId: globalId("video", videoId), ...more });
  expect(payload.userErrors).toEqual([]);
  return payload.video;
};
const find = async <Row>(sql: string, ...values: unknown[]) => world.server.database.query<Row>(sql, values);

const savedBy = async (person: Person, page = "first: 100") => {
  const found = await world.read(
    person,
    `{ viewer { savedVideos(${page}) { nodes { id viewerHasSaved } pageInfo { hasNextPage endCursor } } } }`,
  );
  return at(found, "viewer", "savedVideos") as {
    nodes: { id: string; viewerHasSaved: boolean }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
};
const idsSavedBy = async (person: Person) => (await savedBy(person)).nodes.map(({ id }) => id);

test.each(["saveVideo", "unsaveVideo", "repostVideo", "undoRepost", "recordView"] as const)(
  "%s is refused for a video that the viewer may not see, in the words for one that does not exist",
  async (name: MutationName & Engaging) => {
    const [author, viewer] = (await several(2)) as [Person, Person];
    const hidden = globalId("video", await world.video(author, "FRIENDS"));
    const refused = await mutate(world, viewer, name, { videoId: hidden });
    expect(codes(refused)).toEqual(["NOT_FOUND"]);
    expect(refused).toEqual(await mutate(world, viewer, name, { videoId: NOTHING.video }));
    const { errors } = await world.ask(
      null,
      `mutation { ${name}(input: { videoId: "${hidden}" }) { userErrors { code } } }`,
    );
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(["UNAUTHENTICATED"]);
  },
);

test.each([
  ["saveVideo", 1],
  ["repostVideo", 1],
  ["likeVideo", 1],
  ["recordView", 0],
] as const)(
  "%s tells the viewer's other devices once that the card has changed, %d times",
  async (name, times) => {
    const [author, viewer] = (await several(2)) as [Person, Person];
    const video = await world.video(author);
    const cursor = await cursorOf(world, viewer);
    for (let time = 0; time < 3; time++) await engage(viewer, name, video);
    const changes = await changesSince<{ video?: { id: string } }>(
      world,
      viewer,
      cursor,
      "... on VideoChanged { video { id } }",
    );
    expect(changes.filter((change) => change.video?.id === globalId("video", video))).toHaveLength(times);
  },
);

describe("saving", () => {
  test("keeps a video for the viewer alone, newest saved first, until they save it no longer", async () => {
    const [author, viewer, other] = (await several(3)) as [Person, Person, Person];
    const videos = [await world.video(author), await world.video(author), await world.video(author)];
    const ids = videos.map((video) => globalId("video", video));
    for (const video of videos) await engage(viewer, "saveVideo", video);
    expect(await engage(viewer, "saveVideo", videos[0] ?? "")).toMatchObject({ viewerHasSaved: true });
    expect(await idsSavedBy(viewer)).toEqual(ids.toReversed());
    expect(await idsSavedBy(other)).toEqual([]);
    for (let time = 0; time < 2; time++) {
      expect(await engage(viewer, "unsaveVideo", videos[1] ?? "")).toMatchObject({ viewerHasSaved: false });
    }
    expect(await idsSavedBy(viewer)).toEqual([ids[2], ids[0]]);
    expect((await notificationsOf(world, author)).list).toEqual([]);
  });

  test("leaves out what the viewer may see no longer: its pages are full, and it comes back", async () => {
    const [author, viewer] = (await several(2)) as [Person, Person];
    await world.befriend(author, viewer);
    const videos: string[] = [];
    for (let nr = 0; nr < 9; nr++) {
      videos.push(await world.video(author, nr % 3 === 0 ? "PUBLIC" : "FRIENDS"));
      await world.save(viewer, videos[nr] ?? "");
    }
    const newest = videos.map((video) => globalId("video", video)).reverse();
    const open = newest.filter((_, nr) => (newest.length - 1 - nr) % 3 === 0);
    const pages = async (size: number) => {
      const found: string[][] = [];
      for (let after: string | null = null, more = true; more; ) {
        const { nodes, pageInfo } = await savedBy(viewer, `first: ${size}, after: ${JSON.stringify(after)}`);
        found.push(nodes.map(({ id }) => id));
        [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      }
      return found;
    };
    expect(await pages(4)).toEqual([newest.slice(0, 4), newest.slice(4, 8), newest.slice(8)]);
    await world.unfriend(author, viewer);
    expect(await pages(2)).toEqual([open.slice(0, 2), open.slice(2)]);
    await world.befriend(author, viewer);
    expect(await idsSavedBy(viewer)).toEqual(newest);
  });

  test("has whoever saved a video told to forget it when it is for fewer people, as has reposting", async () => {
    const [author, saver, reposter, stranger] = (await several(4)) as [Person, Person, Person, Person];
    const video = await world.video(author);
    await world.save(saver, video);
    await world.repost(reposter, video);
    const people = [saver, reposter, stranger];
    const cursors = await Promise.all(people.map((person) => cursorOf(world, person)));
    await mutate(world, author, "updateVideo", { videoId: globalId("video", video), audience: "ONLY_ME" });
    const told = await Promise.all(people.map((person, nr) => toldSince(world, person, cursors[nr] ?? "")));
    const forget = [{ __typename: "AccessRevoked", ids: [globalId("video", video)] }];
    expect(told).toEqual([forget, forget, []]);
  });
});

describe("watching", () => {
  const watched = async (person: Person, video: string) =>
    (
      await find<{ ms: number }>(
        "select watched_ms as ms from views where user_id = $1 and video_id = $2 order by day desc",
        person.id,
        video,
      )
    ).map(({ ms }) => ms);

  test("counts each person once a day, in UTC", async () => {
    const [author, ann, ben] = (await several(3)) as [Person, Person, Person];
    const video = await world.video(author);
    for (let time = 0; time < 3; time++)
      expect(await engage(ann, "recordView", video)).toMatchObject({ viewCount: 1 });
    expect(await engage(ben, "recordView", video)).toMatchObject({ viewCount: 2 });
    const [today] = await find<{ isToday: boolean }>(
      `select day = (now() at time zone 'utc')::date as "isToday" from views where user_id = $1`,
      ann.id,
    );
    expect(today?.isToday).toBe(true);
    await find("update views set day = day - 1 where user_id = $1", ann.id);
    expect(await engage(ann, "recordView", video)).toMatchObject({ viewCount: 3 });
  });

  test("keeps the longest time of a day, up to 10 minutes", async () => {
    const [author, viewer] = (await several(2)) as [Person, Person];
    const video = await world.video(author);
    const watch = async (watchedMs?: number) => {
      await engage(viewer, "recordView", video, { watchedMs });
      return watched(viewer, video);
    };
    expect(await watch()).toEqual([0]);
    expect(await watch(9_000)).toEqual([9_000]);
    expect(await watch(3_000)).toEqual([9_000]);
    expect(await watch(2_147_483_647)).toEqual([600_000]);
    const refused = await mutate(world, viewer, "recordView", {
      videoId: globalId("video", video),
      watchedMs: -1,
    }).catch(String);
    expect(JSON.stringify(refused)).toMatch(/BAD_USER_INPUT|INVALID/);
  });

  test("is noted of one person by many devices at once as one view", async () => {
    const [author, viewer] = (await several(2)) as [Person, Person];
    const video = await world.video(author);
    await Promise.all(
      Array.from({ length: 20 }, (_, nr) => engage(viewer, "recordView", video, { watchedMs: nr })),
    );
    expect(await engage(viewer, "recordView", video)).toMatchObject({ viewCount: 1 });
    expect(await watched(viewer, video)).toEqual([19]);
  });
});

test.each(["repost", "recordView"] as const)(
  "%s can be done so often, and is then refused for a while",
  async (rate) => {
    const { database } = world.server;
    const server = await startTestServer({ demo: false, database, config: { rateLimits: true } });
    try {
      const [author, viewer] = (await several(2)) as [Person, Person];
      const videoId = globalId("video", await world.video(author));
      const name = rate === "repost" ? "repostVideo" : "recordView";
      const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
      for (let time = 1; time < RATES[rate].points; time++) await rates.take(rate, viewer.id);
      expect(codes(await mutate({ server }, viewer, name, { videoId }))).toEqual([]);
      expect(codes(await mutate({ server }, viewer, name, { videoId }))).toEqual(["TOO_MANY_REQUESTS"]);
      expect(codes(await mutate({ server }, author, name, { videoId }))).toEqual([]);
    } finally {
      await server.stop();
    }
  },
);

test("an export says what somebody has saved, reposted and watched", async () => {
  const [author, viewer] = (await several(2)) as [Person, Person];
  const row = await world.video(author);
  const video = globalId("video", row);
  await world.save(viewer, row);
  await world.repost(viewer, row, "Watch this");
  await world.watch(viewer, row, 5_000);
  await find("update views set day = '2026-01-30' where user_id = $1", viewer.id);
  await world.watch(viewer, row, 1_000);
  const lines = await exportOf(world, viewer);
  expect(ofType(lines, "save")).toEqual([expect.objectContaining({ video })]);
  expect(ofType(lines, "repost")).toEqual([expect.objectContaining({ video, note: "Watch this" })]);
  expect(ofType(lines, "view")).toEqual([
    expect.objectContaining({ video, day: "2026-01-30", watchedMs: 5_000 }),
    expect.objectContaining({ video, day: new Date().toISOString().slice(0, 10), watchedMs: 1_000 }),
  ]);
});
