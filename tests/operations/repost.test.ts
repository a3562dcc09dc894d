/** Reposting videos: counted, with a note, told to the author, and for nobody who may not see the video. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { mutate } from "./mutations.ts";
import { notificationsOf, toldSince } from "./notifications.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let named = 0;
/** Somebody whom nobody has met. */
const somebody = () => world.person(`person${++named}`);
const several = (count: number) => Promise.all(Array.from({ length: count }, somebody));

async function engage(
  person: Person,
  name: "repostVideo" | "undoRepost",
  videoId: string,
  more: Record<string, unknown> = {},
) {
  const payload = await mutate(world, person, name, { videoId: globalId("video", videoId), ...more });
  expect(payload.userErrors).toEqual([]);
  return payload.video;
}

const noteOf = async (person: Person, video: string) => {
  const [row] = await world.server.database.query<{ note: string | null }>(
    "select note from reposts where user_id = $1 and video_id = $2",
    [person.id, video],
  );
  return row?.note;
};

test("a repost counts once a person, and again once it was taken back", async () => {
  const [author, ann, ben] = (await several(3)) as [Person, Person, Person];
  const video = await world.video(author);
  expect(await engage(ann, "repostVideo", video)).toMatchObject({
    repostCount: 1,
    viewerHasReposted: true,
  });
  expect(await engage(ann, "repostVideo", video)).toMatchObject({
    repostCount: 1,
    viewerHasReposted: true,
  });
  expect(await engage(ben, "repostVideo", video)).toMatchObject({ repostCount: 2 });
  expect(await engage(ann, "undoRepost", video)).toMatchObject({
    repostCount: 1,
    viewerHasReposted: false,
  });
  expect(await engage(ann, "undoRepost", video)).toMatchObject({ repostCount: 1 });
  expect(await engage(ann, "repostVideo", video)).toMatchObject({ repostCount: 2 });
});

test("a repost takes a note of up to 200 characters, which reposting with another one changes", async () => {
  const [author, viewer] = (await several(2)) as [Person, Person];
  const video = await world.video(author);
  const say = (note?: string | null) => engage(viewer, "repostVideo", video, { note });
  await say("  Look at this ");
  expect(await noteOf(viewer, video)).toBe("Look at this");
  await say("Look again");
  await say();
  await say(null);
  expect(await noteOf(viewer, video)).toBe("Look again");
  await say(" ");
  expect(await noteOf(viewer, video)).toBeNull();
  await say("\u{1F388}".repeat(200));
  expect(await noteOf(viewer, video)).toHaveLength(400);
  const input = { videoId: globalId("video", video), note: "x".repeat(201) };
  expect((await mutate(world, viewer, "repostVideo", input)).userErrors).toEqual([
    expect.objectContaining({ code: "INVALID", path: ["note"] }),
  ]);
  await engage(viewer, "undoRepost", video);
  await engage(viewer, "repostVideo", video);
  expect(await noteOf(viewer, video)).toBeNull();
});

test("a repost tells the author: one notification for each video, which rings once for each person and goes with them", async () => {
  const [author, ann, ben] = (await several(3)) as [Person, Person, Person];
  const video = await world.video(author);
  await engage(author, "repostVideo", video);
  expect((await notificationsOf(world, author)).list).toEqual([]);
  await engage(ann, "repostVideo", video, { note: "Look" });
  await engage(ben, "repostVideo", video);
  const { list } = await notificationsOf(world, author);
  expect(list).toEqual([
    expect.objectContaining({
      kind: "REPOST",
      actorCount: 2,
      actors: [{ id: ben.globalId }, { id: ann.globalId }],
      subject: { __typename: "Video", id: globalId("video", video) },
    }),
  ]);
  const cursor = await cursorOf(world, author);
  for (const name of ["undoRepost", "repostVideo", "undoRepost", "repostVideo"] as const) {
    await engage(ann, name, video);
  }
  expect(await toldSince(world, author, cursor)).toEqual([]);
  expect((await notificationsOf(world, author)).list).toEqual(list);
  for (const person of [ann, ben]) await engage(person, "undoRepost", video);
  expect((await notificationsOf(world, author)).list).toEqual([]);
  expect(await toldSince(world, author, cursor)).toEqual([
    { __typename: "AccessRevoked", ids: [list[0]?.id] },
  ]);
});

test("a repost widens no audience: who may not see the video does not, whoever reposts it", async () => {
  const [author, friend, stranger] = (await several(3)) as [Person, Person, Person];
  await world.befriend(friend, author, stranger);
  const video = await world.video(author, "FRIENDS");
  await engage(friend, "repostVideo", video);
  const seen = await world.read(stranger, `{ video(id: "${globalId("video", video)}") { id } }`);
  expect(seen).toEqual({ video: null });
});
