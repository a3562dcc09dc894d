/** Uploads over HTTP, by the tus protocol 1.0.0: an address is made by `startVideoUpload`, and takes bytes from whoever has it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ERRORS, EVENTS, Server } from "@tus/server";
import { uploadOfAddress } from "../../actions/upload/start.ts";
import { RequestError } from "../../errors.ts";
import { MAX_UPLOAD_BYTES } from "../../limits.ts";
import { describeError } from "../../log.ts";
import { askerOf } from "../../rates.ts";
import { send } from "../body.ts";
import type { Services } from "../context.ts";
import { retryAfter, statusOf } from "../errors.ts";
import { clientOf } from "../request.ts";
import { UploadLocks } from "./locks.ts";
import { NO_UPLOAD, ReceivingStore } from "./receiving.ts";

export interface UploadEndpoint {
  /** Answers whatever is asked below /uploads/. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Breaks off what is being sent, keeps what has come, and takes nothing more. */
  close(): void;
}

const METHODS = ["HEAD", "PATCH", "DELETE", "OPTIONS"];
const TEXT = "text/plain; charset=utf-8";
const CORS = { "access-control-allow-origin": "*", "access-control-expose-headers": "retry-after" };
/** How long a client may go on to send what nobody takes. */
const UNHEARD_MS = 1_000;
/** How long no byte comes until its sender is let go: a connection that is dead may not look it. */
const QUIET_MS = 30_000;

interface Refusal {
  readonly status_code: number;
  readonly body: string;
}

/** Serves the uploads of every person, and lets go of whoever sends no byte for `quietMs`. */
export function serveUploads(services: Services, quietMs = QUIET_MS): UploadEndpoint {
  const { keys, log, rates, trustedProxies } = services;
  const locks = new UploadLocks();
  const datastore = new ReceivingStore(services, { quietMs, letGo: (id) => locks.release(id) });
  let isClosing = false;

  /** By whom requests are counted: the upload that is meant, or, where there can be none, the network that asks. */
  const countedAs = (request: IncomingMessage): string | null =>
    uploadOfAddress(keys, request.url?.split("?", 1)[0]?.split("/").at(-1) ?? "") ??
    askerOf({ viewer: null, client: clientOf(request, trustedProxies) });

  const refusalOfRate = (request: IncomingMessage): Promise<RequestError | null> =>
    rates.takeUpload(countedAs(request)).then(
      () => null,
      (error: unknown) => {
        if (error instanceof RequestError) return error;
        throw error;
      },
    );

  const refusalOf = (error: Error | Refusal): Refusal => {
    if ("status_code" in error) {
      // That one has ended, and that there never was one, sound the same.
      const isGone = [404, 410].includes(error.status_code) || error === ERRORS.INVALID_TERMINATION;
      if (error.status_code >= 500) log.error({ status: error.status_code }, "an upload could not be taken");
      return isGone ? NO_UPLOAD : error;
    }
    if (error instanceof RequestError)
      return { status_code: statusOf(error.code), body: `${error.message}\n` };
    log.error(describeError(error), "an upload failed");
    return { status_code: 500, body: "Something went wrong.\n" };
  };

  const tus = new Server({
    path: "/uploads",
    datastore,
    maxSize: MAX_UPLOAD_BYTES,
    exposedHeaders: ["Upload-Expires"],
    locker: (request) => locks.lockerFor(request.method === "PATCH"),
    // Whoever is asked to let go does so at once: what has come is kept.
    lockDrainTimeout: 1,
    disableTerminationForFinishedUploads: true,
    getFileIdFromRequest: (_request, part) => uploadOfAddress(keys, part ?? "") ?? undefined,
    onResponseError: (_request, error) => refusalOf(error),
  });
  tus.on(EVENTS.POST_RECEIVE, (_stream, upload) => datastore.noteComing(upload));

  return {
    async answer(request, response) {
      // The protocol's way for clients that can't say PATCH or DELETE.
      const override = request.headers["x-http-method-override"];
      if (request.method === "POST" && typeof override === "string") request.method = override.toUpperCase();
      if (!METHODS.includes(request.method ?? "")) {
        return send(response, 405, TEXT, "Uploads are begun by startVideoUpload.\n", {
          ...CORS,
          allow: METHODS.join(", "),
        });
      }
      if (isClosing) {
        const headers = { ...CORS, "retry-after": "1", connection: "close" };
        return send(response, 503, TEXT, "The server is stopping: go on in a moment.\n", headers);
      }
      const refusal = await refusalOfRate(request);
      if (refusal === null) await tus.handle(request, response);
      else {
        const headers = { ...CORS, ...Object.fromEntries(retryAfter(refusal.extensions.retryAt)) };
        send(response, statusOf(refusal.code), TEXT, `${refusal.message}\n`, {
          ...headers,
          connection: "close",
        });
      }
      if (!request.complete) setTimeout(() => request.destroy(), UNHEARD_MS).unref();
    },
    close() {
      isClosing = true;
      locks.releaseAll();
    },
  };
}
