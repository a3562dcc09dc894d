/** Beginning the upload of a video, and the address to which its bytes go. */
import { type Nothing, statement } from "../../db/sql.ts";
import { RequestError, UserError } from "../../errors.ts";
import { globalId, newId, rowId } from "../../ids.ts";
import {
  MAX_UNFINISHED_BYTES,
  MAX_UNFINISHED_UPLOADS,
  MAX_UPLOAD_BYTES,
  UPLOAD_HOURS,
} from "../../limits.ts";
import { type Keys, sameText, sign } from "../../secrets.ts";
import { requireViewer } from "../../viewer.ts";
import { type ActionContext, write } from "../context.ts";
import { lockSelf } from "../friendship.ts";
import { endUpload } from "./end.ts";

/** What phones and cameras make. It is the client's word: what has come is looked at once it is there. */
const VIDEO_TYPES: readonly string[] = [
  "video/mp4",
  "video/quicktime",
  "video/webm",
  "video/x-matroska",
  "video/matroska",
  "video/3gpp",
  "video/3gpp2",
  "video/mpeg",
  "video/mp2t",
  "video/ogg",
  "video/x-m4v",
  "video/x-msvideo",
  "video/x-ms-wmv",
  "video/x-flv",
];

/** An upload that was begun so long ago has ended: it takes bytes for a day, and waits for two to be worked on. */
const LONGEST_MS = 4 * 24 * 3_600_000;

// What was published counts as long as its original is here. Only as far back as there can be one: the ids of a person
// lie in order of time.
const countUnfinished = statement<{ userId: string; since: string }, { count: number; bytes: number }>(
  "upload_count_unfinished",
  `
  select
    count(*)::integer as count,
    coalesce(sum(w.byte_size) filter (where w.status <> 'READY'), 0)::float8 as bytes
  from video_uploads w
  where w.user_id = :userId and w.id > :since
    and (w.status in ('OPEN', 'PROCESSING') or (w.status = 'READY' and w.expires_at is not null))`,
);

const insertUpload = statement<
  { id: string; userId: string; byteSize: number; contentType: string; hours: number },
  Nothing
>(
  "upload_insert",
  `
  insert into video_uploads (id, user_id, byte_size, content_type, expires_at)
  values (:id, :userId, :byteSize, :contentType, now() + make_interval(hours => :hours))`,
);

export interface NewUpload {
  readonly byteSize: number;
  /** A media type; what follows a semicolon is not looked at. */
  readonly contentType: string;
}

/**
 * Begins an upload of the viewer's and returns its id. Throws INVALID, LIMIT_REACHED and TOO_MANY_REQUESTS, and
 * SERVICE_UNAVAILABLE where the store is nearly full.
 */
export async function startVideoUpload(context: ActionContext, input: NewUpload): Promise<string> {
  const { userId } = requireViewer(context);
  const { byteSize } = input;
  if (byteSize < 1 || byteSize > MAX_UPLOAD_BYTES) {
    throw new UserError("INVALID", "A video has 1 byte to 1 GiB.", { path: ["byteSize"] });
  }
  const contentType = input.contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (!VIDEO_TYPES.includes(contentType)) {
    throw new UserError("INVALID", "This is not a type of video that can be uploaded.", {
      path: ["contentType"],
    });
  }
  await context.rates.take("startVideoUpload", userId);
  if (!(await context.media.hasRoomFor(byteSize))) {
    throw new RequestError("SERVICE_UNAVAILABLE", "There is no room for another video now. Come back later.");
  }
  const id = newId();
  const since = newId(Date.now() - LONGEST_MS);
  await write(context, async (queries) => {
    await lockSelf(queries, userId);
    requireRoom(byteSize, (await queries.run(countUnfinished, { userId, since }))[0]);
    await queries.run(insertUpload, { id, userId, byteSize, contentType, hours: UPLOAD_HOURS });
  });
  try {
    await context.media.open(id, byteSize);
  } catch (error) {
    await endUpload(context, id);
    throw error;
  }
  return id;
}

function requireRoom(byteSize: number, { count, bytes } = { count: 0, bytes: 0 }): void {
  if (count >= MAX_UNFINISHED_UPLOADS) {
    throw new UserError(
      "LIMIT_REACHED",
      `There are ${MAX_UNFINISHED_UPLOADS} uploads that are not finished: publish one or end one, or wait for one.`,
    );
  }
  if (bytes + byteSize > MAX_UNFINISHED_BYTES) {
    throw new UserError(
      "LIMIT_REACHED",
      "Unfinished uploads have 5 GiB together at most: end one, or wait until one is worked off.",
    );
  }
}

const signature = (keys: Keys, name: string) => sign(keys.upload, name);

/** Where the bytes of an upload go, by the tus protocol, for whoever has the address; the same as long as it lives. */
export function uploadUrl(
  { keys, publicUrl }: Pick<ActionContext, "keys" | "publicUrl">,
  id: string,
): string {
  const name = globalId("upload", id);
  return `${publicUrl}/uploads/${name}.${signature(keys, name)}`;
}

/** The upload that the last part of an address of `uploadUrl` names; null where Kith did not make it. */
export function uploadOfAddress(keys: Keys, part: string): string | null {
  const [name = "", signed = "", ...more] = part.split(".");
  return more.length === 0 && sameText(signed, signature(keys, name)) ? rowId("upload", name) : null;
}
