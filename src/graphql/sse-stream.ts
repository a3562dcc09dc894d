/** One stream of server-sent events: what runs on it, and the response that its results go into. */
import type { ServerResponse } from "node:http";
import { type ExecutionArgs, type ExecutionResult, type GraphQLError, getOperationAST } from "graphql";
import { createHandler, type Handler, type Response } from "graphql-sse";
import { RequestError } from "../errors.ts";
import type { Viewer } from "../viewer.ts";
import type { Context, Services } from "./context.ts";
import type { Execute } from "./execute.ts";
import { MAX_OPERATIONS_PER_STREAM } from "./limits.ts";
import { subscribe } from "./subscribe.ts";

/** A client that takes nothing for this long is let go. */
const STALL_MS = 10_000;
/** Whoever has not taken the end of a stream by then is gone already. */
const CLOSE_WAIT_MS = 2_000;

const ACCEPTED = 202;

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  // What stands in front must hand on each event as it comes.
  "x-accel-buffering": "no",
};

type Held = { readonly context: Context };
type Operation = ExecutionArgs & { contextValue: Held };

/** An operation that was let in, or what is answered in its place. */
export type Admitted = Operation | { readonly data: undefined; readonly errors: readonly GraphQLError[] };

/** What a client asks of a stream: PUT reserves it, GET opens it, POST begins an operation, DELETE ends one. */
export interface Asked {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly operation?: Admitted;
  readonly operationId?: unknown;
}

interface StreamOptions {
  readonly services: Services;
  readonly execute: Execute;
  /** The name of a stream for many operations; null for a stream of one. */
  readonly token: string | null;
  /** A result as clients see it. */
  readonly show: (result: ExecutionResult) => ExecutionResult;
  /** Called once, when nothing more goes over it. */
  readonly onOver: () => void;
}

/**
 * Has a handler of its own from graphql-sse, so that whatever that keeps goes with the stream. The handler queues results
 * without a bound: so each waits here until those before it were taken, and what produces them waits with it.
 */
export class EventStream {
  readonly #options: StreamOptions;
  readonly #handle: Handler<null, Admitted | undefined>;
  readonly #subscriptions = new Map<Held, AsyncIterator<ExecutionResult>>();
  #operations = 0;
  #response: ServerResponse | null = null;
  #body: AsyncGenerator<string> | null = null;
  #waiting: (() => void)[] = [];
  #release: () => void = () => {};
  #isOver = false;
  #isBroken = false;

