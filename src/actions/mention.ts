/** Mentions: whom a text names by `@`, found when it is written; and telling them, of what they may see. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { mentionsOf } from "../text.ts";
import { userVisible } from "../visibility/user.ts";
import { videoVisible } from "../visibility/video.ts";
import type { Tell } from "./context.ts";
import { type Cause, notify, withdraw } from "./notification.ts";

const findMentioned = statement<{ handles: readonly string[]; writerId: string }, { id: string }>(
  "mention_find",
  `
  select u.id
  from unnest(:handles::text[]) with ordinality as m (handle, nr)
  join handles h on h.handle = m.handle and h.freed_at is null
  join users u on u.id = h.user_id and ${userVisible(":writerId::bigint", "u")}
  order by m.nr`,
);

/** The people whom a text mentions, as far as its writer sees them, in its order; null for nobody. */
export async function findMentions(
  queries: Queries,
  writerId: string,
  text: string,
): Promise<string[] | null> {
  const handles = mentionsOf(text);
  if (handles.length === 0) return null;
  const found = await queries.run(findMentioned, { handles, writerId });
  return found.length === 0 ? null : found.map(({ id }) => id);
}

const readAdmitted = statement<{ videoId: string }, { userId: string; authorId: string }>(
  "mention_admitted",
  `
  select m.id as "userId", v.author_id as "authorId"
  from videos v
  cross join lateral unnest(v.mentions) as m (id)
  where v.id = :videoId and ${videoVisible("m.id", "v")}`,
);

const captionCause = (videoId: string, authorId: string, userId: string): Cause => ({
  userId,
  kind: "MENTION",
  subject: [videoId],
  actorId: authorId,
});

/**
 * Tells those whom a video's caption mentions and who may see it now; who was told before is not told again. To be called
 * when either has changed.
 */
export async function tellMentioned(queries: Queries, tell: Tell, videoId: string): Promise<void> {
  const admitted = await queries.run(readAdmitted, { videoId });
  await notify(
    queries,
    tell,
    ...admitted.map(({ userId, authorId }) => captionCause(videoId, authorId, userId)),
  );
}

/** Takes back what those were told whom a video's caption mentions no longer. */
export async function forgetMentioned(
  queries: Queries,
  tell: Tell,
  { id, authorId }: { readonly id: string; readonly authorId: string },
  userIds: readonly string[],
): Promise<void> {
  await withdraw(queries, tell, ...userIds.map((userId) => captionCause(id, authorId, userId)));
}
