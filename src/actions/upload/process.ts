/** Making videos of uploads, in the background: one at a time in each process, and each by one node. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { type Nothing, statement } from "../../db/sql.ts";
import { RequestError } from "../../errors.ts";
import { RefusedFile } from "../../media/inspection.ts";
import type { MediaStore } from "../../media/store.ts";
import type { ActionContext, Work } from "../context.ts";
import { giveBack, isAnyLeft, type Lease, RENEW_SECONDS, renew, takeUpload } from "./lease.ts";
import { discardIfOver, uploadHasFailed, uploadIsReady } from "./outcome.ts";

const MAX_ATTEMPTS = 3;
const GIVEN_UP = "It could not be worked on. Upload it again.";
/** How long to leave alone what the machine, or the store, could not do. */
const AGAIN_SECONDS = 30;
/** How often it is looked whether another node has given up, by being killed, what it works on. */
const LOOK_MS = 1_000;
/** pg-boss takes a job for lost after an hour; what is left after a shift is found by the next. */
const SHIFT_MS = 30 * 60_000;
const ORIGINALS_A_LOOK = 20;

const inTurn = pLimit(1);

/** Makes videos of all uploads that wait, and stands by while another node does, to take over what it does not finish. */
export const processUploads: Work = async (context, stop) => {
  await context.workshop.sweep(null);
  const thrown = await discardOriginals(context, stop);
  for (const end = Date.now() + SHIFT_MS; !stop.aborted && Date.now() < end; ) {
    const hasWorked = await inTurn(async () => {
      const lease = stop.aborted ? null : await takeUpload(context.database);
      if (lease !== null) await workOn(context, lease, stop);
      return lease !== null;
    });
    if (hasWorked) continue;
    if (!(await isAnyLeft(context.database))) {
      if (thrown !== null) throw thrown;
      return;
    }
    await pause(stop);
  }
  context.soon("video-uploads");
  if (thrown !== null) throw thrown;
};

async function pause(stop: AbortSignal): Promise<void> {
  await sleep(LOOK_MS, null, { signal: stop }).catch((error: unknown) => {
    if (!stop.aborted) throw error;
  });
}

/** Another node works on the upload, or it is over. */
class LostLease extends Error {
  override readonly name = "LostLease";
}

/** Whose fault it is when nothing comes of it: an attempt counts where the file may have been at fault. */
interface Progress {
  isMaking: boolean;
}

async function workOn(context: ActionContext, lease: Lease, stop: AbortSignal): Promise<void> {
  if (lease.attempts > MAX_ATTEMPTS || lease.isOld) {
    await uploadHasFailed(context, lease, GIVEN_UP);
    return;
  }
  const { database, workshop } = context;
  const progress: Progress = { isMaking: false };
  const lost = new AbortController();
  try {
    await workshop.sweep(lease.id);
    await workshop.inRoom(lease.id, async (room) => {
      const heart = setInterval(() => void beat(context, lease, room, lost), RENEW_SECONDS * 1_000);
      try {
        await makeVideo(context, lease, room, progress, AbortSignal.any([stop, lost.signal]));
      } finally {
        clearInterval(heart);
      }
    });
  } catch (error) {
    if (lost.signal.reason instanceof LostLease) {
      await discardIfOver(context, lease.id);
    } else if (error instanceof RefusedFile) {
      await uploadHasFailed(context, lease, error.message);
    } else if (stop.aborted) {
      await giveBack(database, lease, { seconds: 0, counts: false });
    } else {
      await giveBack(database, lease, { seconds: AGAIN_SECONDS, counts: progress.isMaking });
      // The others are not held up by it, and it is told of at once.
      context.soon("video-uploads");
      throw error;
    }
  }
}

/** Says that this node is still at work; finds out where it is nobody's work any more. */
async function beat(
  { database, workshop }: ActionContext,
  lease: Lease,
  room: string,
  lost: AbortController,
): Promise<void> {
  try {
    if (!(await renew(database, lease))) lost.abort(new LostLease());
    else await workshop.enter(room);
  } catch (error) {
    // A database that can't be reached now may be before the time is over; otherwise the end finds out.
    if (!(error instanceof RequestError)) lost.abort(error);
  }
}

/** Copies an upload here, makes a video of it and keeps that before anybody is told, and throws the original away after. */
async function makeVideo(
  context: ActionContext,
  lease: Lease,
  room: string,
  progress: Progress,
  stop: AbortSignal,
): Promise<void> {
  const { media, workshop } = context;
  const { id, byteSize } = lease;
  const file = path.join(room, "upload");
  await media.fetchUpload(id, file);
  progress.isMaking = true;
  const made = await workshop.make({ file, byteSize }, room, stop);
  progress.isMaking = false;
  await media.keep(id, "video.mp4", made.video);
  if (made.poster !== null) await media.keep(id, "poster.jpg", made.poster);
  stop.throwIfAborted();
  if (await uploadIsReady(context, lease, made)) await discardOriginal(context, id);
  else await discardIfOver(context, id);
}

// Each is looked at by one node at a time, and again after a while where the store can't throw it away.
const takeOriginals = statement<{ limit: number; seconds: number }, { id: string }>(
  "job_upload_originals",
  `
  update video_uploads
  set claimed_until = now() + make_interval(secs => :seconds)
  where id = any(array(
    select w.id
    from video_uploads w
    where w.status = 'READY' and w.claimed_until <= now()
    order by w.claimed_until
    limit :limit
    for no key update skip locked
  ))
  returning id`,
);

const originalGone = statement<{ id: string }, Nothing>(
  "job_upload_original_gone",
  `
  update video_uploads
  set claimed_until = null
  where id = :id and status = 'READY'`,
);

async function discardOriginal(
  { database, media }: { database: ActionContext["database"]; media: MediaStore },
  id: string,
): Promise<void> {
  await media.discardUpload(id);
  await database.run(originalGone, { id });
}

/**
 * Throws the originals away that a killed node has left: of what can be watched, they are not needed. Returns what was
 * thrown of one that the store can't throw away now, which holds up nothing else; null where there is none.
 */
async function discardOriginals(context: ActionContext, stop: AbortSignal): Promise<unknown> {
  let thrown: unknown = null;
  for (let found = ORIGINALS_A_LOOK; found === ORIGINALS_A_LOOK && !stop.aborted; ) {
    const left = await context.database.run(takeOriginals, {
      limit: ORIGINALS_A_LOOK,
      seconds: AGAIN_SECONDS,
    });
    for (const { id } of left) {
      await discardOriginal(context, id).catch((error: unknown) => {
        thrown = error;
      });
    }
    found = left.length;
  }
  return thrown;
}
