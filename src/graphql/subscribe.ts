/** Runs subscriptions: each event is resolved on its own, with fresh loads and the reader's rights at that moment. */
import { setTimeout as sleep } from "node:timers/promises";
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from "graphql";
import { RequestError } from "../errors.ts";
import { Context } from "./context.ts";
import type { Execute } from "./execute.ts";

const RETRY_MS = 500;

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
    const event = await this.#source.next();
    if (event.done === true) return { value: undefined, done: true };
    let value = await this.#show(event.value);
    // What could not be read must not be shown as if it were not there: the event waits for the database.
    while (isUnavailable(value) && !this.#isOver) {
      await sleep(RETRY_MS);
      value = await this.#show(event.value);
    }
    this.#args.contextValue.services.metrics.deliveries.inc();
    return this.#isOver ? { value: undefined, done: true } : { value, done: false };
  }

  #show(root: unknown): Promise<ExecutionResult> {
    const { document, operationName, variableValues, contextValue } = this.#args;
    const { services, viewer, userAgent } = contextValue;
    const context = new Context(services, viewer, userAgent, null, services.feed.batch());
    return this.#execute({ document, operationName, variables: variableValues, context, root });
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
