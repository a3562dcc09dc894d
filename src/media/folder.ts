/** Files of videos in a folder of this machine: what comes in beside what was made of it. */
import { randomUUID } from "node:crypto";
import { constants, mkdirSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { FileStore } from "@tus/file-store";
import { type DataStore, Upload } from "@tus/server";
import { StartError } from "../errors.ts";
import type { MediaName, MediaStore } from "./store.ts";

const READ_AT_A_TIME = 256 * 1024;
/** What is left free on the disk, on which a database may write as well. */
const LEFT_FREE_BYTES = 2 * 1024 ** 3;
/** What comes is copied to where it is worked on. */
const COPIES = 2;

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === "ENOENT";

/** Waits until what was written is on the disk. */
async function sync(file: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(file, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The bytes of a file; null where there is none. */
const sizeOrNull = (file: string) =>
  stat(file).then(
    ({ size }) => size,
    (error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    },
  );

/** What comes in. A client is told of no byte that a power failure could still take back. */
class Incoming extends FileStore {
  override async write(...[readable, id, offset]: Parameters<DataStore["write"]>): Promise<number> {
    const end = await super.write(readable, id, offset);
    await sync(path.join(this.directory, id), "r+");
    return end;
  }
}

/** A store for one node: whatever it takes is on its disk. */
export class FolderStore implements MediaStore {
  readonly incoming: DataStore;
  readonly #incoming: string;
  readonly #kept: string;
  readonly #leftFree: number;

  /** Makes the folder where it is missing; throws a StartError where it can't. */
  constructor(folder: string, leftFreeBytes = LEFT_FREE_BYTES) {
    this.#leftFree = leftFreeBytes;
    this.#incoming = path.join(folder, "incoming");
    this.#kept = path.join(folder, "kept");
    try {
      for (const each of [this.#incoming, this.#kept]) mkdirSync(each, { recursive: true, mode: 0o700 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new StartError(`The folder of videos, ${folder}, can't be made (${code}): set DATA_DIR.`);
    }
    this.incoming = new Incoming({ directory: this.#incoming });
  }

  async hasRoomFor(bytes: number): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#incoming);
    return bavail * bsize - COPIES * bytes >= this.#leftFree;
  }

  async open(uploadId: string, byteSize: number): Promise<void> {
    await this.incoming.create(new Upload({ id: uploadId, size: byteSize, offset: 0 }));
  }

  receivedOf(uploadId: string): Promise<number | null> {
    return sizeOrNull(this.#uploadOf(uploadId));
  }

  async fetchUpload(uploadId: string, file: string): Promise<void> {
    await copyFile(this.#uploadOf(uploadId), file, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }

  async keep(uploadId: string, name: MediaName, file: string): Promise<void> {
    const folder = this.#keptOf(uploadId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Renamed when it is whole: nobody reads half of it, and a kill leaves the former one.
    const made = path.join(folder, `.${name}.${randomUUID()}`);
    await copyFile(file, made, constants.COPYFILE_FICLONE);
    await sync(made, "r+");
    await rename(made, path.join(folder, name));
    await sync(folder, "r");
    const left = (await readdir(folder)).filter((each) => each.startsWith(`.${name}.`));
    await Promise.all(left.map((each) => rm(path.join(folder, each), { force: true })));
  }

  sizeOf(uploadId: string, name: MediaName): Promise<number | null> {
    return sizeOrNull(path.join(this.#keptOf(uploadId), name));
  }

  async read(uploadId: string, name: MediaName, range: { start: number; end: number }): Promise<Readable> {
    const handle = await open(path.join(this.#keptOf(uploadId), name));
    return handle.createReadStream({ ...range, highWaterMark: READ_AT_A_TIME });
  }

  async discardUpload(uploadId: string): Promise<void> {
    const file = this.#uploadOf(uploadId);
    await Promise.all([rm(file, { force: true }), rm(`${file}.json`, { force: true })]);
  }

  async discard(uploadId: string): Promise<void> {
    await this.discardUpload(uploadId);
    await rm(this.#keptOf(uploadId), { recursive: true, force: true });
  }

  #uploadOf(uploadId: string): string {
    return path.join(this.#incoming, uploadId);
  }

  #keptOf(uploadId: string): string {
    return path.join(this.#kept, uploadId);
  }
}
