/** The counters of `rates.ts`: in Redis where there is one, otherwise in the database, for all nodes together. */
import type { KeyObject } from "node:crypto";
import { Redis } from "ioredis";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";
import { RequestError, UserError } from "../errors.ts";
import { describeError, type Log } from "../log.ts";
import {
  OPERATION_RATE,
  PLAYBACK_RATE,
  RATES,
  type RateName,
  READ_RATE,
  SEND_RATE,
  UPLOAD_RATE,
} from "../rates.ts";
import { sign } from "../secrets.ts";
import type { Database } from "./database.ts";

/** What counts how often something is done. */
export interface Rates {
  /** Counts once more; throws TOO_MANY_REQUESTS with `retryAt`. A key of null is Kith itself, which is not counted. */
  take(rate: RateName, key: string | null): Promise<void>;
  /** Forgets what was counted. */
  forget(rate: RateName, key: string | null): Promise<void>;
  /** Counts an operation of any kind as that many, on this node alone; throws a RequestError TOO_MANY_REQUESTS. */
  takeOperation(key: string | null, count?: number): Promise<void>;
  /** Counts a request for the file of a video in the same way. */
  takePlayback(key: string | null): Promise<void>;
  /** Counts a request about an upload in the same way. */
  takeUpload(key: string | null): Promise<void>;
  /** Counts a message that is sent, on this node alone; throws TOO_MANY_REQUESTS with `retryAt`. */
  takeSend(key: string): Promise<void>;
  /** Counts a reading on in the same way. */
  takeRead(key: string): Promise<void>;
  stop(): Promise<void>;
}

/** Counts nothing. */
export const NO_RATES: Rates = {
  async take() {},
  async forget() {},
  async takeOperation() {},
  async takePlayback() {},
  async takeUpload() {},
  async takeSend() {},
  async takeRead() {},
  async stop() {},
};

const TABLE = "rates";
/** What Redis has to answer within, before a node goes on counting by itself. */
const REDIS_WAIT_MS = 1_000;
const REDIS_RECONNECT_MS = 2_000;
const REDIS_GOODBYE_MS = 100;

type Make = (name: RateName) => RateLimiterAbstract;

/** Counters that every node shares. Keys name people and networks: they are stored as an HMAC. */
class SharedRates implements Rates {
  readonly #key: KeyObject;
  readonly #limiters = new Map<RateName, RateLimiterAbstract>();
  readonly #operations = inMemory(OPERATION_RATE);
  readonly #playbacks = inMemory(PLAYBACK_RATE);
  readonly #uploads = inMemory(UPLOAD_RATE);
  readonly #sends = inMemory(SEND_RATE);
  readonly #reads = inMemory(READ_RATE);
  readonly #stop: () => void;

  constructor(key: KeyObject, make: Make, stop: () => void = () => {}) {
    this.#key = key;
    for (const name of Object.keys(RATES) as RateName[]) this.#limiters.set(name, make(name));
    this.#stop = stop;
  }

  async take(rate: RateName, key: string | null): Promise<void> {
    if (key === null) return;
    refuseUntil(await consume(this.#limiter(rate), this.#hidden(key)));
  }

  async forget(rate: RateName, key: string | null): Promise<void> {
    if (key !== null) await this.#limiter(rate).delete(this.#hidden(key));
  }

  async takeOperation(key: string | null, count = 1): Promise<void> {
    await takeHere(this.#operations, key, "These are too many operations. Try again later.", count);
  }

  async takePlayback(key: string | null): Promise<void> {
    await takeHere(this.#playbacks, key, "This is too often. Try again later.");
  }

  async takeUpload(key: string | null): Promise<void> {
    await takeHere(this.#uploads, key, "This is too often. Try again later.");
  }

  async takeSend(key: string): Promise<void> {
    refuseUntil(await consume(this.#sends, key));
  }

  async takeRead(key: string): Promise<void> {
    refuseUntil(await consume(this.#reads, key));
  }

  async stop(): Promise<void> {
    this.#stop();
  }

  #limiter(rate: RateName): RateLimiterAbstract {
    const limiter = this.#limiters.get(rate);
    if (limiter === undefined) throw new Error(`There is no rate ${rate}.`);
    return limiter;
  }

  #hidden(key: string): string {
    return sign(this.#key, key);
  }
}

const inMemory = ({ points, seconds }: { readonly points: number; readonly seconds: number }) =>
  new RateLimiterMemory({ points, duration: seconds });

/** Throws TOO_MANY_REQUESTS for a whole request, where it can only be tried again later. */
async function takeHere(
  limiter: RateLimiterMemory,
  key: string | null,
  refusal: string,
  count?: number,
): Promise<void> {
  const retryAt = key === null ? null : await consume(limiter, key, count);
  if (retryAt !== null) {
    throw new RequestError("TOO_MANY_REQUESTS", refusal, { retryAt: retryAt.toISOString() });
  }
}

/** Throws TOO_MANY_REQUESTS with the time from which it can be tried again; does nothing where that is null. */
function refuseUntil(retryAt: Date | null): void {
  if (retryAt !== null) {
    throw new UserError("TOO_MANY_REQUESTS", "This is too often. Try again later.", { retryAt });
  }
}

/** When it can be tried again; null when it was let through. */
async function consume(limiter: RateLimiterAbstract, key: string, points = 1): Promise<Date | null> {
  try {
    await limiter.consume(key, points);
    return null;
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    return new Date(Date.now() + refused.msBeforeNext);
  }
}

const limitsOf = (name: RateName) => ({
  keyPrefix: name,
  points: RATES[name].points,
  duration: RATES[name].seconds,
});

/** Counts in the table `rates`; throws SERVICE_UNAVAILABLE while the database can't be reached. */
export function databaseRates(database: Database, key: KeyObject): Rates {
  let sweeps = false;
  return new SharedRates(key, (name) => {
    const limiter = new RateLimiterPostgres({
      ...limitsOf(name),
      storeClient: database,
      storeType: "client",
      tableName: TABLE,
      tableCreated: true,
      // One of them forgets for all what is over since an hour.
      clearExpiredByTimeout: !sweeps,
    });
    sweeps = true;
    return limiter;
  });
}

/** Counts in Redis; while it can't be reached each node counts for itself. */
export function redisRates(url: string, key: KeyObject, log: Log): Rates {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: REDIS_WAIT_MS,
    commandTimeout: REDIS_WAIT_MS,
    disconnectTimeout: REDIS_GOODBYE_MS,
    retryStrategy: () => REDIS_RECONNECT_MS,
  });
  let isLost = false;
  // An "error" that nobody hears ends the process.
  redis.on("error", (error) => {
    if (!isLost) log.warn(describeError(error), "rates lost Redis: each node counts for itself");
    isLost = true;
  });
  redis.on("ready", () => {
    if (isLost) log.warn("rates have Redis again");
    isLost = false;
  });
  const make: Make = (name) =>
    new RateLimiterRedis({
      ...limitsOf(name),
      keyPrefix: `kith:${name}`,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(limitsOf(name)),
    });
  return new SharedRates(key, make, () => redis.disconnect());
}
