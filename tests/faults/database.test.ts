/** The database taken away while people talk: they are told to try again, and nothing is lost. */
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, send } from "../support/ask.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { endAll, openFolder, query, removeFolders, start } from "../support/embedded.ts";
import { ServerProcess } from "../support/process.ts";
import { TEST_SECRET } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";
import { faultsOf } from "./history.ts";
import { gather, PASSWORD } from "./people.ts";
import { endTalks, Talk } from "./talk.ts";

const PATIENCE_MS = 120_000;

const asked: (() => void)[] = [];
afterEach(async () => {
  for (const stop of asked.splice(0)) stop();
  endTalks();
  await endAll();
});
afterAll(removeFolders);

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${holds}`);
  }
}

/** A server as a process, and people who talk on it. LOG_LEVEL shows what would be an INTERNAL error. */
async function talking(url: string) {
  const server = await ServerProcess.start({ DATABASE_URL: url, SECRET: TEST_SECRET, LOG_LEVEL: "error" });
  const { people, conversation } = await gather(server.url, ["maya", "leo", "ana", "kofi"]);
  const [senders, subscribers] = [people.slice(0, 2), people.slice(2)];
  const talk = await Talk.begin({ senders, subscribers, conversation, anyUrl: () => server.url });
  return { server, talk, token: people[0]?.token ?? "" };
}

const codesOf = ({ errors }: Answer<unknown>) => errors.map(({ extensions }) => extensions.code);

/** Asks on and on, signed in and not, reading and writing; resolves with the codes of whatever was refused. */
function askOn(url: string, token: string) {
  let isOver = false;
  asked.push(() => {
    isOver = true;
  });
  const codes = new Set<unknown>();
  const signIn = `mutation { signIn(input: { handle: "maya", password: "${PASSWORD}" }) { userErrors { code } } }`;
  const publish = `mutation {
    publishVideo(input: { caption: "", sourceUrl: "https://media.example/a.mp4" }) { userErrors { code } }
  }`;
  const operations: [string | null, string][] = [
    [null, signIn],
    [null, '{ user(handle: "maya") { displayName friendCount } }'],
    [token, "{ viewer { eventCursor friends(first: 5) { nodes { handle relationship { state } } } } }"],
    [token, publish],
  ];
  const asking = operations.map(async ([as, operation]) => {
    for (; !isOver; await sleep(5))
      for (const code of codesOf(await send(url, as, operation))) codes.add(code);
  });
  return async () => {
    isOver = true;
    await Promise.all(asking);
    return [...codes];
  };
}

describe("when every connection of the server is cut, again and again", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const connections = async () =>
    database.query<{ pid: number; name: string }>(
      `select pid, application_name as name from pg_stat_activity
       where datname = current_database() and application_name like 'kith%'`,
    );

  test("whoever asks is told to try again at worst, streams go on with nothing lost, and wake-ups come back", async () => {
    const { server, talk, token } = await talking(database.url);
    const finish = askOn(server.url, token);
    let cut = 0;
    for (let round = 0; round < 40; round++) {
      await sleep(20 + Math.random() * 150);
      const pids = (await connections()).map(({ pid }) => pid);
      await database.query("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", [pids]);
      cut += pids.length;
      expect([server.isRunning, server.stderr]).toEqual([true, ""]);
    }
    expect(cut).toBeGreaterThan(24);
    expect((await finish()).filter((code) => code !== "SERVICE_UNAVAILABLE")).toEqual([]);
    const history = await talk.end((sql) => database.query(sql));
    expect(history.acknowledged.length).toBeGreaterThan(10);
    expect(faultsOf(history)).toEqual({});
    await until(
      async () => (await connections()).filter(({ name }) => name === "kith wake-ups").length === 1,
    );
    expect([await server.readiness(), server.isRunning, server.stdout.match(/"level":(50|60).*/)]).toEqual([
      200,
      true,
      null,
    ]);
  });
});

test("when the database dies and comes back, the server says when it is ready, and streams go on with nothing lost", async () => {
  const options = { dir: path.join(openFolder(), "postgres"), settings: { port: await freePort() } };
  const database = await start(options);
  const { server, talk, token } = await talking(database.url);
  const finish = askOn(server.url, token);
  for (const signal of ["SIGKILL", "SIGQUIT"] as const) {
    const before = talk.acknowledgedCount;
    await until(async () => talk.acknowledgedCount > before + 20);
    const running =
      signal === "SIGKILL" ? database.pid : (await query<{ pid: number }>(database, POSTMASTER))[0]?.pid;
    process.kill(running ?? 0, signal);
    await until(async () => (await server.readiness()) === 503);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(codesOf(await send(server.url, token, "{ viewer { user { handle } } }"))).toEqual([
      "SERVICE_UNAVAILABLE",
    ]);
    const client = connect(server.url, token);
    const stream = subscribe(client, "viewerEvents", "subscription { viewerEvents { __typename } }");
    await stream.done;
    expect(stream.errors.flat()).toEqual([
      expect.objectContaining({ extensions: { code: "SERVICE_UNAVAILABLE" } }),
    ]);
    await client.dispose();
    await start(options);
    await until(async () => (await server.readiness()) === 200);
  }
  const before = talk.acknowledgedCount;
  await until(async () => talk.acknowledgedCount > before + 20);
  expect(await finish()).toEqual(["SERVICE_UNAVAILABLE"]);
  const history = await talk.end((sql) => query(database, sql));
  expect(faultsOf(history)).toEqual({});
  expect([server.isRunning, server.stdout.match(/"level":(50|60).*/)]).toEqual([true, null]);
});

const POSTMASTER = "select (string_to_array(pg_read_file('postmaster.pid'), e'\\n'))[1]::int as pid";

function freePort(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(String(typeof address === "object" ? address?.port : address)));
    });
  });
}
