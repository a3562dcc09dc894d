/** Wake-ups by the database itself: NOTIFY and LISTEN on one connection of their own. */
import pg from "pg";
import { describeError, type Log } from "../log.ts";
import { type Carrier, type Receive, TOPICS, type Topic } from "./wakeups.ts";

const channelOf = (topic: Topic) => `kith_${topic}`;
const RECONNECT_MS = 500;
const CONNECT_MS = 5_000;
/** Nothing waits longer for the database; of a connection that says nothing more, TCP itself notices after many minutes. */
const ANSWER_MS = 2_000;
const PROBED_AFTER_MS = 5_000;

export class NotifyCarrier implements Carrier {
  readonly #url: string;
  readonly #log: Log;
  #receive: Receive = () => {};
  /** The connection in use, or the one that is being made. */
  #current: pg.Client | null = null;
  /** The one in use. */
  #client: pg.Client | null = null;
  #connecting: Promise<void> = Promise.resolve();
  #reconnect: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  start(receive: Receive): Promise<void> {
    this.#receive = receive;
    this.#connecting = this.#connect();
    return this.#connecting;
  }

  async send(topic: Topic, payload: string): Promise<void> {
    const client = this.#client;
    try {
      await client?.query({
        name: "notify",
        text: "select pg_notify($1, $2)",
        values: [channelOf(topic), payload],
      });
    } catch (error) {
      if (client !== null) this.#lost(client, error);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#reconnect !== null) clearTimeout(this.#reconnect);
    // One that is just being made would be left open.
    await this.#connecting;
    await this.#client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "kith wake-ups",
      keepAlive: true,
      keepAliveInitialDelayMillis: PROBED_AFTER_MS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
    });
    this.#current = client;
    client.on("error", (error) => this.#lost(client, error));
    client.on("end", () => this.#lost(client));
    client.on("notification", ({ channel, payload }) => {
      const topic = TOPICS.find((each) => channelOf(each) === channel);
      if (topic !== undefined) this.#receive(topic, payload ?? "");
    });
    try {
      await client.connect();
      await client.query(TOPICS.map((topic) => `listen ${channelOf(topic)}`).join(";"));
      this.#client = client;
    } catch (error) {
      this.#lost(client, error);
    }
  }

  #lost(client: pg.Client, error?: unknown): void {
    // One connection is lost in many ways, and the next must not be made twice.
    if (this.#current !== client) return;
    this.#current = null;
    this.#client = null;
    if (this.#stopped) return;
    this.#log.warn(describeError(error), "wake-ups lost their connection");
    client.end().catch(() => {});
    this.#reconnect = setTimeout(() => {
      this.#reconnect = null;
      this.#connecting = this.#connect();
    }, RECONNECT_MS);
  }
}