  constructor(options: StreamOptions) {
    const { token, show } = options;
    this.#options = options;
    this.#handle = createHandler<null, Admitted | undefined, Held>({
      authenticate: () => token,
      // What comes here was validated and let in before.
      validate: () => [],
      onSubscribe: ({ context: admitted }) => admitted,
      execute: (args) => this.#execute(args),
      subscribe: (args) => this.#subscribe(args),
      onNext: async (_held, _request, result) => {
        await this.#room();
        return show(result as ExecutionResult);
      },
      onComplete: (held) => {
        this.#operations--;
        this.#subscriptions.delete(held);
      },
    });
  }

  get isOpen(): boolean {
    return this.#response !== null;
  }

  /** Ends it with the viewer's session and access token, and no longer with those of whoever held it before. */
  hold(viewer: Viewer): void {
    this.#release();
    this.#release = this.#options.services.connections.hold(viewer, () => this.end());
  }

  /** What the protocol answers to a request that opens no stream; throws OPERATION_TOO_LARGE for one operation too many. */
  async answer(asked: Asked): Promise<Response> {
    if (asked.operation === undefined) return this.#ask(asked, "*/*");
    if (this.#operations >= MAX_OPERATIONS_PER_STREAM) {
      const limit = MAX_OPERATIONS_PER_STREAM;
      throw new RequestError("OPERATION_TOO_LARGE", `A stream has ${limit} operations at most.`, { limit });
    }
    this.#operations++;
    const answer = await this.#ask(asked, "*/*");
    const [, { status }] = answer;
    if (status !== ACCEPTED) this.#forget(asked.operation);
    return answer;
  }

  /** Opens it for a client and sends all that comes, until it ends; or returns what the protocol answers instead. */
  async open(asked: Asked, response: ServerResponse): Promise<Response | null> {
    const answer = await this.#ask(asked, "text/event-stream");
    const [body, { status }] = answer;
    if (body === null || typeof body === "string") return answer;
    this.#body = body;
    // The client must not take for complete what was ended before it began.
    if (this.#isBroken) response.destroy();
    this.#response = response;
    this.#options.services.metrics.streams.inc();
    const end = () => {
      this.#options.services.metrics.streams.dec();
      this.end();
    };
    if (response.destroyed) end();
    else response.once("close", end);
    this.#wake();
    response.writeHead(status, HEADERS);
    for await (const text of body) {
      if (response.writableEnded || response.destroyed) break;
      if (!response.write(text)) await this.#drained(response);
      this.#wake();
    }
    response.end();
    return null;
  }

  /** Ends everything on it. The client sees the stream break off, and comes back. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release();
    const response = this.#response;
    if (response !== null && !response.destroyed) {
      response.end();
      setTimeout(() => response.destroy(), CLOSE_WAIT_MS).unref();
    }
    for (const results of this.#subscriptions.values()) void results.return?.();
    void this.#body?.return(undefined);
    this.#wake();
    this.#options.onOver();
  }

  async #ask({ method, operation, operationId = "" }: Asked, accept: string): Promise<Response> {
    const headers: Readonly<Record<string, string>> = { accept, "content-type": "application/json" };
    try {
      return await this.#handle({
        method,
        url: `/?${new URLSearchParams({ operationId: String(operationId) })}`,
        headers: { get: (name) => headers[name] },
        // The document is in the context, parsed already.
        body: { query: "", extensions: { operationId } },
        raw: null,
        context: operation,
      });
    } catch (error) {
      this.end();
      throw error;
    }
  }

  async #execute({ document, operationName, variableValues, contextValue }: Operation) {
    const { execute, services } = this.#options;
    const startedAt = performance.now();
    const { context } = contextValue;
    const result = await execute({ document, operationName, variables: variableValues, context });
    const type = getOperationAST(document, operationName)?.operation ?? "none";
    services.metrics.operations.inc({ type, outcome: result.errors === undefined ? "ok" : "error" });
    services.metrics.duration.observe({ type }, (performance.now() - startedAt) / 1_000);
    return result;
  }

  async #subscribe({ contextValue: held, ...args }: Operation) {
    const { context } = held;
    // What is not open yet is forgotten soon enough.
    context.onStall = () => this.#response?.destroy();
    const results = await subscribe(this.#options.execute, { ...args, contextValue: context });
    if (!(Symbol.asyncIterator in results)) return results;
    this.#subscriptions.set(held, results);
    if (this.#isOver) {
      this.#isBroken = true;
      await results.return?.();
    }
    return results;
  }

  /** Ends what was not accepted: no `onComplete` comes for an operation that was completed while it began. */
  #forget(operation: Admitted): void {
    this.#operations--;
    if (!("contextValue" in operation)) return;
    void this.#subscriptions.get(operation.contextValue)?.return?.();
    this.#subscriptions.delete(operation.contextValue);
  }

  /** Resolves when the client has taken what came before. */
  async #room(): Promise<void> {
    while (!this.#isOver && this.#hasNoRoom) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  get #hasNoRoom(): boolean {
    // The only operation of a stream runs before there is a response to wait for.
    if (this.#response === null) return this.#options.token !== null;
    return this.#response.writableNeedDrain;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #drained(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      if (response.destroyed) return resolve();
      const timer = setTimeout(() => response.destroy(), STALL_MS);
      const go = () => {
        clearTimeout(timer);
        response.off("drain", go).off("close", go);
        resolve();
      };
      response.on("drain", go).on("close", go);
    });
  }
}
