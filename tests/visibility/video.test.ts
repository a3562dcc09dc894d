/** Who sees a video of each audience, by whatever door they come. */
import { globalId } from "../../src/ids.ts";
import { codes, mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, changesSince, cursorOf, everybody, row, seen, WHO } from "./cast.ts";

let world: World;
let cast: Cast;
/** The row id of each video by its name. */
const videos = new Map<string, string>();
let group: string;
let cursors: Map<Person, string>;

const AUDIENCES = ["PUBLIC", "FRIENDS", "CLOSE_FRIENDS", "ONLY_ME"] as const;
beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  const { owner, people } = cast;
  // Somebody else brings the videos, so that who blocks the author finds the shares as well.
  const sharer = await world.person("sharer");
  await world.befriend(owner, sharer);
  await world.close(owner, sharer);
  const row = await world.group(sharer, people);
  group = globalId("conversation", row);
  cursors = new Map(
    await Promise.all(people.map(async (person) => [person, await cursorOf(world, person)] as const)),
  );
  const named = [...AUDIENCES, "REMOVED", "PROCESSING", "FAILED"];
  for (const name of named) {
    const id = await world.video(owner, "PUBLIC", `Caption of ${name}`);
    videos.set(name, id);
    await world.like(sharer, id);
    await world.share(sharer, id, row, `About ${name}`);
  }
  const change = (name: string, column: string) =>
    world.server.database.query(`update videos set ${column} = $2 where id = $1`, [videos.get(name), name]);
  for (const name of AUDIENCES) await change(name, "audience");
  for (const name of ["REMOVED", "PROCESSING", "FAILED"]) await change(name, "status");
  await cast.block();
});
afterAll(() => world.stop());

const idOf = (name: string) => globalId("video", videos.get(name) ?? "");
const shareOf = (name: string) =>
  `share_${group.slice("conversation_".length)}_${idOf(name).slice("video_".length)}`;
type Door = (viewer: Person | null, name: string) => Promise<unknown>;
const ask =
  (question: (id: string, name: string) => string, ...path: (string | number)[]): Door =>
  async (viewer, name) =>
    at(await world.read(viewer, question(idOf(name), name)), ...path);

interface Shared {
  id: string;
  video: { id: string } | null;
}
/** The share of a video among those that somebody finds. */
const among = (shares: unknown, name: string) =>
  ((shares ?? []) as (Shared | null)[]).find((share) => share?.id === shareOf(name))?.video;

const doors: [string, Door][] = [
  ["by id", ask((id) => `{ video(id: "${id}") { id } }`, "video")],
  ["as a node", ask((id) => `{ node(id: "${id}") { id } }`, "node")],
  ["among nodes", ask((id) => `{ nodes(ids: ["${id}"]) { id } }`, "nodes", 0)],
  [
    "in the author's page",
    async (viewer, name) => {
      const found = await world.read(
        viewer,
        `{ user(handle: "owner") { videos(first: 100) { nodes { id } } } }`,
      );
      const nodes = (at(found, "user", "videos", "nodes") ?? []) as { id: string }[];
      return nodes.find(({ id }) => id === idOf(name));
    },
  ],
  [
    "in search by its caption",
    async (viewer, name) => {
      const question = `{ search(query: "caption of ${name}", first: 100) { nodes { ... on Video { id } } } }`;
      const nodes = (at(await world.read(viewer, question), "search", "nodes") ?? []) as { id?: string }[];
      return nodes.find(({ id }) => id === idOf(name));
    },
  ],
  [
    "to be liked",
    async (viewer, name) => {
      if (viewer === null)
        return world.read(null, `{ video(id: "${idOf(name)}") { id } }`).then((data) => at(data, "video"));
      const answer = await mutate(world, viewer, "unlikeVideo", { videoId: idOf(name) });
      expect(codes(answer)).toEqual(answer.video === null ? ["NOT_FOUND"] : []);
      return answer.video;
    },
  ],
];
const sharedDoors: [string, Door][] = [
  [
    "in a share",
    ask((_, name) => `{ node(id: "${shareOf(name)}") { ... on Share { video { id } } } }`, "node", "video"),
  ],
  [
    "in the message that brought it",
    ask(
      (_, name) => `{ node(id: "${shareOf(name)}") { ... on Share { message { share { video { id } } } } } }`,
      "node",
      "message",
      "share",
      "video",
    ),
  ],
  [
    "among the shares of a conversation",
    async (viewer, name) => {
      const found = await world.read(
        viewer,
        `{ conversation(id: "${group}") { shares { nodes { id video { id } } } } }`,
      );
      return among(at(found, "conversation", "shares", "nodes"), name);
    },
  ],
  [
    "among its messages",
    async (viewer, name) => {
      const question = `{ conversation(id: "${group}") { messages { nodes { share { id video { id } } } } } }`;
      const nodes = (at(await world.read(viewer, question), "conversation", "messages", "nodes") ?? []) as {
        share: Shared;
      }[];
      return among(
        nodes.map(({ share }) => share),
        name,
      );
    },
  ],
  [
    "in an event",
    async (viewer, name) => {
      const cursor = viewer === null ? undefined : cursors.get(viewer);
      if (viewer === null || cursor === undefined) return null;
      type Change = { message?: { share: Shared | null } | null };
      const change = "... on MessageSent { message { share { id video { id } } } }";
      const changes = await changesSince<Change>(world, viewer, cursor, change);
      return among(
        changes.map(({ message }) => message?.share ?? null),
        name,
      );
    },
  ],
];

