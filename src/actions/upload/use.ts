/** An upload becomes a video's: once, and by whoever sent it, while its bytes come or when they are there. */
import type { Queries } from "../../db/database.ts";
import { statement } from "../../db/sql.ts";
import type { VideoUpload } from "../../entities/upload.ts";
import type { Video } from "../../entities/video.ts";
import { ConflictError, requireFound, UserError } from "../../errors.ts";
import { isUploadOver } from "../../visibility/upload.ts";

type Own = { id: string; authorId: string };

// The author is locked first: against being hidden before the video's hashtags are counted, and in the order of locks.
const lockAuthor = statement<{ authorId: string }, { id: string }>(
  "upload_lock_author",
  `
  select u.id
  from users u
  where u.id = :authorId
  for key share`,
);

/** An upload of which a video may be made, as it is under its lock. */
export type OwnUpload = Pick<
  VideoUpload,
  "status" | "failure" | "durationMs" | "width" | "height" | "hasPoster"
> & {
  readonly isOver: boolean;
  readonly isUsed: boolean;
};

// Whoever ends the work on it waits for this, and then finds the video; or is waited for, and then it is READY here.
const lockOwn = statement<Own, OwnUpload>(
  "upload_lock_own",
  `
  select
    w.status, w.failure, w.duration_ms as "durationMs", w.width, w.height, w.has_poster as "hasPoster",
    w.status = 'OPEN' and ${isUploadOver("w")} as "isOver",
    exists (select from videos v where v.upload_id = w.id) as "isUsed"
  from video_uploads w
  where w.id = :id and w.user_id = :authorId
  for no key update of w`,
);

/** Locks an upload of the author's, and the author before it; null where there is none. */
export async function lockUpload(queries: Queries, { id, authorId }: Own): Promise<OwnUpload | null> {
  await queries.run(lockAuthor, { authorId });
  const [own] = await queries.run(lockOwn, { id, authorId });
  return own ?? null;
}

/** What a video has from its upload. */
export type FromUpload = Pick<Video, "status" | "durationMs" | "width" | "height" | "hasPoster">;

/**
 * What a new video has from an upload that is locked. Throws NOT_FOUND for none, CONFLICT for one that has a video, and
 * EXPIRED where nothing comes of it.
 */
export function requireUsable(own: OwnUpload | null): FromUpload {
  const { status, failure, isOver, isUsed, ...found } = requireFound(own, "upload", "uploadId");
  const path = { path: ["uploadId"] };
  if (status === "FAILED") {
    throw new UserError("EXPIRED", `No video can be made of this upload. ${failure ?? ""}`.trim(), path);
  }
  if (status === "EXPIRED" || isOver) {
    throw new UserError("EXPIRED", "The time of this upload is over. Upload it again.", path);
  }
  if (isUsed) throw new ConflictError("A video was made of this upload already.", path);
  return { ...found, status: status === "READY" ? "READY" : "PROCESSING" };
}
