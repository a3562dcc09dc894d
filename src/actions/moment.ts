/** Posting, deleting and seeing moments. */
import type { Queries } from "../db/database.ts";
import { type Nothing, statement } from "../db/sql.ts";
import type { Audience } from "../entities/video.ts";
import { requireFound, UserError } from "../errors.ts";
import { newId } from "../ids.ts";
import { MAX_LIVE_MOMENTS, MOMENT_HOURS } from "../limits.ts";
import { momentByKey } from "../loaders/moment.ts";
import { cleanText } from "../text.ts";
import { requireViewer } from "../viewer.ts";
import { momentIsLive, momentVisible } from "../visibility/moment.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { lockSelf } from "./friendship.ts";
import { forgetTold, type MomentKey, tellCloseOnes } from "./moment-notification.ts";
import { requireAllowed } from "./policy.ts";
import { revokeMoment } from "./revocation.ts";
import { requireWatchable } from "./share.ts";

export interface NewMoment {
  readonly videoId: string | null;
  readonly text: string | null;
  readonly audience: Audience | null;
  readonly nonce: string | null;
}

const findByNonce = statement<{ authorId: string; nonce: string }, { id: string }>(
  "moment_find_by_nonce",
  `
  select m.id
  from moments m
  where m.author_id = :authorId and m.nonce = :nonce and ${momentIsLive("m")}`,
);

/** How many moments somebody shows, which of them has a nonce, and whether one that is over holds it still. */
interface Standing {
  readonly live: number;
  readonly sameId: string | null;
  readonly isHeld: boolean;
}

const readStanding = statement<{ authorId: string; nonce: string | null }, Standing>(
  "moment_standing",
  `
  select
    count(*) filter (where ${momentIsLive("m")})::integer as live,
    max(m.id) filter (where m.nonce = :nonce and ${momentIsLive("m")}) as "sameId",
    coalesce(bool_or(m.nonce = :nonce and not ${momentIsLive("m")}), false) as "isHeld"
  from moments m
  where m.author_id = :authorId`,
);

const freeNonce = statement<{ authorId: string; nonce: string }, Nothing>(
  "moment_free_nonce",
  `
  update moments m
  set nonce = null
  where m.author_id = :authorId and m.nonce = :nonce and not ${momentIsLive("m")}`,
);

type InsertParameters = {
  authorId: string;
  id: string;
  videoId: string | null;
  text: string | null;
  audience: Audience;
  hours: number;
  nonce: string | null;
};

const insertMoment = statement<InsertParameters, Nothing>(
  "moment_insert",
  `
  insert into moments (author_id, id, video_id, text, audience, expires_at, nonce)
  values (
    :authorId, :id, :videoId, :text, :audience::audience, now() + make_interval(hours => :hours::integer), :nonce
  )`,
);

/** What there is to show, made uniform; throws INVALID. */
function cleanMoment({ videoId, text, audience }: NewMoment) {
  if (videoId === null && text === null) {
    throw new UserError("INVALID", "A moment has a video, or words, or both.", { path: ["text"] });
  }
  if (audience !== null && audience !== "FRIENDS" && audience !== "CLOSE_FRIENDS") {
    throw new UserError("INVALID", "A moment is for friends, or for close friends.", { path: ["audience"] });
  }
  return {
    videoId,
    text: text === null ? null : cleanText(text, { min: 1, max: 500, path: "text" }),
    audience: audience ?? ("FRIENDS" as const),
  };
}

/**
 * Shows friends something for a day, and returns its key; with a nonce by which a moment is shown already, the key of
 * that one. Throws INVALID, what `requireWatchable` throws, NOT_ALLOWED_BY_POLICY, LIMIT_REACHED and TOO_MANY_REQUESTS.
 */
