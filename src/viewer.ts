/** Who is asking. */
import { RequestError } from "./errors.ts";

export interface Viewer {
  readonly userId: string;
  readonly sessionId: string;
  /** When the access token that named them ends, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Returns the viewer, or throws UNAUTHENTICATED where nobody is signed in. */
export function requireViewer(context: { readonly viewer: Viewer | null }): Viewer {
  if (context.viewer === null) throw new RequestError("UNAUTHENTICATED", "Sign in first.");
  return context.viewer;
}
