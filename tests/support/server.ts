/** A server in this process, on a database of its own. */
import type { Config } from "../../src/config.ts";
import { startServer } from "../../src/server.ts";
import { createDatabase, type TestDatabase } from "./database.ts";

export const TEST_SECRET = "a secret for tests that is long enough";

export interface TestServer {
  readonly url: string;
  readonly database: TestDatabase;
  /** SQL statements that the server has sent so far. */
  statements(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a server, with the demo world unless told otherwise; on a new database unless one is given. */
export async function startTestServer(
  options: { demo?: boolean; database?: TestDatabase } = {},
): Promise<TestServer> {
  const database = options.database ?? (await createDatabase());
  const config: Config = {
    port: 0,
    host: "127.0.0.1",
    databaseUrl: database.url,
    dataDir: "/nonexistent",
    demo: options.demo ?? true,
    secret: TEST_SECRET,
    logLevel: "fatal",
    publicUrl: null,
  };
  const server = await startServer(config);
  return {
    url: server.url,
    database,
    async statements() {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^kith_statements_total (\d+)/m.exec(metrics)?.[1]);
    },
    async stop() {
      await server.stop();
      if (options.database === undefined) await database.drop();
    },
  };
}
