/** Wake-ups between nodes: they come by the database or by Redis, and whatever loses them loses no event. */
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { News } from "../../src/db/events.ts";
import { NotifyCarrier } from "../../src/db/notify.ts";
import { RedisCarrier } from "../../src/db/redis-carrier.ts";
import { type Carrier, Wakeups } from "../../src/db/wakeups.ts";
import { createLog } from "../../src/log.ts";
import { Streams } from "../subscriptions/streams.ts";
import { type Line, lineTo } from "../support/line.ts";
import { startTestServer } from "../support/server.ts";
import { World } from "../support/world.ts";

const REDIS_URL = "redis://127.0.0.1:6379";
const PATIENCE_MS = 120_000;
const log = createLog("silent");

const redis = new Redis(REDIS_URL, { lazyConnect: true, retryStrategy: () => null });
redis.on("error", () => {});
const hasRedis = await redis.connect().then(
  () => true,
  () => false,
);
redis.disconnect();

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const carriers: [name: string, address: () => string, port: number, make: (url: string) => Carrier][] = [
  ["the database", () => world.server.database.url, 5432, (url) => new NotifyCarrier(url, log)],
  ...(hasRedis
    ? [["Redis", () => REDIS_URL, 6379, (url: string) => new RedisCarrier(url, log)] as (typeof carriers)[0]]
    : []),
];

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !holds(); await sleep(5)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${what}`);
  }
}

describe.each(carriers)(
  `by %s${hasRedis ? "" : ` (Redis left out: none answers at ${REDIS_URL})`}`,
  (...carrier) => {
    const [, address, port, make] = carrier;
    let line: Line;
    const nodes: Wakeups[] = [];
    /** A node, and the news that it has heard. */
    async function node(url: string): Promise<{ wakeups: Wakeups; heard: News[] }> {
      const [wakeups, heard] = [new Wakeups(make(url)), [] as News[]];
      wakeups.onNews((news) => heard.push(...news));
      await wakeups.start();
      nodes.push(wakeups);
      return { wakeups, heard };
    }
    beforeEach(async () => {
      line = await lineTo(address(), port);
    });
    afterEach(async () => {
      await Promise.all(nodes.splice(0).map((wakeups) => wakeups.stop()));
      line.cut();
    });

    test("news reaches its own node at once and the others soon; what comes close together comes as one", async () => {
      const [here, there] = [await node(address()), await node(address())];
      for (let position = 1; position <= 500; position++) {
        here.wakeups.announce([{ viewerId: "7", position }]);
      }
      expect(here.heard).toHaveLength(500);
      await until(() => there.heard.some(({ position }) => position === 500), "the last");
      expect(there.heard.length).toBeLessThan(50);
      // More than one NOTIFY has room for.
      const many = Array.from({ length: 1_000 }, (_, at) => ({
        viewerId: `${2n ** 62n + BigInt(at)}`,
        position: at,
      }));
      here.wakeups.announce(many);
      await until(
        () => many.every(({ viewerId }) => there.heard.some((news) => news.viewerId === viewerId)),
        "all",
      );
    });

    test("a line that breaks takes wake-ups with it and no process, and they go on once it is mended", async () => {
      const [here, there] = [await node(line.url), await node(address())];
      line.cut();
      for (let position = 1; position <= 50; position++) {
        here.wakeups.announce([{ viewerId: "7", position }]);
        await sleep(2);
      }
      await line.mend();
      const reaches = async (from: Wakeups, heard: News[]) => {
        const before = heard.length;
        const timer = setInterval(() => from.announce([{ viewerId: "8", position: Date.now() }]), 20);
        await until(() => heard.length > before, "news");
        clearInterval(timer);
      };
      await reaches(here.wakeups, there.heard);
      await reaches(there.wakeups, here.heard);
    });

    test("a node that starts or stops while nobody answers does either, and leaves no connection", async () => {
      line.cut();
      const { wakeups } = await node(line.url);
      wakeups.announce([{ viewerId: "7", position: 1 }]);
      await line.mend();
      await sleep(480);
      // Just when it may be connecting again.
      await wakeups.stop();
      await sleep(100);
      const sql =
        "select count(*)::integer as open from pg_stat_activity where application_name = 'kith wake-ups' and datname = current_database()";
      const [connections] = await world.server.database.query<{ open: number }>(sql);
      expect(connections?.open).toBe(2);
    });
  },
);

test("a connection to the database by which nothing comes any more is given up for another", async () => {
  const { url } = world.server.database;
  const line = await lineTo(url, 5432);
  const [here, there] = [line.url, url].map((each) => new Wakeups(new NotifyCarrier(each, log)));
  const heard: News[] = [];
  there?.onNews((news) => heard.push(...news));
  await Promise.all([here?.start(), there?.start()]);
  line.hush();
  const timer = setInterval(() => here?.announce([{ viewerId: "9", position: Date.now() }]), 20);
  await until(() => heard.length > 0, "news");
  clearInterval(timer);
  await Promise.all([here?.stop(), there?.stop()]);
  line.cut();
});

(hasRedis ? test : test.skip)(
  "a node with Redis is woken by it; whenever it is lost, each event is found in the log by itself",
  async () => {
    const line = await lineTo(REDIS_URL, 6379);
    const server = await startTestServer({
      demo: false,
      database: world.server.database,
      config: { redisUrl: line.url },
    });
    const [maya, leo] = await world.people("maya", "leo");
    await world.befriend(maya, leo);
    const pair = await world.direct(maya, leo);
    const streams = new Streams(world);
    // The world is another node, which does not speak by Redis: what it does is found by looking.
    const stream = streams.eventsAt(server.url, leo);
    await stream.until(({ __typename }) => __typename === "StreamOpened", "the opening");
    for (let nr = 0; nr < 6; nr++) {
      if (nr % 3 === 1) line.cut();
      if (nr % 3 === 2) await line.mend();
      await world.say(maya, pair, `${nr}`);
      await stream.until(
        ({ change }) => (change?.message as { body?: string } | undefined)?.body === `${nr}`,
        `message ${nr}`,
      );
    }
    expect(stream.errors).toEqual([]);
    await streams.close();
    await server.stop();
    line.cut();
  },
);

(hasRedis ? test : test.skip)("a Redis that lets nobody listen is asked again until it does", async () => {
  const admin = new Redis(REDIS_URL);
  const user = `kith-test-${process.pid}`;
  const may = (rule: string) =>
    admin.call("ACL", "SETUSER", user, "on", ">secret", "~*", "&*", "+@all", rule);
  await may("-subscribe");
  const url = new URL(REDIS_URL);
  [url.username, url.password] = [user, "secret"];
  const nodes = [REDIS_URL, url.href].map((each) => new Wakeups(new RedisCarrier(each, log)));
  const heard: News[] = [];
  nodes[1]?.onNews((news) => heard.push(...news));
  for (const wakeups of nodes) await wakeups.start();
  await may("+subscribe");
  const timer = setInterval(() => nodes[0]?.announce([{ viewerId: "9", position: Date.now() }]), 20);
  await until(() => heard.length > 0, "news").finally(() => clearInterval(timer));
  await Promise.all(nodes.map((wakeups) => wakeups.stop()));
  await admin.call("ACL", "DELUSER", user);
  admin.disconnect();
});
