/** GraphQL over WebSocket: every operation, by the graphql-transport-ws protocol. */
import type { Server } from "node:http";
import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLSchema } from "graphql";
import { CloseCode } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { RequestError } from "../errors.ts";
import type { Viewer } from "../viewer.ts";
import { Context, type Services } from "./context.ts";
import type { Documents } from "./documents.ts";
import { errorFormatter, refusal } from "./errors.ts";
import type { Execute } from "./execute.ts";
import { MAX_BODY_BYTES, MAX_OPERATIONS_PER_SOCKET } from "./limits.ts";
import { prepare, readViewer, userAgentOf } from "./request.ts";
import { subscribe } from "./subscribe.ts";

/** The client should come back, and resume: what it missed is in the log. */
const TRY_AGAIN_LATER = 1013;
const PING_MS = 12_000;
const INIT_WAIT_MS = 10_000;
const CLOSE_WAIT_MS = 2_000;

interface WebSocketOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly execute: Execute;
}

/** What is kept of a socket: who signed in when it was opened. */
type SocketState = Record<PropertyKey, unknown> & { viewer?: Viewer | null };

/** Serves `/graphql` of an HTTP server; the returned function closes every socket with 1001. */
export function serveWebSockets(server: Server, options: WebSocketOptions): () => Promise<void> {
  const { services, schema, documents, execute } = options;
  const format = errorFormatter(services.log);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });
  const bySession = new Map<string, Set<WebSocket>>();

  server.on("upgrade", (request, socket, head) => {
    // A socket that breaks while it is being refused must not end the process.
    socket.on("error", () => socket.destroy());
    if (request.url?.split("?")[0] !== "/graphql") {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit("connection", accepted, request));
  });

  services.endedSessions.onEnded((sessionIds) => {
    for (const sessionId of sessionIds) {
      for (const socket of bySession.get(sessionId) ?? [])
        socket.close(CloseCode.Unauthorized, "Session ended");
    }
  });

  function remember(socket: WebSocket, viewer: Viewer): void {
    // It may have closed while its token was being read.
    if (socket.readyState !== socket.OPEN) return;
    const { sessionId } = viewer;
    const others = bySession.get(sessionId) ?? new Set();
    bySession.set(sessionId, others.add(socket));
    const timer = setTimeout(
      () => socket.close(CloseCode.Forbidden, "Token expired"),
      Math.max(0, viewer.expiresAt - Date.now()),
    );
    socket.once("close", () => {
      clearTimeout(timer);
      others.delete(socket);
      if (others.size === 0) bySession.delete(sessionId);
    });
  }

  /** Errors as clients see them; graphql-ws sends only what it takes for a GraphQLError. */
  const shown = (errors: readonly GraphQLError[]): GraphQLError[] =>
    errors.map((error) => {
      const { message, path, extensions } = format(error.toJSON(), error);
      return new GraphQLError(message, { path, extensions });
    });
  const showErrors = (result: ExecutionResult): ExecutionResult =>
    result.errors === undefined ? result : { ...result, errors: shown(result.errors) };

  const disposable = useServer<Record<string, unknown>, SocketState>(
    {
      connectionInitWaitTimeout: INIT_WAIT_MS,
      async onConnect({ connectionParams, extra }) {
        try {
          const params = connectionParams ?? {};
          extra.viewer = await readViewer(services, params.authorization ?? params.Authorization);
          if (extra.viewer !== null) remember(extra.socket as WebSocket, extra.viewer);
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          // With a fresh token an expired one may come back; nobody comes back with a token that was never good.
          const code = error.code === "TOKEN_EXPIRED" ? CloseCode.Forbidden : CloseCode.Unauthorized;
          extra.socket.close(code, error.code);
          return false;
        }
      },
      async onSubscribe({ extra, subscriptions }, _id, { query, operationName, variables }) {
        if (Object.keys(subscriptions).length > MAX_OPERATIONS_PER_SOCKET) {
          const limit = MAX_OPERATIONS_PER_SOCKET;
          return [
            refusal(
              new RequestError("OPERATION_TOO_LARGE", `A socket has ${limit} operations at most.`, { limit }),
            ),
          ];
        }
        const document = documents.parse(schema, query);
        if (!("kind" in document)) return shown(document);
        const context = new Context(
          services,
          extra.viewer ?? null,
          userAgentOf(extra.request.headers["user-agent"]),
        );
        context.onStall = () => {
          extra.socket.close(TRY_AGAIN_LATER, "Too slow: resume");
          // A peer that reads nothing never answers the close either.
          setTimeout(() => (extra.socket as WebSocket).terminate(), CLOSE_WAIT_MS).unref();
        };
        try {
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
        return shown(errors as GraphQLError[]).map((error) => error.toJSON());
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

function asGraphQLError(error: unknown): GraphQLError {
  return new GraphQLError("", { originalError: error instanceof Error ? error : new Error(String(error)) });
}
