/** Share links: made for a video, opened outside, and taken by newcomers. */
import { type ShareCode, shareCodeOf } from "../codes.ts";
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import { requireFound, UserError } from "../errors.ts";
import { MAX_SHARE_LINK_NEWCOMERS, MAX_SHARE_LINKS, SHARE_LINK_DAYS } from "../limits.ts";
import { requireViewer } from "../viewer.ts";
import { inviteVisible } from "../visibility/invite.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { codeIsOver, lockMeeting } from "./friend-code.ts";
import { befriend, lockAll } from "./friendship.ts";
import { notify } from "./notification.ts";
import { requireWatchable } from "./share.ts";

const readOwn = statement<
  { userId: string; videoId: string; limit: number },
  { isThere: boolean; count: number }
>(
  "share_links_own",
  `
  select
    exists (select from share_links l where l.user_id = :userId and l.video_id = :videoId) as "isThere",
    (
      select count(*)::integer
      from (select from share_links l where l.user_id = :userId limit :limit) found
    ) as count`,
);

// Made again after its time it brings newcomers anew, but no more of them.
const insertLink = statement<{ userId: string; videoId: string; days: number }, Nothing>(
  "share_link_insert",
  `
  insert into share_links (user_id, video_id)
  values (:userId, :videoId)
  on conflict (user_id, video_id) do update set created_at = now()
  where share_links.created_at <= now() - make_interval(days => :days)`,
);

/**
 * Makes a share link to a video and returns its code, which is the same each time. Throws NOT_FOUND, CONFLICT for a video
 * that can't be watched yet, LIMIT_REACHED, and TOO_MANY_REQUESTS.
 */
export async function createShareLink(context: ActionContext, videoId: string): Promise<string> {
  const { userId } = requireViewer(context);
  await context.rates.take("createShareLink", userId);
  await requireWatchable(context, videoId);
  await write(context, async (queries) => {
    await lockAll(queries, [userId]);
    const [own] = await queries.run(readOwn, { userId, videoId, limit: MAX_SHARE_LINKS });
    if (own !== undefined && !own.isThere && own.count >= MAX_SHARE_LINKS) {
      throw new UserError("LIMIT_REACHED", `Nobody can have more than ${MAX_SHARE_LINKS} share links.`);
    }
    await queries.run(insertLink, { userId, videoId, days: SHARE_LINK_DAYS });
  });
  return shareCodeOf(context.keys.shareLink, { userId, videoId });
}

const countOpening = statement<{ userId: string; videoId: string }, Nothing>(
  "share_link_open",
  `
  update share_links
  set open_count = open_count + 1
  where user_id = :userId and video_id = :videoId`,
);

/** Counts that the page of a share link was opened; by whom is not known, and be it a program. */
export async function openShareLink(context: ActionContext, { userId, videoId }: ShareCode): Promise<void> {
  await context.database.run(countOpening, { userId, videoId });
}

const findLink = statement<{ viewerId: string; userId: string; videoId: string }, { userId: string }>(
  "share_link_find",
  `
  select l.user_id as "userId"
  from share_links l
  join users u on u.id = l.user_id and ${inviteVisible(":viewerId", "u", "l.created_at")}
  where l.user_id = :userId and l.video_id = :videoId`,
);

const takeLink = statement<
  { userId: string; videoId: string; days: number; most: number },
  { joinedCount: number }
>(
  "share_link_take",
  `
  update share_links
  set joined_count = joined_count + 1
  where user_id = :userId and video_id = :videoId and created_at > now() - make_interval(days => :days)
    and joined_count < :most
  returning joined_count as "joinedCount"`,
);

/**
 * Makes friends of the viewer, whose account is being made in the same transaction, and whoever has shown them a video.
 * Throws NOT_FOUND where there is no such link, EXPIRED for one that is too old or has brought as many as it may, and
 * LIMIT_REACHED.
 */
export async function joinByShareLink(
  queries: Queries,
  tell: Tell,
  viewerId: string,
  { userId, videoId }: ShareCode,
): Promise<void> {
  const meeting = await lockMeeting(queries, viewerId, userId);
  const [link] = await queries.run(findLink, { viewerId, userId, videoId });
  requireFound(link, "invite", "code");
  const taking = { userId, videoId, days: SHARE_LINK_DAYS, most: MAX_SHARE_LINK_NEWCOMERS };
  if ((await queries.run(takeLink, taking)).length === 0) throw codeIsOver();
  tell(...(await befriend(queries, meeting, viewerId, userId, "SHARED_VIDEO")));
  await notify(queries, tell, { userId, kind: "SHARE_LINK_JOINED", subject: [viewerId], actorId: viewerId });
}
