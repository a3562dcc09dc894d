/** GraphQL over WebSocket: every operation, by the graphql-transport-ws protocol. */
import type { Server } from "node:http";
import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLSchema } from "graphql";
import { CloseCode } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { RequestError, type RequestErrorCode } from "../errors.ts";
import type { Viewer } from "../viewer.ts";
import type { Ending } from "./connections.ts";
import { Context, type Services } from "./context.ts";
import type { Documents } from "./documents.ts";
import { errorFormatter, refusal, resultFormatter, shownError } from "./errors.ts";
import type { Execute } from "./execute.ts";
import { MAX_BODY_BYTES, MAX_OPERATIONS_PER_SOCKET, NOBODYS_IDLE_SECONDS } from "./limits.ts";
import { clientOf, countOperation, prepare, readViewer } from "./request.ts";
import { subscribe } from "./subscribe.ts";

/** The client should come back, and resume: what it missed is in the log. */
const TRY_AGAIN_LATER = 1013;
const CLOSED_BY: Readonly<Partial<Record<RequestErrorCode, number>>> = {
  TOKEN_EXPIRED: CloseCode.Forbidden,
  SERVICE_UNAVAILABLE: TRY_AGAIN_LATER,
  TOO_MANY_REQUESTS: CloseCode.TooManyInitialisationRequests,
};
const ENDS: Readonly<Record<Ending, readonly [code: number, reason: string]>> = {
  ENDED: [CloseCode.Unauthorized, "Session ended"],
  EXPIRED: [CloseCode.Forbidden, "Token expired"],
};
const TOO_SLOW = "Too slow: resume";
const NORMAL = 1000;
const PING_MS = 12_000;
const INIT_WAIT_MS = 10_000;
const CLOSE_WAIT_MS = 2_000;
/** Whoever goes on asking while so much of what they were answered waits to be read is let go. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

interface WebSocketOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly execute: Execute;
}

/** What is kept of a socket: who signed in when it was opened; and where that was nobody, what closes it some time. */
type SocketState = Record<PropertyKey, unknown> & { viewer?: Viewer | null; idle?: NodeJS.Timeout };

/** Closes a socket, and breaks it off where its peer reads nothing or does not answer the close. */
function closeFor(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_WAIT_MS).unref();
}

