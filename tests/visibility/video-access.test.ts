/** Who sees a video that its author has let them in to by name, by whatever door they come, and for how long. */
import { randomUUID } from "node:crypto";
import { globalId } from "../../src/ids.ts";
import { mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at } from "./cast.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const DOORS = ["by id", "in the author's page", "in search", "in a share", "to be liked"] as const;

let circles = 0;
/** An author, a friend who is let in, another who is not, a close friend, and a stranger, in one conversation. */
async function circle(audience: "ONLY_ME" | "CLOSE_FRIENDS" | "FRIENDS" = "ONLY_ME") {
  circles++;
  const [author, friend, other, close, stranger] = await world.people(
    `author${circles}`,
    `friend${circles}`,
    `other${circles}`,
    `close${circles}`,
    `stranger${circles}`,
  );
  await world.befriend(author, friend, other, close);
  await world.close(author, close);
  const group = await world.group(author, [friend, other, close, stranger]);
  const caption = `zebra ${randomUUID().slice(0, 8)}`;
  const video = await world.video(author, audience, caption);
  await world.share(author, video, group);
  const id = globalId("video", video);
  const share = globalId("share", group, video);
  const grant = (userId: string, granted = true) =>
    mutate(world, author, "grantVideoAccess", { videoId: id, userId, granted });

  /** The doors behind which somebody finds the video. */
  async function doors(viewer: Person | null): Promise<string[]> {
    const data = await world.read(
      viewer,
      `query ($id: ID!, $author: ID!, $caption: String!, $share: ID!) {
        video(id: $id) { id }
        user(id: $author) { videos { nodes { id } } }
        search(query: $caption) { nodes { ... on Video { id } } }
        node(id: $share) { ... on Share { video { id } } }
      }`,
      { id, author: author.globalId, caption, share },
    );
    const has = (nodes: unknown) => ((nodes ?? []) as { id?: string }[]).some((node) => node.id === id);
    const liked = viewer === null ? null : await mutate(world, viewer, "unlikeVideo", { videoId: id });
    const found = [
      at(data, "video") !== null,
      has(at(data, "user", "videos", "nodes")),
      has(at(data, "search", "nodes")),
      at(data, "node", "video") !== null,
      (liked?.video ?? null) !== null,
    ];
    return DOORS.filter((_, nr) => found[nr]);
  }
  return { author, friend, other, close, stranger, group, video, id, grant, doors };
}

test.each(["ONLY_ME", "CLOSE_FRIENDS"] as const)(
  "whoever is let in to a video that is %s sees it by every door, and nobody else does",
  async (audience) => {
    const { author, friend, other, close, stranger, grant, doors } = await circle(audience);
    expect(await doors(friend)).toEqual([]);
    await grant(friend.globalId);
    expect(await doors(friend)).toEqual(DOORS);
    expect(await doors(author)).toEqual(DOORS);
    expect(await doors(close)).toEqual(audience === "ONLY_ME" ? [] : DOORS);
    for (const somebody of [other, stranger, null]) expect(await doors(somebody)).toEqual([]);
  },
);

type Circle = Awaited<ReturnType<typeof circle>>;
const endings: [string, (circle: Circle) => Promise<unknown>][] = [
  ["the author takes it back", ({ friend, grant }) => grant(friend.globalId, false)],
  ["the author ends the friendship", ({ author, friend }) => world.unfriend(author, friend)],
  ["the friend ends the friendship", ({ author, friend }) => world.unfriend(friend, author)],
  ["the author blocks the friend", ({ author, friend }) => world.block(author, friend)],
  ["the friend blocks the author", ({ author, friend }) => world.block(friend, author)],
  ["the video is removed", ({ author, id }) => mutate(world, author, "deleteVideo", { videoId: id })],
  ["the author is suspended", ({ author }) => world.suspend(author)],
  ["the author deletes the account", ({ author }) => world.set(author, "deleted_at", new Date())],
  [
    "the video is made ready anew",
    ({ video }) =>
      world.server.database.query("update videos set status = 'PROCESSING' where id = $1", [video]),
  ],
];

test.each(endings)("what was given by name ends at every door when %s", async (_, end) => {
  const made = await circle();
  await made.grant(made.friend.globalId);
  expect(await made.doors(made.friend)).toEqual(DOORS);
  await end(made);
  expect(await made.doors(made.friend)).toEqual([]);
});

test("being friends again brings nothing back that was given by name", async () => {
  const { author, friend, grant, doors } = await circle();
  await grant(friend.globalId);
  await world.unfriend(author, friend);
  await world.befriend(author, friend);
  expect(await doors(friend)).toEqual([]);
});

