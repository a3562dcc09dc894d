/** Measures how fast one message reaches the many who listen: the parent's side. */
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Contestant } from "./contestants.ts";
import { type CrowdPlan, SAID, type Turn, type TurnResult } from "./listeners.ts";
import { operations, subscription } from "./operations.ts";
import type { Crowd } from "./requests.ts";

const LISTENERS = 256;
const PACE = 20;
const IN_FLIGHT = 4;
/** So many messages may wait for their listeners before one is sent later than at the pace. */
const PACED_IN_FLIGHT = 32;
/** What the servers get to begin the subscriptions, which nothing acknowledges. */
const SETTLE_MS = 500;

/** What comes through, with some messages on their way at a time. */
export interface FanOut {
  readonly listeners: number;
  readonly deliveriesPerSecond: number;
}

/** Milliseconds from sending to a delivery, at 20 messages a second. */
export interface Pace {
  readonly listeners: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/** The process of the listeners. */
export interface ListenersProcess {
  /** Opens the sockets of all who listen to `contestant`, in place of those that were open, and speaks to them to warm up. */
  listenTo(contestant: Contestant, warmUpSeconds: number): Promise<void>;
  /** Speaks as fast as it is delivered. */
  rush(seconds: number, mark: string): Promise<FanOut>;
  /** Speaks at a pace. */
  pace(seconds: number, mark: string): Promise<Pace>;
  stop(): Promise<void>;
}

/** Starts the process that listens and speaks for the crowd. */
export function startListeners({ conversationId, senderId, listenerIds }: Crowd): ListenersProcess {
  const child = fork(fileURLToPath(new URL("./listeners.ts", import.meta.url)), [], {
    execArgv: ["--import", "tsx"],
    env: {},
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  // The group is as large as a group can be, and one of them is the speaker: somebody listens on two devices.
  const missing = Math.max(0, Math.min(LISTENERS, listenerIds.length + 1) - listenerIds.length);
  const viewers = [...listenerIds, ...listenerIds.slice(0, missing)].slice(0, LISTENERS);

  const tell = async <Result>(message: { plan: CrowdPlan } | { turn: Turn }): Promise<Result> => {
    const answer = new Promise<{ result?: Result; failure?: string }>((resolve, reject) => {
      child.once("message", (told) => resolve(told as { result?: Result; failure?: string }));
      void exited.then(() => reject(new Error("The listeners' process ended.")));
    });
    child.send(message);
    const { result, failure } = await answer;
    if (result === undefined) throw new Error(failure ?? "The listeners' process did not answer.");
    return result;
  };

  return {
    async listenTo(contestant, warmUpSeconds) {
      const send = operations.find(({ name }) => name === "send");
      if (send === undefined) throw new Error("There is no operation that sends.");
      const ask = { viewerId: senderId, conversationId };
      const request = await contestant.request(send, ask, { body: SAID, nonce: SAID });
      const plan: CrowdPlan = {
        socketUrl: contestant.socketUrl,
        sockets: await Promise.all(viewers.map((viewerId) => contestant.socketParams(viewerId))),
        subscription,
        port: contestant.port,
        request: request.toString(),
      };
      await tell({ plan });
      await sleep(SETTLE_MS);
      await tell<TurnResult>({
        turn: {
          seconds: warmUpSeconds,
          pace: null,
          inFlight: IN_FLIGHT,
          mark: `w${Date.now().toString(36).slice(-6)}.`,
        },
      });
    },
    async rush(seconds, mark) {
      const { deliveriesPerSecond } = await tell<TurnResult>({
        turn: { seconds, pace: null, inFlight: IN_FLIGHT, mark: `f${mark}` },
      });
      return { listeners: viewers.length, deliveriesPerSecond };
    },
    async pace(seconds, mark) {
      const { p50, p99, worst } = await tell<TurnResult>({
        turn: { seconds, pace: PACE, inFlight: PACED_IN_FLIGHT, mark: `p${mark}` },
      });
      return { listeners: viewers.length, p50, p99, worst };
    },
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
