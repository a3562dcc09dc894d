/** Wake-ups between the nodes: "this viewer has news up to that position", and nothing more. */
import { randomUUID } from "node:crypto";
import type { News } from "./events.ts";
import type { SignalCarrier } from "./presence.ts";

/** Wake-ups gather this long before they are sent to the other nodes. */
const GATHER_MS = 5;
/** A NOTIFY carries at most 8,000 bytes; an entry has at most 36. */
const NEWS_PER_PAYLOAD = 200;

/** What a text is about: logs that have grown, or who is present. */
export const TOPICS = ["news", "presence"] as const;
export type Topic = (typeof TOPICS)[number];
export type Receive = (topic: Topic, payload: string) => void;

/** What brings a short text to every node that listens, this one among them. It may lose any of them at any time. */
export interface Carrier {
  /** Begins to listen; what can't be reached is tried again until `stop`. */
  start(receive: Receive): Promise<void>;
  /** Sends, or loses it. */
  send(topic: Topic, payload: string): Promise<void>;
  stop(): Promise<void>;
}

/** A wake-up may be lost: readers find what they missed in the log, so nothing here is retried or kept. */
export class Wakeups implements SignalCarrier {
  readonly #carrier: Carrier;
  readonly #node = randomUUID();
  readonly #gathered = new Map<string, number>();
  #listener: (news: readonly News[]) => void = () => {};
  #onPresence: (payload: string) => void = () => {};
  #timer: NodeJS.Timeout | null = null;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  start(): Promise<void> {
    return this.#carrier.start((topic, payload) =>
      topic === "presence" ? this.#onPresence(payload) : this.#receive(payload),
    );
  }

  /** Who is told of news, from this node at once and from others as they come. */
  onNews(listener: (news: readonly News[]) => void): void {
    this.#listener = listener;
  }

  /** Tells all nodes; to be called after the commit, never inside a transaction. */
  announce(news: readonly News[]): void {
    if (news.length === 0) return;
    this.#listener(news);
    for (const { viewerId, position } of news) {
      this.#gathered.set(viewerId, Math.max(position, this.#gathered.get(viewerId) ?? 0));
    }
    this.#timer ??= setTimeout(() => void this.#flush(), GATHER_MS);
  }

  /** Who hears what is sent of presence, on this node too. */
  onReceived(listener: (payload: string) => void): void {
    this.#onPresence = listener;
  }

  /** Sends what is said of presence to all nodes; it is lost while there is no connection. */
  send(payload: string): Promise<void> {
    return this.#carrier.send("presence", payload);
  }

  async stop(): Promise<void> {
    this.#gathered.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#carrier.stop();
  }

  async #flush(): Promise<void> {
    const entries = [...this.#gathered].map(([viewerId, position]) => `${viewerId}:${position}`);
    this.#gathered.clear();
    for (let at = 0; at < entries.length; at += NEWS_PER_PAYLOAD) {
      await this.#carrier.send("news", `${this.#node} ${entries.slice(at, at + NEWS_PER_PAYLOAD).join(" ")}`);
    }
    this.#timer = this.#gathered.size === 0 ? null : setTimeout(() => void this.#flush(), GATHER_MS);
  }

  #receive(payload: string): void {
    const [node, ...entries] = payload.split(" ");
    if (node === this.#node) return;
    const news = entries.map((entry) => {
      const [viewerId = "", position] = entry.split(":");
      return { viewerId, position: Number(position) };
    });
    this.#listener(news);
  }
}
