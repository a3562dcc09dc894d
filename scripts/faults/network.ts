/** The network between two parties, with everything that networks do to connections. */
import { createServer, type Server, Socket } from "node:net";
import type { Chance } from "./random.ts";

/** What is passed on of the bytes that come back; null for all of them. */
export type Filter = () => (bytes: Buffer) => Buffer;

/** One direction of a connection: what was taken from one socket and waits until the other gets it. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #delayMs: () => number;
  readonly #waiting: { readonly at: number; readonly bytes: Buffer }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(from: Socket, to: Socket, delayMs: () => number) {
    this.#from = from;
    this.#to = to;
    this.#delayMs = delayMs;
  }

  put(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const delay = this.#delayMs();
    if (delay === 0 && this.#waiting.length === 0) this.#write(bytes);
    else {
      this.#waiting.push({ at: performance.now() + delay, bytes });
      this.#pump();
    }
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  #pump(): void {
    if (this.#timer !== null) return;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const wait = first.at - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = null;
          this.#pump();
        }, wait);
        return;
      }
      this.#waiting.shift();
      this.#write(first.bytes);
    }
  }

  #write(bytes: Buffer): void {
    if (this.#to.destroyed || this.#to.write(bytes)) return;
    this.#from.pause();
    this.#to.once("drain", () => this.#from.resume());
  }
}

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** Passes connections on to a port of this machine, until it is told to do worse. */
export class Network {
  readonly port: number;
  /** How long everything takes longer, in each direction, in milliseconds. */
  delayMs = 0;
  /** What comes back is thrown away, and the connection with it: the question arrived, the answer did not. */
  losesAnswers = false;
  #isPaused = false;
  readonly #server: Server;
  readonly #links = new Set<Link>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Listens on a port of its own. */
  static async open(upstreamPort: number, filter: Filter | null = null): Promise<Network> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    const network = new Network(server, typeof address === "object" && address !== null ? address.port : 0);
    server.on("connection", (client) => network.#join(client, upstreamPort, filter?.() ?? null));
    return network;
  }

  /** Breaks some of the connections, each with this probability; returns how many. */
  cut(probability: number, chance: Chance): number {
    const chosen = [...this.#links].filter(() => chance.next() < probability);
    for (const link of chosen) this.#break(link);
    return chosen.length;
  }

  /** Nothing passes any more, in either direction, and nobody is told. */
  pause(): void {
    this.#isPaused = true;
    for (const { client, upstream } of this.#links) for (const socket of [client, upstream]) socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const { client, upstream } of this.#links) for (const socket of [client, upstream]) socket.resume();
  }

  /** Breaks everything and listens no more. */
  async close(): Promise<void> {
    for (const link of this.#links) this.#break(link);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, upstreamPort: number, filter: ((bytes: Buffer) => Buffer) | null): void {
    const upstream = new Socket();
    const link = { client, upstream };
    this.#links.add(link);
    const delay = () => this.delayMs;
    const [up, down] = [new Lane(client, upstream, delay), new Lane(upstream, client, delay)];
    client.on("data", (bytes) => up.put(bytes));
    upstream.on("data", (bytes) => {
      if (this.losesAnswers) this.#break(link);
      else down.put(filter === null ? bytes : filter(bytes));
    });
    client.on("end", () => (up.isEmpty ? upstream.end() : this.#break(link)));
    upstream.on("end", () => (down.isEmpty ? client.end() : this.#break(link)));
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on("error", () => this.#break(link));
      socket.on("close", () => {
        if (client.destroyed && upstream.destroyed) this.#links.delete(link);
        else if (socket.errored !== null) this.#break(link);
      });
    }
    upstream.connect(upstreamPort, "127.0.0.1");
    if (this.#isPaused) for (const socket of [client, upstream]) socket.pause();
  }

  #break(link: Link): void {
    link.client.destroy();
    link.upstream.destroy();
    this.#links.delete(link);
  }
}

const HEADER_BYTES = 5;
const NOTIFICATION = "A".charCodeAt(0);

/** What PostgreSQL sends to a server, without its notifications while `isDeaf` says so. */
export function withoutNotifications(isDeaf: () => boolean, onLost: () => void): Filter {
  return () => {
    let rest: Buffer = Buffer.alloc(0);
    return (bytes) => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const passed: Buffer[] = [];
      while (rest.length >= HEADER_BYTES) {
        const end = 1 + rest.readInt32BE(1);
        if (rest.length < end) break;
        if (rest[0] === NOTIFICATION && isDeaf()) onLost();
        else passed.push(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
      return Buffer.concat(passed);
    };
  };
}
