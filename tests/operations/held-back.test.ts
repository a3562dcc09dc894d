/** What is held to a rate of its own: each is refused once it is used up, with a time to come back. */
import pg from "pg";
import { databaseRates, type Rates } from "../../src/db/rates.ts";
import { globalId } from "../../src/ids.ts";
import { RATES, type RateName } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { send } from "../support/ask.ts";
import { startTestServer, TEST_SECRET, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, type MutationName, mutate } from "./mutations.ts";

let world: World;
let node: { server: TestServer };
/** The counters as another node has them. */
let rates: Rates;
let friend: Person;
beforeAll(async () => {
  world = await World.start();
  const { database } = world.server;
  node = { server: await startTestServer({ demo: false, database, config: { rateLimits: true } }) };
  rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
  friend = await world.person("friend");
});
afterAll(async () => {
  await node?.server.stop();
  await world?.stop();
});

/** Does on another node as often what a rate counts. */
async function use(rate: RateName, key: string, times: number): Promise<void> {
  for (let done = 0; done < times; done++) await rates.take(rate, key);
}

interface Refusal {
  readonly code: unknown;
  readonly retryAt?: unknown;
}
/** Asks for a field of the viewer's, or for what each alias of it names. */
const read = (selection: string) => async (person: Person) =>
  (await send(node.server.url, person.token, `{ viewer { ${selection} } }`)).errors.map(
    ({ extensions }): Refusal => ({ code: extensions.code, retryAt: extensions.retryAt }),
  );
const act =
  (name: MutationName, input: (person: Person) => Record<string, unknown>) =>
  async (person: Person): Promise<readonly Refusal[]> =>
    (await mutate(node, person, name, input(person))).userErrors;
const syncContacts = async (person: Person): Promise<readonly Refusal[]> => {
  const document = "mutation { syncContacts(input: { emailHashes: [] }) { userErrors { code retryAt } } }";
  type Synced = { syncContacts: { userErrors: Refusal[] } };
  return (await send<Synced>(node.server.url, person.token, document)).data.syncContacts.userErrors;
};

const ofViewer = ({ id }: Person) => id;
const PAGE = "(first: 1) { nodes { __typename } }";

test.each<[RateName, (person: Person) => Promise<readonly Refusal[]>, (person: Person) => string]>([
  ["suggestions", read(`friendSuggestions${PAGE}`), ofViewer],
  ["feed", read("feed(kind: FRIENDS, first: 1) { nodes { __typename } }"), ofViewer],
  ["momentTray", read(`momentTray${PAGE}`), ofViewer],
  ["shareTargets", read(`shareTargets(videoId: "${globalId("video", "12345")}") { __typename }`), ofViewer],
  ["unblock", act("unblockUser", () => ({ userId: friend.globalId })), ofViewer],
  ["closeFriend", act("setCloseFriend", () => ({ userId: friend.globalId, close: true })), ofViewer],
  ["createInvite", act("createInvite", () => ({})), ofViewer],
  ["redeemInvite", act("redeemInvite", () => ({ code: "no such code" })), ofViewer],
  ["contactSync", syncContacts, ofViewer],
  ["exportMyData", act("exportMyData", () => ({ password: "not the password" })), ofViewer],
  [
    "deleteAccount",
    act("deleteAccount", () => ({ password: "not the password", messages: "ERASE" })),
    ofViewer,
  ],
  ["refreshSession", act("refreshSession", () => ({ refreshToken: "none of ours" })), () => "127.0.0.1"],
])(
  "%s: the last within the time is let through, and the next is told when to come back",
  async (rate, ask, keyOf) => {
    const person = await world.person(`does.${rate}`.toLowerCase());
    await use(rate, keyOf(person), RATES[rate].points - 1);
    expect((await ask(person)).map(({ code }) => code)).not.toContain("TOO_MANY_REQUESTS");
    const [refusal, ...more] = await ask(person);
    expect([refusal?.code, more]).toEqual(["TOO_MANY_REQUESTS", []]);
    const seconds = (Date.parse(String(refusal?.retryAt)) - Date.now()) / 1_000;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(RATES[rate].seconds);
  },
);

