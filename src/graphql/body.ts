/** Bodies of HTTP: read as far as they may go, and sent whole. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RequestError } from "../errors.ts";
import type { Viewer } from "../viewer.ts";
import { retryAfter, statusOf } from "./errors.ts";
import { MAX_ADDRESS_BOOK_BYTES, MAX_BODY_BYTES } from "./limits.ts";

// What the sync of an address book says before it comes to its hashes, whether its document or its variables come first.
const IS_ADDRESS_BOOK = /syncContacts|phoneHashes|emailHashes/i;

/**
 * The JSON of a body; nothing where it is of another type. Only the address book of somebody who is signed in may be
 * larger than a frame, and of that no more than the variables. Throws PAYLOAD_TOO_LARGE, and BAD_REQUEST for what is no
 * JSON.
 */
export function readBody(request: IncomingMessage, viewer: Viewer | null): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let maxBytes = viewer === null ? MAX_BODY_BYTES : MAX_ADDRESS_BOOK_BYTES;
    request.on("data", (chunk: Buffer) => {
      const before = size;
      size += chunk.length;
      if (before <= MAX_BODY_BYTES && size > MAX_BODY_BYTES) {
        const beginning = Buffer.concat([...chunks, chunk])
          .subarray(0, MAX_BODY_BYTES)
          .toString("latin1");
        if (!IS_ADDRESS_BOOK.test(beginning)) maxBytes = MAX_BODY_BYTES;
      }
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    });
    request.on("error", () => reject(new RequestError("BAD_REQUEST", "The body broke off.")));
    request.on("end", () => {
      // Whoever asked for the body says that one of another type is not for them.
      if (!isJson(request)) return resolve({});
      try {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
        // Documents are parsed whole, and kept.
        if (hasLongDocument(body)) reject(tooLarge(MAX_BODY_BYTES, "document"));
        else resolve(body);
      } catch {
        reject(new RequestError("BAD_REQUEST", "The body is not JSON."));
      }
    });
  });
}

/** Whether a body is said to be JSON, which no page of another origin can say without asking first. */
export function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json\b/i.test(headers["content-type"] ?? "");
}

function hasLongDocument(body: unknown): boolean {
  const { query } = (body ?? {}) as { readonly query?: unknown };
  return typeof query === "string" && Buffer.byteLength(query) > MAX_BODY_BYTES;
}

function tooLarge(limit: number, what = "body"): RequestError {
  return new RequestError("PAYLOAD_TOO_LARGE", `A ${what} has ${limit} bytes at most.`, { limit });
}

/** Sends an answer whole; no cache keeps it. */
export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...headers,
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

/** Sends why the whole request was refused, with the status that fits its code and the time to come back. */
export function sendRefusal(
  response: ServerResponse,
  error: RequestError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { code, message, extensions } = error;
  const answer = JSON.stringify({ errors: [{ message, extensions: { code, ...extensions } }] });
  send(response, statusOf(code), "application/json; charset=utf-8", answer, {
    ...Object.fromEntries(retryAfter(extensions.retryAt)),
    ...headers,
  });
}
