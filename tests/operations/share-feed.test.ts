/** The feed of what others share in the viewer's conversations. */
import { setTimeout as sleep } from "node:timers/promises";
import { updateVideo } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { captions, circle, feedPage, post, readThrough, reasonsOf } from "./feeds.ts";
import { mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const SHARED = "SHARED_WITH_ME" as const;

test("has each video once, the newest share first, with its shares", async () => {
  const { viewer, friends } = await circle(world, 2);
  const [ann, ben] = friends as [Person, Person];
  const direct = await world.direct(ann, viewer);
  const group = await world.group(ben, [viewer, ann]);
  const [one, two] = [await post(world, ann, "one"), await post(world, ben, "two")];
  await world.share(ann, one, direct, "For you");
  await sleep(2);
  await world.share(ann, two, direct, "And this");
  await sleep(2);
  await world.share(ben, one, group, "For all");
  expect(await captions(world, viewer, SHARED)).toEqual(["one", "two"]);
  expect(await reasonsOf(world, viewer, SHARED, "one")).toEqual([
    {
      __typename: "SharedWithViewer",
      shares: [
        { note: "For all", sharedBy: { handle: ben.handle } },
        { note: "For you", sharedBy: { handle: ann.handle } },
      ],
    },
  ]);
});

test("has nothing that the viewer shared, and nothing that they can't see", async () => {
  const { viewer, friends } = await circle(world, 2);
  const [ann, ben] = friends as [Person, Person];
  const group = await world.group(ann, [viewer, ben]);
  await world.share(viewer, await post(world, ann, "by the viewer"), group);
  const narrow = await post(world, ben, "for ben's friends", "FRIENDS");
  await world.share(ann, await post(world, ann, "by ann"), group);
  await world.befriend(ann, ben);
  await world.share(ann, narrow, group);
  expect(await captions(world, viewer, SHARED)).toEqual(["for ben's friends", "by ann"]);
  await world.unfriend(viewer, ben);
  expect(await captions(world, viewer, SHARED)).toEqual(["by ann"]);
});

test("has nothing of message requests, of conversations that were left, of blocked sharers, nor of before the viewer came", async () => {
  const { viewer, friends, name } = await circle(world, 3);
  const [ann, ben, cat] = friends as [Person, Person, Person];
  const group = await world.group(ann, [ben]);
  await world.share(ben, await post(world, ben, "before"), group);
  await mutate(world, ann, "addParticipants", {
    conversationId: globalId("conversation", group),
    userIds: [viewer.globalId],
  });
  const left = await world.group(ann, [viewer]);
  await world.share(ann, await post(world, ann, "in what was left"), left);
  await world.share(ben, await post(world, ben, "by somebody blocked"), group);
  await world.share(ann, await post(world, ann, "in the group"), group);
  await world.share(cat, await post(world, cat, "from a friend"), await world.direct(cat, viewer));
  const stranger = await world.person(`${name}.stranger`);
  await world.privacy(viewer, { messagesFrom: "FRIENDS" });
  await world.say(stranger, await world.direct(stranger, viewer), "May I?");
  expect((await captions(world, viewer, SHARED)).length).toBe(4);
  await mutate(world, viewer, "leaveConversation", { conversationId: globalId("conversation", left) });
  await world.block(viewer, ben);
  expect(await captions(world, viewer, SHARED)).toEqual(["from a friend", "in the group"]);
});

test.each([1, 3, 7])("is read in pages of %i, each video once, while others share", async (size) => {
  const { viewer, friends } = await circle(world, 3);
  const [ann, ben] = friends as [Person, Person];
  const rooms = [
    await world.direct(ann, viewer),
    await world.group(ben, [viewer, ann]),
    await world.group(ann, [viewer]),
  ];
  const ids = new Map<string, string>();
  for (let at = 0; at < 15; at++) {
    const caption = `shared ${at}`;
    ids.set(caption, await post(world, at % 2 === 0 ? ann : ben, caption));
    await world.share(ann, ids.get(caption) ?? "", rooms[at % 3] ?? "");
    if (at % 4 === 0) await world.share(ann, ids.get(caption) ?? "", rooms[(at + 1) % 3] ?? "");
  }
  const before = await captions(world, viewer, SHARED);
  expect(before).toHaveLength(15);
  const found = await readThrough(world, viewer, SHARED, size, async (page) => {
    await world.share(ann, await post(world, ann, `new ${page}`), rooms[0] ?? "");
    // What was shown is shared once more, somewhere else.
    const shown = Number((before[(page - 1) * size] ?? "").slice("shared ".length));
    await world.share(ann, ids.get(`shared ${shown}`) ?? "", rooms[(shown + 2) % 3] ?? "");
  });
  expect(found).toEqual(before);
  expect(await captions(world, viewer, SHARED)).toHaveLength(15 + (Math.ceil(15 / size) - 1));
});

test("has full pages, however much of what was shared can't be seen", async () => {
  const { viewer, friends, name } = await circle(world, 1);
  const [ann] = friends as [Person];
  const hider = await world.person(`${name}.hider`);
  const room = await world.direct(ann, viewer);
  for (let turn = 0; turn < 4; turn++) {
    await world.share(ann, await post(world, ann, `seen ${turn}`), room);
    for (let at = 0; at < 10; at++) {
      const hidden = await post(world, hider, "hidden");
      await world.share(ann, hidden, room);
      await updateVideo(world.as(hider), hidden, {
        audience: "ONLY_ME",
        caption: null,
        commentsFrom: null,
      });
    }
  }
  for (const size of [1, 3, 100]) {
    expect(await readThrough(world, viewer, SHARED, size)).toEqual(
      [3, 2, 1, 0].map((turn) => `seen ${turn}`),
    );
  }
});

test("ends a page that too much can't be seen for before it is full, says where to go on, and misses nothing there", async () => {
  const { viewer, friends } = await circle(world, 1);
  const [ann] = friends as [Person];
  const room = await world.group(ann, [viewer]);
  await world.share(ann, await post(world, ann, "below all of it"), room);
  await sleep(2);
  // As if somebody had filled the group with what nobody sees.
  const hidden = await post(world, ann, "hidden", "ONLY_ME");
  await world.server.database.query(
    `insert into shares (conversation_id, video_id, position, shared_by, created_at)
     select $1, $2::bigint + nr, 1, $3, now() from generate_series(1, 12000) as nr`,
    [room, hidden, ann.id],
  );
  await sleep(2);
  await world.share(ann, await post(world, ann, "above all of it"), room);
  const found: string[][] = [];
  for (let after: string | null = null, isMore = true; isMore; ) {
    const before = await world.server.statements();
    const page = await feedPage(world, viewer, SHARED, 20, after);
    expect((await world.server.statements()) - before).toBeLessThan(40);
    found.push(page.nodes.map(({ video }) => video.caption));
    after = page.pageInfo.endCursor;
    isMore = page.pageInfo.hasNextPage;
    expect(after).not.toBeNull();
  }
  expect(found).toEqual([["above all of it"], [], [], ["below all of it"]]);
});
