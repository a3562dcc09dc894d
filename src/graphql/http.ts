/** GraphQL over HTTP by Apollo Server, on Node's own server; and the addresses beside it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginDrainHttpServer } from "@apollo/server/plugin/drainHttpServer";
import { type GraphQLSchema, OperationTypeNode } from "graphql";
import { RequestError } from "../errors.ts";
import { askerOf } from "../rates.ts";
import { readBody, send, sendRefusal } from "./body.ts";
import type { Context, Services } from "./context.ts";
import { type Documents, PARSE_OPTIONS } from "./documents.ts";
import { errorFormatter, refusal } from "./errors.ts";
import type { Execute } from "./execute.ts";
import { exportDownload } from "./export/download.ts";
import { invitePage } from "./invite/page.ts";
import { playground } from "./playground.ts";
import { clientOf, contextOf, countOperation, prepare } from "./request.ts";
import { shareLinkPage } from "./share-link/page.ts";
import type { EventStreams } from "./sse.ts";
import { turnOf } from "./turn.ts";
import { serveUploads } from "./upload/tus.ts";
import { servePlayback } from "./video/playback.ts";

interface HttpOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly execute: Execute;
  readonly operationsDir: string;
  readonly samples: () => Promise<Record<string, unknown>>;
  /** Whether the database answers, with every migration. */
  readonly isReady: () => Promise<boolean>;
  /** Closes the sockets, when the server drains. */
  readonly closeSockets: (server: Server) => () => Promise<void>;
  readonly eventStreams: EventStreams;
}

const KEEP_ALIVE_MS = 65_000;
/** An answer of which nothing is taken for this long, or at most twice as long, is broken off: whoever wants it asks again. */
const STALL_MS = 30_000;

export interface HttpServer {
  readonly server: Server;
  /** Takes no new work, lets what runs finish, and closes every socket with 1001. */
  drain(): Promise<void>;
}

/** Serves everything; the caller makes the returned server listen. */
export async function createHttpServer(options: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      services.log.error({ kind: error instanceof Error ? error.name : typeof error }, "a request failed");
      if (!response.headersSent) send(response, 500, "text/plain; charset=utf-8", "Something went wrong.");
      else response.destroy();
    });
  });
  const { services } = options;
  // Longer than what stands in front of it keeps a connection, or a request meets one that is being closed.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const closeSockets = options.closeSockets(server);
  const [uploads, playback] = [serveUploads(services), servePlayback(services)];
  const apollo = createApollo(server, options, async () => {
    options.eventStreams.close();
    uploads.close();
    playback.close();
    await closeSockets();
  });
  await apollo.start();
  const pages = [
    playground(options),
    invitePage(services),
    shareLinkPage(services),
    exportDownload(services, STALL_MS),
  ];
  let isDraining = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await turnOf(request, response);
    const path = request.url?.split("?", 1)[0];
    if (path === "/graphql/stream") return options.eventStreams.answer(request, response);
    await handle(path, request, response);
    if (!response.writableFinished) response.setTimeout(STALL_MS, () => response.destroy());
  };

  const handle = async (
    path: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    if (path === "/graphql") return answerGraphQL(apollo, services, request, response);
    if (path?.startsWith("/uploads/")) return uploads.answer(request, response);
    if (path?.startsWith("/media/")) return playback.answer(request, response);
    if (path === "/healthz") return send(response, 200, "text/plain; charset=utf-8", "ok");
    if (path === "/readyz") {
      const isReady = !isDraining && (await options.isReady());
      return send(
        response,
        isReady ? 200 : 503,
        "text/plain; charset=utf-8",
        isReady ? "ready" : "not ready",
      );
    }
    if (path === "/metrics") {
      const { registry } = services.metrics;
      return send(response, 200, registry.contentType, await registry.metrics());
    }
    if (!(await isLetIn(services, request, response))) return;
    for (const page of pages) if (await page(request, response)) return;
    send(response, 404, "text/plain; charset=utf-8", "There is nothing here.");
  };

  return {
    server,
    async drain() {
      isDraining = true;
      await apollo.stop();
    },
  };
}

