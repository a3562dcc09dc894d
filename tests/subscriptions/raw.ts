/** A socket without a client library: it can say what no client would. */
import { once } from "node:events";
import type { Socket } from "node:net";
import WebSocket from "ws";

export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload?: {
    readonly data?: Record<string, unknown> | null;
    readonly errors?: readonly GraphQLFailure[];
  } & readonly GraphQLFailure[];
}

interface GraphQLFailure {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

/** How long nothing may come. */
const PATIENCE_MS = 120_000;
/** How much is told of what came instead. */
const TOLD = 2_000;

export class RawSocket {
  readonly frames: Frame[] = [];
  /** The code with which the server closed it. */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  #isClosed = false;
  #notify = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#notify();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", (code) => {
        this.#isClosed = true;
        resolve(code);
      });
    });
  }

  /** Opens a socket that has not said yet who it is. */
  static async open(url: string, protocol = "graphql-transport-ws"): Promise<RawSocket> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, protocol);
    const raw = new RawSocket(socket);
    await once(socket, "open");
    return raw;
  }

  /** Opens a socket and says who it is: whoever the token names, or nobody. */
  static async signIn(url: string, token: string | null): Promise<RawSocket> {
    const raw = await RawSocket.open(url);
    raw.init(token === null ? {} : { authorization: `Bearer ${token}` });
    await raw.frame(({ type }) => type === "connection_ack");
    return raw;
  }

  init(payload: unknown): void {
    this.send({ type: "connection_init", payload });
  }

  /** Begins an operation. */
  begin(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ type: "subscribe", id, payload: { query, variables } });
  }

  /** Sends a message, or a text or bytes as they are. */
  send(message: object | string | Buffer): void {
    const isRaw = typeof message === "string" || Buffer.isBuffer(message);
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** The first frame that fits, also one that came before; throws when nothing more comes. */
  async frame(fits: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const came = () => JSON.stringify(this.frames.slice(-20)).slice(-TOLD);
      const fail = () => reject(new Error(`No such frame came, but at last ${came()}`));
      const timer = setTimeout(fail, PATIENCE_MS);
      let looked = 0;
      this.#notify = () => {
        const found = this.frames.slice(looked).find(fits);
        looked = this.frames.length;
        if (found === undefined) timer.refresh();
        else {
          clearTimeout(timer);
          resolve(found);
        }
      };
      this.#notify();
    });
  }

  /** What answers an operation: its first result, or its errors. */
  answer(id: string): Promise<Frame> {
    return this.frame((frame) => frame.id === id && frame.type !== "complete");
  }

  /** The codes with which an operation was refused. */
  async refusal(id: string): Promise<unknown[]> {
    const { type, payload } = await this.answer(id);
    const errors = (type === "error" ? payload : payload?.errors) ?? [];
    return errors.map(({ extensions }) => extensions?.code);
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Takes nothing more from the network, or goes on taking. */
  get network(): Socket {
    return (this.#socket as unknown as { _socket: Socket })._socket;
  }

  close(): void {
    this.#socket.close(1000);
  }

  /** Breaks it off without a word. */
  terminate(): void {
    this.#socket.terminate();
  }
}
