/** Who of the requests about an upload has it: one at a time, on this node. */
import type { Lock, Locker, RequestRelease } from "@tus/server";

/** What tus answers where another request has the upload. */
export const LOCKED = { status_code: 423, body: "Another request sends bytes of this upload.\n" };

/** How long whoever asks how far an upload has come waits for the request that has it to let go. */
const LETTING_GO_MS = 5_000;

interface Holder {
  /** Asks it to let go, with what has come so far. */
  readonly letGo: RequestRelease;
  readonly gone: Promise<void>;
}

export class UploadLocks {
  readonly #holders = new Map<string, Holder>();

  /**
   * For bytes: two senders would write into each other, so the second is refused. Any other request takes the upload
   * over: whoever asks how far it has come has lost the connection on which it was sent, though the server may not know
   * yet.
   */
  lockerFor(sendsBytes: boolean): Locker {
    return { newLock: (id) => this.#lockOf(id, sendsBytes) };
  }

  /** Asks whoever has an upload to let go, with what has come so far. */
  release(id: string): void {
    void this.#holders.get(id)?.letGo();
  }

  /** Asks everybody to let go. */
  releaseAll(): void {
    for (const { letGo } of this.#holders.values()) void letGo();
  }

  #lockOf(id: string, sendsBytes: boolean): Lock {
    let leave = () => {};
    return {
      lock: async (_signal, letGo) => {
        const holder = this.#holders.get(id);
        if (holder !== undefined && !sendsBytes) {
          void holder.letGo();
          await within(LETTING_GO_MS, holder.gone);
        }
        if (this.#holders.has(id)) throw LOCKED;
        const gone = new Promise<void>((resolve) => {
          leave = resolve;
        });
        this.#holders.set(id, { letGo, gone });
      },
      unlock: async () => {
        this.#holders.delete(id);
        leave();
      },
    };
  }
}

/** Waits for something, but no longer than that. */
async function within(ms: number, event: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([event, late]);
  clearTimeout(timer);
}
