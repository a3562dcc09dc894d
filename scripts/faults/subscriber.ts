/** Somebody who follows their log on any server, and comes back with the cursor of the last item that came. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, CloseCode, createClient } from "graphql-ws";
import WebSocket from "ws";
import { decodeEventCursor } from "../../src/event-cursor.ts";
import { globalId, keyOf } from "../../src/ids.ts";
import { ask } from "./ask.ts";
import type { Address, Journal } from "./journal.ts";
import type { Delivery, Said } from "./oracle.ts";
import type { Person } from "./people.ts";
import type { Chance } from "./random.ts";

/** Mistakes that a subscriber could make. */
export type SubscriberFlaw = "live only";

export interface SubscriberSetting {
  readonly person: Person;
  /** Row ids of the conversations that it reads again when its stream is reset. */
  readonly conversations: readonly string[];
  /** The cursor it begins at. */
  readonly start: string;
  readonly anyNode: () => Address;
  readonly journal: Journal;
  readonly chance: Chance;
  readonly flaw?: SubscriberFlaw;
}

const EVENTS = `subscription ($after: EventCursor) {
  viewerEvents(after: $after) {
    ... on StreamOpened { cursor }
    ... on StreamReset { cursor reason }
    ... on ViewerEvent { cursor change { ... on MessageSent { message { id position kind body } } } }
  }
}`;
const WORLD = `query ($id: ID!, $before: String) {
  conversation(id: $id) {
    messages(last: 100, before: $before) {
      nodes { id position kind body }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}`;
/** How long somebody stays on one connection, unless it breaks: phones change networks. */
const STAY_MS = [4_000, 30_000] as const;
const RETURN_MS = [20, 200] as const;
const RETRY_MS = 200;
const PING_MS = 2_000;
const PONG_MS = 3_000;
const ACK_MS = 5_000;
/** Codes by which a socket is closed for a mistake of the client's, or of the server's. */
const REFUSALS: readonly number[] = [
  CloseCode.BadRequest,
  CloseCode.Unauthorized,
  CloseCode.SubscriberAlreadyExists,
  CloseCode.TooManyInitialisationRequests,
  CloseCode.InternalServerError,
];

interface Shown {
  readonly id: string;
  readonly position: number;
  readonly kind: string;
  readonly body: string | null;
}
interface Item {
  readonly cursor: string;
  readonly reason?: string;
  readonly change?: { readonly message?: Shown | null };
}
interface Page {
  readonly nodes: readonly Shown[];
  readonly pageInfo: { readonly hasPreviousPage: boolean; readonly startCursor: string | null };
}
interface World {
  readonly conversation: { readonly messages: Page } | null;
}

/** A notice is worded for whoever reads it: nobody has said that. */
const saidOf = ({ id, position, kind, body }: Shown): Said => ({
  conversation: keyOf("message", id)[0] ?? "",
  position,
  body: kind === "NOTICE" ? null : body,
});

/** What was wrong, where it was not the connection alone. */
function codesOf(error: unknown): string[] {
  if (Array.isArray(error)) {
    return (error as { extensions?: { code?: string } }[]).map(
      ({ extensions }) => extensions?.code ?? "INTERNAL",
    );
  }
  const { code } = error as { code?: unknown };
  return REFUSALS.includes(Number(code)) ? [`close ${code}`] : [];
}

export class Subscriber {
  readonly deliveries: Delivery[] = [];
  /** What was read when a stream was reset, which may come by the stream as well. */
  readonly reread: Said[] = [];
  readonly resets: [number, number][] = [];
  readonly #setting: SubscriberSetting;
  readonly #running: Promise<void>;
  /** Conversations that the viewer is known to be out of, by row id. */
  #outOf: readonly string[] = [];
  #cursor: string;
  #leave: () => void = () => {};
  #isOver = false;

  constructor(setting: SubscriberSetting) {
    this.#setting = setting;
    this.#cursor = setting.start;
    this.#running = this.#follow();
  }

  get person(): Person {
    return this.#setting.person;
  }

