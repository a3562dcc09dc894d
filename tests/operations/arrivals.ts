/** Uploads of which every byte has come, as far as the database and the store know, and what has become of them. */
import { createReadStream, readdirSync, statSync } from "node:fs";
import { processUploads } from "../../src/actions/upload/process.ts";
import { globalId, newId } from "../../src/ids.ts";
import type { Person, World } from "../support/world.ts";

/** An upload of somebody's, of which all bytes have come unless told otherwise; returns its row id. */
export async function arrive(
  world: World,
  person: Person,
  file: string | null,
  { status = "PROCESSING", byteSize }: { status?: "OPEN" | "PROCESSING"; byteSize?: number } = {},
): Promise<string> {
  const id = newId();
  const size = byteSize ?? (file === null ? 1 : statSync(file).size);
  await world.server.database.query(
    `insert into video_uploads (id, user_id, byte_size, content_type, status, expires_at)
     values ($1, $2, $3, 'video/mp4', $4, now() + interval '1 day')`,
    [id, person.id, size, status],
  );
  await world.media.open(id, size);
  if (file !== null) await world.media.incoming.write(createReadStream(file), id, 0);
  return id;
}

/** The last byte of an upload has come. */
export async function complete(world: World, id: string): Promise<void> {
  await world.server.database.query("update video_uploads set status = 'PROCESSING' where id = $1", [id]);
}

/** Works off what waits, as a node does that is nudged. */
export const work = (world: World, stop = new AbortController().signal) =>
  processUploads(world.as(null), stop);

export interface UploadRow {
  readonly status: string;
  readonly failure: string | null;
  readonly attempts: number;
  readonly duration_ms: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly expires_at: Date | null;
  /** Seconds from now; null for one that nobody works on. */
  readonly claimed: number | null;
}

/** An upload's row. */
export async function uploadRow(world: World, id: string): Promise<UploadRow> {
  const [row] = await world.server.database.query<UploadRow>(
    `select
       status, failure, attempts, duration_ms, width, height, expires_at,
       extract(epoch from claimed_until - now())::float as claimed
     from video_uploads where id = $1`,
    [id],
  );
  if (row === undefined) throw new Error("There is no such upload.");
  return row;
}

/** What the store has of an upload, by name; the original is called after the upload. */
export function filesOf(world: World, uploadId: string): string[] {
  return readdirSync(world.server.mediaDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && `${entry.parentPath}/${entry.name}`.includes(uploadId))
    .map(({ name }) => name)
    .sort();
}

/** Whether nothing of an upload is in the store, or is about to be. */
export async function isDiscarded(world: World, id: string): Promise<boolean> {
  const waiting = await world.server.database.query("select from discarded_uploads where upload_id = $1", [
    id,
  ]);
  return waiting.length > 0 || filesOf(world, id).length === 0;
}

/** What is left in the workshop. */
export const roomsOf = (world: World) =>
  readdirSync(world.server.workshopDir).filter((name) => !name.startsWith("."));

/** How often somebody's log tells that a video has changed. */
export async function timesTold(world: World, person: Person, videoId: string): Promise<number> {
  const rows = await world.server.database.query(
    "select from viewer_events where viewer_id = $1 and kind = 'VIDEO_CHANGED' and ids = array[$2::bigint]",
    [person.id, videoId],
  );
  return rows.length;
}

export const uploadId = (id: string) => globalId("upload", id);
