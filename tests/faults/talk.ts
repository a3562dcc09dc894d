/** A conversation under faults: people who send until they are told that it stands, and people who follow and resume. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { globalId } from "../../src/ids.ts";
import { send } from "../support/ask.ts";
import { connect, type Subscription, subscribe } from "../support/socket.ts";
import type { History } from "./history.ts";

/** Mistakes that a client or a server could make; each must be found. */
export type Flaw = "live only" | "forgets its place" | "new nonce" | "acknowledges early";

export interface Somebody {
  readonly handle: string;
  readonly token: string;
}

interface Setting {
  readonly senders: readonly Somebody[];
  readonly subscribers: readonly Somebody[];
  /** The row id of their conversation, in which nothing was said yet. */
  readonly conversation: string;
  /** Where a server may be reached now. */
  readonly anyUrl: () => string;
  readonly flaw?: Flaw;
}

const PAUSE_MS = 20;
const MISSING_MS = 500;
const PATIENCE_MS = 120_000;
/** Of so many answers one is lost on its way, as networks do. */
const ANSWERS_TO_ONE_LOST = 6;

const SEND = `mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { position } userErrors { code } }
}`;
const MESSAGES = `subscription ($after: EventCursor) {
  stream: messageReceived(after: $after) { cursor message { position body } }
}`;
const EVENTS = `subscription ($after: EventCursor) {
  stream: viewerEvents(after: $after) {
    ... on StreamOpened { cursor }
    ... on StreamReset { cursor reason }
    ... on ViewerEvent { cursor change { ... on MessageSent { message { position body } } } }
  }
}`;

interface Shown {
  readonly position: number;
  readonly body: string | null;
}
interface Item {
  readonly cursor: string;
  readonly reason?: string;
  readonly message?: Shown | null;
  readonly change?: { readonly message?: Shown | null };
}

type Kept = History["kept"][number];

interface Sent {
  sendMessage: { message: { position: number } | null; userErrors: { code: string }[] };
}

/** Somebody who follows the conversation, breaks off with the server, and comes back with their cursor. */
class Follower {
  readonly items: Item[] = [];
  readonly #setting: Setting;
  readonly #person: Somebody;
  readonly #query: string;
  readonly #start: string;
  readonly #note: (code: string) => void;
  #current: Subscription<Item> | null = null;
  #isOver = false;
  readonly #run: Promise<void>;

  constructor(
    setting: Setting,
    person: Somebody,
    query: string,
    start: string,
    note: (code: string) => void,
  ) {
    this.#setting = setting;
    this.#person = person;
    this.#query = query;
    this.#start = start;
    this.#note = note;
    this.#run = this.#follow();
  }

  get seen(): Shown[] {
    return [...this.items, ...(this.#current?.items ?? [])].flatMap(
      ({ message, change }) => message ?? change?.message ?? [],
    );
  }

  async #follow(): Promise<void> {
    const { anyUrl, flaw } = this.#setting;
    for (let cursor: string | undefined = this.#start; !this.#isOver; await sleep(PAUSE_MS)) {
      const client = connect(anyUrl(), this.#person.token);
      const current: Subscription<Item> = subscribe(client, "stream", this.#query, { after: cursor });
      this.#current = current;
      await current.done;
      const { items, errors }: Subscription<Item> = current;
      this.#current = null;
      this.items.push(...items);
      for (const { reason } of items) if (reason !== undefined) this.#note(reason);
      for (const { extensions } of errors.flat() as { extensions?: { code?: string } }[]) {
        if (extensions !== undefined) this.#note(String(extensions.code));
      }
      cursor = items.at(-1)?.cursor ?? cursor;
      if (flaw === "live only") {
        cursor = undefined;
        // What it does not ask for it misses only where something is said meanwhile.
        await sleep(MISSING_MS);
      }
      if (flaw === "forgets its place") cursor = this.#start;
      await client.dispose();
    }
  }

  /** Stops once they have seen that position, or have had time enough. */
  async stop(position: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline && !this.seen.some((message) => message.position === position)) {
      await sleep(PAUSE_MS);
    }
    this.abandon();
    await this.#run;
  }

  abandon(): void {
    this.#isOver = true;
    this.#current?.stop();
  }
}

const running = new Set<Talk>();

/** Ends whatever a test that failed has left running. */
export function endTalks(): void {
  for (const talk of running) talk.abandon();
}

export class Talk {
  readonly #setting: Setting;
  readonly #acknowledged: Kept[] = [];
  readonly #errors: string[] = [];
  readonly #followers: Follower[];
  readonly #sending: Promise<unknown>;
  #isOver = false;
  #isAbandoned = false;