  /** The position in the log after what came last. */
  get position(): number {
    return decodeEventCursor(this.#cursor).position;
  }

  /** The viewer was removed from a conversation; breaks off, for whatever a new connection brings comes after that. */
  remove(conversation: string): void {
    this.#outOf = [...this.#outOf, conversation];
    this.#leave();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#leave();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { flaw, chance, anyNode, person, journal } = this.#setting;
    for (let isFirst = true; !this.#isOver; isFirst = false) {
      if (!isFirst) journal.resumptions++;
      const client = connect(anyNode(), await person.token());
      await this.#listen(client, flaw === "live only" && !isFirst ? null : this.#cursor);
      await client.dispose();
      await sleep(chance.between(...RETURN_MS));
    }
  }

  /** Follows until the stream ends in whatever way. */
  #listen({ client, node }: Connection, after: string | null): Promise<void> {
    const { journal, person, chance } = this.#setting;
    const outOf = this.#outOf;
    return new Promise((finish) => {
      let rereading: Promise<void> = Promise.resolve();
      let isLeft = false;
      const moving = setTimeout(() => this.#leave(), chance.between(...STAY_MS));
      const end = () => {
        clearTimeout(moving);
        void rereading.then(finish);
      };
      const unsubscribe = client.subscribe<{ viewerEvents: Item }>(
        { query: EVENTS, variables: { after } },
        {
          next: ({ data, errors }) => {
            for (const { extensions } of errors ?? []) {
              journal.refuse(String(extensions?.code ?? "INTERNAL"), `${person.handle}'s stream`);
            }
            const item = data?.viewerEvents;
            if (item === undefined || item === null || isLeft) return;
            if (item.change !== undefined) journal.deliver(node);
            if (item.reason !== undefined) rereading = this.#reread(item.cursor);
            else this.#take(item, outOf);
          },
          error: (error) => {
            for (const code of codesOf(error)) journal.refuse(code, `${person.handle}'s stream`);
            end();
          },
          complete: end,
        },
      );
      this.#leave = () => {
        isLeft = true;
        unsubscribe();
        client.terminate();
        end();
      };
      if (this.#isOver) this.#leave();
    });
  }

  #take({ cursor, change }: Item, outOf: readonly string[]): void {
    if (change !== undefined) {
      this.deliveries.push({
        logPosition: decodeEventCursor(cursor).position,
        message: change.message == null ? null : saidOf(change.message),
        outOf,
      });
    }
    this.#cursor = cursor;
  }

  /** Reads the world again, as StreamReset asks for: what is new in it counts as delivered. */
  async #reread(cursor: string): Promise<void> {
    const { journal, conversations } = this.#setting;
    journal.resets++;
    this.resets.push([this.position, decodeEventCursor(cursor).position]);
    this.#cursor = cursor;
    const had = new Map<string, number>();
    for (const { message } of this.deliveries)
      if (message !== null) had.set(message.conversation, message.position);
    for (const conversation of conversations) {
      const news = await this.#newsOf(conversation, had.get(conversation) ?? 0);
      this.reread.push(...news);
    }
  }

  async #newsOf(conversation: string, after: number): Promise<Said[]> {
    const { anyNode, person } = this.#setting;
    const news: Said[] = [];
    for (let before: string | null = null; ; ) {
      const variables: object = { id: globalId("conversation", conversation), before };
      const world: World | null = await ask<World>(
        anyNode().url,
        await person.token(),
        WORLD,
        variables,
      ).catch(() => null);
      if (world === null) {
        await sleep(RETRY_MS);
        continue;
      }
      const messages: Page | undefined = world.conversation?.messages;
      const fresh = (messages?.nodes ?? []).filter(({ position }) => position > after);
      news.unshift(...fresh.map(saidOf));
      before = messages?.pageInfo.startCursor ?? null;
      const isMore = messages?.pageInfo.hasPreviousPage === true && fresh.length === messages.nodes.length;
      if (!isMore || before === null) return news;
    }
  }
}

interface Connection {
  readonly node: number;
  readonly client: Client;
  dispose(): Promise<void>;
}

/** A socket that is given up while it is being opened says so in an error, which graphql-ws hears no more. */
class QuietSocket extends WebSocket {
  constructor(address: string, protocols: string | string[]) {
    super(address, protocols);
    this.on("error", () => {});
  }
}

/** A socket that is given up when nobody answers its pings. */
function connect({ node, url }: Address, token: string): Connection {
  let silence: NodeJS.Timeout | undefined;
  const client = createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: QuietSocket,
    retryAttempts: 0,
    lazy: true,
    connectionAckWaitTimeout: ACK_MS,
    keepAlive: PING_MS,
    connectionParams: { authorization: `Bearer ${token}` },
    on: {
      ping: (received) => {
        if (!received) silence ??= setTimeout(() => client.terminate(), PONG_MS);
      },
      pong: (received) => {
        if (!received) return;
        clearTimeout(silence);
        silence = undefined;
      },
    },
  });
  return {
    node,
    client,
    async dispose() {
      clearTimeout(silence);
      client.terminate();
      await client.dispose();
    },
  };
}
