/** The counters of rates: in the database and in Redis, shared by all nodes, and nothing personal in them. */
import { Redis } from "ioredis";
import { Database } from "../../src/db/database.ts";
import { databaseRates, type Rates, redisRates } from "../../src/db/rates.ts";
import { createDataSource } from "../../src/db/source.ts";
import { createLog } from "../../src/log.ts";
import { RATES } from "../../src/rates.ts";
import { deriveKeys, newSecret } from "../../src/secrets.ts";
import { lineTo } from "../support/line.ts";
import { TEST_SECRET } from "../support/server.ts";
import { World } from "../support/world.ts";

const REDIS_URL = "redis://127.0.0.1:6379";
const log = createLog("silent");

const redis = new Redis(REDIS_URL, { lazyConnect: true, retryStrategy: () => null });
redis.on("error", () => {});
const hasRedis = await redis.connect().then(
  () => true,
  () => false,
);
const withRedis = hasRedis ? test : test.skip;

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  redis.disconnect();
  await world?.stop();
});

describe("what is kept of it", () => {
  test("names nobody and no place: keys are hashed with a key that is derived from SECRET", async () => {
    const ours = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
    const other = databaseRates(world.database, deriveKeys(newSecret()).rate);
    await ours.take("signInFailure", "maya 192.0.2.99");
    for (const rates of [other, ours]) await rates.take("redeemInvite", "somebody");
    const rows = await world.server.database.query<{ key: string }>("select key from rates");
    expect(rows).toHaveLength(3);
    const kinds = Object.keys(RATES).join("|");
    for (const { key } of rows) expect(key).toMatch(new RegExp(`^(${kinds}):[A-Za-z0-9_-]{43}$`));
    expect(rows.filter(({ key }) => key.startsWith("redeemInvite:"))).toHaveLength(2);
  });

  test("is over when its time is over: the count begins anew", async () => {
    const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
    const take = () => rates.take("exportMyData", "somebody");
    for (let at = 0; at < RATES.exportMyData.points; at++) await take();
    await expect(take()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    await world.server.database.query("update rates set expire = 1 where key like 'exportMyData:%'");
    await take();
  });
});

/** Takes until it is refused; returns how often it went well, and the refusal. */
async function exhaust(rates: Rates, key: string): Promise<{ taken: number; retryAt: Date }> {
  for (let taken = 0; ; taken++) {
    const refusal = await rates.take("exportMyData", key).then(
      () => null,
      (error) => error as { code: string; details: { retryAt: Date } },
    );
    if (refusal !== null) {
      expect(refusal.code).toBe("TOO_MANY_REQUESTS");
      return { taken, retryAt: refusal.details.retryAt };
    }
  }
}

const until = async (fits: () => Promise<boolean>) => {
  for (const patience = Date.now() + 10_000; !(await fits()); ) {
    if (Date.now() > patience) throw new Error("It did not come about.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe(hasRedis ? "in Redis" : `in Redis (left out: none answers at ${REDIS_URL})`, () => {
  const { rate } = deriveKeys(newSecret());

  withRedis("all nodes count together, and say when to come back", async () => {
    const nodes = [redisRates(REDIS_URL, rate, log), redisRates(REDIS_URL, rate, log)] as const;
    // Until it is connected a node counts for itself.
    await until(async () => (await countOf(nodes[0])) && (await countOf(nodes[1])));
    for (let at = 0; at < RATES.exportMyData.points; at++) {
      await nodes[at % 2 === 0 ? 0 : 1].take("exportMyData", "somebody");
    }
    const { taken, retryAt } = await exhaust(nodes[1], "somebody");
    expect(taken).toBe(0);
    const seconds = (retryAt.getTime() - Date.now()) / 1_000;
    expect(Math.abs(seconds - RATES.exportMyData.seconds)).toBeLessThan(30);
    await nodes[0].forget("exportMyData", "somebody");
    await nodes[1].take("exportMyData", "somebody");
    for (const node of nodes) await node.stop();
  });

  withRedis("keys are hashed, and end by themselves", async () => {
    const rates = redisRates(REDIS_URL, rate, log);
    await until(() => countOf(rates));
    const before = await redis.keys("kith:report:*");
    await rates.take("report", "192.0.2.50");
    const [key, ...others] = (await redis.keys("kith:report:*")).filter((each) => !before.includes(each));
    expect(others).toEqual([]);
    expect(key).toMatch(/^kith:report:[A-Za-z0-9_-]{43}$/);
    expect(await redis.ttl(key ?? "")).toBeGreaterThan(0);
    await rates.stop();
  });

  withRedis(
    "when it is lost a node goes on counting by itself, from nothing, and nobody is told of it",
    async () => {
      const line = await lineTo(REDIS_URL, 6379);
      const rates = redisRates(line.url, rate, log);
      await until(() => countOf(rates));
      expect((await exhaust(rates, "somebody else")).taken).toBe(RATES.exportMyData.points);
      const under = Promise.all(Array.from({ length: 20 }, () => rates.take("search", "busy")));
      line.cut();
      await under;
      await until(async () => !(await countOf(rates)));
      expect((await exhaust(rates, "somebody else")).taken).toBe(RATES.exportMyData.points);
      await rates.stop();
    },
  );

  /** Whether a node has Redis: what it takes is seen there. */
  async function countOf(rates: Rates): Promise<boolean> {
    const before = (await redis.keys("kith:search:*")).length;
    await rates.take("search", newSecret());
    return (await redis.keys("kith:search:*")).length > before;
  }
});

test("while Redis can't be reached each node counts for itself, and the process lives on", async () => {
  const rates = redisRates("redis://127.0.0.1:1", deriveKeys(TEST_SECRET).rate, log);
  expect((await exhaust(rates, "somebody")).taken).toBe(RATES.exportMyData.points);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await exhaust(rates, "somebody else")).taken).toBe(RATES.exportMyData.points);
  await rates.stop();
});

test("while the database can't be reached nothing is let through uncounted: SERVICE_UNAVAILABLE", async () => {
  const line = await lineTo(world.server.database.url, 5432);
  const source = createDataSource(line.url);
  await source.initialize();
  const rates = databaseRates(new Database(source), deriveKeys(TEST_SECRET).rate);
  await rates.take("report", "somebody");
  line.cut();
  await expect(rates.take("report", "somebody")).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  await expect(rates.forget("report", "somebody")).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  await source.destroy();
});
