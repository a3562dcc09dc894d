/** What a node keeps in mind of presence: who types, who has a conversation open, and who watches it here. */
import { Fleeting } from "./fleeting.ts";
import type { Present } from "./presence.ts";

/** People who type, on all nodes, that a node keeps in mind. */
const MOST_TYPING = 10_000;

/** Who types where, on all nodes and whether somebody here watches or not. */
export class Typists {
  readonly #until: Fleeting;
  readonly #byConversation = new Map<string, Set<string>>();
  readonly #onChange: (conversationId: string) => void;

  /** `ms` is how long somebody types, unless it is said again; `onChange` is told where something is new. */
  constructor(ms: number, onChange: (conversationId: string) => void) {
    this.#onChange = onChange;
    this.#until = new Fleeting(ms, (key) => {
      const [conversationId = "", userId = ""] = key.split(" ");
      this.#remove(conversationId, userId);
    });
  }

  /** In the order in which they began. */
  of(conversationId: string): readonly string[] {
    return [...(this.#byConversation.get(conversationId) ?? [])];
  }

  begin(conversationId: string, userId: string): void {
    const key = `${conversationId} ${userId}`;
    if (this.#until.size >= MOST_TYPING && !this.#until.has(key)) return;
    if (!this.#until.renew(key)) return;
    const typists = this.#byConversation.get(conversationId) ?? new Set();
    this.#byConversation.set(conversationId, typists.add(userId));
    this.#onChange(conversationId);
  }

  /** Returns whether they were typing. */
  end(conversationId: string, userId: string): boolean {
    if (!this.#until.drop(`${conversationId} ${userId}`)) return false;
    this.#remove(conversationId, userId);
    return true;
  }

  clear(): void {
    this.#until.clear();
    this.#byConversation.clear();
  }

  #remove(conversationId: string, userId: string): void {
    const typists = this.#byConversation.get(conversationId);
    typists?.delete(userId);
    if (typists?.size === 0) this.#byConversation.delete(conversationId);
    this.#onChange(conversationId);
  }
}

/** A conversation that somebody on this node has open. */
export class OpenConversation {
  readonly watchers = new Set<PresenceWatcher>();
  membership: number | null = null;
  /** When it may be shown next. */
  nextAt = 0;
  readonly #elsewhere: Fleeting;

  /** `beat` is the look at which its people are told of again; `onChange` is told when somebody elsewhere is forgotten. */
  constructor(
    readonly conversationId: string,
    readonly beat: number,
    activeMs: number,
    onChange: (conversation: OpenConversation) => void,
  ) {
    this.#elsewhere = new Fleeting(activeMs, () => onChange(this));
  }

  /** Who has it open on this node. */
  here(): Set<string> {
    return new Set([...this.watchers].map(({ viewerId }) => viewerId));
  }

  /** Who has it open on any node. */
  active(): string[] {
    const elsewhere = this.#elsewhere.keys().map((key) => key.split(" ")[0] ?? "");
    return [...new Set([...this.here(), ...elsewhere])];
  }

  /** Notes that somebody has it open on another node; returns whether that is new. */
  opened(userId: string, node: string): boolean {
    return this.#elsewhere.renew(`${userId} ${node}`);
  }

  /** Notes that somebody has it open on that node no longer; returns whether that is new. */
  closed(userId: string, node: string): boolean {
    return this.#elsewhere.drop(`${userId} ${node}`);
  }

  clear(): void {
    this.#elsewhere.clear();
  }
}

/** What serves those who watch. */
interface Host {
  /** Serves a watcher who waits, if there may be something to show. */
  consider(watcher: PresenceWatcher): void;
  forget(watcher: PresenceWatcher): void;
}

/** One subscription's sight of a conversation: it is shown the latest, and nothing is kept for it. */
export class PresenceWatcher {
  /** Whether there may be something that it has not been shown. */
  isBehind = true;
  readonly #host: Host;
  #resolve: ((present: Present | null) => void) | null = null;
  #shown = "";
  #isOver = false;

  constructor(
    host: Host,
    readonly conversation: OpenConversation,
    readonly viewerId: string,
  ) {
    this.#host = host;
  }

  get isWaiting(): boolean {
    return this.#resolve !== null;
  }

  /** Who is there, as soon as it is not what was shown last; null when the viewer takes part no longer. */
  next(): Promise<Present | null> {
    if (this.#isOver) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#host.consider(this);
    });
  }

  /** Shows who is there now, if that is news. */
  show(present: Present): void {
    const shown = `${present.typing} ${present.active}`;
    if (this.#shown === shown || this.#isOver) return;
    this.#shown = shown;
    this.#hand(present);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.forget(this);
    this.#hand(null);
  }

  #hand(present: Present | null): void {
    const resolve = this.#resolve;
    this.#resolve = null;
    resolve?.(present);
  }
}
