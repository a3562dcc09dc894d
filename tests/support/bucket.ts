/** A bucket for tests: a server over real HTTP that speaks as much of S3 as is spoken to it, and keeps it in a folder. */
import { createHash, randomUUID } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { BucketConfig } from "../../src/config.ts";

const NAME = "kith-test";

interface Multipart {
  readonly key: string;
  readonly metadata: Metadata;
}
type Metadata = Readonly<Record<string, string>>;

/** Which requests, by their method and what is asked. */
type Which = (method: string, url: URL) => boolean;

export interface TestBucket {
  readonly config: BucketConfig;
  /** The names of everything in it, parts of what is not put together yet among them. */
  names(): string[];
  /** Answers everything with 503 from now on, or the requests that are said, or nothing any longer. */
  setAway(isAway: boolean | Which): void;
  /** Closes the connection under the next request of these, once its body has begun to come. */
  breakNext(which: Which): void;
  stop(): Promise<void>;
}

/** Starts a bucket over a folder. */
export async function startBucket(folder: string): Promise<TestBucket> {
  const bucket = new Bucket(folder);
  const server = createServer((request, response) => {
    bucket.answer(request, response).catch((error: Error) => {
      if (!response.headersSent) refuse(response, 500, error.name);
      else response.destroy();
    });
  });
  // Node closes a connection that is idle for five seconds, which buckets leave open for longer.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    config: {
      name: NAME,
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "tests", secretAccessKey: "a secret of tests" },
      forcePathStyle: true,
    },
    names: () => bucket.names(),
    setAway(isAway) {
      bucket.isAway = typeof isAway === "boolean" ? () => isAway : isAway;
    },
    breakNext(which) {
      bucket.isBroken = which;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const xml = (text: string) => `<?xml version="1.0" encoding="UTF-8"?>${text}`;
const tags = (found: Readonly<Record<string, string | number>>) =>
  Object.entries(found)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join("");

function sendXml(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/xml" }).end(xml(text));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(xml(`<Error>${tags({ Code: code, Message: code })}</Error>`));
}

const etagOf = (file: string) => `"${createHash("md5").update(readFileSync(file)).digest("hex")}"`;

const bodyOf = async (request: IncomingMessage) => {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
};

const metadataOf = ({ headers }: IncomingMessage): Metadata =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith("x-amz-meta-") && typeof value === "string" ? [[name, value]] : [],
    ),
  );

class Bucket {
  isAway: Which = () => false;
  isBroken: Which = () => false;
  readonly #objects: string;
  readonly #parts: string;
  readonly #multiparts = new Map<string, Multipart>();
  readonly #metadata = new Map<string, Metadata>();