export async function postMoment(context: ActionContext, input: NewMoment): Promise<MomentKey> {
  const { userId: authorId } = requireViewer(context);
  const moment = cleanMoment(input);
  const { nonce } = input;
  const [before] = nonce === null ? [] : await context.database.run(findByNonce, { authorId, nonce });
  if (before !== undefined) return { authorId, id: before.id };
  // Whoever sees it may show it: each of those who are shown it sees it, or does not, by their own right.
  if (moment.videoId !== null) await requireWatchable(context, moment.videoId);
  await requireAllowed(context, "MOMENTS");
  await context.rates.take("postMoment", authorId);
  return write(context, async (queries, tell) => {
    // What one person posts, and what they see, has an order: each waits for the one before.
    await lockSelf(queries, authorId);
    const [standing] = await queries.run(readStanding, { authorId, nonce });
    if (typeof standing?.sameId === "string") return { authorId, id: standing.sameId };
    if ((standing?.live ?? 0) >= MAX_LIVE_MOMENTS) {
      throw new UserError("LIMIT_REACHED", `At most ${MAX_LIVE_MOMENTS} moments are shown at a time.`);
    }
    if (nonce !== null && standing?.isHeld) await queries.run(freeNonce, { authorId, nonce });
    const key = { authorId, id: newId() };
    await queries.run(insertMoment, { ...moment, ...key, hours: MOMENT_HOURS, nonce });
    await tellCloseOnes(queries, tell, { ...key, audience: moment.audience });
    return key;
  });
}

const deleteOne = statement<{ authorId: string; id: string }, { audience: Audience; isLive: boolean }>(
  "moment_delete",
  `
  delete from moments m
  where m.author_id = :authorId and m.id = :id
  returning m.audience, ${momentIsLive("m")} as "isLive"`,
);

/** Takes a moment away from everybody, whoever asks for it; where it is gone already it changes nothing. */
export async function removeMoment(queries: Queries, tell: Tell, key: MomentKey): Promise<void> {
  const { authorId, id } = key;
  const [gone] = await queries.run(deleteOne, { authorId, id });
  if (gone === undefined) return;
  const told = await forgetTold(queries, [key]);
  if (gone.isLive) await revokeMoment(queries, tell, { ...key, audience: gone.audience, told });
}

/** Deletes a moment of the viewer's own. Throws NOT_FOUND, and FORBIDDEN for another's. */
export async function deleteMoment(context: ActionContext, key: MomentKey): Promise<void> {
  const { userId } = requireViewer(context);
  requireFound(await momentByKey(context.loads, key.authorId, key.id), "moment", "momentId");
  if (key.authorId !== userId) {
    throw new UserError("FORBIDDEN", "Only its author can delete a moment.", { path: ["momentId"] });
  }
  await write(context, (queries, tell) => removeMoment(queries, tell, key));
}

type See = { authorId: string; id: string; userId: string };

// Of one person, what is seen later has a later time, by a millisecond at least: so a time says exactly which moments
// they had seen by then.
const see = statement<See, { id: string }>(
  "moment_see",
  `
  with seen as materialized (
    select m.author_id, m.id
    from moments m
    where m.author_id = :authorId and m.id = :id and ${momentVisible(":userId::bigint", "m")}
    for key share
  ),
  entered as (
    insert into moment_views (author_id, moment_id, user_id, at)
    select
      s.author_id, s.id, :userId,
      greatest(
        clock_timestamp(), (select max(v.at) from moment_views v where v.user_id = :userId) + interval '1 millisecond'
      )
    from seen s
    on conflict do nothing
  )
  select s.id
  from seen s`,
);

/** Marks a moment as seen, for good; the viewer's own is never marked. Throws NOT_FOUND. */
export async function markMomentSeen(context: ActionContext, { authorId, id }: MomentKey): Promise<void> {
  const { userId } = requireViewer(context);
  const moment = requireFound(await momentByKey(context.loads, authorId, id), "moment", "momentId");
  if (authorId === userId || moment.viewerHasSeen) return;
  await write(context, async (queries) => {
    await lockSelf(queries, userId);
    const [seen] = await queries.run(see, { authorId, id, userId });
    requireFound(seen, "moment", "momentId");
  });
}
