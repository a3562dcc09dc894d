/** The three servers that are measured side by side, and how each is asked. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { issueAccessToken } from "../../src/actions/tokens.ts";
import { projectRoot } from "../../src/config.ts";
import { globalId } from "../../src/ids.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { startContestant } from "./contestant.ts";
import { postOf } from "./line.ts";
import type { Draft, Operation } from "./operations.ts";
import type { Ask } from "./requests.ts";

export type ContestantName = "kith" | "limit" | "usual";

export interface Contestant {
  readonly name: ContestantName;
  readonly title: string;
  readonly port: number;
  /** Where its subscriptions are. */
  readonly socketUrl: string;
  /** What a socket says of its viewer when it opens. */
  socketParams(viewerId: string): Promise<Record<string, string>>;
  /** The bytes of a request. */
  request(operation: Operation, ask: Ask, draft: Draft): Promise<Buffer>;
  /** SQL statements sent so far; null where each request is one. */
  statementCount(): Promise<number | null>;
  stop(): Promise<void>;
}

const SEMI_SPACE = "--max-semi-space-size=64";
const READY_MS = 180_000;
const STOP_MS = 10_000;

/** Starts this server on the database, as `npm start` does; `folder` is where it runs, away from anybody's `.env`. */
export async function startKith(databaseUrl: string, folder: string): Promise<Contestant> {
  const secret = randomBytes(48).toString("base64url");
  const port = await freePort();
  const child = spawn(process.execPath, [SEMI_SPACE, path.join(projectRoot, "dist/src/main.js")], {
    cwd: folder,
    env: {
      DATABASE_URL: databaseUrl,
      SECRET: secret,
      PORT: String(port),
      LOG_LEVEL: "error",
      DEMO: "off",
      // A few people ask for everybody here; without limits it can't be called production.
      RATE_LIMITS: "off",
      NODE_ENV: "bench",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    const impatience = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await exited;
    clearTimeout(impatience);
  };
  for (const deadline = Date.now() + READY_MS; ; await sleep(50)) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (ready?.ok) break;
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error("This server did not become ready: does `npm start` work?");
    }
  }

  const keys = deriveKeys(secret);
  const authorization = async (viewerId: string) => {
    const { token } = await issueAccessToken(keys, { userId: viewerId, sessionId: viewerId });
    return { authorization: `Bearer ${token}` };
  };
  return {
    name: "kith",
    title: "this server",
    port,
    socketUrl: `ws://127.0.0.1:${port}/graphql`,
    socketParams: authorization,
    async request(operation, ask, draft) {
      const variables = operation.variables(ask, (id) => globalId("conversation", id), draft);
      return postOf("/graphql", await authorization(ask.viewerId), { query: operation.document, variables });
    },
    async statementCount() {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/^kith_statements_total (\d+)/m.exec(metrics)?.[1]);
    },
    stop,
  };
}

/** Starts the limit on the database. */
export async function startLimit(databaseUrl: string): Promise<Contestant> {
  const { port, socketPort, ...process } = await startContestant("./limit/limit.ts", databaseUrl, [
    SEMI_SPACE,
  ]);
  return {
    ...process,
    name: "limit",
    title: "the limit",
    port,
    socketUrl: `ws://127.0.0.1:${socketPort}`,
    socketParams: async (viewer) => ({ viewer }),
    request: async (operation, { viewerId, ...ask }, draft) =>
      postOf(
        `/${operation.name}`,
        { "x-viewer": viewerId },
        operation.variables({ viewerId, ...ask }, (id) => id, draft),
      ),
  };
}

/** Starts the usual way on the database. */
export async function startUsual(databaseUrl: string): Promise<Contestant> {
  const { port, socketPort, ...process } = await startContestant("./usual/usual.ts", databaseUrl);
  return {
    ...process,
    name: "usual",
    title: "the usual way",
    port,
    socketUrl: `ws://127.0.0.1:${socketPort}`,
    socketParams: async (viewer) => ({ viewer }),
    request: async (operation, ask, draft) => {
      const variables = operation.variables(ask, (id) => id, draft);
      return postOf("/", { "x-viewer": ask.viewerId }, { query: operation.document, variables });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