test("a narrower audience keeps who was let in by name, and a wider one changes nothing for them", async () => {
  const { author, friend, other, id, grant, doors } = await circle("FRIENDS");
  await grant(friend.globalId);
  for (const audience of ["CLOSE_FRIENDS", "ONLY_ME", "FRIENDS", "ONLY_ME"]) {
    await mutate(world, author, "updateVideo", { videoId: id, audience });
    expect(await doors(friend)).toEqual(DOORS);
    expect(await doors(other)).toEqual(audience === "FRIENDS" ? DOORS : []);
  }
});

test("a video that was let in to is in the pages of its author in its place, and pages stay full", async () => {
  const { author, friend, id, grant } = await circle();
  const made = [id];
  for (const audience of ["FRIENDS", "ONLY_ME", "FRIENDS"] as const)
    made.unshift(globalId("video", await world.video(author, audience)));
  await grant(friend.globalId);
  const page = `query ($id: ID!, $first: Int!, $after: String) { user(id: $id) { videos(first: $first, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } } }`;
  const first = await world.read(friend, page, { id: author.globalId, first: 2 });
  expect(at(first, "user", "videos")).toMatchObject({
    nodes: [{ id: made[0] }, { id: made[2] }],
    pageInfo: { hasNextPage: true },
  });
  const after = at(first, "user", "videos", "pageInfo", "endCursor");
  expect(
    at(await world.read(friend, page, { id: author.globalId, first: 2, after }), "user", "videos"),
  ).toMatchObject({
    nodes: [{ id }],
    pageInfo: { hasNextPage: false },
  });
});

describe("of a video that can't be seen", () => {
  const UNAVAILABLE = "unavailable { reason canRequestAccess videoId requestedAt }";
  const missing = async (viewer: Person, { group, video }: Circle) =>
    at(
      await world.read(
        viewer,
        `{ node(id: "${globalId("share", group, video)}") { ... on Share { ${UNAVAILABLE} } } }`,
      ),
      "node",
      "unavailable",
    );
  const NOTHING = { reason: "NOT_AVAILABLE", canRequestAccess: false, videoId: null, requestedAt: null };

  test("a friend of its author learns the id, to ask for it, and that they have asked; a stranger learns neither", async () => {
    const made = await circle();
    const { friend, stranger, id } = made;
    const open = { reason: "NOT_IN_AUDIENCE", canRequestAccess: true, videoId: id };
    expect(await missing(friend, made)).toEqual({ ...open, requestedAt: null });
    await mutate(world, friend, "requestVideoAccess", { videoId: id });
    expect(await missing(friend, made)).toEqual({ ...open, requestedAt: expect.any(String) });
    expect(await missing(stranger, made)).toEqual(NOTHING);
  });

  test("whoever was let in and sees that it was removed may know so, and others outside may not", async () => {
    const made = await circle();
    await made.grant(made.friend.globalId);
    await mutate(world, made.author, "deleteVideo", { videoId: made.id });
    expect(await missing(made.friend, made)).toEqual({ ...NOTHING, reason: "REMOVED" });
    expect(await missing(made.other, made)).toEqual(NOTHING);
  });

  test("one asks to be let in where it was shared with one: another video of a friend is as if it had never been", async () => {
    const { author, friend, other } = await circle();
    const video = await world.video(author, "ONLY_ME");
    const ask = (id: string) =>
      mutate(world, friend, "requestVideoAccess", { videoId: globalId("video", id) });
    const never = await ask("12345");
    expect(await ask(video)).toEqual(never);
    await world.share(author, video, await world.direct(author, other));
    expect(await ask(video)).toEqual(never);
    const together = await world.group(author, [friend]);
    await world.share(author, video, together);
    const conversationId = globalId("conversation", together);
    await mutate(world, friend, "leaveConversation", { conversationId });
    expect(await ask(video)).toEqual(never);
    await mutate(world, author, "addParticipants", { conversationId, userIds: [friend.globalId] });
    expect(await ask(video)).toEqual(never);
    await world.share(author, video, await world.direct(author, friend));
    expect(await ask(video)).toMatchObject({ requested: true, userErrors: [] });
  });

  test("that is not ready yet nothing is told, and it can't be asked for", async () => {
    const made = await circle("FRIENDS");
    await world.server.database.query("update videos set status = 'PROCESSING' where id = $1", [made.video]);
    expect(await missing(made.friend, made)).toEqual(NOTHING);
  });
});