  private constructor(setting: Setting, starts: readonly string[]) {
    this.#setting = setting;
    this.#followers = setting.subscribers.map(
      (person, at) =>
        new Follower(setting, person, at % 2 === 0 ? MESSAGES : EVENTS, starts[at] ?? "", (code) =>
          this.#note(code),
        ),
    );
    running.add(this);
    this.#sending = Promise.all(setting.senders.map((person) => this.#sendOn(person)));
  }

  /** Everybody reads where their log stands, then begins. */
  static async begin(setting: Setting): Promise<Talk> {
    const starts = setting.subscribers.map(async ({ token }) => {
      const { data } = await send<{ viewer: { eventCursor: string } }>(
        setting.anyUrl(),
        token,
        "{ viewer { eventCursor } }",
      );
      return data.viewer.eventCursor;
    });
    return new Talk(setting, await Promise.all(starts));
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.length;
  }

  /** Ends it: what is being sent is sent to its end, and the followers get time to see all of it. */
  async end(query: (sql: string) => Promise<Kept[]>): Promise<History> {
    this.#isOver = true;
    await this.#sending;
    const [first] = this.#setting.senders;
    if (first !== undefined) await this.#say(first, "the end");
    const { conversation } = this.#setting;
    const kept = await query(
      `select position, body from messages where conversation_id = ${conversation} order by position`,
    );
    await Promise.all(this.#followers.map((follower) => follower.stop(kept.at(-1)?.position ?? 0)));
    running.delete(this);
    const seen = Object.fromEntries(
      this.#followers.map(({ seen }, at) => [this.#setting.subscribers[at]?.handle ?? "", seen]),
    );
    return { acknowledged: this.#acknowledged, kept, seen, errors: this.#errors };
  }

  abandon(): void {
    running.delete(this);
    this.#isOver = true;
    this.#isAbandoned = true;
    for (const follower of this.#followers) follower.abandon();
  }

  async #sendOn(person: Somebody): Promise<void> {
    for (let nr = 1; !this.#isOver; nr++) {
      await this.#say(person, `${person.handle} ${nr}`);
      await sleep(PAUSE_MS);
    }
  }

  /** Sends a text until it is acknowledged. */
  async #say(person: Somebody, body: string): Promise<void> {
    const { flaw } = this.#setting;
    const nonce = randomUUID();
    while (!this.#isAbandoned) {
      const position = await this.#attempt(person, body, flaw === "new nonce" ? randomUUID() : nonce);
      if (position === null && flaw !== "acknowledges early") {
        await sleep(PAUSE_MS);
        continue;
      }
      this.#acknowledged.push({ body, position: position ?? 0 });
      return;
    }
  }

  async #attempt(person: Somebody, body: string, nonce: string): Promise<number | null> {
    const { conversation, anyUrl } = this.#setting;
    const input = { conversationId: globalId("conversation", conversation), body, nonce };
    const answer = await send<Sent | null>(anyUrl(), person.token, SEND, { input }).catch(() => null);
    if (answer === null || Math.random() < 1 / ANSWERS_TO_ONE_LOST) return null;
    for (const { extensions } of answer.errors) this.#note(String(extensions.code));
    for (const { code } of answer.data?.sendMessage.userErrors ?? []) this.#note(code);
    return answer.data?.sendMessage.message?.position ?? null;
  }

  /** Notes what somebody was refused, unless it was said to be for a moment. */
  #note(code: string): void {
    if (code !== "SERVICE_UNAVAILABLE") this.#errors.push(code);
  }
}
