/** A client on a real socket, as a frontend has it. */
import type { Client as EventClient } from "graphql-sse";
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";

export interface Subscription<Item> {
  /** What has come so far. */
  readonly items: Item[];
  readonly errors: unknown[];
  /** Resolves with the first item that fits, also one that came before; rejects after two minutes in which nothing came. */
  until(fits: (item: Item) => boolean, what?: string): Promise<Item>;
  /** Resolves as soon as what came last fits, where each item replaces the one before; rejects after two minutes in which nothing came. */
  latest(fits: (item: Item) => boolean, what?: string): Promise<Item>;
  /** Resolves when the server has ended it, or it was stopped. */
  readonly done: Promise<void>;
  stop(): void;
}

const PATIENCE_MS = 120_000;

/**
 * Opens a socket as whoever the token names, or a fresh one for each connection; it does not come back by itself unless
 * `retryAttempts` says so.
 */
export function connect(
  url: string,
  token: string | null | (() => Promise<string>),
  retryAttempts = 0,
): Client {
  return createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts,
    lazy: true,
    connectionParams: async () =>
      token === null ? {} : { authorization: `Bearer ${typeof token === "string" ? token : await token()}` },
  });
}

/** Subscribes; what comes is collected until `stop`. `field` is the subscription's one root field. */
export function subscribe<Item>(
  client: Pick<Client, "subscribe"> | Pick<EventClient, "subscribe">,
  field: string,
  query: string,
  variables: Record<string, unknown> = {},
): Subscription<Item> {
  const items: Item[] = [];
  const errors: unknown[] = [];
  let notify = () => {};
  let finish = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const stop = client.subscribe<Record<string, Item>>(
    { query, variables },
    {
      next({ data, errors: failed }) {
        if (failed !== undefined) errors.push(...failed);
        const item = data?.[field];
        if (item !== undefined) items.push(item);
        notify();
      },
      error(error) {
        errors.push(error);
        notify();
        finish();
      },
      complete: finish,
    },
  );
  const wait = (find: () => Item | undefined, what: string) =>
    new Promise<Item>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(`${what} did not come; what came: ${JSON.stringify(items)} ${JSON.stringify(errors)}`),
          ),
        PATIENCE_MS,
      ).unref();
      notify = () => {
        const found = find();
        if (found === undefined) {
          timer.refresh();
          return;
        }
        clearTimeout(timer);
        resolve(found);
      };
      notify();
    });
  return {
    items,
    errors,
    done,
    stop,
    until: (fits, what = "the item") => wait(() => items.find(fits), what),
    latest: (fits, what = "the item") => wait(() => items.slice(-1).find(fits), what),
  };
}
