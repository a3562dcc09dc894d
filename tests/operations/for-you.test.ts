/** The feed that is chosen for the viewer. */
import { muteUser } from "../../src/actions/mute.ts";
import { makeTrends } from "../../src/actions/trend.ts";
import { type Person, World } from "../support/world.ts";
import { captions, readThrough, reasonsOf } from "./feeds.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const FOR_YOU = "FOR_YOU" as const;
let circles = 0;

/** A viewer with friends, in a country of which nothing trends. */
async function circle(friends: number) {
  const name = `y${++circles}`;
  const [viewer, author] = await world.people(`${name}.viewer`, `${name}.author`);
  const all = await Promise.all(
    Array.from({ length: friends }, (_, at) => world.person(`${name}.friend${at}`)),
  );
  await world.befriend(viewer, ...all);
  return { viewer, author, friends: all, name };
}

const makeLists = () => makeTrends(world.as(null), new AbortController().signal);

/** Makes the lists of what trends, as if it were five minutes ago: they can be made anew. */
async function trend(): Promise<void> {
  await world.server.database.query("delete from trending_videos");
  await makeLists();
  await world.server.database.query("update trending_videos set made_at = made_at - interval '5 minutes'");
}

/** Says that somebody did something so many hours ago. */
async function hoursAgo(
  table: "likes" | "reposts",
  person: Person,
  video: string,
  hours: number,
): Promise<void> {
  await world.server.database.query(
    `update ${table} set created_at = now() - $3 * interval '1 hour' where user_id = $1 and video_id = $2`,
    [person.id, video, hours],
  );
}

test("that for which friends speak most comes first, and says how they do", async () => {
  const { viewer, author, friends } = await circle(4);
  const [ann, ben, cat, dan] = friends as [Person, Person, Person, Person];
  const liked = await world.video(author, "PUBLIC", "liked by four");
  for (const friend of friends) await world.like(friend, liked);
  const reposted = await world.video(author, "PUBLIC", "reposted and liked");
  await world.repost(ann, reposted, "Yes!");
  await world.like(ben, reposted);
  await world.comment(cat, await world.video(author, "PUBLIC", "talked about"));
  await world.like(dan, await world.video(author, "PUBLIC", "liked by one"));
  await world.video(author, "PUBLIC", "nobody cares");

  expect(await captions(world, viewer, FOR_YOU)).toEqual([
    "liked by four",
    "reposted and liked",
    "talked about",
    "liked by one",
  ]);
  const handles = (...people: Person[]) => people.map(({ handle }) => ({ handle }));
  expect(await reasonsOf(world, viewer, FOR_YOU, "liked by four")).toEqual([
    { __typename: "LikedByFriends", friends: handles(dan, cat, ben), count: 4 },
  ]);
  expect(await reasonsOf(world, viewer, FOR_YOU, "reposted and liked")).toEqual([
    { __typename: "RepostedByFriends", friends: handles(ann), count: 1, note: "Yes!" },
    { __typename: "LikedByFriends", friends: handles(ben), count: 1 },
  ]);
  expect(await reasonsOf(world, viewer, FOR_YOU, "talked about")).toEqual([
    { __typename: "CommentedByFriends", friends: handles(cat), count: 1 },
  ]);
});

test("what was done a day ago speaks half as much", async () => {
  const { viewer, author, friends } = await circle(3);
  const [ann, ben, cat] = friends as [Person, Person, Person];
  const old = await world.video(author, "PUBLIC", "two likes of two days ago");
  const fresh = await world.video(author, "PUBLIC", "one like of today");
  for (const friend of [ann, ben]) {
    await world.like(friend, old);
    await hoursAgo("likes", friend, old, 48);
  }
  await world.like(cat, fresh);
  expect(await captions(world, viewer, FOR_YOU)).toEqual(["one like of today", "two likes of two days ago"]);
  for (const friend of [ann, ben]) await hoursAgo("likes", friend, old, 20);
  expect(await captions(world, viewer, FOR_YOU)).toEqual(["two likes of two days ago", "one like of today"]);
});

test("a friend's own video is in it, and the viewer's own is not", async () => {
  const { viewer, friends } = await circle(2);
  const [ann, ben] = friends as [Person, Person];
  await world.video(ann, "FRIENDS", "of ann");
  await world.like(ben, await world.video(viewer, "PUBLIC", "own"));
  expect(await captions(world, viewer, FOR_YOU)).toEqual(["of ann"]);
  expect(await reasonsOf(world, viewer, FOR_YOU, "of ann")).toEqual([
    { __typename: "PostedByFriend", friend: { handle: ann.handle } },
  ]);
});

