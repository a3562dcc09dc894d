/** Who finds a video of each audience in which feed, and among what trends. */
import { makeTrends } from "../../src/actions/trend.ts";
import { globalId } from "../../src/ids.ts";
import type { FeedKind } from "../operations/feeds.ts";
import { feedPage } from "../operations/feeds.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row } from "./cast.ts";

let world: World;
let cast: Cast;
/** The row id of each video by its name. */
const videos = new Map<string, string>();

const NAMES = ["PUBLIC", "FRIENDS", "CLOSE_FRIENDS", "ONLY_ME", "REMOVED", "PROCESSING"];
beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  const { owner, between, people, viewers } = cast;
  // Whoever brings the videos is a friend of all but a stranger, so that who is blocked would find them as well.
  await world.close(owner, between);
  for (const who of ["somebody whom the owner blocks", "somebody who blocks the owner"] as const) {
    const person = viewers[who];
    if (person !== null) await world.befriend(between, person);
  }
  const group = await world.group(between, people);
  for (const name of NAMES) {
    const id = await world.video(owner, "PUBLIC", name);
    videos.set(name, id);
    await world.repost(between, id, `Note on ${name}`);
    await world.like(between, id);
    await world.share(between, id, group);
    const column = ["REMOVED", "PROCESSING"].includes(name) ? "status" : "audience";
    await world.server.database.query(`update videos set ${column} = $2 where id = $1`, [id, name]);
  }
  await makeTrends(world.as(null), new AbortController().signal);
  await cast.block();
});
afterAll(() => world.stop());

const idOf = (name: string) => globalId("video", videos.get(name) ?? "");

/** "yes" for whoever finds the video in a feed. */
const inFeed = (kind: FeedKind, name: string) => async (viewer: Person | null) => {
  if (viewer === null) return "-";
  const { nodes } = await feedPage(world, viewer, kind);
  return nodes.some(({ video }) => video.id === idOf(name)) ? "yes" : "-";
};

type Rows = Record<string, Record<string, string>>;
const REMOVED = row("        - - - - - - - -");

//                           oneself close friend fof stranger out blocked blocks
const FEEDS: Record<FeedKind, Rows> = {
  FRIENDS: {
    PUBLIC: row("            -   yes yes yes - - - -"),
    FRIENDS: row("           -   yes yes -   - - - -"),
    CLOSE_FRIENDS: row("     -   yes -   -   - - - -"),
    ONLY_ME: row("           -   -   -   -   - - - -"),
    REMOVED,
    PROCESSING: row("        -   -   -   -   - - - -"),
  },
  SHARED_WITH_ME: {
    PUBLIC: row("            yes yes yes yes yes - - -"),
    FRIENDS: row("           yes yes yes -   -   - - -"),
    CLOSE_FRIENDS: row("     yes yes -   -   -   - - -"),
    ONLY_ME: row("           yes -   -   -   -   - - -"),
    REMOVED,
    PROCESSING: row("        yes -   -   -   -   - - -"),
  },
  FOR_YOU: {
    // It trends, so a stranger finds it as well.
    PUBLIC: row("            -   yes yes yes yes - - -"),
    FRIENDS: row("           -   yes yes -   -   - - -"),
    CLOSE_FRIENDS: row("     -   yes -   -   -   - - -"),
    ONLY_ME: row("           -   -   -   -   -   - - -"),
    REMOVED,
    PROCESSING: row("        -   -   -   -   -   - - -"),
  },
};

describe.each(Object.entries(FEEDS))("in the feed %s", (kind, rows) => {
  test.each(Object.entries(rows))(
    "a video that is %s is found by its audience and nobody else",
    async (name, expected) => {
      expect(await everybody(cast, inFeed(kind as FeedKind, name))).toEqual(expected);
    },
  );
});

test("among what trends, public videos are found by everybody whom nothing stands against", async () => {
  const found = await everybody(cast, async (viewer) => {
    const nodes = at(
      await world.read(viewer, "{ trendingVideos { nodes { id } } }"),
      "trendingVideos",
      "nodes",
    );
    return (nodes as { id: string }[]).map(({ id }) => NAMES.find((name) => idOf(name) === id)).join(",");
  });
  const all = "PUBLIC";
  expect(found).toEqual({
    ...row(`${all} ${all} ${all} ${all} ${all} ${all} x x`),
    "somebody whom the owner blocks": "",
    "somebody who blocks the owner": "",
  });
});

test("what friends did is told to no one from whom they keep it: not as a reason, not in a count, and not by a video's being there", async () => {
  const { between, viewers } = cast;
  const reader = viewers["a friend of a friend"] as Person;
  const kinds = async () => {
    const { nodes } = await feedPage(world, reader, "FOR_YOU");
    const item = nodes.find(({ video }) => video.id === idOf("PUBLIC"));
    return item?.reasons.map(({ __typename }) => __typename);
  };
  expect(await kinds()).toEqual(["RepostedByFriends", "LikedByFriends", "Trending"]);
  expect(await inFeed("FRIENDS", "PUBLIC")(reader)).toBe("yes");
  await world.privacy(between, { activityVisibleTo: "NO_ONE" });
  expect(await kinds()).toEqual(["Trending"]);
  expect(await inFeed("FRIENDS", "PUBLIC")(reader)).toBe("-");
  await world.privacy(between, { activityVisibleTo: "FRIENDS" });
  await world.unfriend(reader, between);
  expect(await kinds()).toEqual(["Trending"]);
  expect(await inFeed("FRIENDS", "PUBLIC")(reader)).toBe("-");
  await world.befriend(reader, between);
  await world.suspend(between);
  expect(await kinds()).toEqual(["Trending"]);
  await world.reinstate(between);
});

test("a video of an account that is being deleted is in no feed", async () => {
  await world.set(cast.owner, "deleted_at", new Date());
  const close = cast.viewers["a close friend"] as Person;
  for (const kind of Object.keys(FEEDS) as FeedKind[]) {
    expect(await inFeed(kind, "PUBLIC")(close)).toBe("-");
  }
  expect(await world.read(null, "{ trendingVideos { nodes { id } } }")).toEqual({
    trendingVideos: { nodes: [] },
  });
});
