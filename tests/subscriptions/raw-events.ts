/** Requests to /graphql/stream without a client library, which can say what no client would, and stop reading. */
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Person, World } from "../support/world.ts";

export interface StreamEvent {
  readonly event: string;
  readonly data: {
    readonly id?: string;
    readonly payload?: Result;
  } & Result;
}

interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

export interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  /** The name of a stream for many operations. */
  readonly stream?: string;
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly operationId?: string;
  readonly search?: string;
  readonly headers?: Record<string, string>;
  /** In place of an operation. */
  readonly body?: string;
}

/** How long nothing may come. */
const PATIENCE_MS = 120_000;
const EVENTS_TYPE = "text/event-stream";

export class RawEvents {
  readonly events: StreamEvent[] = [];
  /** What was sent that is no event: pings. */
  comments = 0;
  text = "";
  /** Resolves when it is over, with whether it was ended and not broken off. */
  readonly closed: Promise<boolean>;
  readonly #response: IncomingMessage;
  #rest = "";
  #notify = () => {};

  private constructor(response: IncomingMessage) {
    this.#response = response;
    response.setEncoding("utf8");
    response.on("data", (text: string) => this.#read(text));
    response.on("error", () => {});
    this.closed = new Promise((resolve) => response.once("close", () => resolve(response.complete)));
  }

  /** Sends a request; resolves when the answer begins. */
  static ask(url: string, ask: Ask): Promise<RawEvents> {
    const { query, variables, operationId, token = null } = ask;
    const method = ask.method ?? "POST";
    const operation = JSON.stringify({ query, variables, extensions: { operationId } });
    const body = ask.body ?? (method === "POST" && query !== undefined ? operation : undefined);
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(ask.stream === undefined ? {} : { "x-graphql-event-stream-token": ask.stream }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...ask.headers,
    };
    return new Promise((resolve, reject) => {
      // A connection of its own, which ends with what it was for.
      const sent = request(`${url}/graphql/stream${ask.search ?? ""}`, { method, headers, agent: false });
      sent.on("response", (response) => resolve(new RawEvents(response)));
      sent.on("error", reject);
      sent.end(body);
    });
  }

  get status(): number {
    return this.#response.statusCode ?? 0;
  }

  get headers(): IncomingMessage["headers"] {
    return this.#response.headers;
  }

  /** The whole answer, when it has come. */
  async whole(): Promise<string> {
    await this.closed;
    return this.text;
  }

  /** The first event that fits, also one that came before; throws when nothing more comes. */
  event(fits: (event: StreamEvent) => boolean, patience: number = PATIENCE_MS): Promise<StreamEvent> {
    return new Promise((resolve, reject) => {
      const fail = () =>
        reject(new Error(`No such event came, but ${this.status} ${this.text.slice(-2_000)}`));
      const timer = setTimeout(fail, patience);
      let looked = 0;
      this.#notify = () => {
        const found = this.events.slice(looked).find(fits);
        looked = this.events.length;
        if (found === undefined) timer.refresh();
        else {
          clearTimeout(timer);
          resolve(found);
        }
      };
      this.#notify();
    });
  }

  /** The codes with which an operation was refused: the only one of the stream, or the one of that name. */
  async refusal(id?: string): Promise<unknown[]> {
    const { data } = await this.event(({ event, data }) => event === "next" && data.id === id);
    const { errors } = data.payload ?? data;
    return (errors ?? []).map(({ extensions }) => extensions?.code);
  }

  /** Takes nothing more from the network. */
  pause(): void {
    this.#response.pause();
    this.#response.socket.pause();
  }

  resume(): void {
    this.#response.resume();
    this.#response.socket.resume();
  }

  /** Breaks it off without a word. */
  terminate(): void {
    this.#response.destroy();
  }

  #read(text: string): void {
    this.text += text;
    if (!this.headers["content-type"]?.startsWith(EVENTS_TYPE)) return;
    const parts = (this.#rest + text).split("\n\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const event = /^event: (\w+)\ndata:(.*)$/s.exec(part);
      if (event === null) this.comments++;
      else this.events.push({ event: event[1] ?? "", data: JSON.parse(event[2]?.trim() || "{}") });
    }
    this.#notify();
  }
}

/** Requests to the server of a world, which are broken off with the others. */
export class EventRequests {
  readonly #world: World;
  readonly #open: RawEvents[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async ask(request: Ask): Promise<RawEvents> {
    const answer = await RawEvents.ask(this.#world.server.url, request);
    this.#open.push(answer);
    return answer;
  }

  /** A stream: of one operation, or the one that was reserved under the name that is given. */
  alone(request: Ask): Promise<RawEvents> {
    return this.ask({ ...request, headers: { accept: EVENTS_TYPE, ...request.headers } });
  }

  /** Reserves a stream for many operations; returns its name. */
  async reserve({ token }: Person): Promise<string> {
    const answer = await this.ask({ method: "PUT", token });
    const name = await answer.whole();
    if (answer.status !== 201) throw new Error(`Nothing was reserved: ${answer.status} ${name}`);
    return name;
  }

  /** A stream for many operations, open, and what begins an operation on it. */
  async single(person: Person) {
    const { token } = person;
    const stream = await this.reserve(person);
    const events = await this.alone({ method: "GET", token, stream });
    const begin = (operationId: string, query: string, variables: Record<string, unknown> = {}) =>
      this.ask({ token, stream, operationId, query, variables });
    return { stream, events, begin };
  }

  /** One of the server's metrics. */
  async metric(name: string): Promise<number> {
    const metrics = await (await fetch(`${this.#world.server.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)`, "m").exec(metrics)?.[1]);
  }

  /** Resolves when that many streams are open; throws when that does not come to be. */
  async settle(count: number, patience: number = PATIENCE_MS): Promise<void> {
    const deadline = Date.now() + patience;
    for (let open = -1; open !== count; await sleep(20)) {
      open = await this.metric("kith_streams");
      if (Date.now() > deadline) throw new Error(`There are ${open}, and not ${count}.`);
    }
  }

  /** Breaks everything off. */
  close(): void {
    for (const stream of this.#open.splice(0)) stream.terminate();
  }
}