test.each([
  ["suggestions", (first: number) => `friendSuggestions(first: ${first}) { nodes { __typename } }`],
  ["feed", (first: number) => `feed(kind: FOR_YOU, first: ${first}) { nodes { __typename } }`],
  ["momentTray", (first: number) => `momentTray(first: ${first}) { nodes { __typename } }`],
  [
    "shareTargets",
    (first: number) =>
      `shareTargets(videoId: "${globalId("video", "12345")}", first: ${first}) { __typename }`,
  ],
] as const)("%s: each that one operation asks for counts", async (rate, field) => {
  const person = await world.person(`many.${rate}`.toLowerCase());
  await use(rate, person.id, RATES[rate].points - 2);
  const three = [1, 2, 3].map((first) => `a${first}: ${field(first)}`).join(" ");
  expect((await read(three)(person)).map(({ code }) => code)).toEqual(["TOO_MANY_REQUESTS"]);
});

describe("discussions", () => {
  const page = (first: number) => `discussions(first: ${first}) { nodes { __typename } }`;

  test("the pages of all videos of a feed's page count as one, and the next is told when to come back", async () => {
    const person = await world.person("reads.discussions");
    const author = await world.person("posts.much");
    await world.befriend(person, author);
    for (let at = 0; at < 20; at++) await world.video(author);
    const ask = async () => {
      const document = `{ viewer { feed(kind: FRIENDS, first: 20) { nodes { video { ${page(5)} } } } } }`;
      type Feed = { viewer: { feed: { nodes: unknown[] } } | null };
      return send<Feed>(node.server.url, person.token, document);
    };
    await use("discussions", person.id, RATES.discussions.points - 2);
    // The second time it is compiled.
    for (let time = 0; time < 2; time++) {
      const { data, errors } = await ask();
      expect([data.viewer?.feed.nodes.length, errors]).toEqual([20, []]);
    }
    const [refusal] = (await ask()).errors;
    expect(refusal?.extensions.code).toBe("TOO_MANY_REQUESTS");
    expect(Date.parse(String(refusal?.extensions.retryAt))).toBeGreaterThan(Date.now());
  });

  test("each different page that one operation asks for counts, of who is not signed in by their address", async () => {
    const id = globalId("video", await world.video(friend));
    await use("discussions", "127.0.0.1", RATES.discussions.points - 3);
    const ask = async (...pages: number[]) => {
      const fields = pages.map((first) => `a${first}: ${page(first)}`).join(" ");
      const { errors } = await send(node.server.url, null, `{ video(id: "${id}") { ${fields} } }`);
      return errors.map(({ extensions }) => extensions.code);
    };
    expect(await ask(1, 2)).toEqual([]);
    expect(await ask(1, 2)).toEqual(["TOO_MANY_REQUESTS"]);
  });
});

test("blocking is never refused, however often somebody has blocked and unblocked", async () => {
  const [ann, bob] = await world.people("blocks.again", "is.blocked");
  await use("unblock", ann.id, RATES.unblock.points);
  const input = { userId: bob.globalId };
  expect(codes(await mutate(node, ann, "blockUser", input))).toEqual([]);
  expect(codes(await mutate(node, ann, "unblockUser", input))).toEqual(["TOO_MANY_REQUESTS"]);
  expect(codes(await mutate(node, ann, "blockUser", input))).toEqual([]);
});

test("whether the server is ready is looked up once for all who ask at a time", async () => {
  const ready = async () => (await fetch(`${node.server.url}/readyz`)).status;
  const beside = new pg.Client({ connectionString: world.server.database.url });
  await beside.connect();
  await beside.query("begin");
  await beside.query("lock table migrations");
  const looking = async () =>
    (
      await world.server.database.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%\"migrations\"%'",
      )
    ).length;
  const asked: Promise<number>[] = [];
  // What was remembered from before is over after a while.
  for (const patience = Date.now() + 20_000; (await looking()) === 0 && Date.now() < patience; ) {
    asked.push(ready());
  }
  for (let at = 0; at < 20; at++) asked.push(ready());
  await fetch(`${node.server.url}/healthz`);
  expect(await looking()).toBe(1);
  await beside.query("rollback");
  await beside.end();
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
});
