/** Files of videos in a bucket that is spoken to as S3, which all nodes share. */
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { S3, type S3ClientConfig } from "@aws-sdk/client-s3";
import { ERRORS, Upload } from "@tus/server";
import type { BucketConfig } from "../config.ts";
import { StartError } from "../errors.ts";
import { Incoming, isMissing } from "./incoming.ts";
import { MEDIA_TYPES, type MediaName, type MediaStore } from "./store.ts";

const CONNECT_MS = 5_000;
/** Whoever plays a video holds one for as long as it lasts; what else there is to do has as many of its own. */
const MAX_SOCKETS = 2_000;

/** The names of what tus keeps of an upload: its bytes, what is known of it, and what is too small for a part. */
const uploadKeys = (uploadId: string) => [uploadId, `${uploadId}.info`, `${uploadId}.part`];
const keptKey = (uploadId: string, name: MediaName) => `${uploadId}/${name}`;

/** A store for any number of nodes. */
export class BucketStore implements MediaStore {
  readonly incoming: Incoming;
  readonly #s3: S3;
  readonly #players: S3;
  readonly #bucket: string;

  private constructor(
    { name, endpoint, region, credentials, forcePathStyle }: BucketConfig,
    maxSockets: number,
  ) {
    const config: S3ClientConfig = {
      region,
      forcePathStyle,
      ...(endpoint !== null && { endpoint }),
      ...(credentials !== null && { credentials }),
      // Not every server that speaks S3 knows the checksums that Amazon's clients add of late.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        httpAgent: { maxSockets },
        httpsAgent: { maxSockets },
      },
    };
    this.#bucket = name;
    this.#s3 = new S3(config);
    this.#players = new S3(config);
    this.incoming = new Incoming({ s3ClientConfig: { ...config, bucket: name } });
  }

  /**
   * The store of a bucket that is there, to which it holds so many connections for what is played, and as many for what
   * else there is to do; throws a StartError where it can't be reached.
   */
  static async open(config: BucketConfig, maxSockets = MAX_SOCKETS): Promise<BucketStore> {
    const store = new BucketStore(config, maxSockets);
    try {
      await store.#s3.headBucket({ Bucket: config.name });
    } catch (error) {
      store.close();
      const why = error instanceof Error ? error.name : String(error);
      throw new StartError(`The bucket ${config.name} can't be reached (${why}): check the settings S3_*.`);
    }
    return store;
  }

  /** Ends its connections. */
  close(): void {
    this.#s3.destroy();
    this.#players.destroy();
    this.incoming.close();
  }

  /** A bucket has no end. */
  async hasRoomFor(): Promise<boolean> {
    return true;
  }

  async open(uploadId: string, byteSize: number): Promise<void> {
    await this.incoming.create(new Upload({ id: uploadId, size: byteSize, offset: 0 }));
  }

  receivedOf(uploadId: string): Promise<number | null> {
    return this.incoming.getUpload(uploadId).then(
      ({ offset }) => offset,
      (error: unknown) => {
        if (error === ERRORS.FILE_NOT_FOUND || isMissing(error)) return null;
        throw error;
      },
    );
  }

  async fetchUpload(uploadId: string, file: string): Promise<void> {
    await pipeline(await this.#get(this.#s3, uploadId), createWriteStream(file, { flags: "wx" }));
  }

  async keep(uploadId: string, name: MediaName, file: string): Promise<void> {
    await this.#s3.putObject({
      Bucket: this.#bucket,
      Key: keptKey(uploadId, name),
      Body: createReadStream(file),
      ContentLength: (await stat(file)).size,
      ContentType: MEDIA_TYPES[name],
    });
  }

  sizeOf(uploadId: string, name: MediaName): Promise<number | null> {
    return this.#s3.headObject({ Bucket: this.#bucket, Key: keptKey(uploadId, name) }).then(
      ({ ContentLength }) => ContentLength ?? null,
      (error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      },
    );
  }

  read(uploadId: string, name: MediaName, { start, end }: { start: number; end: number }): Promise<Readable> {
    return this.#get(this.#players, keptKey(uploadId, name), `bytes=${start}-${end}`);
  }

  async discardUpload(uploadId: string): Promise<void> {
    // Asked of the bucket: what tus knows of an upload may be missing where a node died.
    const { Uploads = [] } = await this.#s3.listMultipartUploads({ Bucket: this.#bucket, Prefix: uploadId });
    for (const { Key, UploadId } of Uploads) {
      if (Key === uploadId) await this.#abort(Key, UploadId);
    }
    await this.#delete(uploadKeys(uploadId));
    await this.incoming.forget(uploadId);
  }

  async discard(uploadId: string): Promise<void> {
    await this.discardUpload(uploadId);
    await this.#delete((Object.keys(MEDIA_TYPES) as MediaName[]).map((name) => keptKey(uploadId, name)));
  }

  async #get(s3: S3, key: string, range?: string): Promise<Readable> {
    const { Body } = await s3.getObject({ Bucket: this.#bucket, Key: key, Range: range });
    if (!(Body instanceof Readable)) throw new Error("The bucket gave no stream.");
    return Body;
  }

  async #abort(key: string, multipartId: string | undefined): Promise<void> {
    await this.#s3
      .abortMultipartUpload({ Bucket: this.#bucket, Key: key, UploadId: multipartId })
      .catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
  }

  async #delete(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((Key) => this.#s3.deleteObject({ Bucket: this.#bucket, Key })));
  }
}
