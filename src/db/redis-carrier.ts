/** Wake-ups by Redis: published on one connection, heard on another. */
import { Redis } from "ioredis";
import { describeError, type Log } from "../log.ts";
import { type Carrier, type Receive, TOPICS, type Topic } from "./wakeups.ts";

const channelOf = (topic: Topic) => `kith:${topic}`;
const WAIT_MS = 1_000;
const RECONNECT_MS = 500;
const GOODBYE_MS = 100;

/** A Redis that is lost at any moment takes wake-ups with it, and nothing else. */
export class RedisCarrier implements Carrier {
  readonly #speaker: Redis;
  readonly #listener: Redis;
  readonly #log: Log;
  #listening: Promise<unknown> = Promise.resolve();

  /** Connects at once. */
  constructor(url: string, log: Log) {
    const options = {
      // What can't be sent now is not worth sending later.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: WAIT_MS,
      commandTimeout: WAIT_MS,
      disconnectTimeout: GOODBYE_MS,
      retryStrategy: () => RECONNECT_MS,
      autoResubscribe: false,
    };
    this.#log = log;
    this.#speaker = new Redis(url, options);
    this.#listener = new Redis(url, options);
    let isLost = false;
    for (const redis of [this.#speaker, this.#listener]) {
      // An "error" that nobody hears ends the process.
      redis.on("error", (error) => {
        if (!isLost) log.warn(describeError(error), "wake-ups lost Redis");
        isLost = true;
      });
    }
    this.#listener.on("ready", () => {
      if (isLost) log.warn("wake-ups have Redis again");
      isLost = false;
    });
  }

  async start(receive: Receive): Promise<void> {
    this.#listener.on("message", (channel, payload) => {
      const topic = TOPICS.find((each) => channelOf(each) === channel);
      if (topic !== undefined) receive(topic, payload);
    });
    // A connection that is new has to say anew what it listens for; one that breaks meanwhile is followed by another, and
    // so is one on which nothing can be listened for.
    const listen = () => {
      this.#listening = this.#listener.subscribe(...TOPICS.map(channelOf)).catch((error: unknown) => {
        if (this.#listener.status !== "ready") return;
        this.#log.warn(describeError(error), "wake-ups can't listen to Redis");
        this.#listener.disconnect(true);
      });
    };
    this.#listener.on("ready", listen);
    if (this.#listener.status === "ready") listen();
    else await new Promise((resolve) => this.#listener.once("ready", resolve).once("error", resolve));
    await this.#listening;
  }

  async send(topic: Topic, payload: string): Promise<void> {
    await this.#speaker.publish(channelOf(topic), payload).catch(() => {});
  }

  async stop(): Promise<void> {
    this.#speaker.disconnect();
    this.#listener.disconnect();
  }
}