  constructor(folder: string) {
    this.#objects = path.join(folder, "objects");
    this.#parts = path.join(folder, "parts");
    for (const each of [this.#objects, this.#parts]) mkdirSync(each, { recursive: true });
  }

  names(): string[] {
    const parts = readdirSync(this.#parts, { recursive: true, encoding: "utf8" });
    return [...readdirSync(this.#objects).map(decodeURIComponent), ...parts].sort();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://bucket");
    const [, name, ...rest] = url.pathname.split("/");
    const key = decodeURIComponent(rest.join("/"));
    const method = request.method ?? "";
    if (this.isBroken(method, url)) {
      this.isBroken = () => false;
      request.once("data", () => request.destroy());
      return;
    }
    if (this.isAway(method, url)) {
      request.resume();
      return refuse(response, 503, "ServiceUnavailable");
    }
    if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 Credential=tests/"))
      return refuse(response, 403, "AccessDenied");
    if (name !== NAME) return refuse(response, 404, "NoSuchBucket");
    const query = url.searchParams;
    const multipart = query.get("uploadId");
    if (key === "") return this.#answerBucket(request, response, query);
    if (query.has("uploads")) return this.#begin(request, response, key);
    if (multipart !== null) return this.#answerMultipart(request, response, multipart, query);
    return this.#answerObject(request, response, key);
  }

  #answerBucket(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    if (request.method === "HEAD") {
      response.writeHead(200).end();
      return;
    }
    if (!query.has("uploads")) {
      refuse(response, 501, "NotImplemented");
      return;
    }
    const found = [...this.#multiparts].filter(([, { key }]) => key.startsWith(query.get("prefix") ?? ""));
    const uploads = found.map(([UploadId, { key }]) => `<Upload>${tags({ Key: key, UploadId })}</Upload>`);
    sendXml(response, `<ListMultipartUploadsResult>${uploads.join("")}</ListMultipartUploadsResult>`);
  }

  #begin(request: IncomingMessage, response: ServerResponse, key: string): void {
    const UploadId = randomUUID();
    this.#multiparts.set(UploadId, { key, metadata: metadataOf(request) });
    mkdirSync(path.join(this.#parts, UploadId));
    const result = tags({ Bucket: NAME, Key: key, UploadId });
    sendXml(response, `<InitiateMultipartUploadResult>${result}</InitiateMultipartUploadResult>`);
  }

  async #answerMultipart(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    query: URLSearchParams,
  ): Promise<void> {
    const multipart = this.#multiparts.get(id);
    if (multipart === undefined) return refuse(response, 404, "NoSuchUpload");
    const folder = path.join(this.#parts, id);
    const partFile = (nr: string | number) => path.join(folder, String(nr).padStart(5, "0"));
    if (request.method === "PUT") {
      const file = partFile(query.get("partNumber") ?? "");
      await this.#take(request, file);
      response.writeHead(200, { etag: etagOf(file) }).end();
    } else if (request.method === "GET") {
      const parts = readdirSync(folder)
        .sort()
        .map((part) => {
          const file = path.join(folder, part);
          return `<Part>${tags({ PartNumber: Number(part), Size: statSync(file).size, ETag: etagOf(file) })}</Part>`;
        });
      const result = `${tags({ UploadId: id, IsTruncated: "false" })}${parts.join("")}`;
      sendXml(response, `<ListPartsResult>${result}</ListPartsResult>`);
    } else if (request.method === "POST") {
      const numbers = [...(await bodyOf(request)).matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(
        ([, nr]) => nr ?? "",
      );
      writeFileSync(
        this.#fileOf(multipart.key),
        Buffer.concat(numbers.map((nr) => readFileSync(partFile(nr)))),
      );
      this.#metadata.set(multipart.key, multipart.metadata);
      this.#forget(id);
      sendXml(
        response,
        `<CompleteMultipartUploadResult>${tags({ Key: multipart.key })}</CompleteMultipartUploadResult>`,
      );
    } else {
      this.#forget(id);
      response.writeHead(204).end();
    }
  }

  async #answerObject(request: IncomingMessage, response: ServerResponse, key: string): Promise<void> {
    const file = this.#fileOf(key);
    if (request.method === "PUT") {
      await this.#take(request, file);
      this.#metadata.set(key, metadataOf(request));
      response.writeHead(200, { etag: etagOf(file) }).end();
      return;
    }
    if (request.method === "DELETE") {
      rmSync(file, { force: true });
      response.writeHead(204).end();
      return;
    }
    if (!existsSync(file)) return refuse(response, 404, "NoSuchKey");
    const { size } = statSync(file);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const [start, end] =
      first === undefined ? [0, size - 1] : [Number(first), Math.min(Number(last), size - 1)];
    response.writeHead(first === undefined ? 200 : 206, {
      ...this.#metadata.get(key),
      "content-length": end - start + 1,
      ...(first !== undefined && { "content-range": `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === "HEAD" || size === 0) response.end();
    else await pipeline(createReadStream(file, { start, end }), response);
  }

  /** Takes a body whole or not at all. */
  async #take(request: IncomingMessage, file: string): Promise<void> {
    const taken = path.join(path.dirname(path.dirname(this.#objects)), randomUUID());
    await pipeline(request, createWriteStream(taken));
    writeFileSync(file, readFileSync(taken));
    rmSync(taken);
  }

  #forget(id: string): void {
    this.#multiparts.delete(id);
    rmSync(path.join(this.#parts, id), { recursive: true, force: true });
  }

  #fileOf(key: string): string {
    return path.join(this.#objects, encodeURIComponent(key));
  }
}
