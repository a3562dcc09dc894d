/** Presence between the nodes: signals that are gathered, sent and forgotten, and written down nowhere. */
import { randomUUID } from "node:crypto";
import type { Queries } from "./database.ts";
import { statement } from "./sql.ts";

/**
 * What a signal says. Of a person: HERE and GONE, that they have a conversation open on the node that says so, or no
 * longer; TYPING and QUIET, that they write there, or no longer. Of nobody: WHO asks the others to say who is HERE.
 */
export type SignalKind = "HERE" | "GONE" | "TYPING" | "QUIET" | "WHO";

export interface Signal {
  readonly kind: SignalKind;
  readonly conversationId: string;
  readonly userId: string;
}

/** What brings texts of at most 8,000 bytes to the other nodes; any of them may be lost. */
export interface SignalCarrier {
  send(payload: string): Promise<void>;
  onReceived(listener: (payload: string) => void): void;
}

/** Signals gather this long before they are sent to the other nodes. */
const GATHER_MS = 100;
/** A timer that fires this late has waited for a process that has more to do than it can. */
const LATE_MS = 400;
/** More than this wait for nobody: what is not sent expires by itself, or is said again. */
const MOST_WAITING = 5_000;
/** An entry has at most 41 bytes. */
const SIGNALS_PER_PAYLOAD = 180;

const LETTERS: Readonly<Record<SignalKind, string>> = {
  HERE: "h",
  GONE: "g",
  TYPING: "t",
  QUIET: "q",
  WHO: "w",
};
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as SignalKind]));
/** Of what was said of the same matter meanwhile, the last counts. */
const MATTERS: Readonly<Record<SignalKind, string>> = {
  HERE: "here",
  GONE: "here",
  TYPING: "typing",
  QUIET: "typing",
  WHO: "who",
};

/** Tells the other nodes and hears from them; what there is no time for is dropped. */
export class PresenceSignals {
  readonly #carrier: SignalCarrier;
  readonly #node: string;
  readonly #gathered = new Map<string, Signal>();
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(carrier: SignalCarrier, node: string = randomUUID()) {
    this.#carrier = carrier;
    this.#node = node;
  }

  /** Who hears what the others say, and which node says it. */
  onSignals(listener: (signals: readonly Signal[], node: string) => void): void {
    this.#carrier.onReceived((payload) => {
      const [node = "", ...entries] = payload.split(" ");
      if (node !== this.#node) listener(entries.flatMap(readSignal), node);
    });
  }

  /** Tells the other nodes soon; never inside a transaction. */
  tell(signal: Signal): void {
    const key = `${MATTERS[signal.kind]}:${signal.conversationId}:${signal.userId}`;
    if (this.#isStopped || (this.#gathered.size >= MOST_WAITING && !this.#gathered.has(key))) return;
    this.#gathered.set(key, signal);
    if (this.#timer === null) this.#gather();
  }

  /** Sends what is gathered, and takes no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#send();
  }

  #gather(): void {
    const due = performance.now() + GATHER_MS;
    this.#timer = setTimeout(() => void this.#flush(performance.now() - due > LATE_MS), GATHER_MS);
  }

  async #flush(isLate: boolean): Promise<void> {
    if (isLate) this.#gathered.clear();
    else await this.#send();
    this.#timer = null;
    if (this.#gathered.size > 0 && !this.#isStopped) this.#gather();
  }

  async #send(): Promise<void> {
    const entries = [...this.#gathered.values()].map(
      ({ kind, conversationId, userId }) => `${LETTERS[kind]}${conversationId}:${userId}`,
    );
    this.#gathered.clear();
    for (let at = 0; at < entries.length; at += SIGNALS_PER_PAYLOAD) {
      await this.#carrier.send(`${this.#node} ${entries.slice(at, at + SIGNALS_PER_PAYLOAD).join(" ")}`);
    }
  }
}

function readSignal(entry: string): Signal[] {
  const kind = KINDS.get(entry.slice(0, 1));
  const [conversationId = "", userId = ""] = entry.slice(1).split(":");
  return kind === undefined ? [] : [{ kind, conversationId, userId }];
}

const changedMemberships = statement<
  { ids: readonly string[]; known: readonly (number | null)[] },
  { id: string; membership: number }
>(
  "presence_memberships",
  `
  select c.id, c.membership
  from unnest(:ids::bigint[], :known::integer[]) as k (id, known)
  join conversations c on c.id = k.id and c.membership is distinct from k.known`,
);

/**
 * Of conversations with what is known of them, or null, those of which it is no longer true: a number that grows whenever
 * it changes who takes part there, or who sees whom.
 */
export async function readChangedMemberships(
  queries: Queries,
  known: readonly (readonly [conversationId: string, membership: number | null])[],
): Promise<Map<string, number>> {
  const rows = await queries.run(changedMemberships, {
    ids: known.map(([id]) => id),
    known: known.map(([, membership]) => membership),
  });
  return new Map(rows.map(({ id, membership }) => [id, membership]));
}
