/** The store as tus sees it: its uploads are those of our rows, and nobody is answered before the row says what has come. */
import type { Readable } from "node:stream";
import { DataStore, Upload } from "@tus/server";
import { endUpload } from "../../actions/upload/end.ts";
import { discardIfOver } from "../../actions/upload/outcome.ts";
import { type Noted, noteReceived, uploadUnderWay } from "../../actions/upload/receive.ts";
import { MAX_RECEIVING, UPLOAD_HOURS } from "../../limits.ts";
import { Context, type Services } from "../context.ts";

/** What is said of every upload that takes no bytes, for whatever reason, and of what never was one. */
export const NO_UPLOAD = { status_code: 404, body: "There is no such upload, or it takes no more.\n" };
const TOO_MANY = {
  status_code: 429,
  body: `${MAX_RECEIVING} other uploads of yours are coming: go on when one of them is there.\n`,
};
const NO_ROOM = { status_code: 507, body: "There is no room for it now: go on later.\n" };

const TUS = { userAgent: null, address: null };

/** How bytes are waited for. */
export interface Patience {
  /** How long no byte comes until whoever sends them is let go, to go on from there. */
  readonly quietMs: number;
  /** Asks the request that sends bytes of an upload to let go, with what has come so far. */
  readonly letGo: (id: string) => void;
}

/** A request that sends bytes of an upload. */
interface Receiving {
  noting: Promise<void>;
  readonly quiet: NodeJS.Timeout;
}

export class ReceivingStore extends DataStore {
  readonly #services: Services;
  readonly #patience: Patience;
  readonly #receiving = new Map<string, Receiving>();
  /** How many requests of a person send bytes to this node. */
  readonly #senders = new Map<string, number>();

  constructor(services: Services, patience: Patience) {
    super();
    this.#services = services;
    this.#patience = patience;
    this.extensions = ["termination", "expiration"];
  }

  override getExpiration(): number {
    return UPLOAD_HOURS * 3_600_000;
  }

  /** How far an upload has come. Where all is there and the row does not say so, its last taker has died: now it does. */
  override async getUpload(id: string): Promise<Upload> {
    const { database, media } = this.#services;
    const underWay = await uploadUnderWay(database, id);
    if (underWay === null) throw NO_UPLOAD;
    const size = underWay.byteSize;
    if (!underWay.isOpen) return new Upload({ id, size, offset: size });
    const upload = await media.incoming.getUpload(id);
    if (upload.offset === size) await this.#note(id, size);
    return upload;
  }

  override async write(readable: Readable, id: string, offset: number): Promise<number> {
    const noted = await this.#note(id, offset);
    if (noted === null) throw NO_UPLOAD;
    if (!(await this.#services.media.hasRoomFor(noted.byteSize - offset))) throw NO_ROOM;
    return this.#inTurn(noted.userId, () => this.#receive(readable, id, offset));
  }

  override async remove(id: string): Promise<void> {
    if (!(await endUpload(this.#context(), id))) throw NO_UPLOAD;
    await this.#services.media.discardUpload(id);
  }

  /** Notes how many bytes have come while more are coming; that they are all is said by the store alone. */
  noteComing({ id, size, offset }: Upload): void {
    const { database, log } = this.#services;
    const receiving = this.#receiving.get(id);
    if (receiving === undefined) return;
    receiving.quiet.refresh();
    receiving.noting = noteReceived(database, id, Math.min(offset, (size ?? 1) - 1)).then(
      (noted) => {
        if (noted === null) this.#patience.letGo(id);
      },
      () => log.debug({ upload: id }, "how far an upload has come was not noted"),
    );
  }

  /** Runs `send` while the owner's other requests are few; throws TOO_MANY where they aren't. */
  async #inTurn<Result>(owner: string, send: () => Promise<Result>): Promise<Result> {
    const others = this.#senders.get(owner) ?? 0;
    if (others >= MAX_RECEIVING) throw TOO_MANY;
    this.#senders.set(owner, others + 1);
    try {
      return await send();
    } finally {
      const left = (this.#senders.get(owner) ?? 1) - 1;
      if (left > 0) this.#senders.set(owner, left);
      else this.#senders.delete(owner);
    }
  }

  /** Takes bytes until they end; throws NO_UPLOAD where the upload has ended before them, and leaves nothing of it. */
  async #receive(readable: Readable, id: string, offset: number): Promise<number> {
    const { database, media } = this.#services;
    const { quietMs, letGo } = this.#patience;
    // Bytes that are here wait for the store, and nobody for them.
    const quiet = setInterval(() => readable.readableLength > 0 || letGo(id), quietMs);
    const receiving: Receiving = { noting: Promise.resolve(), quiet };
    this.#receiving.set(id, receiving);
    let end: number | null = null;
    let failure: unknown = null;
    try {
      end = await media.incoming.write(readable, id, offset);
    } catch (error) {
      failure = error;
    }
    clearInterval(quiet);
    this.#receiving.delete(id);
    await receiving.noting;
    const received = end ?? (await media.receivedOf(id));
    const noted = received === null ? null : await this.#note(id, received);
    if (noted === null && (await uploadUnderWay(database, id)) === null) {
      await discardIfOver(this.#context(), id);
      throw NO_UPLOAD;
    }
    if (end === null) throw failure;
    return end;
  }

  async #note(id: string, bytes: number): Promise<Noted | null> {
    const noted = await noteReceived(this.#services.database, id, bytes);
    if (noted?.status === "PROCESSING") this.#services.soon("video-uploads");
    return noted;
  }

  #context(): Context {
    return new Context(this.#services, null, TUS);
  }
}
