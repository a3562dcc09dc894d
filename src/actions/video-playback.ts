/** The addresses from which uploaded videos play: each of one file, for one viewer, for about an hour. */
import type { Video } from "../entities/video.ts";
import { globalId, NOBODY, rowId } from "../ids.ts";
import { MEDIA_URL_MINUTES, MEDIA_URL_STEP_MINUTES } from "../limits.ts";
import { MEDIA_TYPES, type MediaName } from "../media/store.ts";
import { type Keys, sameText, sign } from "../secrets.ts";
import type { ActionContext } from "./context.ts";

/** What an address says: a file of a video, who asks for it, and until when it is good, in seconds since 1970. */
export interface MediaAddress {
  readonly videoId: string;
  readonly name: MediaName;
  readonly viewerId: string;
  readonly expires: number;
}

const MINUTE = 60;
const STEP = MEDIA_URL_STEP_MINUTES * MINUTE;

// At a quarter of an hour: whoever asks again is given the same address, and has its file in their cache.
const endOf = (now: number) => Math.floor(now / 1_000 / STEP) * STEP + STEP + MEDIA_URL_MINUTES * MINUTE;

const NO_VIEWER = "nobody";
const PATH = /^\/media\/(video_[0-9a-z]+)\/(nobody|user_[0-9a-z]+)\/(\d{1,12})\/([\w-]{43})\/([a-z0-9.]+)$/;

const signature = (keys: Keys, ...said: readonly string[]) => sign(keys.media, said.join(" "));

/**
 * Where the viewer finds a file of a video for the next hour at least. The address is no permission: whether they may
 * see the video is decided at each request. Null for a video that was not uploaded, or is not ready.
 */
export function mediaUrl(
  { keys, publicUrl, loads }: Pick<ActionContext, "keys" | "publicUrl" | "loads">,
  { id, uploadId, status }: Pick<Video, "id" | "uploadId" | "status">,
  name: MediaName,
  now = Date.now(),
): string | null {
  if (uploadId === null || status !== "READY") return null;
  const video = globalId("video", id);
  const viewer = loads.viewerId === NOBODY ? NO_VIEWER : globalId("user", loads.viewerId);
  const expires = String(endOf(now));
  return `${publicUrl}/media/${video}/${viewer}/${expires}/${signature(keys, video, viewer, expires, name)}/${name}`;
}

/** What the path of an address of `mediaUrl` says; null where Kith did not make it, or its time is over. */
export function mediaOfAddress(keys: Keys, path: string, now = Date.now()): MediaAddress | null {
  const [, video = "", viewer = "", expires = "", signed = "", name = ""] = PATH.exec(path) ?? [];
  const isGenuine = sameText(signed, signature(keys, video, viewer, expires, name));
  if (!isGenuine || !Object.hasOwn(MEDIA_TYPES, name) || Number(expires) * 1_000 <= now) return null;
  return {
    videoId: rowId("video", video),
    name: name as MediaName,
    viewerId: viewer === NO_VIEWER ? NOBODY : rowId("user", viewer),
    expires: Number(expires),
  };
}