//                              oneself close friend fof stranger out blocked blocks
const audience: Record<string, Record<string, string>> = {
  PUBLIC: row("                 yes yes yes yes yes yes - -"),
  FRIENDS: row("                yes yes yes -   -   -   - -"),
  CLOSE_FRIENDS: row("          yes yes -   -   -   -   - -"),
  ONLY_ME: row("                yes -   -   -   -   -   - -"),
  REMOVED: row("                -   -   -   -   -   -   - -"),
  PROCESSING: row("             yes -   -   -   -   -   - -"),
  FAILED: row("                 yes -   -   -   -   -   - -"),
};
const names = Object.keys(audience);

describe.each(names)("a video that is %s is seen by its audience and nobody else", (name) => {
  test.each(doors)("%s", async (_, door) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer, name)))).toEqual(audience[name]);
  });
  // Who is signed out is in no conversation.
  test.each(sharedDoors)("%s", async (_, door) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer, name)))).toEqual({
      ...audience[name],
      "somebody signed out": "-",
    });
  });
});

describe("a share says of what can't be seen no more than its reader may know", () => {
  test.each([
    //                      oneself close friend fof stranger out blocked blocks
    ["PUBLIC", row("         - -  -  -  -  none GONE GONE")],
    ["FRIENDS", row("        - -  -  GONE GONE none GONE GONE")],
    ["CLOSE_FRIENDS", row("  - -  OUT GONE GONE none GONE GONE")],
    ["ONLY_ME", row("        - OUT OUT GONE GONE none GONE GONE")],
    ["REMOVED", row("        REMOVED REMOVED REMOVED REMOVED REMOVED none GONE GONE")],
  ])("of a video that is %s", async (name, expected) => {
    const words: Record<string, string> = {
      NOT_AVAILABLE: "GONE",
      NOT_IN_AUDIENCE: "OUT",
      REMOVED: "REMOVED",
    };
    const question = `{ node(id: "${shareOf(name)}") { ... on Share { note unavailable { reason canRequestAccess } } } }`;
    const found = await everybody(cast, async (viewer) => {
      const share = at(await world.read(viewer, question), "node") as {
        unavailable: { reason: string } | null;
      } | null;
      if (share === null) return "none";
      expect(share).toMatchObject({ note: `About ${name}` });
      return share.unavailable === null ? "-" : (words[share.unavailable.reason] ?? "");
    });
    expect(found).toEqual(expected);
  });
});

