/** Exports over HTTP, for whoever has a good address: part by part, no faster than they are taken. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { exportOfUrl } from "../../actions/export/export.ts";
import { partCountOf, partOf } from "../../loaders/export.ts";
import type { Services } from "../context.ts";

const HEADERS = {
  "content-type": "application/x-ndjson; charset=utf-8",
  "content-disposition": 'attachment; filename="kith.ndjson"',
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "access-control-allow-origin": "*",
};

/**
 * Answers the addresses of exports; returns false, and answers nothing, where the address is not, or no longer, that of
 * one. An answer of which nothing is taken for `stallMs` is broken off.
 */
export function exportDownload({ database, keys }: Services, stallMs: number) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (request.method !== "GET" || !request.url?.startsWith("/exports/")) return false;
    const id = exportOfUrl(keys, new URL(request.url, "http://localhost"));
    const count = id === null ? null : await partCountOf(database, id);
    if (id === null || count === null) return false;
    const parts = async function* () {
      for (let nr = 1; nr <= count; nr++) {
        const lines = await partOf(database, id, nr);
        // What has begun breaks off, so that nobody takes it for all.
        if (lines === null) throw new Error("An export went while it was fetched.");
        yield lines;
      }
    };
    response.writeHead(200, HEADERS);
    response.setTimeout(stallMs, () => response.destroy());
    try {
      await pipeline(Readable.from(parts()), response);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
    }
    return true;
  };
}
