/** Background jobs under servers that die and databases that go: what was begun is finished, and nothing ends the server. */
import { setTimeout as sleep } from "node:timers/promises";
import { askForExport, exportMade, exportsOf, fetchLines, ofType } from "../operations/exports.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { endAll } from "../support/embedded.ts";
import { ServerProcess } from "../support/process.ts";
import { TEST_SECRET } from "../support/server.ts";
import { signUp } from "./people.ts";

const VIDEOS = 30_000;
const PATIENCE_MS = 120_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

const start = (more: Readonly<Record<string, string>> = {}) =>
  ServerProcess.start({ DATABASE_URL: database.url, SECRET: TEST_SECRET, LOG_LEVEL: "info", ...more });

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await sleep(5)) {
    if (Date.now() > deadline) throw new Error(`It did not come about: ${holds}`);
  }
}

const partCount = async () =>
  Number((await database.query<{ count: string }>("select count(*) from data_export_parts"))[0]?.count);

let server: ServerProcess;

test("an export whose maker is killed with -9, or told to stop, is finished by the next server: nothing missing, nothing twice", async () => {
  server = await start();
  const ann = await signUp(server.url, "ann");
  await database.query(
    `insert into videos (id, author_id, caption, status, audience)
     select nr, (select id from users where handle = 'ann'), 'video ' || nr, 'READY', 'ONLY_ME'
     from generate_series(1, ${VIDEOS}) as nr`,
  );
  const { export: begun } = await askForExport({ server }, ann);
  let before = 0;
  for (const [signal, ending] of [
    ["SIGKILL", { code: null, signal: "SIGKILL" }],
    ["SIGTERM", { code: 0, signal: null }],
  ] as const) {
    await until(async () => (await partCount()) > before);
    server.signal(signal);
    expect(await server.ended).toEqual(ending);
    expect(server.stderr).toBe("");
    before = await partCount();
    expect(before).toBeLessThan(VIDEOS / 2_000);
    server = await start();
  }
  const ready = await exportMade({ server }, ann);
  expect(ready).toMatchObject({ id: begun?.id, status: "READY" });
  const captions = ofType(await fetchLines(ready.url), "video").map(({ caption }) => caption);
  expect([captions.length, new Set(captions).size]).toEqual([VIDEOS, VIDEOS]);
});

test("with its connections cut again and again, the server goes on, and so do its jobs", async () => {
  const bea = await signUp(server.url, "bea");
  for (let round = 0; round < 40; round++) {
    await sleep(25);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'kith jobs'`,
    );
    expect(server.isRunning).toBe(true);
  }
  expect(await askForExport({ server }, bea)).toMatchObject({ export: { status: "RUNNING" } });
  expect(await exportMade({ server }, bea)).toMatchObject({ status: "READY" });
  expect([server.isRunning, server.stderr, server.stdout.match(/"level":(50|60).*/)]).toEqual([
    true,
    "",
    null,
  ]);
});

test("a node that is to work off nothing leaves it to another one, which its nudge reaches", async () => {
  server.signal("SIGTERM");
  await server.ended;
  const front = await start({ JOBS: "off" });
  const cem = await signUp(front.url, "cem");
  const { export: begun } = await askForExport({ server: front }, cem);
  const nudged = () =>
    database.query("select from pgboss.job where name = 'data-exports' and state = 'created'");
  await until(async () => (await nudged()).length > 0);
  await sleep(1_000);
  expect(await exportsOf({ server: front }, cem)).toMatchObject([{ id: begun?.id, status: "RUNNING" }]);
  server = await start();
  expect(await exportMade({ server: front }, cem)).toMatchObject({ id: begun?.id, status: "READY" });
});

describe("a database whose user may not make a schema", () => {
  const name = "kith_restricted";
  const asRestricted = (url: string) => {
    const restricted = new URL(url);
    restricted.username = name;
    restricted.password = name;
    return restricted.href;
  };
  let restricted: TestDatabase;
  beforeAll(async () => {
    restricted = await createDatabase();
    await restricted.query("drop schema pgboss cascade");
    await restricted.query(`drop role if exists ${name}`);
    await restricted.query(`create role ${name} login password '${name}'`);
    await restricted.query(`grant all on schema public to ${name}`);
    await restricted.query(`grant all on all tables in schema public to ${name}`);
  });
  afterAll(async () => {
    await endAll();
    await restricted.query(`drop owned by ${name} cascade`);
    await restricted.query(`drop role ${name}`);
    await restricted.drop();
  });
  const settings = () => ({ DATABASE_URL: asRestricted(restricted.url), SECRET: TEST_SECRET });

  test("is told in one line what to grant", async () => {
    const server = ServerProcess.spawn(settings());
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.stderr).toMatch(/^Kith did not start\. .*schema pgboss.*grant create on database.*\n$/);
  });

  test("is good enough once somebody else has made the schema for it", async () => {
    await restricted.query(`create schema pgboss authorization ${name}`);
    const server = await ServerProcess.start(settings());
    expect(await server.readiness()).toBe(200);
  });
});
