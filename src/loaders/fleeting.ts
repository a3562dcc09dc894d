/** What is true for a while, and no longer unless it is said again. */

/** Keys, each of which is forgotten some time after it was last renewed. */
export class Fleeting {
  readonly #ms: number;
  readonly #onForgotten: (key: string) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** `onForgotten` is told of whatever was not renewed in time. */
  constructor(ms: number, onForgotten: (key: string) => void = () => {}) {
    this.#ms = ms;
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#timers.size;
  }

  has(key: string): boolean {
    return this.#timers.has(key);
  }

  /** In the order in which they came. */
  keys(): string[] {
    return [...this.#timers.keys()];
  }

  /** Keeps a key for a while from now on; returns whether it is new. */
  renew(key: string): boolean {
    const timer = this.#timers.get(key);
    if (timer !== undefined) {
      timer.refresh();
      return false;
    }
    const forget = () => {
      this.#timers.delete(key);
      this.#onForgotten(key);
    };
    this.#timers.set(key, setTimeout(forget, this.#ms).unref());
    return true;
  }

  /** Forgets a key at once; returns whether there was one. */
  drop(key: string): boolean {
    clearTimeout(this.#timers.get(key));
    return this.#timers.delete(key);
  }

  /** Forgets all keys, and tells nobody. */
  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
