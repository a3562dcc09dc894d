/** GraphQL over server-sent events, for clients that can't have sockets: a stream for each operation, or one for many. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type DocumentNode, type GraphQLSchema, getOperationAST, OperationTypeNode } from "graphql";
import type { Response } from "graphql-sse";
import { RequestError, type RequestErrorCode } from "../errors.ts";
import { requireViewer, type Viewer } from "../viewer.ts";
import { isJson, readBody, send, sendRefusal } from "./body.ts";
import { tooManyOpen } from "./connections.ts";
import type { Context, Services } from "./context.ts";
import type { Documents } from "./documents.ts";
import { refusal, resultFormatter } from "./errors.ts";
import type { Execute } from "./execute.ts";
import { MAX_STREAMS_PER_VIEWER } from "./limits.ts";
import { contextOf, countOperation, prepare } from "./request.ts";
import { type Admitted, EventStream } from "./sse-stream.ts";

/** How long a stream that was reserved waits for its client. */
const OPEN_WAIT_MS = 30_000;
const TOKEN_HEADER = "x-graphql-event-stream-token";
/** Refusals that are over in a while: a client that gets them as the answer to its request asks again by itself. */
const COME_BACK: ReadonlySet<RequestErrorCode> = new Set(["TOO_MANY_REQUESTS", "SERVICE_UNAVAILABLE"]);
const ALLOWED = "GET, POST, PUT, DELETE, OPTIONS";

// As at /graphql: nothing is given away by cookies.
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": ALLOWED,
  "access-control-allow-headers": `authorization, content-type, ${TOKEN_HEADER}`,
  "access-control-expose-headers": "retry-after",
  "access-control-max-age": "86400",
};

interface EventStreamsOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly execute: Execute;
}

/** An operation as it was sent. */
interface Params {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationId: unknown;
}

interface Reserved {
  readonly viewer: Viewer;
  readonly stream: EventStream;
}

export interface EventStreams {
  /** Answers a request to `/graphql/stream`. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends every stream for its client to come back elsewhere, and begins no more. */
  close(): void;
}

/** Serves `/graphql/stream`. */
export function serveEventStreams(options: EventStreamsOptions): EventStreams {
  const { services, schema, documents, execute } = options;
  const show = resultFormatter(services.log);
  const streams = new Set<EventStream>();
  const reserved = new Map<string, Reserved>();
  let isClosed = false;

  /** Begins a stream of whoever asks; throws TOO_MANY_REQUESTS for one too many. */
  function begin(context: Context, token: string | null): EventStream {
    const release = services.connections.count(context);
    const stream = new EventStream({
      services,
      execute,
      token,
      show,
      onOver() {
        release();
        streams.delete(stream);
        if (token !== null) reserved.delete(token);
      },
    });
    streams.add(stream);
    if (isClosed) stream.end();
    return stream;
  }

  /** Reserves a stream for many operations, for its viewer alone. */
  async function reserve(context: Context): Promise<Response> {
    const viewer = signedIn(context);
    await countOperation(context);
    const others = [...reserved.values()].filter((other) => other.viewer.userId === viewer.userId);
    if (others.length >= MAX_STREAMS_PER_VIEWER) throw tooManyOpen(MAX_STREAMS_PER_VIEWER);
    const token = randomBytes(32).toString("base64url");
    const stream = begin(context, token);
    reserved.set(token, { viewer, stream });
    stream.hold(viewer);
    setTimeout(() => {
      if (!stream.isOpen) stream.end();
    }, OPEN_WAIT_MS).unref();
    return stream.answer({ method: "PUT" });
  }

  /** The stream of that name, if it is the viewer's own, of the same session. */
  function find(context: Context, token: string): EventStream | null {
    const viewer = signedIn(context);
    const found = reserved.get(token);
    const isOwn = found?.viewer.userId === viewer.userId && found.viewer.sessionId === viewer.sessionId;
    return found !== undefined && isOwn ? found.stream : null;
  }

  /** Lets an operation in, or says what is wrong with it; throws what a client can come back from. */
  async function admit(context: Context, document: DocumentNode, params: Params): Promise<Admitted> {
    const { operationName, variables } = params;
    try {
      await prepare(schema, document, operationName, variables, context);
      if (!getOperationAST(document, operationName)) {
        throw new RequestError("BAD_REQUEST", "There is no such operation in the document.");
      }
    } catch (error) {
      if (!(error instanceof RequestError) || error === context.tokenProblem || COME_BACK.has(error.code)) {
        throw error;
      }
      return { data: undefined, errors: [refusal(error)] };
    }
    return { schema, document, operationName, variableValues: variables, contextValue: { context } };
  }

  /** Answers an operation: over its stream, or over one of its own. */
  async function run(
    context: Context,
    stream: EventStream | null,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const isGet = request.method === "GET";
    if (!isGet && !isJson(request)) return sendError(response, 415, "A body is application/json.");
    const params = isGet ? fromAddress(request) : await fromBody(request, context.viewer);
    const { operationId } = params;
    await countOperation(context);
    const document = documents.parse(schema, params.query);
    const isDocument = "kind" in document;
    const type = isDocument ? getOperationAST(document, params.operationName)?.operation : undefined;
    if (isGet && type === OperationTypeNode.MUTATION) {
      return sendError(response, 405, "Mutations are sent by POST.", { allow: "POST" });
    }
    const operation = isDocument
      ? await admit(context, document, params)
      : { data: undefined, errors: document };
    if (stream === null) {
      const alone = begin(context, null);
      if (context.viewer !== null) alone.hold(context.viewer);
      return sendUnlessOpen(response, await alone.open({ method: "POST", operation }, response));
    }
    if ("errors" in operation) return sendJson(response, 400, show(operation));
    sendAnswer(response, await stream.answer({ method: "POST", operation, operationId }));
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", headers } = request;
    if (method === "OPTIONS") return void response.writeHead(204).end();
    if (!["GET", "POST", "PUT", "DELETE"].includes(method)) {
      return sendError(response, 405, "Only GET, POST, PUT and DELETE.", { allow: ALLOWED });
    }
    if (isClosed) throw new RequestError("SERVICE_UNAVAILABLE", "This server is going away. Come back.");
    const context = await contextOf(services, request);
    if (method === "PUT") return sendAnswer(response, await reserve(context));
    const { searchParams } = addressOf(request);
    const token = headers[TOKEN_HEADER]?.toString() ?? searchParams.get("token");
    const wantsEvents = /\btext\/event-stream\b/i.test(headers.accept ?? "");
    const stream = token === null ? null : find(context, token);
    if (stream === null && (token !== null || method === "DELETE")) {
      return sendError(response, 404, "There is no such stream.");
    }
    if (stream !== null && method === "DELETE") {
      const operationId = searchParams.get("operationId") ?? "";
      return sendAnswer(response, await stream.answer({ method, operationId }));
    }
    if (stream !== null && wantsEvents) {
      stream.hold(signedIn(context));
      return sendUnlessOpen(response, await stream.open({ method: "GET" }, response));
    }
    if (stream !== null || wantsEvents) return run(context, stream, request, response);
    sendError(response, 406, "Accept text/event-stream, or reserve a stream first.");
  }

  return {
    async answer(request, response) {
      for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
      try {
        await route(request, response);
      } catch (error) {
        if (!(error instanceof RequestError) || response.headersSent) throw error;
        // What is left of a body that is too large is not read.
        sendRefusal(response, error, request.complete ? {} : { connection: "close" });
      }
    },
    close() {
      isClosed = true;
      for (const stream of [...streams]) stream.end();
    },
  };
}

