/** The end of a server, wanted or not: what runs is finished, and a start that fails says what to do. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { globalId } from "../../src/ids.ts";
import { RawSocket } from "../subscriptions/raw.ts";
import { send } from "../support/ask.ts";
import { createDatabase, type TestDatabase, withDatabase } from "../support/database.ts";
import { endAll } from "../support/embedded.ts";
import { ServerProcess } from "../support/process.ts";
import { TEST_SECRET } from "../support/server.ts";
import { gather } from "./people.ts";

const GOING_AWAY = 1001;
const PATIENCE_MS = 120_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterEach(endAll);
afterAll(() => database.drop());

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${holds}`);
  }
}
const startServer = () => ServerProcess.start({ DATABASE_URL: database.url, SECRET: TEST_SECRET });

/** How many of the server's statements wait for a lock, and how many connections it has. */
const activity = async () =>
  (
    await database.query<{ waiting: number; connections: number }>(
      `select count(*) filter (where wait_event_type = 'Lock')::int as waiting, count(*)::int as connections
       from pg_stat_activity where datname = current_database() and application_name like 'kith%'`,
    )
  )[0];

test("told to stop, it answers what is running, closes every socket and ends well; nothing new is taken", async () => {
  const server = await startServer();
  const { people, conversation } = await gather(server.url, ["maya", "leo"]);
  const token = people[0]?.token ?? "";
  const sockets = await Promise.all([null, token].map((as) => RawSocket.signIn(server.url, as)));
  sockets[1]?.begin("events", "subscription { viewerEvents { __typename } }");
  await sockets[1]?.answer("events");

  const beside = new pg.Client({ connectionString: database.url });
  await beside.connect();
  await beside.query("begin");
  await beside.query("select from conversations where id = $1 for update", [conversation]);
  const input = { conversationId: globalId("conversation", conversation), body: "hello", nonce: "hello" };
  const answer = send(
    server.url,
    token,
    `mutation ($input: SendMessageInput!) {
      sendMessage(input: $input) { message { position } userErrors { code } }
    }`,
    { input },
  );
  await until(async () => (await activity())?.waiting === 1);

  server.signal("SIGTERM");
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([GOING_AWAY, GOING_AWAY]);
  await until(async () => (await server.readiness()) === 0);
  await expect(RawSocket.open(server.url)).rejects.toThrow("ECONNREFUSED");
  // Impatience changes nothing.
  server.signal("SIGTERM");
  server.signal("SIGINT");
  await sleep(200);
  expect(server.isRunning).toBe(true);

  await beside.query("commit");
  await beside.end();
  expect(await answer).toMatchObject({
    status: 200,
    data: { sendMessage: { message: { position: 1 }, userErrors: [] } },
  });
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(server.stderr).toBe("");
  await until(async () => (await activity())?.connections === 0);
});

test("Ctrl-C ends an idle one as well", async () => {
  const server = await startServer();
  server.signal("SIGINT");
  expect(await server.ended).toEqual({ code: 0, signal: null });
});

describe("a start that fails says in one line what to do", () => {
  async function complaint(settings: Record<string, string>): Promise<string> {
    const server = ServerProcess.spawn({ SECRET: TEST_SECRET, ...settings });
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.stdout).toBe("");
    expect(server.stderr).toMatch(/^Kith did not start\. .+\n$/);
    expect(server.stderr).not.toMatch(/hunter2|\n +at /);
    return server.stderr;
  }

  test("when something else listens on its port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(await complaint({ DATABASE_URL: database.url, PORT: `${port}` })).toContain(
      `Port ${port} is in use: set PORT`,
    );
    other.close();
  });

  test("when it can't listen on an address that is not its own", async () => {
    expect(await complaint({ DATABASE_URL: database.url, HOST: "192.0.2.1" })).toMatch(/set HOST/);
  });

  test("when nobody answers where the database should be", async () => {
    expect(await complaint({ DATABASE_URL: "postgres://kith:hunter2@127.0.0.1:1/kith" })).toContain(
      "check DATABASE_URL",
    );
  });

  test("when there is no such database", async () => {
    expect(await complaint({ DATABASE_URL: withDatabase(database.url, "nowhere") })).toContain(
      "check DATABASE_URL",
    );
  });

  test("when several settings are wrong, about all of them", async () => {
    const settings = { PORT: "eighty", LOG_LEVEL: "loud", DEMO: "perhaps", SECRET: "hunter2" };
    const said = await complaint({ DATABASE_URL: database.url, ...settings });
    for (const name of Object.keys(settings)) expect(said).toContain(`${name} must`);
  });
});
