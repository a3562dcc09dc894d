/** Notifications, as the rules promise them: once of each who causes one, grouped, and gone when the cause is. */
import { setLiked } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { type MutationName, mutate } from "./mutations.ts";
import { FIELDS, type Notification, notificationsOf, toldSince } from "./notifications.ts";

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
const act = (person: Person, name: MutationName, other: Person) =>
  mutate(world, person, name, { userId: other.globalId });
const like = (person: Person, videoId: string) => setLiked(world.as(person), videoId, true);

const read = (person: Person) => notificationsOf(world, person);
const listOf = async (person: Person) => (await read(person)).list;
/** A person's notifications in short: what happened, and who did it. */
const shortly = async (person: Person) =>
  (await listOf(person)).map(({ kind, actors }) => [kind, ...actors.map(({ id }) => id)]);

describe("friendship", () => {
  test("whoever is asked to be friends is told once, with the request, however often they are asked", async () => {
    const [ann, ben] = (await several(2)) as [Person, Person];
    const cursor = await cursorOf(world, ben);
    for (let time = 0; time < 3; time++) await world.request(ann, ben);
    const { unread, list } = await read(ben);
    const request = globalId("request", ann.id, ben.id);
    expect(unread).toBe(1);
    expect(list).toEqual([
      {
        id: expect.stringMatching(/^notification_/),
        kind: "FRIEND_REQUEST",
        at: expect.any(String),
        seen: false,
        actorCount: 1,
        actors: [{ id: ann.globalId }],
        subject: { __typename: "FriendRequest", id: request },
      },
    ]);
    expect(await toldSince(world, ben, cursor)).toEqual([
      { __typename: "NotificationAdded", notification: list[0] },
    ]);
    expect(await listOf(ann)).toEqual([]);
  });

  test.each(["acceptFriendRequest", "declineFriendRequest"] as const)(
    "after %s the request is no longer among the notifications, on none of the viewer's devices",
    async (answer) => {
      const [ann, ben] = (await several(2)) as [Person, Person];
      await world.request(ann, ben);
      const [notification] = await listOf(ben);
      const cursor = await cursorOf(world, ben);
      await act(ben, answer, ann);
      expect(await read(ben)).toEqual({ unread: 0, list: [] });
      expect(await toldSince(world, ben, cursor)).toEqual([
        { __typename: "AccessRevoked", ids: [notification?.id] },
      ]);
    },
  );

  test("a request that is cancelled is taken back, also where it had not been delivered", async () => {
    const [ann, ben] = (await several(2)) as [Person, Person];
    const cursor = await cursorOf(world, ben);
    await world.request(ann, ben);
    const [notification] = await listOf(ben);
    await act(ann, "cancelFriendRequest", ben);
    expect(await listOf(ben)).toEqual([]);
    expect(await toldSince(world, ben, cursor)).toEqual([
      { __typename: "NotificationAdded", notification: null },
      { __typename: "AccessRevoked", ids: [notification?.id] },
    ]);
  });

  test("asking, cancelling and asking again rings once a day", async () => {
    const [ann, ben] = (await several(2)) as [Person, Person];
    const cursor = await cursorOf(world, ben);
    const added = async () =>
      (await toldSince(world, ben, cursor)).filter(({ __typename }) => __typename === "NotificationAdded")
        .length;
    for (let time = 0; time < 3; time++) {
      await world.request(ann, ben);
      await act(ann, "cancelFriendRequest", ben);
    }
    await world.request(ann, ben);
    expect(await shortly(ben)).toEqual([["FRIEND_REQUEST", ann.globalId]]);
    expect(await added()).toBe(1);
    await act(ann, "cancelFriendRequest", ben);
    await world.server.database.query(
      "update notification_actors set at = at - interval '25 hours' where actor_id = $1",
      [ann.id],
    );
    await world.request(ann, ben);
    expect(await added()).toBe(2);
  });

  test("a declined request that is held back tells nobody", async () => {
    const [ann, ben] = (await several(2)) as [Person, Person];
    await world.request(ann, ben);
    await act(ben, "declineFriendRequest", ann);
    await act(ann, "cancelFriendRequest", ben);
    await world.request(ann, ben);
    expect(await listOf(ben)).toEqual([]);
  });

  test("who asked is told when the other accepts, and no longer once they part", async () => {
    const [ann, ben] = (await several(2)) as [Person, Person];
    await world.befriend(ann, ben);
    expect(await listOf(ann)).toEqual([
      expect.objectContaining({
        kind: "FRIEND_ACCEPTED",
        actors: [{ id: ben.globalId }],
        subject: { __typename: "User", id: ben.globalId },
      }),
    ]);
    expect(await listOf(ben)).toEqual([]);
    await world.unfriend(ben, ann);
    expect(await listOf(ann)).toEqual([]);
  });

  test("two people who ask each other at the same time get one notification each", async () => {
    for (let time = 0; time < 20; time++) {
      const [ann, ben] = (await several(2)) as [Person, Person];
      await Promise.all([
        act(ann, "sendFriendRequest", ben),
        mutate(otherNode, ben, "sendFriendRequest", { userId: ann.globalId }),
      ]);
      expect(await shortly(ann)).toEqual([["FRIEND_ACCEPTED", ben.globalId]]);
      expect(await shortly(ben)).toEqual([["FRIEND_ACCEPTED", ann.globalId]]);
    }
  });
});

