/** What every resolver is given. */
import type { Activity } from "../actions/activity.ts";
import type { ActionContext, Client } from "../actions/context.ts";
import type { AccessTokens } from "../actions/tokens.ts";
import type { RequestError } from "../errors.ts";
import { encodeEventCursor } from "../event-cursor.ts";
import { NOBODY } from "../ids.ts";
import type { EventFeed } from "../loaders/event.ts";
import { Batch, type Loads, type PageRequest } from "../loaders/kinds.ts";
import type { PresenceFeed } from "../loaders/presence-feed.ts";
import type { EndedSessions } from "../loaders/session.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { askerOf, type RateName } from "../rates.ts";
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
  /** Whether the operation asks for `eventCursor`, which has to be read before anything else is. */
  readsEventCursor = false;
  /** When a subscription's client was last given something, while it has not asked for more; otherwise null. */
  idleSince: number | null = null;
  /** Called when a subscription's client takes nothing although there is news. */
  onStall: () => void = () => {};
  /** The viewer's place in their log, once it was read; also that it could not be. Not `#`: Apollo copies contexts. */
  private eventCursor: Promise<string | null> | null = null;

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

  /**
   * Counts a page that an owner has: once for all owners whose pages are asked for in the same turn, for they are found
   * in one statement. Throws TOO_MANY_REQUESTS.
   */
  async takeTogether(rate: RateName, page: PageRequest, ownerId: string): Promise<void> {
    const asker = askerOf(this);
    const name = `count ${rate}/${asker}/${JSON.stringify(page)}`;
    const loader = this.loads.batch.loader(name, async (owners) => {
      await this.rates.take(rate, asker);
      return owners.map(() => null);
    });
    await loader.load(ownerId);
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

  /** Goes on as somebody who has just signed in; their place is read first, where the operation asks for it. */
  async become(viewer: Viewer): Promise<void> {
    this.viewer = viewer;
    this.eventCursor = null;
    this.renew();
    // That it can't be read is said by the field: the credentials must come, or they are lost.
    if (this.readsEventCursor) await this.readEventCursor().catch(() => {});
  }

  /** Reads the viewer's place in their log once, for all that is read later to be at least as new. */
  async readEventCursor(): Promise<string | null> {
    if (this.viewer === null) return null;
    this.eventCursor ??= this.services.feed
      .head(this.viewer.userId)
      .then((head) => (head === null ? null : encodeEventCursor(head)));
    return this.eventCursor;
  }
}
