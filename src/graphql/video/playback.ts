/** Uploaded videos over HTTP: to whoever may see the video now, any part of it, no faster than it is taken. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type MediaAddress, mediaOfAddress } from "../../actions/video-playback.ts";
import { RequestError } from "../../errors.ts";
import { NOBODY } from "../../ids.ts";
import { Batch } from "../../loaders/kinds.ts";
import { userById } from "../../loaders/user.ts";
import { videoById } from "../../loaders/video.ts";
import { MEDIA_TYPES } from "../../media/store.ts";
import { askerOf } from "../../rates.ts";
import { send, sendRefusal } from "../body.ts";
import type { Services } from "../context.ts";
import { clientOf } from "../request.ts";
import { rangeOf } from "./range.ts";

export interface Playback {
  /** Answers whatever is asked below /media/. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Breaks off what is being played: a player asks for the rest. */
  close(): void;
}

/** A player that takes nothing for this long is let go: it asks for the rest when it goes on. */
const STALL_MS = 30_000;
const METHODS = "GET, HEAD, OPTIONS";
const TEXT = "text/plain; charset=utf-8";

// Any page may play a video of which it was given the address; a browser makes nothing of it but what it is.
const OPEN = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "accept-ranges, content-length, content-range, etag, retry-after",
  "cross-origin-resource-policy": "cross-origin",
};
const PREFLIGHT = {
  ...OPEN,
  "access-control-allow-methods": METHODS,
  "access-control-allow-headers": "if-none-match, if-range, range",
  "access-control-max-age": "86400",
};
const SAFE = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
};

interface MediaFile {
  readonly uploadId: string;
  readonly size: number;
}

type PlaybackServices = Pick<Services, "database" | "media" | "keys" | "rates" | "trustedProxies">;

/** Serves the files of uploaded videos, each to whoever goes on taking it: `stallMs` is how long nothing of it may go out. */
export function servePlayback(
  services: PlaybackServices,
  { stallMs = STALL_MS }: { readonly stallMs?: number } = {},
): Playback {
  const { database, media, keys, rates, trustedProxies } = services;
  const playing = new Set<ServerResponse>();

  /** The file of an address, if its viewer is here and may see the video at this moment. */
  const find = async ({ videoId, viewerId, name }: MediaAddress): Promise<MediaFile | null> => {
    const loads = { viewerId, batch: new Batch(database) };
    const [video, viewer] = await Promise.all([
      videoById(loads, videoId),
      viewerId === NOBODY ? viewerId : userById(loads, viewerId),
    ]);
    if (viewer === null || video === null || video.uploadId === null || video.status !== "READY") return null;
    const size = await media.sizeOf(video.uploadId, name);
    return size === null ? null : { uploadId: video.uploadId, size };
  };

  const play = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const address = mediaOfAddress(keys, request.url?.split("?", 1)[0] ?? "");
    const viewer = address === null || address.viewerId === NOBODY ? null : { userId: address.viewerId };
    await rates.takePlayback(askerOf({ viewer, client: clientOf(request, trustedProxies) }));
    response.setTimeout(stallMs, () => response.destroy());
    const file = address === null ? null : await find(address);
    if (address === null || file === null) return send(response, 404, TEXT, "There is nothing here.", OPEN);
    const { uploadId, size } = file;
    const { name, expires } = address;
    const etag = `"${uploadId}-${size}"`;
    const headers = {
      ...OPEN,
      ...SAFE,
      etag,
      "accept-ranges": "bytes",
      "cache-control": `private, max-age=${expires - Math.ceil(Date.now() / 1_000)}, immutable`,
    };
    if (request.headers["if-none-match"] === etag) {
      response.writeHead(304, headers).end();
      return;
    }
    const isRange = request.method === "GET" && (request.headers["if-range"] ?? etag) === etag;
    const range = isRange ? rangeOf(request.headers.range, size) : null;
    if (range === "NONE") {
      return send(response, 416, TEXT, "The file ends before that.", {
        ...OPEN,
        "content-range": `bytes */${size}`,
      });
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    const isEmpty = request.method === "HEAD" || size === 0;
    const bytes = isEmpty ? null : await media.read(uploadId, name, { start, end });
    response.writeHead(range === null ? 200 : 206, {
      ...headers,
      ...(range !== null && { "content-range": `bytes ${start}-${end}/${size}` }),
      "content-type": MEDIA_TYPES[name],
      "content-length": end - start + 1,
      "content-disposition": `inline; filename="${name}"`,
    });
    if (bytes === null) {
      response.end();
      return;
    }
    playing.add(response);
    try {
      await pipeline(bytes, response);
    } catch (error) {
      // Whoever has seen enough goes away.
      if (!response.destroyed || (error as { code?: unknown }).code !== "ERR_STREAM_PREMATURE_CLOSE")
        throw error;
    } finally {
      playing.delete(response);
    }
  };

  return {
    async answer(request, response) {
      if (request.method === "OPTIONS") {
        response.writeHead(204, PREFLIGHT).end();
        return;
      }
      if (request.method !== "GET" && request.method !== "HEAD") {
        return send(response, 405, TEXT, "Videos are read.", { ...OPEN, allow: METHODS });
      }
      try {
        await play(request, response);
      } catch (error) {
        if (!(error instanceof RequestError) || response.headersSent) throw error;
        sendRefusal(response, error, OPEN);
      }
    },
    close() {
      for (const response of playing) response.destroy();
    },
  };
}
