/** From what a client sends to a context and an admission: the steps that HTTP and the socket share. */
import type { DocumentNode, GraphQLSchema } from "graphql";
import { RequestError } from "../errors.ts";
import type { Viewer } from "../viewer.ts";
import { type Admission, admit } from "./admit.ts";
import type { Context, Services } from "./context.ts";

const MAX_USER_AGENT_LENGTH = 200;

/** What a client says it is, cut to 200 characters; null when it says nothing. */
export function userAgentOf(header: string | undefined): string | null {
  return header?.slice(0, MAX_USER_AGENT_LENGTH) ?? null;
}

/**
 * Who a bearer token names; nobody, where there is none. Throws UNAUTHENTICATED for what is no token of Kith's, and for
 * a session that has ended; TOKEN_EXPIRED for one whose time is over.
 */
export async function readViewer(services: Services, authorization: unknown): Promise<Viewer | null> {
  if (authorization === undefined || authorization === null || authorization === "") return null;
  const token = typeof authorization === "string" ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
  if (token === undefined) {
    throw new RequestError("UNAUTHENTICATED", "Authorization is written `Bearer <access token>`.");
  }
  const viewer = await services.accessTokens.read(token);
  if (services.endedSessions.has(viewer.sessionId)) {
    throw new RequestError("UNAUTHENTICATED", "This session has ended. Sign in again.");
  }
  return viewer;
}

/**
 * The last step before an operation runs: lets it in, and reads the viewer's place in their log first where the
 * operation asks for it. Throws what `admit` throws, and whatever is wrong with the token.
 */
export async function prepare(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  context: Context,
): Promise<Admission> {
  const admission = admit(schema, document, operationName, variables);
  if (context.tokenProblem !== null && !admission.onlySignsIn) throw context.tokenProblem;
  if (admission.readsEventCursor) await context.readEventCursor();
  return admission;
}
