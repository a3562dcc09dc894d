/** Uploads as tests send them: by requests that say one thing wrong, and by a client that people use. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import os from "node:os";
import path from "node:path";
import { Upload as TusUpload } from "tus-js-client";
import type { Audience } from "../../src/entities/video.ts";
import { rowId } from "../../src/ids.ts";
import type { MediaName } from "../../src/media/store.ts";
import { send } from "../support/ask.ts";
import type { TestServer } from "../support/server.ts";
import type { Person, World } from "../support/world.ts";
import { mutate, type Node, type Somebody, UPLOAD, type Upload } from "./mutations.ts";

/** A video that was made of an upload, with these bytes as its files; returns the row ids of both. */
export async function videoOfUpload(
  world: World,
  author: Person,
  files: Readonly<Partial<Record<MediaName, Buffer>>>,
  audience: Audience = "PUBLIC",
): Promise<{ videoId: string; uploadId: string }> {
  const uploadId = rowId("upload", (await startUpload(world, author, 10)).id);
  const folder = mkdtempSync(path.join(os.tmpdir(), "kith-files-"));
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), bytes);
    await world.media.keep(uploadId, name as MediaName, path.join(folder, name));
  }
  rmSync(folder, { recursive: true });
  await world.media.discardUpload(uploadId);
  const videoId = await world.video(author, audience);
  await world.server.database.query(
    `with ready as (update video_uploads set status = 'READY', expires_at = null where id = $1)
     update videos set upload_id = $1, source_url = null, has_poster = $3 where id = $2`,
    [uploadId, videoId, files["poster.jpg"] !== undefined],
  );
  return { videoId, uploadId };
}

/** The names of all files of videos that a server has. */
export function filesOf(world: World): string[] {
  return readdirSync(world.server.mediaDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

/** Begins an upload of so many bytes, of which no video is made: what has come stays as it came. */
export async function startUpload(
  node: { server: Pick<TestServer, "url" | "database"> },
  somebody: Somebody,
  byteSize: number,
): Promise<Upload> {
  const input = { byteSize, contentType: "video/mp4" };
  const { upload, userErrors } = await mutate(node, somebody, "startVideoUpload", input);
  if (upload === null) throw new Error(`No upload was begun: ${JSON.stringify(userErrors)}`);
  await node.server.database.query(
    "update video_uploads set claimed_until = now() + interval '1 day' where id = $1",
    [rowId("upload", upload.id)],
  );
  return upload;
}

/** An upload as somebody sees it; null where they don't. */
export async function readUpload(node: Node, somebody: Somebody, id: string): Promise<Upload | null> {
  const question = `query ($id: ID!) { node(id: $id) { ... on VideoUpload { ${UPLOAD} } } }`;
  const { data } = await send<{ node: Upload | null }>(node.server.url, somebody?.token ?? null, question, {
    id,
  });
  return data.node;
}

/** What an address of uploads answered. */
export interface Answered {
  readonly status: number;
  readonly offset: number | null;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Sending {
  /** Sends more bytes, and resolves when they are handed over. */
  more(bytes: Buffer): Promise<void>;
  end(): void;
  /** Breaks the connection. */
  breakOff(): void;
  readonly answer: Promise<Answered>;
}

type Headers = Readonly<Record<string, string>>;

/** Begins a request whose body is sent by and by. */
export function begin(method: string, url: string, headers: Headers = {}): Sending {
  const request = httpRequest(url, { method, headers: { "tus-resumable": "1.0.0", ...headers } });
  const answer = new Promise<Answered>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.on("error", reject);
      response.on("end", () => {
        const offset = response.headers["upload-offset"];
        resolve({
          status: response.statusCode ?? 0,
          offset: typeof offset === "string" ? Number(offset) : null,
          headers: response.headers,
          body,
        });
      });
    });
  });
  // Who breaks off does not wait for an answer.
  answer.catch(() => {});
  return {
    more: (bytes) =>
      new Promise((resolve, reject) => request.write(bytes, (error) => (error ? reject(error) : resolve()))),
    end: () => request.end(),
    breakOff: () => request.destroy(),
    answer,
  };
}

const OCTETS = { "content-type": "application/offset+octet-stream" };

/** Begins to send bytes that lie at `offset`; chunked where no length is said. */
export function beginPatch(url: string, offset: number, headers: Headers = {}): Sending {
  return begin("PATCH", url, { ...OCTETS, "upload-offset": String(offset), ...headers });
}

/** Sends bytes that lie at `offset`. */
export async function patch(
  url: string,
  offset: number,
  bytes: Buffer,
  headers: Headers = {},
): Promise<Answered> {
  const sending = beginPatch(url, offset, { "content-length": String(bytes.length), ...headers });
  // Whoever is refused in the middle may have no connection any more, and is answered all the same.
  await sending.more(bytes).catch(() => {});
  sending.end();
  return sending.answer;
}

/** Asks without a body. */
export function askUpload(method: string, url: string, headers: Headers = {}): Promise<Answered> {
  const sending = begin(method, url, headers);
  sending.end();
  return sending.answer;
}

/** Sends a whole file as an app does, in pieces, going on after whatever happens; resolves when all has come. */
export function sendAll(
  uploadUrl: string,
  bytes: Buffer,
  options: {
    pieceSize?: number;
    onProgress?: (sent: number) => void;
    /** What is waited for before anything is sent. */
    whenever?: () => Promise<void>;
  } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    new TusUpload(bytes, {
      uploadUrl,
      chunkSize: options.pieceSize ?? Number.POSITIVE_INFINITY,
      retryDelays: Array<number>(2_000).fill(100),
      onBeforeRequest: () => options.whenever?.(),
      onProgress: (sent) => options.onProgress?.(sent),
      onSuccess: () => resolve(),
      onError: reject,
    }).start();
  });
}