test("what the viewer has watched is in it no more", async () => {
  const { viewer, author, friends } = await circle(1);
  const [ann] = friends as [Person];
  const [one, two] = [await world.video(author, "PUBLIC", "one"), await world.video(author, "PUBLIC", "two")];
  for (const video of [one, two]) await world.like(ann, video);
  await world.watch(viewer, one);
  expect(await captions(world, viewer, FOR_YOU)).toEqual(["two"]);
});

test("it has nothing of people who are muted or blocked, and knows of nothing that friends keep to themselves", async () => {
  const { viewer, author, friends, name } = await circle(2);
  const [ann, ben] = friends as [Person, Person];
  const [blocked, blocker, muted] = await world.people(`${name}.blocked`, `${name}.blocker`, `${name}.muted`);
  for (const person of [blocked, blocker, muted, author])
    await world.like(ann, await world.video(person, "PUBLIC", `of ${person.handle}`));
  await world.like(ben, await world.video(author, "PUBLIC", "liked in private"));
  expect(await captions(world, viewer, FOR_YOU)).toHaveLength(5);
  await world.block(viewer, blocked);
  await world.block(blocker, viewer);
  await muteUser(world.as(viewer), muted.id, new Date(Date.now() + 3_600_000));
  await world.privacy(ben, { activityVisibleTo: "NO_ONE" });
  expect(await captions(world, viewer, FOR_YOU)).toEqual([`of ${author.handle}`]);
});

test("whoever has no friends finds what trends in their country, then everywhere, and is told where", async () => {
  const { viewer, author, name } = await circle(0);
  const fans = await Promise.all([0, 1, 2].map((at) => world.person(`${name}.fan${at}`)));
  const [german, japanese] = [
    await world.video(author, "PUBLIC", "here"),
    await world.video(author, "PUBLIC", "elsewhere"),
  ];
  for (const fan of fans) {
    await world.set(fan, "country", "JP");
    await world.like(fan, japanese);
  }
  for (const fan of fans) await world.like(fan, german);
  await world.server.database.query("delete from likes where video_id = $1 and user_id <> $2", [
    german,
    fans[0]?.id,
  ]);
  await world.set(fans[0] as Person, "country", "SE");
  await world.set(viewer, "country", "SE");
  await trend();
  const found = (await captions(world, viewer, FOR_YOU)).filter((caption) =>
    ["here", "elsewhere"].includes(caption),
  );
  expect(found).toEqual(["elsewhere", "here"]);
  expect(await reasonsOf(world, viewer, FOR_YOU, "here")).toEqual([
    { __typename: "Trending", country: "SE" },
  ]);
  await world.set(viewer, "country", "BR");
  expect(await reasonsOf(world, viewer, FOR_YOU, "here")).toEqual([
    { __typename: "Trending", country: null },
  ]);
});

test.each([1, 3, 7])(
  "is read in pages of %i as it was when the reading began, whatever friends do meanwhile",
  async (size) => {
    const { viewer, author, friends } = await circle(4);
    const [ann] = friends as [Person];
    const ids = new Map<string, string>();
    const all = Array.from({ length: 17 }, (_, at) => `video ${at} for ${size}`);
    for (const [at, caption] of all.entries()) {
      const video = await world.video(author, "PUBLIC", caption);
      ids.set(caption, video);
      for (const [nr, friend] of friends.entries()) {
        if ((at + nr) % 3 === 0 || nr === 0) await world.like(friend, video);
        if ((at * nr) % 5 === 4) await world.repost(friend, video);
      }
    }
    await trend();
    const before = await captions(world, viewer, FOR_YOU);
    // Of each friend the newest few likes are looked at, and what trends fills up.
    expect(before).toEqual(expect.arrayContaining(all));
    const idOf = (caption: string | undefined) => ids.get(caption ?? "");
    const found = await readThrough(world, viewer, FOR_YOU, size, async (page) => {
      if (page > 5) return;
      const fresh = await world.video(author, "PUBLIC", `new ${page} of ${size}`);
      // The last of those that were found before is now the one that everybody likes.
      for (const video of [fresh, idOf(before.at(-page)) ?? fresh]) {
        for (const friend of friends) await world.like(friend, video);
      }
      const shown = idOf(before[(page - 1) * size]);
      if (shown !== undefined) await world.watch(viewer, shown);
      await world.repost(ann, fresh);
      if (page === 2) await makeLists();
    });
    expect(found).toEqual(before);
  },
);
