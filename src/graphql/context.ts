/** What every resolver is given. */
import type { Activity } from "../actions/activity.ts";
import type { ActionContext, Client } from "../actions/context.ts";
import type { AccessTokens } from "../actions/tokens.ts";
import type { RequestError } from "../errors.ts";
import { encodeEventCursor } from "../event-cursor.ts";
import { NOBODY } from "../ids.ts";
import type { EventFeed } from "../loaders/event.ts";
import { Batch, type Loads } from "../loaders/kinds.ts";
import type { PresenceFeed } from "../loaders/presence-feed.ts";
import type { EndedSessions } from "../loaders/session.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Viewer } from "../viewer.ts";
import type { Connections } from "./connections.ts";

/** What one server has one of, shared by all that it does. */
export interface Services
  extends Pick<
    ActionContext,
    "database" | "keys" | "media" | "workshop" | "passwords" | "moderators" | "rates" | "announce" | "soon"
  > {
  /** Where clients reach this server, without a trailing slash. */
  readonly publicUrl: () => string;
  /** How many proxies in front can be trusted with a client's address. */
  readonly trustedProxies: number;
  readonly accessTokens: AccessTokens;
  readonly endedSessions: EndedSessions;
  readonly connections: Connections;
  readonly feed: EventFeed;
  readonly presence: PresenceFeed;
  readonly activity: Activity;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class Context implements ActionContext {
  loads: Loads;
  /** The viewer's place in their log, where it had to be read before anything else. */
  eventCursor: string | null = null;
  /** When a subscription's client was last given something, while it has not asked for more; otherwise null. */
  idleSince: number | null = null;
  /** Called when a subscription's client takes nothing although there is news. */
  onStall: () => void = () => {};

  constructor(
    readonly services: Services,
    public viewer: Viewer | null,
    readonly client: Client,
    /** Why the token that came with the request is not good; only signing in goes on in spite of it. */
    readonly tokenProblem: RequestError | null = null,
    batch: Batch = new Batch(services.database, services.moderators),
  ) {
    this.loads = { viewerId: viewer?.userId ?? NOBODY, batch };
  }

  get database() {
    return this.services.database;
  }

  get keys() {
    return this.services.keys;
  }

  get media() {
    return this.services.media;
  }

  get workshop() {
    return this.services.workshop;
  }

  get passwords() {
    return this.services.passwords;
  }

  get moderators() {
    return this.services.moderators;
  }

  get rates() {
    return this.services.rates;
  }

  announce(...args: Parameters<ActionContext["announce"]>): void {
    this.services.announce(...args);
  }

  sessionsEnded(sessionIds: readonly string[]): void {
    this.services.endedSessions.add(sessionIds);
  }

  typing(conversationId: string, isTyping: boolean): void {
    if (this.viewer !== null) this.services.presence.setTyping(conversationId, this.viewer.userId, isTyping);
  }

  soon(...args: Parameters<ActionContext["soon"]>): void {
    this.services.soon(...args);
  }

  get publicUrl(): string {
    return this.services.publicUrl();
  }

  /** Forgets what was loaded: after a write, the viewer reads what they have written. */
  renew(): void {
    const batch = new Batch(this.database, this.services.moderators);
    this.loads = { viewerId: this.viewer?.userId ?? NOBODY, batch };
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
