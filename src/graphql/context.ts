/** What every resolver is given. */
import type { ActionContext } from "../actions/context.ts";
import type { AccessTokens } from "../actions/tokens.ts";
import type { RequestError } from "../errors.ts";
import { NOBODY } from "../ids.ts";
import { type EventFeed, encodeEventCursor } from "../loaders/event.ts";
import { Batch, type Loads } from "../loaders/kinds.ts";
import type { EndedSessions } from "../loaders/session.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Viewer } from "../viewer.ts";

/** What one server has one of, shared by all that it does. */
export interface Services extends Pick<ActionContext, "database" | "keys" | "announce"> {
  readonly accessTokens: AccessTokens;
  readonly endedSessions: EndedSessions;
  readonly feed: EventFeed;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class Context implements ActionContext {
  loads: Loads;
  /** The viewer's place in their log, where it had to be read before anything else. */
  eventCursor: string | null = null;
  /** Called when a subscription's client takes nothing although there is news. */
  onStall: () => void = () => {};

  constructor(
    readonly services: Services,
    public viewer: Viewer | null,
    readonly userAgent: string | null,
    /** Why the token that came with the request is not good; only signing in goes on in spite of it. */
    readonly tokenProblem: RequestError | null = null,
    batch: Batch = new Batch(services.database),
  ) {
    this.loads = { viewerId: viewer?.userId ?? NOBODY, batch };
  }

  get database() {
    return this.services.database;
  }

  get keys() {
    return this.services.keys;
  }

  announce(...args: Parameters<ActionContext["announce"]>): void {
    this.services.announce(...args);
  }

  sessionsEnded(sessionIds: readonly string[]): void {
    this.services.endedSessions.add(sessionIds);
  }

  /** Forgets what was loaded: after a write, the viewer reads what they have written. */
  renew(): void {
    this.loads = { viewerId: this.viewer?.userId ?? NOBODY, batch: new Batch(this.database) };
  }

  /** Goes on as somebody who has just signed in. */
  become(viewer: Viewer): void {
    this.viewer = viewer;
    this.renew();
  }

  /** Reads the viewer's place in their log, for all that is read later to be at least as new. */
  async readEventCursor(): Promise<string | null> {
    if (this.eventCursor === null && this.viewer !== null) {
      const head = await this.services.feed.head(this.viewer.userId);
      if (head !== null) this.eventCursor = encodeEventCursor(head);
    }
    return this.eventCursor;
  }
}
