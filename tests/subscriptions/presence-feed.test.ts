/** How presence travels and passes: what a node keeps in mind, for how long, and what it does without. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Queries } from "../../src/db/database.ts";
import { NotifyCarrier } from "../../src/db/notify.ts";
import { PresenceSignals } from "../../src/db/presence.ts";
import { Wakeups } from "../../src/db/wakeups.ts";
import type { Present } from "../../src/loaders/presence.ts";
import { PresenceFeed, type PresenceTimes } from "../../src/loaders/presence-feed.ts";
import type { PresenceWatcher } from "../../src/loaders/presence-open.ts";
import { createLog } from "../../src/log.ts";
import { type Person, World } from "../support/world.ts";

const log = createLog("silent");
let world: World;
let maya: Person;
let leo: Person;
let ana: Person;
let group: string;
beforeAll(async () => {
  world = await World.start();
  [maya, leo, ana] = await world.people("maya", "leo", "ana");
  await world.befriend(maya, leo, ana);
  group = await world.group(maya, [leo, ana]);
});
const nodes: { cut: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { cut } of nodes.splice(0)) await cut();
});
afterAll(() => world.stop());

/** A node that does nothing but presence; `cut` is what a power failure does to it. */
async function node(times: Partial<PresenceTimes> = {}) {
  const wakeups = new Wakeups(new NotifyCarrier(world.server.database.url, log));
  await wakeups.start();
  const asked: string[] = [];
  const queries: Queries = {
    run(statement, parameters) {
      asked.push(statement.name);
      return world.database.run(statement, parameters);
    },
  };
  const active: string[] = [];
  const feed = new PresenceFeed(queries, new PresenceSignals(wakeups), log, (id) => active.push(id), times);
  feed.start();
  const cut = async () => {
    await wakeups.stop();
    await feed.stop();
  };
  nodes.push({ cut });
  return { feed, cut, asked, active };
}

/** All that a watcher is shown from now on. */
function follow(watcher: PresenceWatcher) {
  const shown: Present[] = [];
  let isOver = false;
  void (async () => {
    for (let present = await watcher.next(); present !== null; present = await watcher.next())
      shown.push(present);
    isOver = true;
  })();
  const until = async (fits: (present: Present) => boolean) => {
    const patience = Date.now() + 60_000;
    while (!shown.slice(-1).some(fits)) {
      if (Date.now() > patience) throw new Error(`It did not come; what came: ${JSON.stringify(shown)}`);
      await sleep(10);
    }
  };
  return { shown, until, isOver: () => isOver };
}

test("a node that dies leaves nobody behind, and one that lives says again who is there", async () => {
  const times = { activeMs: 1_500, lookMs: 100, looksPerBeat: 3 };
  const [near, dying, living] = [await node(times), await node(times), await node(times)];
  dying.feed.watch(group, leo.id);
  living.feed.watch(group, ana.id);
  const { until } = follow(near.feed.watch(group, maya.id));
  await until(({ active }) => active.length === 2);
  await sleep(2 * times.activeMs);
  await until(({ active }) => active.length === 2);
  await dying.cut();
  await until(({ active }) => active.join() === ana.id);
  await sleep(2 * times.activeMs);
  await until(({ active }) => active.join() === ana.id);
});

test("typing goes on as long as it is said again, and then ends, on every node", async () => {
  const times = { typingMs: 5_000 };
  const [near, far] = [await node(times), await node(times)];
  const sights = [near.feed.watch(group, maya.id), far.feed.watch(group, ana.id)].map(follow);
  for (const { until } of sights) await until(({ active }) => active.length === 1);
  for (let turn = 0; turn < 30; turn++) {
    near.feed.setTyping(group, leo.id, true);
    await sleep(300);
  }
  for (const { until } of sights) await until(({ typing }) => typing.length === 0);
  for (const { shown } of sights) {
    const changes = shown
      .map(({ typing }) => typing.join())
      .filter((typing, at, all) => typing !== all[at - 1]);
    expect(changes).toEqual(["", leo.id, ""]);
  }
});

test("who takes nothing for a while is shown the latest, and not what was before", async () => {
  const { feed } = await node();
  const watcher = feed.watch(group, maya.id);
  await watcher.next();
  const other = follow(feed.watch(group, ana.id));
  for (let turn = 0; turn < 4; turn++) {
    feed.setTyping(group, leo.id, true);
    await other.until(({ typing }) => typing.length === 1);
    feed.setTyping(group, leo.id, false);
    await other.until(({ typing }) => typing.length === 0);
  }
  feed.setTyping(group, leo.id, true);
  await other.until(({ typing }) => typing.length === 1);
  expect(await watcher.next()).toEqual({ typing: [leo.id], active: [ana.id] });
});

test("what happens where nobody on a node watches costs it no statement", async () => {
  const [idle, busy] = [await node({ lookMs: 50 }), await node({ lookMs: 50 })];
  const { until } = follow(busy.feed.watch(group, maya.id));
  const other = follow(busy.feed.watch(group, leo.id));
  idle.feed.setTyping(group, ana.id, true);
  await until(({ typing }) => typing.length === 1);
  await other.until(({ active }) => active.length === 1);
  expect(idle.asked).toEqual([]);
  expect(busy.asked).not.toEqual([]);
});

test("to have a conversation open is to be active, again and again", async () => {
  const { feed, active } = await node({ lookMs: 50, looksPerBeat: 2 });
  const watcher = feed.watch(group, maya.id);
  while (active.length < 3) await sleep(10);
  expect(new Set(active)).toEqual(new Set([maya.id]));
  watcher.close();
  const count = active.length;
  await sleep(500);
  expect(active).toHaveLength(count);
});

test("what can't be read now is shown later, and the stream goes on", async () => {
  let isDown = false;
  const wakeups = new Wakeups(new NotifyCarrier(world.server.database.url, log));
  await wakeups.start();
  const queries: Queries = {
    async run(statement, parameters) {
      if (isDown) throw new Error("The database is down.");
      return world.database.run(statement, parameters);
    },
  };
  const feed = new PresenceFeed(queries, new PresenceSignals(wakeups), log, () => {}, { lookMs: 100 });
  feed.start();
  const { until, shown, isOver } = follow(feed.watch(group, maya.id));
  await until(() => true);
  isDown = true;
  feed.setTyping(group, leo.id, true);
  await sleep(500);
  expect(shown.at(-1)?.typing).toEqual([]);
  isDown = false;
  await until(({ typing }) => typing.length === 1);
  expect(isOver()).toBe(false);
  await wakeups.stop();
  await feed.stop();
});
