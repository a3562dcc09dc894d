/** From what a client sends to a context and an admission: the steps that HTTP, sockets and event streams share. */
import type { IncomingMessage } from "node:http";
import { type DocumentNode, type GraphQLSchema, OperationTypeNode } from "graphql";
import type { Client } from "../actions/context.ts";
import { RequestError } from "../errors.ts";
import { askerOf } from "../rates.ts";
import type { Viewer } from "../viewer.ts";
import { type Admission, admit } from "./admit.ts";
import { Context, type Services } from "./context.ts";

const MAX_USER_AGENT_LENGTH = 200;

/** From where a request or a socket comes. Each trusted proxy has added one address to the end of X-Forwarded-For. */
export function clientOf({ headers, socket }: IncomingMessage, trustedProxies: number): Client {
  const forwarded = String(headers["x-forwarded-for"] ?? "").split(",");
  const address = trustedProxies === 0 ? undefined : forwarded.at(-trustedProxies)?.trim();
  return {
    userAgent: headers["user-agent"]?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    address: address === undefined || address === "" ? (socket.remoteAddress ?? null) : address,
  };
}

/**
 * Who a bearer token names; nobody, where there is none. Throws UNAUTHENTICATED for what is no good token, and for a
 * session that has ended; TOKEN_EXPIRED for one whose time is over; SERVICE_UNAVAILABLE while it can't be told.
 */
export async function readViewer(
  services: Services,
  authorization: unknown,
  { userAgent }: Client,
): Promise<Viewer | null> {
  if (authorization === undefined || authorization === null || authorization === "") return null;
  const token = typeof authorization === "string" ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
  if (token === undefined) {
    throw new RequestError("UNAUTHENTICATED", "Authorization is written `Bearer <access token>`.");
  }
  const viewer = await services.accessTokens.read(token, userAgent);
  if (services.endedSessions.has(viewer.sessionId)) {
    throw new RequestError("UNAUTHENTICATED", "This session has ended. Sign in again.");
  }
  return viewer;
}

/** The context of a request, as whoever its token names. */
export async function contextOf(services: Services, request: IncomingMessage): Promise<Context> {
  const client = clientOf(request, services.trustedProxies);
  try {
    return new Context(services, await readViewer(services, request.headers.authorization, client), client);
  } catch (error) {
    // Kept until it is known what the operation is: signing in goes on in spite of an old token.
    if (error instanceof RequestError) return new Context(services, null, client, error);
    throw error;
  }
}

/** Counts an operation before anything is made of it, for a document that is none costs as much; throws TOO_MANY_REQUESTS. */
export async function countOperation(context: Context): Promise<void> {
  await context.rates.takeOperation(askerOf(context));
}

/**
 * The last step before an operation runs: lets it in, notes that the viewer is active, and reads the viewer's place in
 * their log first where the operation asks for it. Throws what `admit` throws, and whatever is wrong with the token.
 */
export async function prepare(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  context: Context,
): Promise<Admission> {
  const admission = admit(schema, document, operationName, variables);
  const { operation, roots } = admission;
  if (operation.operation === OperationTypeNode.MUTATION && roots > 1) {
    await context.rates.takeOperation(askerOf(context), roots - 1);
  }
  if (context.tokenProblem !== null && !admission.onlySignsIn) throw context.tokenProblem;
  if (context.viewer !== null) context.services.activity.note(context.viewer.userId);
  context.readsEventCursor = admission.readsEventCursor;
  if (context.readsEventCursor) await context.readEventCursor();
  return admission;
}
