/** The errors that Kith itself raises, each with the code by which a client tells them apart. */

/** What a person can do something about; a mutation hands it back in `userErrors`. */
export const USER_ERROR_CODES = [
  "INVALID",
  "NOT_FOUND",
  "FORBIDDEN",
  "UNAVAILABLE",
  "CONFLICT",
  "LIMIT_REACHED",
  "TOO_MANY_REQUESTS",
  "NOT_ALLOWED_BY_POLICY",
  "EXPIRED",
] as const;
export type UserErrorCode = (typeof USER_ERROR_CODES)[number];

/** What only a program can do something about; it becomes a GraphQL error with this code. */
export type RequestErrorCode =
  | "BAD_REQUEST"
  | "BAD_USER_INPUT"
  | "UNAUTHENTICATED"
  | "TOKEN_EXPIRED"
  | "FORBIDDEN"
  | "OPERATION_TOO_LARGE"
  | "PAYLOAD_TOO_LARGE"
  | "CURSOR_EXPIRED"
  | "TOO_MANY_REQUESTS"
  | "SERVICE_UNAVAILABLE";

export interface UserErrorDetails {
  /** Where in the input, for example `["handle"]`. */
  path?: readonly string[];
  ruleId?: string;
  retryAt?: Date;
  /** What the payload says besides, for example how things stand now. */
  payload?: Readonly<Record<string, unknown>>;
}

/** A refusal that the person behind the client can understand and act on. */
export class UserError extends Error {
  override readonly name = "UserError";
  constructor(
    readonly code: UserErrorCode,
    message: string,
    readonly details: UserErrorDetails = {},
  ) {
    super(message);
  }
}

/** The world has moved on since the client looked; also what a violated constraint becomes. */
export class ConflictError extends UserError {
  constructor(message = "This has changed in the meantime. Read it again.", details: UserErrorDetails = {}) {
    super("CONFLICT", message, details);
  }
}

/** A refusal of the request itself: not signed in, malformed, too large, or at a bad moment. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  constructor(
    readonly code: RequestErrorCode,
    message: string,
    readonly extensions: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** The server can't start; the message is one line that says what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Returns `row`, or throws NOT_FOUND, which is all that is ever said of what the viewer may not see. */
export function requireFound<Row>(row: Row | null | undefined, what: string, path?: string): Row {
  if (row === null || row === undefined) {
    throw new UserError("NOT_FOUND", `There is no such ${what}.`, path === undefined ? {} : { path: [path] });
  }
  return row;
}
