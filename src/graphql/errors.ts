/** How an error looks from outside: a code, a message that echoes nothing, and never a stack. */
import { randomUUID } from "node:crypto";
import { HeaderMap } from "@apollo/server";
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from "graphql";
import { RequestError, type RequestErrorCode, UserError } from "../errors.ts";
import { describeError, type Log } from "../log.ts";
import { MAX_COMMENTS, MAX_TOKENS } from "./limits.ts";

const HTTP_STATUS: Readonly<Record<RequestErrorCode, number>> = {
  BAD_REQUEST: 400,
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  FORBIDDEN: 403,
  OPERATION_TOO_LARGE: 400,
  PAYLOAD_TOO_LARGE: 413,
  CURSOR_EXPIRED: 400,
  TOO_MANY_REQUESTS: 429,
  SERVICE_UNAVAILABLE: 503,
};

/** The HTTP status of a request that was refused with this code. */
export function statusOf(code: RequestErrorCode): number {
  return HTTP_STATUS[code];
}

/** A refusal of the whole request, as GraphQL says it; with the HTTP status that fits, and when to come back. */
export function refusal(error: RequestError): GraphQLError {
  const { code, message, extensions } = error;
  const http = { status: statusOf(code), headers: retryAfter(extensions.retryAt) };
  return new GraphQLError(message, { extensions: { code, ...extensions, http } });
}

/** When to come back, as a header says it; no header where nothing is known of it. */
export function retryAfter(retryAt: unknown): HeaderMap {
  const headers = new HeaderMap();
  if (typeof retryAt === "string") {
    headers.set("retry-after", String(Math.max(1, Math.ceil((Date.parse(retryAt) - Date.now()) / 1_000))));
  }
  return headers;
}

// What graphql-js and Apollo say of a document is made of the document's own names; of a variable it may quote the value.
const QUOTES_INPUT =
  /^Variable "\$[^"]*" got invalid value|cannot represent|does not exist in|Expected value of type/;
const IS_MISSING = /^Variable "\$\w+" of (required|non-null) type/;
const TOO_MANY = /^Syntax Error: Document contains more tha[nt] \d+ (tokens|comments)/;

/** Formats errors for clients; what is not ours to explain becomes INTERNAL, with an id that the log has as well. */
export function errorFormatter(log: Log) {
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const original = thrown instanceof GraphQLError ? (thrown.originalError ?? thrown) : thrown;
    const place = { path: formatted.path, locations: formatted.locations };
    if (original instanceof RequestError) {
      return {
        message: original.message,
        ...place,
        extensions: { code: original.code, ...original.extensions },
      };
    }
    // A mutation hands these back in its payload; a query may throw one as well.
    if (original instanceof UserError) {
      const { retryAt, ruleId } = original.details;
      return { message: original.message, ...place, extensions: { code: original.code, retryAt, ruleId } };
    }
    if (original instanceof GraphQLError) return formatGraphQLError(formatted, original);
    const id = randomUUID();
    log.error({ id, ...describeError(original) }, "an operation failed");
    return {
      message: `Something went wrong. It is noted under ${id}.`,
      ...place,
      extensions: { code: "INTERNAL", id },
    };
  };
}

/** Results with their errors as clients see them. */
export function resultFormatter(log: Log) {
  const format = errorFormatter(log);
  return (result: ExecutionResult): ExecutionResult =>
    result.errors === undefined
      ? result
      : { ...result, errors: result.errors.map((error) => shownError(format, error)) };
}

/** An error as clients see it, still a GraphQLError: graphql-ws sends only what it takes for one. */
export function shownError(format: ReturnType<typeof errorFormatter>, error: GraphQLError): GraphQLError {
  const { message, path, extensions } = format(error.toJSON(), error);
  return new GraphQLError(message, { path, extensions });
}

function formatGraphQLError(formatted: GraphQLFormattedError, error: GraphQLError): GraphQLFormattedError {
  const { http: _http, stacktrace: _stacktrace, ...extensions } = { ...formatted.extensions };
  const { message, locations } = formatted;
  const tooMany = TOO_MANY.exec(message)?.[1];
  if (tooMany !== undefined) {
    const limit = tooMany === "tokens" ? MAX_TOKENS : MAX_COMMENTS;
    return {
      message: `This document has too many ${tooMany}.`,
      extensions: { code: "OPERATION_TOO_LARGE", limit },
    };
  }
  if (message.startsWith("Syntax Error")) {
    return {
      message: "The document is not GraphQL.",
      locations,
      extensions: { code: "GRAPHQL_PARSE_FAILED" },
    };
  }
  if (QUOTES_INPUT.test(message)) {
    const variable = /^Variable "\$(\w+)"/.exec(message)?.[1];
    return {
      message:
        variable === undefined
          ? "A value does not fit its type."
          : `The variable $${variable} does not fit its type.`,
      locations,
      extensions: { code: "BAD_USER_INPUT" },
    };
  }
  const code = IS_MISSING.test(message) ? "BAD_USER_INPUT" : (extensions.code ?? error.extensions.code);
  return {
    ...formatted,
    extensions: {
      ...extensions,
      code: code === undefined || code === "INTERNAL_SERVER_ERROR" ? "BAD_REQUEST" : code,
    },
  };
}
