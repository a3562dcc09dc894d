/** The server as a process of its own, as it is run: a test can read what it prints, stop it and kill it. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { keep } from "./embedded.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const PATIENCE_MS = 150_000;

// Empty is "not set": neither a .env file nor the environment of the tests has a say.
const UNSET = {
  DATABASE_URL: "",
  DATA_DIR: "",
  DEMO: "",
  SECRET: "",
  PUBLIC_URL: "",
  HOST: "",
  RATE_LIMITS: "off",
};

/** How a process ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServerProcess {
  /** What it has printed so far. */
  stdout = "";
  stderr = "";
  /** Where it listens, once it is ready. */
  url = "";
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcessWithoutNullStreams;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.on("data", (text) => {
      this.stdout += text;
    });
    child.stderr.on("data", (text) => {
      this.stderr += text;
    });
    this.ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  }

  /** Runs the server with these settings, which may make it fail; `endAll` kills it. */
  static spawn(settings: Readonly<Record<string, string>>): ServerProcess {
    const { PATH, HOME, TMPDIR } = process.env;
    const env = { PATH, HOME, TMPDIR, ...UNSET, PORT: "0", LOG_LEVEL: "fatal", ...settings };
    const args = ["--import", "tsx", "src/main.ts"];
    return new ServerProcess(keep(spawn(process.execPath, args, { cwd: project, env })));
  }

  /** Runs the server and waits until it says that it is ready; throws what it printed when it ends before. */
  static async start(settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
    const server = ServerProcess.spawn(settings);
    let isOver = false;
    void server.ended.then(() => {
      isOver = true;
    });
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(10)) {
      server.url = /API +(http\S+)\/graphql\n/.exec(server.stdout)?.[1] ?? "";
      if (server.url !== "" && (await server.readiness()) === 200) return server;
      if (isOver || Date.now() > deadline) throw new Error(`It did not start: ${server.stderr}`);
    }
  }

  /** The status of /readyz; 0 where nobody answers. */
  async readiness(): Promise<number> {
    return fetch(`${this.url}/readyz`).then(
      ({ status }) => status,
      () => 0,
    );
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once, as a power failure would; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}
