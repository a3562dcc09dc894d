/** What happens to those who send and those who follow, as it happens. */
import type { Resent, Said } from "./oracle.ts";

/** A server, by number and by where its clients find it. */
export interface Address {
  readonly node: number;
  readonly url: string;
}

export class Journal {
  readonly acknowledged: Said[] = [];
  readonly resent: Resent[] = [];
  readonly unexpected: string[] = [];
  deliveries = 0;
  resets = 0;
  resumptions = 0;
  readonly #watchers = new Set<(what: "acknowledged" | "delivered", node: number) => void>();

  /** Notes that a message was acknowledged by a server. */
  acknowledge(said: Said, node: number): void {
    this.acknowledged.push(said);
    this.#tell("acknowledged", node);
  }

  /** Notes that something was delivered by a server. */
  deliver(node: number): void {
    this.deliveries++;
    this.#tell("delivered", node);
  }

  /** Notes a refusal, unless it was said to be for a moment. */
  refuse(code: string, whom: string): void {
    if (code !== "SERVICE_UNAVAILABLE") this.unexpected.push(`${whom} was answered ${code}`);
  }

  /**
   * Resolves when each of these servers has acknowledged and delivered something, with the milliseconds that took to
   * the last of them; null when that does not come about in `patienceMs`.
   */
  recovery(nodes: readonly number[], patienceMs: number): Promise<Recovery | null> {
    const began = performance.now();
    const missing = new Set(nodes.flatMap((node) => [`acknowledged ${node}`, `delivered ${node}`]));
    const took = { acknowledged: 0, delivered: 0 };
    return new Promise((resolve) => {
      const finish = (result: Recovery | null) => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(result);
      };
      const timer = setTimeout(() => finish(null), patienceMs);
      const watcher = (what: "acknowledged" | "delivered", node: number) => {
        if (!missing.delete(`${what} ${node}`)) return;
        took[what] = performance.now() - began;
        if (missing.size === 0) finish(took);
      };
      this.#watchers.add(watcher);
    });
  }

  #tell(what: "acknowledged" | "delivered", node: number): void {
    for (const watcher of this.#watchers) watcher(what, node);
  }
}

/** Milliseconds from the end of faults to the next acknowledgement, and to the next delivery, by each server they befell. */
export interface Recovery {
  readonly acknowledged: number;
  readonly delivered: number;
}