/** Whoever reserves a stream, or uses one; throws what is wrong with their token, and UNAUTHENTICATED. */
function signedIn(context: Context): Viewer {
  if (context.tokenProblem !== null) throw context.tokenProblem;
  return requireViewer(context);
}

const addressOf = ({ url }: IncomingMessage): URL => new URL(url ?? "/", "http://localhost");

function fromAddress(request: IncomingMessage): Params {
  const { searchParams } = addressOf(request);
  const json = (name: string): unknown => {
    const text = searchParams.get(name);
    try {
      return text === null ? null : JSON.parse(text);
    } catch {
      throw new RequestError("BAD_REQUEST", `The address has ${name} that are not JSON.`);
    }
  };
  return checked({
    query: searchParams.get("query"),
    operationName: searchParams.get("operationName"),
    variables: json("variables"),
    extensions: json("extensions"),
  });
}

async function fromBody(request: IncomingMessage, viewer: Viewer | null): Promise<Params> {
  const body = await readBody(request, viewer);
  if (!isObject(body)) throw new RequestError("BAD_REQUEST", "The body is no operation.");
  return checked(body);
}

function checked({ query, operationName, variables, extensions }: Record<string, unknown>): Params {
  const name = operationName ?? null;
  const [values, more] = [variables ?? {}, extensions ?? {}];
  const isNamed = name === null || typeof name === "string";
  if (typeof query !== "string" || !isNamed || !isObject(values) || !isObject(more)) {
    throw new RequestError("BAD_REQUEST", "This is no operation.");
  }
  return { query, operationName: name, variables: values, operationId: more.operationId ?? "" };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function sendUnlessOpen(response: ServerResponse, answer: Response | null): void {
  if (answer !== null) sendAnswer(response, answer);
}

function sendAnswer(response: ServerResponse, [body, { status, headers }]: Response): void {
  if (status === 204) return void response.writeHead(status).end();
  send(response, status, headers?.["content-type"] ?? "text/plain; charset=utf-8", String(body ?? ""));
}

function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const code = status === 404 ? "NOT_FOUND" : "BAD_REQUEST";
  sendJson(response, status, { errors: [{ message, extensions: { code } }] }, headers);
}

function sendJson(
  response: ServerResponse,
  status: number,
  answer: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, "application/json; charset=utf-8", JSON.stringify(answer), headers);
}