test("a page of videos holds what its reader may see and nothing else, and is full", async () => {
  const { owner, viewers } = cast;
  const author = await world.person("author");
  await world.befriend(author, owner);
  const made: Record<string, string[]> = { PUBLIC: [], FRIENDS: [] };
  for (let round = 0; round < 4; round++) {
    for (const kind of ["PUBLIC", "FRIENDS"] as const)
      made[kind]?.unshift(globalId("video", await world.video(author, kind)));
  }
  const page = async (viewer: Person | null, first: number) => {
    const question = `{ user(handle: "author") { videos(first: ${first}) { nodes { id } pageInfo { hasNextPage } } } }`;
    type Page = { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean } };
    const { nodes, pageInfo } = at(await world.read(viewer, question), "user", "videos") as Page;
    return [nodes.map(({ id }) => id), pageInfo.hasNextPage];
  };
  expect(await page(viewers["a stranger"], 3)).toEqual([made.PUBLIC?.slice(0, 3), true]);
  expect(await page(viewers["a stranger"], 4)).toEqual([made.PUBLIC, false]);
  expect((await page(owner, 5))[0]).toHaveLength(5);
});

test("sharing never widens an audience: each reader sees the video, or that it is unavailable, at each read anew", async () => {
  const [ann, bob, cat] = await world.people("ann", "bob", "cat");
  await world.befriend(ann, bob, cat);
  const conversation = await world.group(ann, [bob, cat]);
  const video = await world.video(ann, "FRIENDS");
  await world.share(bob, video, conversation, "Look!");
  const [id, share] = [globalId("video", video), globalId("share", conversation, video)];
  const question = `{ node(id: "${share}") { ... on Share { note video { id } unavailable { reason } } } }`;
  const found = async (person: Person) => {
    const node = at(await world.read(person, question), "node");
    expect(node).toMatchObject({ note: "Look!" });
    return at(node, "unavailable", "reason") ?? (at(node, "video", "id") === id ? "SEEN" : "LOST");
  };
  const all = async () => [await found(ann), await found(bob), await found(cat)].join(" ");
  const change = (audience: string) => mutate(world, ann, "updateVideo", { videoId: id, audience });

  expect(await all()).toBe("SEEN SEEN SEEN");
  await world.unfriend(ann, cat);
  expect(await all()).toBe("SEEN SEEN NOT_AVAILABLE");
  await world.befriend(cat, ann);
  await change("CLOSE_FRIENDS");
  await world.close(ann, cat);
  expect(await all()).toBe("SEEN NOT_IN_AUDIENCE SEEN");
  await change("ONLY_ME");
  expect(await all()).toBe("SEEN NOT_IN_AUDIENCE NOT_IN_AUDIENCE");
  await change("PUBLIC");
  expect(await all()).toBe("SEEN SEEN SEEN");
  await mutate(world, ann, "deleteVideo", { videoId: id });
  expect(await all()).toBe("REMOVED REMOVED REMOVED");
});

describe("a video of a deleted account is seen by nobody", () => {
  beforeAll(async () => {
    await world.set(cast.owner, "deleted_at", new Date());
    cursors.delete(cast.owner);
  });
  const nobody = row("- - - - - - - -");

  test.each([...doors.slice(0, 5), ...sharedDoors])("%s", async (_, door) => {
    for (const name of AUDIENCES) {
      expect(await everybody(cast, async (viewer) => seen(await door(viewer, name)))).toEqual(nobody);
    }
  });

  test("and of no audience is it said that its reader was outside", async () => {
    for (const who of WHO.filter((who) => who !== "oneself" && who !== "somebody signed out")) {
      for (const name of [...AUDIENCES, "REMOVED"]) {
        const question = `{ node(id: "${shareOf(name)}") { ... on Share { unavailable { reason } } } }`;
        const reason = at(await world.read(cast.viewers[who], question), "node", "unavailable", "reason");
        expect([who, name, reason]).toEqual([who, name, "NOT_AVAILABLE"]);
      }
    }
  });
});
