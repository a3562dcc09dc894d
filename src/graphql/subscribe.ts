/** Runs subscriptions: each event is resolved on its own, with fresh loads and the reader's rights at that moment. */
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from "graphql";
import { Context } from "./context.ts";
import type { Execute } from "./execute.ts";

/** The results of a subscription as they come; or the errors for which there are none. */
export async function subscribe(
  execute: Execute,
  args: ExecutionArgs & { readonly contextValue: Context },
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  return new Results(execute, args, source[Symbol.asyncIterator]());
}

/** An iterator rather than a generator: a generator that waits for its next event can't be ended until it comes. */
class Results implements AsyncIterableIterator<ExecutionResult> {
  readonly #execute: Execute;
  readonly #args: ExecutionArgs & { readonly contextValue: Context };
  readonly #source: AsyncIterator<unknown>;

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
    const { document, operationName, variableValues, contextValue } = this.#args;
    const { services, viewer, userAgent } = contextValue;
    const context = new Context(services, viewer, userAgent, null, services.feed.batch());
    const value = await this.#execute({
      document,
      operationName,
      variables: variableValues,
      context,
      root: event.value,
    });
    services.metrics.deliveries.inc();
    return { value, done: false };
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
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
