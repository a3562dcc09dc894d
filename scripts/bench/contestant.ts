/** The two ends of a contestant's process: the bench that starts it, and the server inside it that says it listens. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Ports {
  readonly port: number;
  readonly socketPort: number;
}

/** A contestant of the bench's own, listening. */
export interface BenchServer extends Ports {
  /** How many statements it has sent so far; null where each request is one. */
  readonly statementCount: (() => number) | null;
}

/** A contestant's process. */
export interface ContestantProcess extends Ports {
  /** Statements sent so far; null where each request is one. */
  statementCount(): Promise<number | null>;
  stop(): Promise<void>;
}

/** Runs inside the process of a contestant: builds its server, says where it listens, and ends with the bench. */
export async function listenForBench(build: (databaseUrl: string) => Promise<BenchServer>): Promise<void> {
  const tell = (message: unknown) => process.send?.(message);
  // Ctrl-C reaches every process of the terminal: the bench stops its contestants when it is done with them.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
  const { port, socketPort, statementCount } = await build(process.argv[2] ?? "");
  process.on("message", () => tell({ statements: statementCount?.() ?? null }));
  tell({ port, socketPort });
}

/** Starts a contestant that is a file of the bench; throws when its process ends before it listens. */
export async function startContestant(
  file: string,
  databaseUrl: string,
  nodeOptions: readonly string[] = [],
): Promise<ContestantProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [databaseUrl], {
    execArgv: [...nodeOptions, "--import", "tsx"],
    env: { NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let isStopping = false;
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) => {
      if (!isStopping) console.error(`${file} ended by itself, with ${signal ?? code}.`);
      reject(new Error(`${file} has ended.`));
    });
  });
  ended.catch(() => {});
  const answer = <Message>() => new Promise<Message>((resolve) => child.once("message", resolve as never));
  const { port, socketPort } = await Promise.race([answer<Ports>(), ended]);
  return {
    port,
    socketPort,
    async statementCount() {
      const counted = answer<{ statements: number | null }>();
      child.send("statements");
      return (await Promise.race([counted, ended])).statements;
    },
    async stop() {
      isStopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await exited;
    },
  };
}
