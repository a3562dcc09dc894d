/** Notifications of which somebody disappears: what was seen stays seen, and all is as it was once they are back. */
import { setTimeout as sleep } from "node:timers/promises";
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { deleteAccount } from "../../src/actions/deletion.ts";
import { setLiked } from "../../src/actions/video.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { mutate } from "./mutations.ts";
import { notificationsOf } from "./notifications.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  expect(await countersThatDrift(world.database)).toEqual([]);
  await world.stop();
});

let crowds = 0;
/** Somebody with a video that three people have liked one after another, none in the same millisecond. */
async function liked() {
  crowds++;
  const handles = ["author", "ann", "ben", "cat"].map((name) => `${name}${crowds}`);
  const [author, ann, ben, cat] = (await world.people(...handles)) as [Person, Person, Person, Person];
  const video = await world.video(author);
  const times: string[] = [];
  for (const fan of [ann, ben, cat]) {
    await sleep(2);
    await world.like(fan, video);
    times.push((await notificationsOf(world, author)).list[0]?.at ?? "");
  }
  expect(new Set(times).size).toBe(3);
  const [atAnn, atBen, atCat] = times as [string, string, string];
  return {
    author,
    ann,
    ben,
    cat,
    atAnn,
    atBen,
    atCat,
    unlike: (fan: Person) => setLiked(world.as(fan), video, false),
  };
}

const see = (person: Person, upTo: string) => mutate(world, person, "markNotificationsSeen", { upTo });
/** The badge of somebody, and of their notifications when each is, whether it was seen, and of how many. */
async function shortly(person: Person) {
  const { unread, list } = await notificationsOf(world, person);
  return [unread, ...list.map(({ at, seen, actorCount }) => [at, seen, actorCount])];
}

const WAYS: Readonly<Record<string, readonly [(person: Person) => unknown, (person: Person) => unknown]>> = {
  "is suspended": [(person) => world.suspend(person), (person) => world.reinstate(person)],
  "deletes the account": [
    (person) => deleteAccount(world.as(person), { password: PASSWORD, messages: "KEEP_WITHOUT_NAME" }),
    ({ handle }) => mutate(world, null, "signIn", { handle, password: PASSWORD }),
  ],
};

describe.each(Object.entries(WAYS))("when the newest of those who caused it %s", (_, [go, comeBack]) => {
  test("what was seen before they came is seen again, and as it was when they are back", async () => {
    const { author, ben, cat, atAnn, atBen, atCat } = await liked();
    await see(author, atBen);
    const before = [1, [atCat, false, 3]];
    expect(await shortly(author)).toEqual(before);
    await go(cat);
    expect(await shortly(author)).toEqual([0, [atBen, true, 2]]);
    await go(ben);
    expect(await shortly(author)).toEqual([0, [atAnn, true, 1]]);
    await comeBack(ben);
    await comeBack(cat);
    expect(await shortly(author)).toEqual(before);
  });

  test("who takes it back after that leaves the time of somebody who is there", async () => {
    const { author, ben, cat, atAnn, atCat, unlike } = await liked();
    await see(author, atAnn);
    await go(cat);
    await unlike(ben);
    expect(await shortly(author)).toEqual([0, [atAnn, true, 1]]);
    await comeBack(cat);
    expect(await shortly(author)).toEqual([1, [atCat, false, 2]]);
  });
});

test("of one that nobody causes any more, the first who is back gives the time, though it was another's last", async () => {
  const { author, ann, ben, cat, atAnn, unlike } = await liked();
  await world.suspend(ann);
  await unlike(ben);
  await unlike(cat);
  expect(await shortly(author)).toEqual([0]);
  await see(author, atAnn);
  await world.reinstate(ann);
  expect(await shortly(author)).toEqual([0, [atAnn, true, 1]]);
});

test("two who are hidden at the same moment leave the time of who is left", async () => {
  const { author, ben, cat, atAnn } = await liked();
  await see(author, atAnn);
  await Promise.all([world.suspend(ben), world.suspend(cat)]);
  expect(await shortly(author)).toEqual([0, [atAnn, true, 1]]);
});
