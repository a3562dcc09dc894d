/** Wake-ups between the nodes: "this viewer has news up to that position", and nothing more. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Log } from "../log.ts";
import type { News } from "./events.ts";

const CHANNEL = "kith_news";
/** Wake-ups gather this long before they are sent to the other nodes. */
const GATHER_MS = 5;
const RECONNECT_MS = 500;
/** A NOTIFY carries at most 8,000 bytes; an entry has at most 36. */
const NEWS_PER_NOTIFY = 200;

/**
 * Listens and notifies on one connection of its own. A wake-up may be lost, when the connection breaks or a node is
 * slow: readers find what they missed in the log, so nothing here is retried or kept.
 */
export class Wakeups {
  readonly #url: string;
  readonly #log: Log;
  readonly #node = randomUUID();
  readonly #gathered = new Map<string, number>();
  #client: pg.Client | null = null;
  #listener: (news: readonly News[]) => void = () => {};
  #timer: NodeJS.Timeout | null = null;
  #reconnect: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  /** Connects; a database that can't be reached is tried again until `stop`. */
  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "kith wake-ups",
      keepAlive: true,
    });
    client.on("error", (error) => this.#lost(client, error));
    client.on("end", () => this.#lost(client));
    client.on("notification", ({ payload }) => this.#receive(payload ?? ""));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#client = client;
    } catch (error) {
      this.#lost(client, error);
    }
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

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#gathered.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#reconnect !== null) clearTimeout(this.#reconnect);
    await this.#client?.end().catch(() => {});
  }

  async #flush(): Promise<void> {
    await this.#notify();
    this.#timer = this.#gathered.size === 0 ? null : setTimeout(() => void this.#flush(), GATHER_MS);
  }

  async #notify(): Promise<void> {
    const entries = [...this.#gathered].map(([viewerId, position]) => `${viewerId}:${position}`);
    this.#gathered.clear();
    const client = this.#client;
    if (client === null) return;
    try {
      for (let at = 0; at < entries.length; at += NEWS_PER_NOTIFY) {
        const payload = `${this.#node} ${entries.slice(at, at + NEWS_PER_NOTIFY).join(" ")}`;
        await client.query({ name: "notify", text: "select pg_notify($1, $2)", values: [CHANNEL, payload] });
      }
    } catch (error) {
      this.#lost(client, error);
    }
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

  #lost(client: pg.Client, error?: unknown): void {
    if (this.#client === client) this.#client = null;
    if (this.#stopped || this.#reconnect !== null) return;
    this.#log.warn(
      { code: (error as { code?: string } | undefined)?.code },
      "wake-ups lost their connection",
    );
    client.end().catch(() => {});
    this.#reconnect = setTimeout(() => {
      this.#reconnect = null;
      void this.start();
    }, RECONNECT_MS);
  }
}
