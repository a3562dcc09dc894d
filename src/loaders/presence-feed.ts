/** Presence on this node: kept in memory for the conversations that somebody here has open, and shown to those alone. */
import type { Queries } from "../db/database.ts";
import { type PresenceSignals, readChangedMemberships, type Signal } from "../db/presence.ts";
import { NOBODY } from "../ids.ts";
import { TYPING_SECONDS } from "../limits.ts";
import { describeError, type Log } from "../log.ts";
import { Fleeting } from "./fleeting.ts";
import { Batch } from "./kinds.ts";
import { presentTo } from "./presence.ts";
import { OpenConversation, PresenceWatcher, Typists } from "./presence-open.ts";

export interface PresenceTimes {
  /** How long somebody types, unless it is said again. */
  readonly typingMs: number;
  /** How long somebody is there, unless the node that they are connected to says so again. */
  readonly activeMs: number;
  /** How often this node looks whether the people of its conversations are still the same. */
  readonly lookMs: number;
  /** After so many looks it says again who is there. */
  readonly looksPerBeat: number;
}

const TIMES: PresenceTimes = {
  typingMs: TYPING_SECONDS * 1_000,
  activeMs: 30_000,
  lookMs: 500,
  looksPerBeat: 20,
};
/** Saying again within this time that one types tells nobody. */
const TOLD_MS = 1_000;
const MOST_TOLD = 10_000;
/** What changes in a conversation within this time is shown together. */
const GATHER_MS = 50;
/** A timer that fires this late has waited for a process that has more to do than it can: presence waits first. */
const LATE_MS = 400;
/** What it takes for one person to see one other: a crowd that watches a crowd sees it change less often. */
const MS_PER_SIGHT = 0.1;
const WATCHERS_PER_READ = 512;
/** Of more people than this who type or are there, the first to come are shown. */
const MOST_SHOWN = 50;

/**
 * Serves every subscription to presence on this node, and is told by the other nodes. Nothing of it is written down:
 * what is lost is said again, or expires.
 */
export class PresenceFeed {
  readonly #queries: Queries;
  readonly #signals: PresenceSignals;
  readonly #log: Log;
  readonly #onActive: (userId: string) => void;
  readonly #times: PresenceTimes;
  readonly #conversations = new Map<string, OpenConversation>();
  readonly #typists: Typists;
  readonly #told = new Fleeting(TOLD_MS);
  readonly #changed = new Set<OpenConversation>();
  readonly #ready = new Set<PresenceWatcher>();
  #opened = 0;
  #looks = 0;
  #isReading = false;
  #gathering: NodeJS.Timeout | null = null;
  #looking: NodeJS.Timeout | null = null;

  /** `onActive` is told again and again of whoever has a conversation open here. */
  constructor(
    queries: Queries,
    signals: PresenceSignals,
    log: Log,
    onActive: (userId: string) => void = () => {},
    times: Partial<PresenceTimes> = {},
  ) {
    this.#queries = queries;
    this.#signals = signals;
    this.#log = log;
    this.#onActive = onActive;
    this.#times = { ...TIMES, ...times };
    this.#typists = new Typists(this.#times.typingMs, (id) => this.#change(this.#conversations.get(id)));
  }

