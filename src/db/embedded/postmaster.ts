/** The running server process, which ends with us however we end. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Account, environment } from "./account.ts";
import { readLock } from "./lock.ts";

const LONGEST_START_MS = 120_000;
const LOG_LENGTH = 4_000;

/**
 * The shell's input is a pipe from us: when we end, even by kill -9, the reader sees it close and asks the server to
 * stop. Signals to the shell are ignored, as it must outlive whatever ends us; its reader is ended so that it can't
 * signal a number that no longer is the server's.
 */
const GUARD = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
trap "" INT TERM HUP
(read -r _; kill -INT $server) <&3 3<&- &
reader=$!
exec 3<&- </dev/null
echo $server
wait $server
code=$?
kill -KILL $reader 2>/dev/null
exit $code
`;

export interface Postmaster {
  readonly pid: number;
  /** Lets running statements be cut off and writes everything down; resolves when the process has ended. */
  stop(): Promise<void>;
}

/** A postmaster that ended before it was ready. */
export class PostmasterFailure extends Error {
  override readonly name = "PostmasterFailure";
  constructor(readonly log: string) {
    super(log);
  }
}

/** Starts the server and resolves when it takes connections; throws a PostmasterFailure with what it printed. */
export async function startPostmaster(
  programs: string,
  data: string,
  settings: Readonly<Record<string, string>>,
  account: Account,
): Promise<Postmaster> {
  const server = path.join(programs, "postgres");
  const args = [
    "-D",
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  const guarded = process.platform !== "win32";
  // Detached, or Ctrl-C would reach it before we have answered what is running.
  const options = { ...account, cwd: "/", env: environment, detached: guarded } as const;
  const child = guarded
    ? spawn("/bin/sh", ["-c", GUARD, "sh", server, ...args], options)
    : spawn(server, args, options);

  let log = "";
  let printed = "";
  let ended = false;
  child.stderr.on("data", (text: Buffer) => {
    log = (log + text.toString()).slice(-LOG_LENGTH);
  });
  child.stdout.on("data", (text: Buffer) => {
    printed += text.toString();
  });
  child.stdin.on("error", () => {});
  child.once("error", (error) => {
    log += error.message;
    ended = true;
  });
  child.once("exit", () => {
    ended = true;
  });

  const stop = async () => {
    if (ended) return;
    child.ref();
    const exit = once(child, "exit");
    if (guarded) child.stdin.destroy();
    else execFile(path.join(programs, "pg_ctl"), ["stop", "-D", data, "-m", "fast"], () => {});
    await exit;
  };

  const isReady = () => {
    const pid = guarded ? Number.parseInt(printed, 10) : child.pid;
    const lock = readLock(data);
    return lock !== null && lock.pid === pid && lock.status === "ready" ? pid : null;
  };
  for (const deadline = Date.now() + LONGEST_START_MS; ; await sleep(5)) {
    const pid = isReady();
    if (pid !== null) {
      release(child);
      let stopping: Promise<void> | undefined;
      return {
        pid,
        stop() {
          stopping ??= stop();
          return stopping;
        },
      };
    }
    if (ended) {
      await drained(child);
      throw new PostmasterFailure(log);
    }
    if (Date.now() > deadline) {
      await stop();
      throw new PostmasterFailure(`it was not ready after ${LONGEST_START_MS / 1000} seconds`);
    }
  }
}

/** A process that has nothing left to do but this database may end; the guard then stops it. */
function release(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket | null)?.unref();
}

/** Resolves when all that the child has printed was read. */
async function drained(child: ChildProcess): Promise<void> {
  child.stdin?.destroy();
  if (child.stderr !== null && !child.stderr.readableEnded && !child.stderr.destroyed) {
    await Promise.race([once(child.stderr, "close"), sleep(500)]);
  }
}
