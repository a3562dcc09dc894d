/** Before all tests: one server with one migrated template, which each test clones. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startEmbeddedDatabase } from "../../src/db/embedded/embedded.ts";
import { Jobs } from "../../src/db/jobs.ts";
import { connect, migrate } from "../../src/db/migrate.ts";
import { createDataSource } from "../../src/db/source.ts";
import { defineJobs } from "../../src/jobs.ts";
import { createLog } from "../../src/log.ts";
import { ADMIN_URL, administer, TEMPLATE, withDatabase } from "./database.ts";

export interface TestGlobals {
  stopTestDatabase?: () => Promise<void>;
}

/** Makes the queues of background jobs, so that no test's server has to. */
async function installJobs(url: string): Promise<void> {
  const jobs = new Jobs(url, createLog("silent"), { works: false });
  defineJobs(jobs, () => {
    throw new Error("Nothing works on the template.");
  });
  await jobs.install();
  await jobs.stop();
}

export default async function setUp(): Promise<void> {
  const template = `kith_template_${process.pid}`;
  const given = process.env.TEST_DATABASE_URL;
  let admin = given ?? "";
  let stop = async () => {};
  if (given === undefined) {
    const dir = mkdtempSync(path.join(tmpdir(), "kith-test-"));
    // Open to the account that PostgreSQL runs under.
    chmodSync(dir, 0o711);
    const embedded = await startEmbeddedDatabase({
      dir: path.join(dir, "postgres"),
      ephemeral: true,
      settings: { max_connections: "300" },
    });
    admin = embedded.urlFor("postgres");
    stop = async () => {
      await embedded.stop();
      rmSync(dir, { recursive: true, force: true });
    };
  }
  await administer(admin, `drop database if exists ${template} with (force)`);
  await administer(admin, `create database ${template}`);
  const source = createDataSource(withDatabase(admin, template));
  await connect(source);
  await migrate(source);
  await source.destroy();
  await installJobs(withDatabase(admin, template));
  process.env[ADMIN_URL] = admin;
  process.env[TEMPLATE] = template;
  (globalThis as TestGlobals).stopTestDatabase = async () => {
    await administer(admin, `drop database if exists ${template} with (force)`);
    await stop();
  };
}
