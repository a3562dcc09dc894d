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
import { Context, type Services } from "./context.ts";
import type { Documents } from "./documents.ts";
import { errorFormatter, refusal, statusOf } from "./errors.ts";
import type { Execute } from "./execute.ts";
import { MAX_BODY_BYTES, MAX_TOKENS } from "./limits.ts";
import { playground } from "./playground.ts";
import { prepare, readViewer, userAgentOf } from "./request.ts";

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
}

const KEEP_ALIVE_MS = 65_000;

export interface HttpServer {
  readonly server: Server;
  /** Takes no new work, lets what runs finish, and closes every socket with 1001. */
  drain(): Promise<void>;
}

/** Serves everything; the caller makes the returned server listen. */
export async function createHttpServer(options: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      services.log.error({ kind: error instanceof Error ? error.name : typeof error }, "a request failed");
      if (!response.headersSent) send(response, 500, "text/plain; charset=utf-8", "Something went wrong.");
      else response.destroy();
    });
  });
  const { services } = options;
  // Longer than what stands in front of it keeps a connection, or a request meets one that is being closed.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const closeSockets = options.closeSockets(server);
  const apollo = createApollo(server, options, closeSockets);
  await apollo.start();
  const page = playground(options);
  let isDraining = false;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url?.split("?", 1)[0];
    if (path === "/graphql") return answerGraphQL(apollo, services, request, response);
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
    if (!(await page(request, response)))
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

function createApollo(
  server: Server,
  options: HttpOptions,
  closeSockets: () => Promise<void>,
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
    parseOptions: { maxTokens: MAX_TOKENS },
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
          return { drainServer: closeSockets };
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
                  new RequestError("BAD_REQUEST", "Subscriptions go over a WebSocket to this address."),
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
  let body: unknown;
  try {
    body = request.method === "POST" ? await readBody(request) : "";
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const { code, message, extensions } = error;
    response.setHeader("connection", "close");
    const answer = JSON.stringify({ errors: [{ message, extensions: { code, ...extensions } }] });
    return send(response, statusOf(code), "application/json; charset=utf-8", answer, CORS);
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
    context: () => createContext(services, request),
  });
  sendAnswer(response, answer);
}

async function createContext(services: Services, request: IncomingMessage): Promise<Context> {
  const userAgent = userAgentOf(request.headers["user-agent"]);
  try {
    return new Context(services, await readViewer(services, request.headers.authorization), userAgent);
  } catch (error) {
    // Kept until it is known what the operation is: signing in goes on in spite of an old token.
    if (error instanceof RequestError) return new Context(services, null, userAgent, error);
    throw error;
  }
}

function readBody(request: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.on("error", () => reject(new RequestError("BAD_REQUEST", "The body broke off.")));
    request.on("end", () => {
      // Apollo says itself that a body of another type is not for it.
      if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) return resolve({});
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      } catch {
        reject(new RequestError("BAD_REQUEST", "The body is not JSON."));
      }
    });
  });
}

function tooLarge(): RequestError {
  const limit = MAX_BODY_BYTES;
  return new RequestError("PAYLOAD_TOO_LARGE", `A body has ${limit} bytes at most.`, { limit });
}

function sendAnswer(response: ServerResponse, { status, headers, body }: HTTPGraphQLResponse): void {
  for (const [name, value] of headers) response.setHeader(name, value);
  const text = body.kind === "complete" ? body.string : "";
  send(response, status ?? 200, headers.get("content-type") ?? "application/json; charset=utf-8", text, CORS);
}

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...headers,
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
