/** Servers killed with -9 while people send and follow: nothing acknowledged is lost, and nothing comes twice. */
import { setTimeout as sleep } from "node:timers/promises";
import { endAll } from "../support/embedded.ts";
import { ServerProcess } from "../support/process.ts";
import { TEST_SECRET } from "../support/server.ts";
import { World } from "../support/world.ts";
import { type Fault, faultsOf, type History } from "./history.ts";
import { endTalks, type Flaw, type Somebody, Talk } from "./talk.ts";

const FLAWS: Readonly<Record<Flaw, Fault>> = {
  "live only": "missed",
  "forgets its place": "repeated",
  "new nonce": "twice",
  "acknowledges early": "lost",
};

let world: World;
let flawless: History;
const flawed = new Map<Flaw, History>();
let kills = 0;

/** One storm for all: those who make no mistake, and those who make one each, live through the same kills. */
beforeAll(async () => {
  world = await World.start();
  const settings = { DATABASE_URL: world.server.database.url, SECRET: TEST_SECRET };
  const nodes = await Promise.all([ServerProcess.start(settings), ServerProcess.start(settings)]);
  const anyUrl = () => nodes[Math.random() < 0.5 ? 0 : 1]?.url ?? "";
  const begin = async (name: string, size: number, flaw?: Flaw) => {
    const people = Array.from({ length: size * 2 }, (_, at) => world.person(`${name}.${at}`));
    const [owner, ...others] = await Promise.all(people);
    if (owner === undefined) throw new Error("There is nobody.");
    const conversation = await world.group(owner, others, name);
    const all: Somebody[] = [owner, ...others];
    const [senders, subscribers] = [all.slice(0, size), all.slice(size)];
    return Talk.begin({ senders, subscribers, conversation, anyUrl, flaw });
  };
  const talk = await begin("flawless", 3);
  const talks = new Map<Flaw, Talk>();
  for (const flaw of Object.keys(FLAWS) as Flaw[]) {
    talks.set(flaw, await begin(flaw.replaceAll(" ", "."), 1, flaw));
  }
  for (const killed of [[0], [1], [0, 1]]) {
    await sleep(300 + Math.random() * 300);
    await Promise.all(killed.map((at) => nodes[at]?.kill()));
    kills += killed.length;
    for (const [at, node] of (await Promise.all(killed.map(() => ServerProcess.start(settings)))).entries()) {
      nodes[killed[at] ?? 0] = node;
    }
  }
  await sleep(300);
  const query = <Row>(sql: string) => world.server.database.query<Row>(sql);
  flawless = await talk.end(query);
  await Promise.all([...talks].map(async ([flaw, talk]) => flawed.set(flaw, await talk.end(query))));
});
afterAll(async () => {
  endTalks();
  await endAll();
  await world.stop();
});

test("nothing that was acknowledged is lost, nothing stands twice, and every stream is whole, in order and once", () => {
  expect(kills).toBe(4);
  expect(flawless.acknowledged.length).toBeGreaterThan(100);
  expect(Object.values(flawless.seen).map((items) => items.length)).toEqual(
    Array(3).fill(flawless.kept.length),
  );
  expect(faultsOf(flawless)).toEqual({});
});

describe("the check finds what a mistake would do", () => {
  const found = (flaw: Flaw) => Object.keys(faultsOf(flawed.get(flaw) ?? flawless));

  test.each([
    ["a subscriber that comes back without its cursor", "live only"],
    ["a subscriber that comes back with an old one", "forgets its place"],
    ["a sender that takes a new nonce for each attempt", "new nonce"],
    ["an acknowledgement before the commit", "acknowledges early"],
  ] as const)("%s", (_mistake, flaw) => {
    expect(found(flaw)).toContain(FLAWS[flaw]);
  });

  test("a row that was lost", () => {
    const kept = flawless.kept.filter((_, at) => at !== 50);
    expect(Object.keys(faultsOf({ ...flawless, kept }))).toEqual(expect.arrayContaining(["gap", "lost"]));
    const renumbered = kept.map(({ body }, at) => ({ body, position: at + 1 }));
    expect(Object.keys(faultsOf({ ...flawless, kept: renumbered }))).toEqual(
      expect.arrayContaining(["lost", "moved", "altered"]),
    );
  });

  test("two messages of a stream that changed places", () => {
    const [name, items] = Object.entries(flawless.seen)[0] ?? ["", []];
    const [first, second, ...rest] = items;
    if (first === undefined || second === undefined) throw new Error("Too little was seen.");
    const seen = { ...flawless.seen, [name]: [second, first, ...rest] };
    expect(Object.keys(faultsOf({ ...flawless, seen }))).toEqual(["out of order"]);
  });
});
