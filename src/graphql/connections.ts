/** Sockets and streams: how many somebody may have open, and their end with the session and the access token that opened them. */
import { RequestError } from "../errors.ts";
import type { EndedSessions } from "../loaders/session.ts";
import { askerOf } from "../rates.ts";
import type { Viewer } from "../viewer.ts";
import { MAX_OPEN_PER_NETWORK, MAX_OPEN_PER_VIEWER } from "./limits.ts";

/** Why something is ended: its session is over, or its access token is and a fresh one may come back. */
export type Ending = "ENDED" | "EXPIRED";

/** When whoever has too much open may try again: what broke off is noticed by then. */
const TRY_AGAIN_MS = 30_000;

/** A timer knows no longer time than this. */
const LONGEST_MS = 2 ** 31 - 1;

/** What somebody is told who has so much open and wants more. */
export function tooManyOpen(limit: number): RequestError {
  const retryAt = new Date(Date.now() + TRY_AGAIN_MS).toISOString();
  return new RequestError("TOO_MANY_REQUESTS", `At most ${limit} sockets or streams are open at a time.`, {
    limit,
    retryAt,
  });
}

/** Whatever is open on this node. */
export class Connections {
  readonly #endedSessions: EndedSessions;
  readonly #isCounted: boolean;
  /** How many sockets and streams are open, by who has opened them. */
  readonly #open = new Map<string, number>();
  readonly #bySession = new Map<string, Set<() => void>>();

  constructor(endedSessions: EndedSessions, { isCounted }: { readonly isCounted: boolean }) {
    this.#endedSessions = endedSessions;
    this.#isCounted = isCounted;
    endedSessions.onEnded((sessionIds) => {
      for (const sessionId of sessionIds)
        for (const end of [...(this.#bySession.get(sessionId) ?? [])]) end();
    });
  }

  /**
   * Counts a socket or a stream of a viewer's, or of a network where nobody is signed in; throws TOO_MANY_REQUESTS for one
   * too many. The returned function is to be called once, when it is no longer open.
   */
  count(who: Parameters<typeof askerOf>[0]): () => void {
    const asker = askerOf(who);
    if (!this.#isCounted || asker === null) return () => {};
    const limit = who.viewer === null ? MAX_OPEN_PER_NETWORK : MAX_OPEN_PER_VIEWER;
    const open = this.#open.get(asker) ?? 0;
    if (open >= limit) throw tooManyOpen(limit);
    this.#open.set(asker, open + 1);
    return () => {
      const rest = (this.#open.get(asker) ?? 1) - 1;
      if (rest === 0) this.#open.delete(asker);
      else this.#open.set(asker, rest);
    };
  }

  /**
   * Calls `end` once, as soon as the viewer's session has ended on any node or their access token has run out. The
   * returned function is to be called when there is nothing left to end.
   */
  hold(viewer: Viewer, end: (why: Ending) => void): () => void {
    const { sessionId } = viewer;
    const release = () => {
      clearTimeout(timer);
      others.delete(finish);
      if (others.size === 0 && this.#bySession.get(sessionId) === others) this.#bySession.delete(sessionId);
    };
    const close = (why: Ending) => {
      release();
      end(why);
    };
    const finish = () => close("ENDED");
    const timer = setTimeout(
      () => close("EXPIRED"),
      Math.min(LONGEST_MS, Math.max(0, viewer.expiresAt - Date.now())),
    );
    const others = this.#bySession.get(sessionId) ?? new Set();
    this.#bySession.set(sessionId, others.add(finish));
    // It may have ended while its token was being read.
    if (this.#endedSessions.has(sessionId)) finish();
    return release;
  }
}