/** Serves `/graphql` of an HTTP server; the returned function closes every socket with 1001. */
export function serveWebSockets(server: Server, options: WebSocketOptions): () => Promise<void> {
  const { services, schema, documents, execute } = options;
  const format = errorFormatter(services.log);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });

  server.on("upgrade", (request, socket, head) => {
    // A socket that breaks while it is being refused must not end the process.
    socket.on("error", () => socket.destroy());
    if (request.url?.split("?")[0] !== "/graphql") {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit("connection", accepted, request));
  });

  function hold(socket: WebSocket, viewer: Viewer): void {
    socket.once(
      "close",
      services.connections.hold(viewer, (why) => closeFor(socket, ...ENDS[why])),
    );
  }

  /** Closes a socket on which nobody is signed in, when nothing has been asked on it for a while. */
  function closeIdle(socket: WebSocket, operations: object): NodeJS.Timeout {
    const timer = setTimeout(() => {
      if (Object.keys(operations).length > 0) timer.refresh();
      else closeFor(socket, NORMAL, "Nobody asks");
    }, NOBODYS_IDLE_SECONDS * 1_000);
    socket.once("close", () => clearTimeout(timer));
    return timer;
  }

  const shown = (errors: readonly GraphQLError[]) => errors.map((error) => shownError(format, error));
  const showErrors = resultFormatter(services.log);

  const disposable = useServer<Record<string, unknown>, SocketState>(
    {
      connectionInitWaitTimeout: INIT_WAIT_MS,
      async onConnect({ connectionParams, extra, subscriptions }) {
        try {
          const params = connectionParams ?? {};
          const client = clientOf(extra.request, services.trustedProxies);
          const viewer = await readViewer(services, params.authorization ?? params.Authorization, client);
          extra.viewer = viewer;
          const socket = extra.socket as WebSocket;
          // It may have closed while its token was being read.
          if (socket.readyState !== socket.OPEN) return;
          socket.once("close", services.connections.count({ viewer, client }));
          if (viewer === null) extra.idle = closeIdle(socket, subscriptions);
          else hold(socket, viewer);
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          // With a fresh token an expired one may come back; nobody comes back with a token that was never good.
          extra.socket.close(CLOSED_BY[error.code] ?? CloseCode.Unauthorized, error.code);
          return false;
        }
      },
      async onSubscribe({ extra, subscriptions }, _id, { query, operationName, variables }) {
        const socket = extra.socket as WebSocket;
        // Until the peer answers the close it can still send, as somebody whose session may have ended. It hears nothing.
        if (socket.readyState !== socket.OPEN) return [GONE];
        extra.idle?.refresh();
        if (Object.keys(subscriptions).length > MAX_OPERATIONS_PER_SOCKET) {
          const limit = MAX_OPERATIONS_PER_SOCKET;
          return [
            refusal(
              new RequestError("OPERATION_TOO_LARGE", `A socket has ${limit} operations at most.`, { limit }),
            ),
          ];
        }
        const context = new Context(
          services,
          extra.viewer ?? null,
          clientOf(extra.request, services.trustedProxies),
        );
        context.onStall = () => closeFor(socket, TRY_AGAIN_LATER, TOO_SLOW);
        let document: ReturnType<Documents["parse"]>;
        try {
          await countOperation(context);
          document = documents.parse(schema, query);
          if (!("kind" in document)) return shown(document);
          await prepare(schema, document, operationName, variables, context);
        } catch (error) {
          return shown([error instanceof RequestError ? refusal(error) : asGraphQLError(error)]);
        }
        return { schema, document, operationName, variableValues: variables, contextValue: context };
      },
      async execute(args: ExecutionArgs) {
        const { document, operationName, variableValues, contextValue } = args;
        const result = await execute({
          document,
          operationName,
          variables: variableValues,
          context: contextValue,
        });
        return showErrors(result);
      },
      async subscribe(args: ExecutionArgs) {
        const results = await subscribe(execute, args as ExecutionArgs & { contextValue: Context });
        return Symbol.asyncIterator in results ? results : showErrors(results);
      },
      onNext(_context, _id, _payload, _args, result) {
        return result.errors === undefined ? undefined : showErrors(result as ExecutionResult);
      },
      onError(_context, _id, _payload, errors) {
        const told = (errors as GraphQLError[]).map((error) => (couldNotBeSent(error) ? GONE : error));
        return shown(told).map((error) => error.toJSON());
      },
    },
    sockets,
    PING_MS,
  );

  // A frame that is too large, or no text: the socket is closed with a code by `ws`, and that is all there is to it.
  sockets.on("connection", (socket) => {
    services.metrics.sockets.inc();
    // graphql-ws would print the error, with its stack.
    socket.removeAllListeners("error");
    socket.on("error", (error) =>
      services.log.debug({ code: (error as { code?: string }).code }, "a socket broke"),
    );
    socket.once("close", () => services.metrics.sockets.dec());
    // Whatever it sends may be answered, if only by a pong.
    const checkUnread = () => {
      if (socket.bufferedAmount > MOST_UNREAD_BYTES) closeFor(socket, TRY_AGAIN_LATER, TOO_SLOW);
    };
    socket.on("message", checkUnread).on("ping", checkUnread);
  });

  return async () => {
    // Whoever does not answer the close in time is gone already.
    const impatience = setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate();
    }, CLOSE_WAIT_MS);
    await disposable.dispose();
    clearTimeout(impatience);
  };
}

/** What stands for an item that could not be sent; nobody is left to be told. */
const GONE = new GraphQLError("This connection is gone.");

/** Whether it was the socket that broke while something was sent, which it says itself. */
function couldNotBeSent({ originalError }: GraphQLError): boolean {
  return (originalError as { readonly syscall?: string } | undefined)?.syscall === "write";
}

function asGraphQLError(error: unknown): GraphQLError {
  return new GraphQLError("", { originalError: error instanceof Error ? error : new Error(String(error)) });
}