test("who is brought into a group is told who did it, and who began it is not", async () => {
  const [owner, ann, ben] = (await several(3)) as [Person, Person, Person];
  const group = await world.group(owner, [ann, ben]);
  for (const person of [ann, ben]) {
    expect(await listOf(person)).toEqual([
      expect.objectContaining({
        kind: "GROUP_INVITE",
        actors: [{ id: owner.globalId }],
        subject: { __typename: "Conversation", id: globalId("conversation", group) },
      }),
    ]);
  }
  expect(await listOf(owner)).toEqual([]);
});

describe("what was seen", () => {
  test("only grows, and never beyond now; what comes later is unseen", async () => {
    const author = await somebody();
    const fans = await several(3);
    const videos = [await world.video(author), await world.video(author), await world.video(author)] as const;
    await like(fans[0] as Person, videos[0]);
    await like(fans[0] as Person, videos[1]);
    const [newer, older] = await listOf(author);
    const mark = async (upTo: string | undefined) => {
      const { unread } = await mutate(world, author, "markNotificationsSeen", { upTo });
      return unread?.notifications;
    };
    expect(await mark(older?.at)).toBe(1);
    expect((await listOf(author)).map(({ seen }) => seen)).toEqual([false, true]);
    expect(await mark(newer?.at)).toBe(0);
    expect(await mark(older?.at)).toBe(0);
    expect(await mark("2099-01-01T00:00:00.000Z")).toBe(0);
    await like(fans[1] as Person, videos[0]);
    await like(fans[1] as Person, videos[2]);
    const { unread, list } = await read(author);
    expect(unread).toBe(2);
    expect(list.map(({ seen, actorCount }) => [seen, actorCount])).toEqual([
      [false, 1],
      [false, 2],
      [true, 1],
    ]);
  });

  test("is a matter of each person's own, and of nobody who is not signed in", async () => {
    const [author, fan] = (await several(2)) as [Person, Person];
    await like(fan, await world.video(author));
    await mutate(world, fan, "markNotificationsSeen", { upTo: "2099-01-01T00:00:00.000Z" });
    expect((await read(author)).unread).toBe(1);
    await expect(
      mutate(world, null, "markNotificationsSeen", { upTo: "2026-01-01T00:00:00.000Z" }),
    ).rejects.toThrow("UNAUTHENTICATED");
  });
});

test("a page goes on where the last one ended, newest first, and is full", async () => {
  const author = await somebody();
  const fan = await somebody();
  const videos = [];
  for (let at = 0; at < 7; at++) videos.push(await world.video(author));
  for (const video of videos) await like(fan, video);
  await mutate(world, author, "deleteVideo", { videoId: globalId("video", videos[3] ?? "") });
  const subjects: string[] = [];
  let after: string | null = null;
  do {
    type Page = { nodes: Notification[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    const data: { viewer: { notifications: Page } } = await world.read(
      author,
      `query ($after: String) { viewer { notifications(first: 2, after: $after) {
        nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } } }`,
      { after },
    );
    const { nodes, pageInfo } = data.viewer.notifications;
    expect(nodes).toHaveLength(2);
    subjects.push(...nodes.map(({ subject }) => subject?.id ?? ""));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  const left = videos.filter((_, at) => at !== 3).reverse();
  expect(subjects).toEqual(left.map((id) => globalId("video", id)));
});

test("the badge counts to a hundred, and no further", async () => {
  const [author, fan] = (await several(2)) as [Person, Person];
  await world.server.database.query(
    `with made as (
      insert into notifications (user_id, id, kind, subject, actor_count)
      select $1, n, 'GROUP_INVITE', array[n], 1 from generate_series(1, 103) n
      returning user_id, id
    )
    insert into notification_actors (user_id, notification_id, actor_id) select user_id, id, $2 from made`,
    [author.id, fan.id],
  );
  expect((await read(author)).unread).toBe(100);
});
