/** What comes into a bucket: the store of tus for S3, with what it promises and does not keep. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { S3Store } from "@tus/s3-store";
import { ERRORS, type Upload } from "@tus/server";
import pLimit from "p-limit";

/** Parts on their way to the bucket at a time: whole files of this machine, so no client holds one up. */
const MAX_PARTS_UNDER_WAY = 16;
/** Parts that a request has here at a time, each of 8 MiB: one that comes, and one that waits for its turn or goes. */
const MAX_PARTS_A_REQUEST = 2;
const MISSING: readonly unknown[] = ["NotFound", "NoSuchKey", "NoSuchUpload"];
/** Whether a bucket says that there is no such thing. */
export const isMissing = (error: unknown) => MISSING.includes((error as { name?: unknown }).name);

const inTurn = pLimit(MAX_PARTS_UNDER_WAY);

/** So many permits, as the store of tus asks for them. */
function permits(count: number) {
  const limit = pLimit(count);
  type Permit = { readonly release: () => Promise<void> };
  return {
    acquire: () =>
      new Promise<Permit>((granted) => {
        void limit(() => new Promise<void>((done) => granted({ release: async () => done() })));
      }),
  };
}

/** How many parts lie before what is too small for one, said with it: after others it is of no use. */
const PARTS_BEFORE = "parts-before";

type KnownUpload = Parameters<S3Store["uploadPart"]>[0];

/** Runs one after another, and none after one that has failed. */
function inOrder() {
  let before: Promise<unknown> = Promise.resolve();
  return <Result>(run: () => Promise<Result>): Promise<Result> => {
    const result = before.then(run);
    before = result;
    return result;
  };
}

/**
 * What comes in. The store of tus takes an outage for an upload that is not there, forgets to put together what is whole,
 * would let a part that comes slowly keep others from the bucket, takes a part for the one before it where that failed,
 * and throws away what is too small for a part before the part that has it is there.
 */
export class Incoming extends S3Store {
  override async getUpload(id: string): Promise<Upload> {
    const upload = await super.getUpload(id).catch(async (error: unknown) => {
      if (error === ERRORS.FILE_NOT_FOUND)
        await this.client.headObject({ Bucket: this.bucket, Key: this.infoKey(id) });
      throw error;
    });
    if (upload.offset === upload.size && !(await this.#isWhole(id))) {
      await this.write(Readable.from([]), id, upload.size);
    }
    return upload;
  }

  /**
   * Its permits are this request's own: otherwise whoever sends slowly would hold those of all. Its parts go one after
   * another, for the bucket says of a part only which it is, not at which byte it begins.
   */
  protected override uploadParts(...given: Parameters<S3Store["uploadParts"]>): Promise<number> {
    const [, , firstPart] = given;
    const next = inOrder();
    let partsThere = firstPart - 1;
    const send = (part: Readable | Buffer, run: () => Promise<string>) =>
      next(run).finally(() => Buffer.isBuffer(part) || part.destroy());
    const request = Object.assign(Object.create(this) as S3Store, {
      partUploadSemaphore: permits(MAX_PARTS_A_REQUEST),
      uploadPart: (upload: KnownUpload, part: Readable | Buffer, number: number) =>
        send(part, async () => {
          const etag = await this.uploadPart(upload, part, number);
          partsThere += 1;
          return etag;
        }),
      uploadIncompletePart: (id: string, part: Readable) =>
        send(part, () => this.#keepIncompletePart(id, part, partsThere)),
    });
    return super.uploadParts.apply(request, given);
  }

  /** From memory, so that it is sent again where the bucket closes a connection that it had left open. */
  protected override uploadPart(
    ...[upload, part, number]: Parameters<S3Store["uploadPart"]>
  ): Promise<string> {
    return inTurn(async () =>
      super.uploadPart(upload, Buffer.isBuffer(part) ? part : await buffer(part), number),
    );
  }

  #keepIncompletePart(id: string, part: Readable, partsBefore: number): Promise<string> {
    return inTurn(async () => {
      const { ETag = "" } = await this.client.putObject({
        Bucket: this.bucket,
        Key: this.partKey(id, true),
        Body: await buffer(part),
        Metadata: { [PARTS_BEFORE]: String(partsBefore) },
      });
      return ETag;
    });
  }

  protected override async getIncompletePartSize(id: string): Promise<number | undefined> {
    return (await this.#headIncompletePart(id))?.ContentLength;
  }

  protected override async getIncompletePart(id: string): Promise<Readable | undefined> {
    return (await this.#headIncompletePart(id)) && super.getIncompletePart(id);
  }

  async #headIncompletePart(id: string) {
    const Key = this.partKey(id, true);
    const kept = await this.client.headObject({ Bucket: this.bucket, Key }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (kept === undefined) return undefined;
    const parts = await this.retrieveParts(id);
    return kept.Metadata?.[PARTS_BEFORE] === String(parts.length) ? kept : undefined;
  }

  /** It stays until another takes its place or all is there: from the part that has its bytes on, nobody looks at it. */
  protected override async deleteIncompletePart(): Promise<void> {}

  protected override async finishMultipartUpload(
    ...given: Parameters<S3Store["finishMultipartUpload"]>
  ): Promise<string | undefined> {
    const location = await super.finishMultipartUpload(...given);
    const [{ file }] = given;
    await super.deleteIncompletePart(file.id);
    return location;
  }

  /** Forgets what was known of an upload that is gone. */
  forget(id: string): Promise<void> {
    return this.clearCache(id);
  }

  close(): void {
    this.client.destroy();
  }

  #isWhole(id: string): Promise<boolean> {
    return this.client.headObject({ Bucket: this.bucket, Key: id }).then(
      () => true,
      (error: unknown) => {
        if (isMissing(error)) return false;
        throw error;
      },
    );
  }
}
