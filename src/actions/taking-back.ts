/** Who may take back what they did with a video: whoever sees the video, and whoever has something there to take back. */
import { statement } from "../db/sql.ts";
import { requireFound } from "../errors.ts";
import { videoById } from "../loaders/video.ts";
import { requireViewer } from "../viewer.ts";
import type { ActionContext } from "./context.ts";

/** The tables of what people do with videos and take back: their rows have a `video_id` and a `user_id`. */
type Taken = "likes" | "saves" | "reposts";

const findIn = (table: Taken) =>
  statement<{ videoId: string; userId: string }, { videoId: string }>(
    `${table}_find_own`,
    `
    select t.video_id as "videoId"
    from ${table} t
    where t.video_id = :videoId and t.user_id = :userId`,
  );

const OWN = { likes: findIn("likes"), saves: findIn("saves"), reposts: findIn("reposts") };

/**
 * The viewer's id, who may take back what they did with the video. What is theirs does not become somebody else's when
 * they are blocked, unfriended or left out of the audience. Throws NOT_FOUND where they have done nothing and don't see
 * the video either.
 */
export async function requireTakeable(
  context: ActionContext,
  table: Taken,
  videoId: string,
): Promise<string> {
  const { userId } = requireViewer(context);
  if ((await videoById(context.loads, videoId)) === null) {
    const [own] = await context.database.run(OWN[table], { videoId, userId });
    requireFound(own, "video", "videoId");
  }
  return userId;
}
