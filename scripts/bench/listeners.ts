/** Inside a process of its own: the listeners of the fan-out and the one who speaks to them, with as little work for each delivery as can be. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { Line } from "./line.ts";
import { percentile } from "./load.ts";
import { subscribeOn } from "./socket.ts";

/** The crowd that the process is to be. */
export interface CrowdPlan {
  readonly socketUrl: string;
  /** What each socket says of its viewer when it opens. */
  readonly sockets: readonly Readonly<Record<string, string>>[];
  readonly subscription: string;
  readonly port: number;
  /** A request that sends a message, with SAID wherever the message's own text and nonce go. */
  readonly request: string;
}

/** What is to be measured: messages at a pace, or as many as are delivered, so many of them on their way at a time. */
export interface Turn {
  readonly seconds: number;
  /** Messages a second; null for as fast as they are delivered. */
  readonly pace: number | null;
  readonly inFlight: number;
  /** Makes the texts of this turn its own. */
  readonly mark: string;
}

export interface TurnResult {
  readonly messages: number;
  readonly deliveriesPerSecond: number;
  /** Milliseconds from sending to each delivery; at a pace, from when the message was due. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/** Stands for what is said; of the same length as what takes its place, so that the request's length is right. */
export const SAID = "said-----------";
const PATIENCE_MS = 60_000;

/** What the `nr`th message of a turn says. */
function textOf(mark: string, nr: number): string {
  return `${mark}${String(nr).padStart(SAID.length - mark.length, "0")}`;
}

function openSocket(
  plan: CrowdPlan,
  params: Readonly<Record<string, string>>,
  onNext: (data: Buffer) => void,
) {
  return new Promise<WebSocket>((resolve, reject) => {
    const socket = subscribeOn(plan.socketUrl, params, plan.subscription, {
      subscribed: () => resolve(socket),
      next: onNext,
    });
    socket.once("error", reject);
    socket.once("close", (code) => reject(new Error(`A listener's socket was closed with ${code}.`)));
  });
}

class Crowd {
  readonly #plan: CrowdPlan;
  #listening: (data: Buffer) => void = () => {};
  #sockets: WebSocket[] = [];

  constructor(plan: CrowdPlan) {
    this.#plan = plan;
  }

  async open(): Promise<void> {
    for (const params of this.#plan.sockets) {
      this.#sockets.push(await openSocket(this.#plan, params, (data) => this.#listening(data)));
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Speaks for a while and waits until everybody has heard everything. */
  async take({ seconds, pace, inFlight, mark }: Turn): Promise<TurnResult> {
    const lines = await Promise.all(Array.from({ length: inFlight }, () => Line.open(this.#plan.port)));
    const sentAt: number[] = [];
    const missing: number[] = [];
    const heard: (() => void)[] = [];
    const latencies: number[] = [];
    let last = performance.now();
    this.#listening = (data) => {
      const at = data.indexOf(`"${mark}`);
      if (at < 0) {
        if (data.includes('"error"')) throw new Error(`A listener was told: ${data.toString()}`);
        return;
      }
      const nr = Number(data.toString("latin1", at + 1 + mark.length, at + 1 + SAID.length));
      last = performance.now();
      latencies.push(last - (sentAt[nr] ?? last));
      missing[nr] = (missing[nr] ?? 0) - 1;
      if (missing[nr] === 0) heard[nr]?.();
    };

    const began = performance.now();
    const end = began + seconds * 1000;
    const say = async (line: Line, nr: number, due: number) => {
      missing[nr] = this.#sockets.length;
      const all = new Promise<void>((resolve, reject) => {
        const impatience = setTimeout(
          () =>
            reject(
              new Error(`${missing[nr]} of ${this.#sockets.length} listeners did not hear message ${nr}.`),
            ),
          PATIENCE_MS,
        );
        heard[nr] = () => {
          clearTimeout(impatience);
          resolve();
        };
      });
      // A server that is slow does not make the next message come later.
      sentAt[nr] = due;
      const request = Buffer.from(this.#plan.request.replaceAll(SAID, textOf(mark, nr)));
      const { status, body } = await line.ask(request);
      if (status !== 200 || !body.includes('"position"'))
        throw new Error(`A send went wrong: ${body.toString()}`);
      await all;
    };
    let nr = 0;
    const speakers = lines.map(async (line) => {
      for (;;) {
        const due = pace === null ? performance.now() : began + (nr * 1000) / pace;
        if (due >= end) return;
        const mine = nr++;
        if (pace !== null) await sleep(Math.max(0, due - performance.now()));
        await say(line, mine, due);
      }
    });
    try {
      await Promise.all(speakers);
    } finally {
      for (const line of lines) line.close();
    }
    return {
      messages: nr,
      deliveriesPerSecond: latencies.length / ((last - began) / 1000),
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      worst: percentile(latencies, 1),
    };
  }
}

process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
let crowd: Crowd | null = null;
process.on("message", (message: { plan: CrowdPlan } | { turn: Turn }) => {
  const answer = async () => {
    if ("turn" in message) return crowd?.take(message.turn);
    crowd?.close();
    crowd = new Crowd(message.plan);
    await crowd.open();
    return {};
  };
  answer().then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
