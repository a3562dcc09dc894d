/** Saving, reposting and watching videos. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { requireFound } from "../errors.ts";
import { MAX_VIDEO_MS } from "../limits.ts";
import { videoById } from "../loaders/video.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { notify, withdraw } from "./notification.ts";
import { requireTakeable } from "./taking-back.ts";
import { countedIn, countedOut } from "./video-count.ts";

type Own = { videoId: string; userId: string };

/** The viewer's id, who may see the video; throws NOT_FOUND. */
async function requireSeen(context: ActionContext, videoId: string): Promise<string> {
  const { userId } = requireViewer(context);
  requireFound(await videoById(context.loads, videoId), "video", "videoId");
  return userId;
}

/** Tells the viewer's own devices that the card of a video says something else of them now. */
function tellOwnDevices(tell: Tell, { videoId, userId }: Own): void {
  tell({ viewerId: userId, kind: "VIDEO_CHANGED", ids: [videoId] });
}

const insertSave = statement<Own, { videoId: string }>(
  "save_insert",
  `
  insert into saves (user_id, video_id)
  values (:userId, :videoId)
  on conflict do nothing
  returning video_id as "videoId"`,
);

const deleteSave = statement<Own, { videoId: string }>(
  "save_delete",
  `
  delete from saves
  where user_id = :userId and video_id = :videoId
  returning video_id as "videoId"`,
);

/**
 * Saves a video for the viewer, or saves it no longer, whether or not they see it still; doing so again changes nothing.
 * Throws NOT_FOUND.
 */
export async function setSaved(context: ActionContext, videoId: string, saved: boolean): Promise<void> {
  const userId = await (saved ? requireSeen(context, videoId) : requireTakeable(context, "saves", videoId));
  const own = { videoId, userId };
  await write(context, async (queries, tell) => {
    const changed = await queries.run(saved ? insertSave : deleteSave, own);
    if (changed.length > 0) tellOwnDevices(tell, own);
  });
}

const REPOSTS = { table: "reposts", count: "repost_count" };
const insertRepost = countedIn<{ note: string | null }>("repost_insert", {
  ...REPOSTS,
  values: { note: ":note" },
});
const deleteRepost = countedOut("repost_delete", REPOSTS);

const changeNote = statement<Own & { note: string | null }, Nothing>(
  "repost_change_note",
  `
  update reposts
  set note = :note
  where video_id = :videoId and user_id = :userId and note is distinct from :note`,
);

/**
 * Reposts a video to the viewer's friends. Doing so again changes the note alone: null leaves it as it is, and an empty
 * one takes it away. Throws NOT_FOUND, INVALID and TOO_MANY_REQUESTS.
 */
export async function repost(context: ActionContext, videoId: string, note: string | null): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("repost", userId);
  const own = { videoId, userId: await requireSeen(context, videoId) };
  const words = note === null ? null : cleanText(note, { min: 0, max: 200, path: "note" }) || null;
  await write(context, async (queries, tell) => {
    const [video] = await queries.run(insertRepost, { ...own, note: words });
    if (video !== undefined) {
      await notify(queries, tell, repostCause(video.authorId, own));
      tellOwnDevices(tell, own);
    } else if (note !== null) {
      await queries.run(changeNote, { ...own, note: words });
    }
  });
}

/**
 * Takes a repost back, with its note, whether or not the viewer sees the video still; taking back none changes nothing.
 * Throws NOT_FOUND.
 */
export async function undoRepost(context: ActionContext, videoId: string): Promise<void> {
  const own = { videoId, userId: await requireTakeable(context, "reposts", videoId) };
  await write(context, async (queries, tell) => {
    const [video] = await queries.run(deleteRepost, own);
    if (video === undefined) return;
    await withdraw(queries, tell, repostCause(video.authorId, own));
    tellOwnDevices(tell, own);
  });
}

const repostCause = (authorId: string, { videoId, userId }: Own) => ({
  userId: authorId,
  kind: "REPOST" as const,
  subject: [videoId],
  actorId: userId,
});

const TODAY = "(now() at time zone 'utc')::date";

const insertView = countedIn<{ watchedMs: number }>("view_insert", {
  table: "views",
  count: "view_count",
  values: { day: TODAY, watched_ms: ":watchedMs" },
});

const watchLonger = statement<Own & { watchedMs: number }, Nothing>(
  "view_watch_longer",
  `
  update views
  set watched_ms = :watchedMs
  where user_id = :userId and video_id = :videoId and day = ${TODAY} and watched_ms < :watchedMs`,
);

/**
 * Notes that the viewer has watched a video, for so many milliseconds: once a day, in UTC, with the longest of that day,
 * up to 10 minutes. Throws NOT_FOUND and TOO_MANY_REQUESTS.
 */
export async function recordView(context: ActionContext, videoId: string, watchedMs: number): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("recordView", userId);
  const own = { videoId, userId: await requireSeen(context, videoId) };
  const view = { ...own, watchedMs: Math.min(watchedMs, MAX_VIDEO_MS) };
  await write(context, (queries) => keepView(queries, view));
}

async function keepView(queries: Queries, view: Own & { watchedMs: number }): Promise<void> {
  const [counted] = await queries.run(insertView, view);
  if (counted === undefined && view.watchedMs > 0) await queries.run(watchLonger, view);
}