/** Counts whoever reads a page as with operations, for it may cost as much; answers, and says false, where it is too often. */
async function isLetIn(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  try {
    const client = clientOf(request, services.trustedProxies);
    await services.rates.takeOperation(askerOf({ viewer: null, client }));
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    sendRefusal(response, error, CORS);
    return false;
  }
}

function createApollo(
  server: Server,
  options: HttpOptions,
  closeStreams: () => Promise<void>,
): ApolloServer<Context> {
  const { services, schema, documents, execute } = options;
  const { log, metrics } = services;
  return new ApolloServer<Context>({
    // A gateway is Apollo's door for an executor of one's own.
    gateway: {
      onSchemaLoadOrUpdate(callback) {
        callback({ apiSchema: schema, coreSupergraphSdl: "" });
        return () => {};
      },
      async load() {
        return {
          executor: ({ document, operationName, request, context }) =>
            execute({ document, operationName, variables: request.variables, context }),
        };
      },
      async stop() {},
    },
    // The schema is public, as is the playground; what introspection may ask is decided by the gate.
    introspection: true,
    csrfPrevention: true,
    documentStore: documents,
    parseOptions: PARSE_OPTIONS,
    persistedQueries: false,
    formatError: errorFormatter(log),
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    nodeEnv: "production",
    logger: {
      debug() {},
      info() {},
      warn: (message) => log.warn({ message }),
      error: (message) => log.error({ message }),
    },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginDrainHttpServer({ httpServer: server }),
      {
        async serverWillStart() {
          return { drainServer: closeStreams };
        },
      },
      {
        async requestDidStart() {
          const startedAt = performance.now();
          return {
            async didResolveOperation({ document, request, contextValue, operation }) {
              if (operation === undefined) {
                throw refusal(new RequestError("BAD_REQUEST", "There is no such operation in the document."));
              }
              if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
                throw refusal(
                  new RequestError(
                    "BAD_REQUEST",
                    "Subscriptions go over a WebSocket to this address, or over /graphql/stream.",
                  ),
                );
              }
              try {
                await prepare(schema, document, request.operationName, request.variables, contextValue);
              } catch (error) {
                throw error instanceof RequestError ? refusal(error) : error;
              }
            },
            async willSendResponse({ operation, errors }) {
              const type = operation?.operation ?? "none";
              metrics.operations.inc({ type, outcome: errors === undefined ? "ok" : "error" });
              metrics.duration.observe({ type }, (performance.now() - startedAt) / 1_000);
            },
          };
        },
      },
    ],
  });
}

// Any page may ask, for nothing is given away by cookies: who asks is said by the token alone.
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, OPTIONS",
  "access-control-allow-headers":
    "authorization, content-type, apollo-require-preflight, x-apollo-operation-name",
  "access-control-expose-headers": "retry-after",
  "access-control-max-age": "86400",
};

async function answerGraphQL(
  apollo: ApolloServer<Context>,
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === "OPTIONS") {
    response.writeHead(204, CORS).end();
    return;
  }
  const context = await contextOf(services, request);
  let body: unknown;
  try {
    body = request.method === "POST" ? await readBody(request, context.viewer) : "";
    await countOperation(context);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    services.metrics.operations.inc({ type: "none", outcome: "error" });
    // What is left of a body that is too large is not read.
    return sendRefusal(response, error, request.complete ? CORS : { ...CORS, connection: "close" });
  }
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? "GET",
      headers,
      body,
      search: request.url?.includes("?") ? request.url.slice(request.url.indexOf("?")) : "",
    },
    context: async () => context,
  });
  sendAnswer(response, answer);
}

function sendAnswer(response: ServerResponse, { status, headers, body }: HTTPGraphQLResponse): void {
  for (const [name, value] of headers) response.setHeader(name, value);
  const text = body.kind === "complete" ? body.string : "";
  send(response, status ?? 200, headers.get("content-type") ?? "application/json; charset=utf-8", text, CORS);
}
