/** How streams are fed from the log when the database is slow: whatever comes meanwhile waits for its turn. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Queries } from "../../src/db/database.ts";
import { EventFeed } from "../../src/loaders/event.ts";
import { createLog } from "../../src/log.ts";
import { type Person, World } from "../support/world.ts";

let world: World;
let maya: Person;
let start: number;
beforeAll(async () => {
  world = await World.start();
  maya = await world.person("maya");
  start = await head();
});
afterAll(() => world.stop());

async function head(): Promise<number> {
  const sql = "select position::int from viewer_logs where viewer_id = $1";
  const [log] = await world.server.database.query<{ position: number }>(sql, [maya.id]);
  return log?.position ?? 0;
}

/** The real database, each of whose answers waits until it is let through. */
function slowDatabase() {
  const held: (() => void)[] = [];
  const queries: Queries = {
    async run(statement, parameters) {
      const rows = await world.database.run(statement, parameters);
      await new Promise<void>((resolve) => held.push(resolve));
      return rows;
    },
  };
  const isAsked = async () => {
    while (held.length === 0) await sleep(1);
  };
  const answer = async () => {
    await isAsked();
    held.shift()?.();
  };
  return { queries, held, isAsked, answer };
}

test("news that comes while earlier news is being read or shown is neither lost nor told twice", async () => {
  const { queries, held, isAsked, answer } = slowDatabase();
  const feed = new EventFeed(queries, createLog("silent"));
  const reader = feed.follow(maya.id, start);
  const happen = async () => {
    await world.video(maya);
    feed.wake([{ viewerId: maya.id, position: await head() }]);
  };
  const took: number[] = [];
  const take = async () => {
    took.push(...(await reader.next()).map(({ position }) => position - start));
  };

  // So far there is nothing to take.
  const first = take();
  await answer();
  await sleep(10);
  await happen();
  await isAsked();
  // The answer with the first is on its way when the second happens.
  await happen();
  await answer();
  await first;
  expect(took).toEqual([1]);
  // If somebody reads on while the first is still being shown, there is nobody yet to take what is read.
  await sleep(50);
  for (const letThrough of held.splice(0)) letThrough();
  await sleep(50);
  const second = take();
  await answer();
  await second;
  expect(took).toEqual([1, 2]);
  reader.close();
  feed.stop();
});
