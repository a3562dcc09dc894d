/** Runs subscriptions: events that come together are resolved together, with fresh loads and the reader's rights at that moment. */
import { setTimeout as sleep } from "node:timers/promises";
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from "graphql";
import { RequestError } from "../errors.ts";
import { Context } from "./context.ts";
import type { Execute } from "./execute.ts";

const RETRY_MS = 500;
/** What was read longer ago is read anew before it is handed out: rights may have ended. */
const FRESH_MS = 500;

/** The results of a subscription as they come; or the errors for which there are none. */
export async function subscribe(
  execute: Execute,
  args: ExecutionArgs & { readonly contextValue: Context },
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  return new Results(execute, args, source[Symbol.asyncIterator]());
}

function isUnavailable({ errors }: ExecutionResult): boolean {
  return (errors ?? []).some(
    ({ originalError }) =>
      originalError instanceof RequestError && originalError.code === "SERVICE_UNAVAILABLE",
  );
}

/** An iterator rather than a generator: a generator that waits for its next event can't be ended until it comes. */
class Results implements AsyncIterableIterator<ExecutionResult> {
  readonly #execute: Execute;
  readonly #args: ExecutionArgs & { readonly contextValue: Context };
  readonly #source: AsyncIterator<unknown>;
  /** Events that have come together and are not handed out yet, and what each of them shows. */
  #events: unknown[] = [];
  #shown: Promise<ExecutionResult>[] = [];
  #shownAt = 0;
  #isOver = false;

  constructor(
    execute: Execute,
    args: ExecutionArgs & { readonly contextValue: Context },
    source: AsyncIterator<unknown>,
  ) {
    this.#execute = execute;
    this.#args = args;
    this.#source = source;
  }

  async next(): Promise<IteratorResult<ExecutionResult>> {
    const { contextValue } = this.#args;
    contextValue.idleSince = null;
    if (this.#events.length === 0) {
      const { value, done } = await this.#source.next();
      if (done === true) return { value: undefined, done: true };
      this.#events = Array.isArray(value) ? value : [value];
      this.#show();
    } else if (Date.now() - this.#shownAt > FRESH_MS) this.#show();
    let value = await this.#shown[0];
    // What could not be read must not be shown as if it were not there: the event waits for the database.
    while (value !== undefined && isUnavailable(value) && !this.#isOver) {
      await sleep(RETRY_MS);
      this.#show();
      value = await this.#shown[0];
    }
    this.#events.shift();
    this.#shown.shift();
    contextValue.services.metrics.deliveries.inc();
    contextValue.idleSince = Date.now();
    return this.#isOver || value === undefined ? { value: undefined, done: true } : { value, done: false };
  }

  /** Reads in one turn of the event loop, and so in one batch, what all events at hand show. */
  #show(): void {
    const { document, operationName, variableValues, contextValue } = this.#args;
    const { services, viewer, client } = contextValue;
    this.#shown = this.#events.map((root) => {
      const context = new Context(services, viewer, client, null, services.feed.batch());
      const shown = (async () =>
        this.#execute({ document, operationName, variables: variableValues, context, root }))();
      // Whoever takes it hears of it; one that is never taken must not end the process.
      shown.catch(() => {});
      return shown;
    });
    this.#shownAt = Date.now();
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    this.#isOver = true;
    await this.#source.return?.();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult>> {
    await this.#source.throw?.(error);
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
