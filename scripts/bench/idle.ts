/** Measures what thousands of sockets cost one process that have subscribed and hear nothing: the parent's side. */
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Contestant } from "./contestants.ts";
import { idleSubscription } from "./operations.ts";
import type { SocketsPlan } from "./sockets.ts";

export const SOCKETS = 10_000;
/** In a small world nobody has more than so many devices. */
const SOCKETS_PER_PERSON = 10;
/** Long enough for every socket to be pinged once. */
const IDLE_SECONDS = 15;
const IDLE_ROUNDS = 8;
const SAMPLE_MS = 250;

export interface Idle {
  readonly sockets: number;
  /** Seconds until all of them were subscribed. */
  readonly opening: number;
  /** Resident memory in bytes: before the first of them, at the end, and at its highest in all the time between. */
  readonly before: number;
  readonly after: number;
  readonly most: number;
  /** While nothing happens, the part of one core that the process is busy for. */
  readonly busy: number;
}

interface Usage {
  readonly memory: number;
  readonly cpuSeconds: number;
}

async function usageOf(kith: Contestant): Promise<Usage> {
  const metrics = await (await fetch(`http://127.0.0.1:${kith.port}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^kith_process_${name} (\\S+)`, "m").exec(metrics)?.[1]);
  return { memory: read("resident_memory_bytes"), cpuSeconds: read("cpu_seconds_total") };
}

/** The process that holds the other ends of the sockets. */
interface SocketsProcess {
  /** How many are open when all were opened. */
  open(plan: SocketsPlan): Promise<number>;
  count(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the process that opens idle sockets. */
export function startSockets(): SocketsProcess {
  const child = fork(fileURLToPath(new URL("./sockets.ts", import.meta.url)), [], {
    execArgv: ["--import", "tsx"],
    env: {},
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const tell = async (message: { plan: SocketsPlan } | "count"): Promise<number> => {
    const answer = new Promise<{ open?: number; failure?: string }>((resolve, reject) => {
      child.once("message", (told) => resolve(told as { open?: number; failure?: string }));
      void exited.then(() => reject(new Error("The process of the idle sockets ended.")));
    });
    child.send(message);
    const { open, failure } = await answer;
    if (open === undefined) throw new Error(failure ?? "The process of the idle sockets did not answer.");
    return open;
  };
  return {
    open: (plan) => tell({ plan }),
    count: () => tell("count"),
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Measures a process that has done nothing yet, with sockets of `people`, who have several each where they are few. */
export async function measureIdle(
  kith: Contestant,
  sockets: SocketsProcess,
  people: readonly string[],
  seconds: number,
): Promise<Idle> {
  const count = Math.min(SOCKETS, people.length * SOCKETS_PER_PERSON);
  const viewers = Array.from({ length: count }, (_, nr) => people[nr % people.length] ?? "");
  const plan: SocketsPlan = {
    socketUrl: kith.socketUrl,
    sockets: await Promise.all(viewers.map((viewerId) => kith.socketParams(viewerId))),
    subscription: idleSubscription,
  };
  const { memory: before } = await usageOf(kith);
  let most = before;
  const look = async () => {
    const usage = await usageOf(kith);
    most = Math.max(most, usage.memory);
    return usage;
  };

  const began = performance.now();
  const opened = sockets.open(plan);
  let isOpening = true;
  const watching = (async () => {
    for (; isOpening; await sleep(SAMPLE_MS)) await look();
  })();
  await opened.finally(() => {
    isOpening = false;
  });
  const opening = (performance.now() - began) / 1000;
  await watching;

  const atRest = await look();
  const restBegan = performance.now();
  const end = restBegan + Math.min(IDLE_SECONDS, IDLE_ROUNDS * seconds) * 1000;
  let last = atRest;
  do {
    await sleep(SAMPLE_MS);
    last = await look();
  } while (performance.now() < end);
  const rested = (performance.now() - restBegan) / 1000;
  const open = await sockets.count();
  if (open < count) throw new Error(`${count - open} of ${count} idle sockets did not stay open.`);
  const busy = (last.cpuSeconds - atRest.cpuSeconds) / rested;
  return { sockets: count, opening, before, after: last.memory, most, busy };
}
