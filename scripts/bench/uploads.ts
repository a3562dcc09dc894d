/** Measures how fast files of videos come in, against the least that can take them, and how fast they are played. */
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { DataSource } from "typeorm";
import { globalId, newId } from "../../src/ids.ts";
import { FolderStore } from "../../src/media/folder.ts";
import type { Contestant } from "./contestants.ts";
import { drive, type Measure, percentile } from "./load.ts";

export interface UploadsResult {
  readonly clients: number;
  /** Megabytes a second of all clients together. */
  readonly kith: number;
  readonly least: number;
}

export interface Uploads {
  readonly sent: readonly UploadsResult[];
  /** Requests for parts of a video. */
  readonly played: Measure;
}

const MB = 1_000_000;
export const FILE_BYTES = 32 * MB;
export const PART_BYTES = 64 * 1024;
const VIDEO_BYTES = 64 * MB;
const CLIENTS = [1, 8];

/** Where and how one file is sent; and what is done when it was. */
interface Target {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly end: () => Promise<void>;
}

async function sendFile({ method, url, headers }: Target, bytes: Buffer): Promise<void> {
  const request = httpRequest(url, { method, headers: { ...headers, "content-length": bytes.length } });
  request.end(bytes);
  const [response] = (await once(request, "response")) as [import("node:http").IncomingMessage];
  response.resume();
  await once(response, "end");
  if (response.statusCode !== 204) throw new Error(`A file was refused: ${response.statusCode}.`);
}

/** Megabytes a second of some clients, each of which sends one file after another for as long. */
async function throughput(
  clients: number,
  seconds: number,
  bytes: Buffer,
  begin: () => Promise<Target>,
): Promise<number> {
  let files = 0;
  let busy = 0;
  const end = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      do {
        const target = await begin();
        const began = performance.now();
        await sendFile(target, bytes);
        busy += performance.now() - began;
        files++;
        await target.end();
      } while (performance.now() < end);
    }),
  );
  return (files * bytes.length * clients) / MB / (busy / 1000);
}

/** The least that can take a file, as a process of its own. */
async function startSink(
  folder: string,
): Promise<{ begin: () => Promise<Target>; stop: () => Promise<void> }> {
  const child = fork(fileURLToPath(new URL("./sink.ts", import.meta.url)), [folder], {
    execArgv: ["--import", "tsx"],
    env: {},
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const [port] = (await once(child, "message")) as [number];
  return {
    async begin() {
      const name = newId();
      return {
        method: "PUT",
        url: `http://127.0.0.1:${port}/${name}`,
        headers: {},
        end: async () => rmSync(path.join(folder, name)),
      };
    },
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function ask<Data>(kith: Contestant, viewerId: string, query: string): Promise<Data> {
  const response = await fetch(`http://127.0.0.1:${kith.port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(await kith.socketParams(viewerId)) },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
  if (errors !== undefined) throw new Error(`The bench was refused: ${JSON.stringify(errors)}`);
  return data;
}

/** Begins an upload of one byte more than is sent: so it takes them all, stays open, and can be ended. */
async function beginUpload(kith: Contestant, viewerId: string): Promise<Target> {
  const input = `{ byteSize: ${FILE_BYTES + 1}, contentType: "video/mp4" }`;
  const { startVideoUpload } = await ask<{ startVideoUpload: { upload: { uploadUrl: string } } }>(
    kith,
    viewerId,
    `mutation { startVideoUpload(input: ${input}) { upload { uploadUrl } } }`,
  );
  const { uploadUrl } = startVideoUpload.upload;
  const version = { "tus-resumable": "1.0.0" };
  return {
    method: "PATCH",
    url: uploadUrl,
    headers: { ...version, "upload-offset": "0", "content-type": "application/offset+octet-stream" },
    async end() {
      await fetch(uploadUrl, { method: "DELETE", headers: version });
    },
  };
}

/** Puts a video into the store of this server, and finds out where it plays. */
async function makeVideo(
  kith: Contestant,
  source: DataSource,
  store: FolderStore,
  file: string,
  authorId: string,
) {
  const [uploadId, videoId] = [newId(), newId()];
  writeFileSync(file, randomBytes(VIDEO_BYTES));
  await store.keep(uploadId, "video.mp4", file);
  await source.query(
    `insert into video_uploads (id, user_id, byte_size, content_type, status) values ($1, $2, $3, 'video/mp4', 'READY')`,
    [uploadId, authorId, VIDEO_BYTES],
  );
  await source.query(
    `insert into videos (id, author_id, caption, status, audience, upload_id) values ($1, $2, 'Played', 'READY', 'PUBLIC', $3)`,
    [videoId, authorId, uploadId],
  );
  const question = `{ video(id: "${globalId("video", videoId)}") { playbackUrl } }`;
  return (await ask<{ video: { playbackUrl: string } }>(kith, authorId, question)).video.playbackUrl;
}

/** Measures a process of this server that runs in `folder`, with people who upload. */
export async function measureUploads(
  kith: Contestant,
  source: DataSource,
  folder: string,
  people: readonly string[],
  options: { readonly seconds: number; readonly rounds: number },
  progress: (what: string) => void,
): Promise<Uploads> {
  const { seconds, rounds } = options;
  const bytes = randomBytes(FILE_BYTES);
  const beside = mkdtempSync(path.join(folder, "sink-"));
  const sink = await startSink(beside);
  let turn = 0;
  const sent: UploadsResult[] = [];
  try {
    for (const clients of CLIENTS) {
      const [kiths, leasts]: [number[], number[]] = [[], []];
      for (let round = 1; round <= rounds; round++) {
        progress(`${clients} at a time, round ${round} of ${rounds}`);
        const begin = () => beginUpload(kith, people[turn++ % people.length] ?? "");
        kiths.push(await throughput(clients, seconds, bytes, begin));
        leasts.push(await throughput(clients, seconds, bytes, sink.begin));
      }
      sent.push({ clients, kith: percentile(kiths, 0.5), least: percentile(leasts, 0.5) });
    }
  } finally {
    await sink.stop();
  }
  progress("played");
  const store = new FolderStore(path.join(folder, ".data/media"));
  const playbackUrl = await makeVideo(kith, source, store, path.join(beside, "video"), people[0] ?? "");
  const parts = Array.from({ length: 500 }, () => {
    const start = Math.floor(Math.random() * (VIDEO_BYTES - PART_BYTES));
    return Buffer.from(
      `GET ${new URL(playbackUrl).pathname} HTTP/1.1\r\nhost: 127.0.0.1\r\nrange: bytes=${start}-${start + PART_BYTES - 1}\r\n\r\n`,
    );
  });
  let asked = 0;
  const next = () => parts[asked++ % parts.length] ?? Buffer.alloc(0);
  return { sent, played: await drive(kith.port, next, "", seconds) };
}
