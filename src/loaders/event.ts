/** The viewers' logs as live streams read them: many readers, one statement. */
import type { Queries } from "../db/database.ts";
import { type LogHead, type News, readHeads, readLogs } from "../db/events.ts";
import type { LoggedEvent } from "../entities/event.ts";
import { describeError, type Log } from "../log.ts";
import { Batch } from "./kinds.ts";

const SWEEP_MS = 1_000;
/** Events that one read brings to one reader; more come with the next. */
const EVENTS_PER_READ = 64;
const READERS_PER_READ = 512;

/** A place in a viewer's log, and the promise of what comes after it. */
export class LogReader {
  /** Called once a second as long as the reader does not ask for more than it was given. */
  onBusy: () => void = () => {};
  resolve: ((events: LoggedEvent[]) => void) | null = null;
  /** Whether the log was looked at once: until then nothing is known of it. */
  hasLooked = false;
  readonly #feed: EventFeed;

  constructor(
    feed: EventFeed,
    readonly viewerId: string,
    public after: number,
    /** No event after the place is older than this; null where no such time is known. */
    public since: string | null,
  ) {
    this.#feed = feed;
  }

  /** The next events, as soon as there are any; none at all once the reader is closed. */
  next(): Promise<LoggedEvent[]> {
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.#feed.wait(this);
    });
  }

  close(): void {
    this.#feed.forget(this);
    this.resolve?.([]);
    this.resolve = null;
  }
}

/**
 * Serves every reader on this node. News only says that it is worth looking; what is delivered comes from the log, from
 * each reader's own place on. A sweep looks once a second, so news may be lost.
 */
export class EventFeed {
  readonly #queries: Queries;
  readonly #log: Log;
  readonly #readers = new Map<string, Set<LogReader>>();
  /** How far the logs of the viewers who are read here are known to have come. */
  readonly #heads = new Map<string, number>();
  #ready = new Set<LogReader>();
  #isReading = false;
  #sweeping: NodeJS.Timeout | null = null;
  #batch: Batch | null = null;

  constructor(queries: Queries, log: Log) {
    this.#queries = queries;
    this.#log = log;
  }

  start(): void {
    this.#sweeping = setInterval(() => void this.#quietly(() => this.#sweep()), SWEEP_MS).unref();
  }

  stop(): void {
    if (this.#sweeping !== null) clearInterval(this.#sweeping);
    for (const readers of [...this.#readers.values()]) for (const reader of [...readers]) reader.close();
  }

  /** Where a viewer's log stands; null for nobody's. */
  async head(viewerId: string): Promise<LogHead | null> {
    return (await readHeads(this.#queries, [viewerId]))[0] ?? null;
  }

  /** The next events after a position, at once and however few. */
  async peek(viewerId: string, after: number): Promise<LoggedEvent[]> {
    return (await readLogs(this.#queries, [{ viewerId, after, since: null }], 1))[0] ?? [];
  }

  /** Reads a viewer's log from `after` on, where nothing is older than `since`, until it is closed. */
  follow(viewerId: string, after: number, since: string | null = null): LogReader {
    const reader = new LogReader(this, viewerId, after, since);
    const readers = this.#readers.get(viewerId) ?? new Set();
    this.#readers.set(viewerId, readers.add(reader));
    return reader;
  }

  /** The loads for whatever is resolved in this turn of the event loop: readers woken together are served together. */
  batch(): Batch {
    if (this.#batch === null) {
      this.#batch = new Batch(this.#queries);
      setImmediate(() => {
        this.#batch = null;
      });
    }
    return this.#batch;
  }

  /** Notes how far logs have come, and serves those who wait for it. */
  wake(news: readonly News[]): void {
    for (const { viewerId, position } of news) {
      const readers = this.#readers.get(viewerId);
      if (readers === undefined || position <= (this.#heads.get(viewerId) ?? 0)) continue;
      this.#heads.set(viewerId, position);
      for (const reader of readers) this.#consider(reader);
    }
  }

  wait(reader: LogReader): void {
    this.#consider(reader);
  }

  forget(reader: LogReader): void {
    this.#ready.delete(reader);
    const readers = this.#readers.get(reader.viewerId);
    readers?.delete(reader);
    if (readers?.size === 0) {
      this.#readers.delete(reader.viewerId);
      this.#heads.delete(reader.viewerId);
    }
  }

  #consider(reader: LogReader): void {
    if (reader.resolve === null) return;
    if (reader.hasLooked && reader.after >= (this.#heads.get(reader.viewerId) ?? 0)) return;
    this.#ready.add(reader);
    if (!this.#isReading) void this.#read();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    // Whoever is woken in this turn, by one message to many, is read for together.
    await new Promise(setImmediate);
    while (this.#ready.size > 0) {
      const readers = [...this.#ready].slice(0, READERS_PER_READ);
      for (const reader of readers) this.#ready.delete(reader);
      await this.#quietly(() => this.#serve(readers));
    }
    this.#isReading = false;
  }

  async #serve(readers: readonly LogReader[]): Promise<void> {
    const known = readers.map(({ viewerId }) => this.#heads.get(viewerId));
    const logs = await readLogs(this.#queries, readers, EVENTS_PER_READ);
    readers.forEach((reader, at) => {
      // Woken while it was being served: it asks again when it has shown what it got.
      if (reader.resolve === null) return;
      const events = logs[at] ?? [];
      const last = events.at(-1);
      if (last === undefined) {
        // The log ends here, whatever was believed; news that came meanwhile has raised it again.
        reader.hasLooked = true;
        if (this.#heads.get(reader.viewerId) !== known[at]) this.#consider(reader);
        else if (this.#readers.has(reader.viewerId)) this.#heads.set(reader.viewerId, reader.after);
        return;
      }
      reader.after = last.position;
      reader.since = last.createdAt;
      this.#heads.set(reader.viewerId, Math.max(last.position, this.#heads.get(reader.viewerId) ?? 0));
      const { resolve } = reader;
      reader.resolve = null;
      resolve?.(events);
    });
  }

  async #sweep(): Promise<void> {
    const viewers = [...this.#readers.keys()];
    if (viewers.length === 0) return;
    this.wake(await readHeads(this.#queries, viewers));
    for (const readers of this.#readers.values()) {
      for (const reader of readers) {
        if (reader.resolve === null) reader.onBusy();
        // A read that failed has left its readers waiting.
        else this.#consider(reader);
      }
    }
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Nothing is lost: the readers keep their places, and the next sweep looks again.
      this.#log.warn(describeError(error), "the events could not be read");
    }
  }
}