  start(): void {
    this.#signals.onSignals((signals, node) => {
      for (const signal of signals) this.#hear(signal, node);
    });
    this.#looking = setInterval(() => void this.#look(), this.#times.lookMs).unref();
  }

  /** Lets everybody go, and tells the other nodes. */
  async stop(): Promise<void> {
    if (this.#looking !== null) clearInterval(this.#looking);
    for (const { watchers } of [...this.#conversations.values()])
      for (const watcher of [...watchers]) watcher.close();
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#typists.clear();
    this.#told.clear();
    await this.#signals.stop();
  }

  /** Opens a conversation for somebody who takes part in it, until the watcher is closed. */
  watch(conversationId: string, viewerId: string): PresenceWatcher {
    const conversation = this.#conversations.get(conversationId) ?? this.#open(conversationId);
    const watcher = new PresenceWatcher(this, conversation, viewerId);
    conversation.watchers.add(watcher);
    this.#signals.tell({ kind: "HERE", conversationId, userId: viewerId });
    this.#change(conversation);
    return watcher;
  }

  forget(watcher: PresenceWatcher): void {
    const { conversation, viewerId } = watcher;
    const { conversationId, watchers } = conversation;
    this.#ready.delete(watcher);
    watchers.delete(watcher);
    if (!conversation.here().has(viewerId))
      this.#signals.tell({ kind: "GONE", conversationId, userId: viewerId });
    if (watchers.size > 0) {
      this.#change(conversation);
    } else {
      conversation.clear();
      this.#changed.delete(conversation);
      this.#conversations.delete(conversationId);
    }
  }

  consider(watcher: PresenceWatcher): void {
    if (!watcher.isWaiting || !watcher.isBehind) return;
    this.#ready.add(watcher);
    if (!this.#isReading) void this.#read();
  }

  /** Shows on every node that somebody types, for some seconds; or that they no longer do. */
  setTyping(conversationId: string, userId: string, isTyping: boolean): void {
    const key = `${conversationId} ${userId}`;
    if (isTyping) {
      this.#typists.begin(conversationId, userId);
      if (this.#told.has(key) || this.#told.size >= MOST_TOLD) return;
      this.#told.renew(key);
      this.#signals.tell({ kind: "TYPING", conversationId, userId });
    } else if (this.#typists.end(conversationId, userId)) {
      this.#told.drop(key);
      this.#signals.tell({ kind: "QUIET", conversationId, userId });
    }
  }

  #open(conversationId: string): OpenConversation {
    const { activeMs, looksPerBeat } = this.#times;
    const beat = this.#opened++ % looksPerBeat;
    const conversation = new OpenConversation(conversationId, beat, activeMs, (changed) =>
      this.#change(changed),
    );
    this.#conversations.set(conversationId, conversation);
    this.#signals.tell({ kind: "WHO", conversationId, userId: NOBODY });
    return conversation;
  }

  #hear({ kind, conversationId, userId }: Signal, node: string): void {
    if (kind === "TYPING") this.#typists.begin(conversationId, userId);
    if (kind === "QUIET") this.#typists.end(conversationId, userId);
    const conversation = this.#conversations.get(conversationId);
    if (conversation === undefined) return;
    if (kind === "WHO") this.#sayWho(conversation);
    if (kind === "HERE" && conversation.opened(userId, node)) this.#change(conversation);
    if (kind === "GONE" && conversation.closed(userId, node)) this.#change(conversation);
  }

  #sayWho(conversation: OpenConversation): void {
    const { conversationId } = conversation;
    for (const userId of conversation.here()) this.#signals.tell({ kind: "HERE", conversationId, userId });
  }

  #change(conversation: OpenConversation | undefined): void {
    if (conversation === undefined) return;
    this.#changed.add(conversation);
    if (this.#gathering === null) this.#gather();
  }

  #gather(): void {
    const due = performance.now() + GATHER_MS;
    this.#gathering = setTimeout(() => {
      this.#gathering = null;
      // What waits is shown as it will be then: nothing but the latest is kept.
      if (performance.now() - due < LATE_MS) this.#spread();
      if (this.#changed.size > 0) this.#gather();
    }, GATHER_MS).unref();
  }

  #spread(): void {
    const now = performance.now();
    for (const conversation of this.#changed) {
      if (conversation.nextAt > now) continue;
      this.#changed.delete(conversation);
      conversation.nextAt =
        now + conversation.watchers.size * Math.min(MOST_SHOWN, conversation.active().length) * MS_PER_SIGHT;
      for (const watcher of conversation.watchers) {
        watcher.isBehind = true;
        this.consider(watcher);
      }
    }
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    // Whoever is to see the same change is read for together.
    await new Promise(setImmediate);
    while (this.#ready.size > 0) {
      const watchers = [...this.#ready].slice(0, WATCHERS_PER_READ);
      for (const watcher of watchers) this.#ready.delete(watcher);
      await this.#serve(watchers);
    }
    this.#isReading = false;
  }

  async #serve(watchers: readonly PresenceWatcher[]): Promise<void> {
    const batch = new Batch(this.#queries);
    for (const watcher of watchers) watcher.isBehind = false;
    try {
      const sights = await Promise.all(
        watchers.map(({ conversation, viewerId }) => {
          const others = (ids: readonly string[]) => ids.filter((id) => id !== viewerId).slice(0, MOST_SHOWN);
          const present = {
            typing: others(this.#typists.of(conversation.conversationId)),
            active: others(conversation.active()),
          };
          return presentTo({ viewerId, batch }, conversation.conversationId, present);
        }),
      );
      watchers.forEach((watcher, at) => {
        const present = sights[at] ?? null;
        if (present === null) watcher.close();
        else watcher.show(present);
      });
    } catch (error) {
      // The next look serves them.
      for (const watcher of watchers) watcher.isBehind = true;
      this.#log.warn(describeError(error), "who is present could not be read");
    }
  }

  /** Finds where people came, went or were blocked; and says from time to time who is still there. */
  async #look(): Promise<void> {
    const beat = this.#looks++ % this.#times.looksPerBeat;
    const conversations = [...this.#conversations.values()];
    if (conversations.length === 0) return;
    for (const conversation of conversations) {
      for (const watcher of conversation.watchers) this.consider(watcher);
      if (conversation.beat !== beat) continue;
      this.#sayWho(conversation);
      for (const userId of conversation.here()) this.#onActive(userId);
      // Meanwhile somebody may have changed what others may know of them.
      if (conversation.active().length > 1) this.#change(conversation);
    }
    try {
      const known = conversations.map(
        ({ conversationId, membership }) => [conversationId, membership] as const,
      );
      for (const [conversationId, membership] of await readChangedMemberships(this.#queries, known)) {
        const conversation = this.#conversations.get(conversationId);
        if (conversation === undefined) continue;
        conversation.membership = membership;
        conversation.nextAt = 0;
        this.#change(conversation);
      }
    } catch (error) {
      this.#log.warn(describeError(error), "who takes part could not be looked up");
    }
  }
}
