/** The feed of what others share, as a mute leaves it: nothing of who is muted, and the rest where it would be without them. */
import { setTimeout as sleep } from "node:timers/promises";
import { muteUser } from "../../src/actions/mute.ts";
import { type Person, World } from "../support/world.ts";
import { captions, circle, feedPage, post, readThrough, reasonsOf } from "./feeds.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const SHARED = "SHARED_WITH_ME" as const;
const mute = (viewer: Person, other: Person) =>
  muteUser(world.as(viewer), other.id, new Date(Date.now() + 3_600_000));
const unmute = (viewer: Person, other: Person) => muteUser(world.as(viewer), other.id, null);

/** Who shared a video, as the feed says; null stands for somebody who is not there any more. */
async function sharersOf(viewer: Person, caption: string) {
  const reasons = await reasonsOf(world, viewer, SHARED, caption);
  return reasons.flatMap(({ shares = [] }) => shares.map(({ sharedBy }) => sharedBy?.handle ?? null));
}

test("what somebody shares who is muted is not in it, and is there again once they are unmuted, or the mute is over", async () => {
  const { viewer, friends } = await circle(world, 2);
  const [ann, ben] = friends as [Person, Person];
  const group = await world.group(ann, [viewer, ben]);
  await world.share(ann, await post(world, ben, "shared by ann"), group);
  await world.share(ben, await post(world, ben, "shared by ben"), group);
  const all = ["shared by ben", "shared by ann"];
  expect(await captions(world, viewer, SHARED)).toEqual(all);
  await mute(viewer, ann);
  expect(await captions(world, viewer, SHARED)).toEqual(["shared by ben"]);
  expect(await captions(world, ben, SHARED)).toEqual(["shared by ann"]);
  await unmute(viewer, ann);
  expect(await captions(world, viewer, SHARED)).toEqual(all);
  await mute(viewer, ann);
  await world.server.database.query(
    "update mutes set until = now() - interval '1 second' where user_id = $1",
    [viewer.id],
  );
  expect(await captions(world, viewer, SHARED)).toEqual(all);
});

test("a video of somebody who is muted is not in it, whoever shares it", async () => {
  const { viewer, friends } = await circle(world, 2);
  const [ann, ben] = friends as [Person, Person];
  const group = await world.group(ann, [viewer, ben]);
  await world.share(ben, await post(world, ann, "by ann"), group);
  await world.share(ben, await post(world, ben, "by ben"), group);
  await mute(viewer, ann);
  expect(await captions(world, viewer, SHARED)).toEqual(["by ben"]);
  await unmute(viewer, ann);
  expect(await captions(world, viewer, SHARED)).toEqual(["by ben", "by ann"]);
});

test("a video that somebody else shares too stays, in the place and for the shares of who is not muted", async () => {
  const { viewer, friends } = await circle(world, 3);
  const [ann, ben, cat] = friends as [Person, Person, Person];
  const [direct, group] = [await world.direct(ann, viewer), await world.group(ben, [viewer, ann, cat])];
  const [both, other] = [await post(world, cat, "by both"), await post(world, cat, "by cat")];
  await world.share(ben, both, group);
  await sleep(2);
  await world.share(cat, other, group);
  const { nodes: before } = await feedPage(world, viewer, SHARED);
  await sleep(2);
  await world.share(ann, both, direct);
  expect(await captions(world, viewer, SHARED)).toEqual(["by both", "by cat"]);
  expect(await sharersOf(viewer, "by both")).toEqual([ann.handle, ben.handle]);
  await mute(viewer, ann);
  const { nodes: meanwhile } = await feedPage(world, viewer, SHARED);
  // As if ann had never shared it, also where its place is on another page than that of her share.
  expect(meanwhile).toEqual(before);
  expect(await readThrough(world, viewer, SHARED, 1)).toEqual(["by cat", "by both"]);
  expect(await sharersOf(viewer, "by both")).toEqual([ben.handle]);
  await mute(viewer, ben);
  expect(await captions(world, viewer, SHARED)).toEqual(["by cat"]);
});

test("what somebody shared whose account is erased stays for who has muted others", async () => {
  const { viewer, friends } = await circle(world, 2);
  const [ann, ben] = friends as [Person, Person];
  const group = await world.group(ann, [viewer, ben]);
  await world.share(ben, await post(world, ann, "by nobody"), group);
  await world.server.database.query("update shares set shared_by = null where conversation_id = $1", [group]);
  const { viewer: stranger } = await circle(world, 0);
  await mute(viewer, stranger);
  expect(await captions(world, viewer, SHARED)).toEqual(["by nobody"]);
  expect(await sharersOf(viewer, "by nobody")).toEqual([null]);
});

test("its pages are full, however much of what was shared is of people who are muted", async () => {
  const { viewer, friends } = await circle(world, 3);
  const [ann, ben, cat] = friends as [Person, Person, Person];
  const group = await world.group(cat, [viewer, ann, ben]);
  for (let turn = 0; turn < 4; turn++) {
    await world.share(cat, await post(world, cat, `seen ${turn}`), group);
    for (let at = 0; at < 8; at++) {
      await world.share(ann, await post(world, cat, "shared by ann"), group);
      await world.share(cat, await post(world, ben, "by ben"), group);
    }
  }
  await mute(viewer, ann);
  await mute(viewer, ben);
  for (const size of [1, 3, 100]) {
    const found = await readThrough(world, viewer, SHARED, size);
    expect(found).toEqual([3, 2, 1, 0].map((turn) => `seen ${turn}`));
  }
});
