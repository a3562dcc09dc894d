/** A server in this process, on a database of its own, which does nothing in the background unless a test asks for it. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { BucketConfig, Config } from "../../src/config.ts";
import { FolderStore } from "../../src/media/folder.ts";
import type { MediaStore } from "../../src/media/store.ts";
import { startServer } from "../../src/server.ts";
import { createDatabase, type TestDatabase } from "./database.ts";

export const TEST_SECRET = "a secret for tests that is long enough";

export interface TestServer {
  readonly url: string;
  readonly database: TestDatabase;
  /** The folder of the files of videos. */
  readonly mediaDir: string;
  /** Where they are kept, there or in a bucket. */
  readonly media: MediaStore;
  /** The folder in which uploads become videos. */
  readonly workshopDir: string;
  /** SQL statements that the server has sent so far. */
  statements(): Promise<number>;
  stop(): Promise<void>;
}

/** Amazon's client takes its time to load, and few tests have a bucket. */
const openBucket = async (config: BucketConfig) =>
  (await import("../../src/media/bucket.ts")).BucketStore.open(config);

/** Starts a server, with the demo world unless told otherwise; on a new database unless one is given. */
export async function startTestServer(
  options: { demo?: boolean; database?: TestDatabase; config?: Partial<Config> } = {},
): Promise<TestServer> {
  const database = options.database ?? (await createDatabase());
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "kith-test-"));
  const config: Config = {
    port: 0,
    host: "127.0.0.1",
    databaseUrl: database.url,
    dataDir,
    demo: options.demo ?? true,
    secret: TEST_SECRET,
    logLevel: "fatal",
    bucket: null,
    publicUrl: null,
    redisUrl: null,
    rateLimits: false,
    trustedProxies: 0,
    moderators: [],
    identityProvider: null,
    jobs: false,
    ffmpeg: null,
    ...options.config,
  };
  const server = await startServer(config);
  const mediaDir = path.join(config.dataDir, "media");
  const bucket = config.bucket === null ? null : await openBucket(config.bucket);
  return {
    url: server.url,
    database,
    mediaDir,
    media: bucket ?? new FolderStore(mediaDir),
    workshopDir: path.join(config.dataDir, "workshop"),
    async statements() {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^kith_statements_total (\d+)/m.exec(metrics)?.[1]);
    },
    async stop() {
      await server.stop();
      bucket?.close();
      rmSync(dataDir, { recursive: true, force: true });
      if (options.database === undefined) await database.drop();
    },
  };
}
