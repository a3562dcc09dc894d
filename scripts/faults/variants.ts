/** A server and a reader that are wrong on purpose, in ways that look right while nothing breaks. */
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Query } from "./crowd.ts";
import type { Delivery, Said } from "./oracle.ts";

const COMMITS_AFTER_MS = 100;
const POLL_MS = 20;

interface Request {
  readonly authorization: string;
  readonly body: string;
}

/** A front that acknowledges each message before the server behind it has it. */
export class EarlyFront {
  readonly url: string;
  readonly #server: Server;
  readonly #behind: string;
  /** How many messages each conversation has, as far as the front knows. */
  readonly #positions = new Map<string, number>();
  #accepted: Request[] = [];
  #timer: NodeJS.Timeout | null = null;
  #forwarding: Promise<void> = Promise.resolve();

  private constructor(server: Server, behind: string) {
    this.#server = server;
    this.#behind = behind;
    const address = server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  /** A front of the server at this address. */
  static async open(behind: string): Promise<EarlyFront> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const front = new EarlyFront(server, behind);
    server.on("request", async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const accepted = front.#accept({
        authorization: request.headers.authorization ?? "",
        body: Buffer.concat(chunks).toString(),
      });
      response.setHeader("content-type", "application/json").end(accepted);
    });
    return front;
  }

  /** Forgets what it has accepted and not passed on, as a process does that is killed. */
  kill(): void {
    this.#accepted = [];
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#passOn();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(request: Request): string {
    const { variables } = JSON.parse(request.body) as {
      variables: { input: { conversationId: string; body: string } };
    };
    const { conversationId, body } = variables.input;
    const position = (this.#positions.get(conversationId) ?? 0) + 1;
    this.#positions.set(conversationId, position);
    this.#accepted.push(request);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#passOn();
    }, COMMITS_AFTER_MS);
    return JSON.stringify({
      data: { sendMessage: { message: { position, body }, duplicate: false, userErrors: [] } },
    });
  }

  #passOn(): Promise<void> {
    const accepted = this.#accepted;
    this.#accepted = [];
    this.#forwarding = this.#forwarding.then(async () => {
      for (const { authorization, body } of accepted) {
        const headers = { "content-type": "application/json", authorization };
        await (await fetch(`${this.#behind}/graphql`, { method: "POST", headers, body })).text();
      }
    });
    return this.#forwarding;
  }
}

/** A reader that goes on from the time of the last message it saw, though messages are not committed in that order. */
export class TimeReader {
  readonly deliveries: Delivery[] = [];
  readonly #query: Query;
  readonly #conversations: readonly string[];
  readonly #running: Promise<void>;
  #after = "-infinity";
  #isOver = false;

  constructor(query: Query, conversations: readonly string[]) {
    this.#query = query;
    this.#conversations = conversations;
    this.#running = this.#readOn();
  }

  /** Reads what there is, once more, and no more after that. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    await this.#read();
  }

  async #readOn(): Promise<void> {
    for (; !this.#isOver; await sleep(POLL_MS)) await this.#read();
  }

  async #read(): Promise<void> {
    const rows = await this.#query<Said & { at: string }>(
      `select conversation_id as conversation, position, body, created_at::text as at
       from messages
       where conversation_id = any($1) and created_at > $2
       order by created_at, conversation_id, position`,
      [this.#conversations, this.#after],
    );
    for (const { at, ...message } of rows) {
      this.deliveries.push({ logPosition: null, message, outOf: [] });
      this.#after = at;
    }
  }
}
