/** One of the servers, as a process: started, killed, frozen, its clock set; its clients reach it through a network. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../../src/config.ts";
import type { SetClock } from "./clock.ts";
import { Network } from "./network.ts";

const READY_MS = 180_000;
const LOOK_MS = 20;
/** How a server logs what it did not expect: levels 50 and 60. */
const UNEXPECTED = /^\{.*"level":(?:50|60)\b.*$/;
/** What it may print: that the database is not there yet, before it is started again; and that its clock is off. */
const EXPECTED = /^$|^Kith did not start\.|\[pg-boss-w02\]|--trace-warnings/;

export interface NodeSetting {
  readonly nr: number;
  readonly databaseUrl: string;
  readonly secret: string;
  /** Where it runs, away from anybody's `.env`. */
  readonly folder: string;
  readonly clock: SetClock;
  /** Told what should not have happened. */
  readonly onUnexpected: (what: string) => void;
}

export class ServerNode {
  /** Where its clients find it. */
  readonly url: string;
  readonly network: Network;
  readonly clock: SetClock;
  readonly #setting: NodeSetting;
  readonly #port: number;
  #child: ChildProcess | null = null;
  #isMeantToRun = false;

  private constructor(setting: NodeSetting, port: number, network: Network) {
    this.#setting = setting;
    this.clock = setting.clock;
    this.#port = port;
    this.network = network;
    this.url = `http://127.0.0.1:${network.port}`;
  }

  /** A server that is not started yet. */
  static async make(setting: NodeSetting): Promise<ServerNode> {
    const port = await freePort();
    return new ServerNode(setting, port, await Network.open(port));
  }

  /** Starts it, again where it ends because it can't reach the database; resolves when it is ready. */
  async start(): Promise<void> {
    this.#isMeantToRun = false;
    for (const deadline = Date.now() + READY_MS; ; await sleep(LOOK_MS)) {
      if (this.#child === null) this.#child = this.#spawn();
      const ready = await fetch(`http://127.0.0.1:${this.#port}/readyz`).catch(() => null);
      if (ready?.ok) break;
      if (Date.now() > deadline) throw new Error(`Server ${this.#setting.nr} did not become ready.`);
    }
    this.#isMeantToRun = true;
  }

  /** Ends it as a power failure would; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#isMeantToRun = false;
    const child = this.#child;
    if (child === null) return;
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.network.close();
  }

  #spawn(): ChildProcess {
    const { databaseUrl, secret, folder, clock, onUnexpected, nr } = this.#setting;
    const child = spawn(process.execPath, [...clock.execArgv, path.join(projectRoot, "dist/src/main.js")], {
      cwd: folder,
      env: {
        DATABASE_URL: databaseUrl,
        SECRET: secret,
        PORT: String(this.#port),
        LOG_LEVEL: "error",
        DEMO: "off",
        RATE_LIMITS: "off",
        NODE_ENV: "faults",
        ...clock.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (UNEXPECTED.test(line)) onUnexpected(`server ${nr} logged ${line}`);
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (!EXPECTED.test(line)) onUnexpected(`server ${nr} printed ${line}`);
    });
    child.once("exit", (code, signal) => {
      this.#child = null;
      if (!this.#isMeantToRun) return;
      this.#isMeantToRun = false;
      onUnexpected(`server ${nr} ended by itself (${signal ?? code})`);
    });
    return child;
  }
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
