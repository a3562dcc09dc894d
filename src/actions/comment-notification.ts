/** Whom a comment concerns: telling them of it, and taking that back when it is deleted. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { packNodes } from "../ids.ts";
import { commentReadable } from "../visibility/comment.ts";
import { videoVisible } from "../visibility/video.ts";
import type { Tell } from "./context.ts";
import { type Cause, forget, notify, type Thing, withdraw } from "./notification.ts";

/** A comment, and whom it concerns. */
export interface Concerning {
  readonly videoId: string;
  readonly id: string;
  readonly authorId: string;
  readonly videoAuthorId: string;
  /** The comment that it answers, if it answers one. */
  readonly topId: string | null;
  /** Who wrote that one; null where nothing is left of it. */
  readonly topAuthorId: string | null;
  readonly mentions: readonly string[];
}

const readReaders = statement<{ userIds: readonly string[]; videoId: string; id: string }, { id: string }>(
  "comment_readers",
  `
  select u.id
  from unnest(:userIds::bigint[]) as u (id)
  join comments c on c.video_id = :videoId and c.id = :id and ${commentReadable("u.id", "c")}
  join videos v on v.id = c.video_id and ${videoVisible("u.id", "v")}`,
);

/** Those of these people who can read a comment. */
async function readersOf(
  queries: Queries,
  { videoId, id }: Pick<Concerning, "videoId" | "id">,
  people: readonly (string | null)[],
): Promise<string[]> {
  const userIds = [...new Set(people.filter((person) => person !== null))];
  return (await queries.run(readReaders, { userIds, videoId, id })).map((reader) => reader.id);
}

/** That somebody comments on the author's video. */
const onVideo = ({ videoId, videoAuthorId, authorId }: Concerning): Cause => ({
  userId: videoAuthorId,
  kind: "COMMENT",
  subject: [videoId],
  actorId: authorId,
});

/** That somebody answers a person's comment; null for a comment that answers none. */
function onTop({ videoId, topId, topAuthorId, authorId }: Concerning): Cause | null {
  if (topId === null || topAuthorId === null) return null;
  return { userId: topAuthorId, kind: "COMMENT", subject: [videoId, topId], actorId: authorId };
}

/**
 * Tells of a comment, in the transaction that has written it, those who can read it: whose comment it answers, whose
 * video it is on, and whom it mentions. Each of them once, as what comes first of these.
 */
export async function tellOfComment(queries: Queries, tell: Tell, comment: Concerning): Promise<void> {
  const { videoId, id, authorId, videoAuthorId, topAuthorId, mentions } = comment;
  const others = [videoAuthorId, topAuthorId, ...mentions].filter((person) => person !== authorId);
  const readers = await readersOf(queries, comment, others);
  const possible = [
    onTop(comment),
    onVideo(comment),
    ...mentions.map(
      (userId): Cause => ({ userId, kind: "MENTION", subject: [videoId, id], actorId: authorId }),
    ),
  ].filter((cause) => cause !== null);
  const told = possible.filter(({ userId }, at) => {
    const isFirst = possible.findIndex((cause) => cause.userId === userId) === at;
    return isFirst && userId !== authorId && readers.includes(userId);
  });
  await notify(queries, tell, ...told);
}

/** Tells those whom a comment concerns, and who can read it still, that it goes. */
export async function revokeComment(queries: Queries, tell: Tell, comment: Concerning): Promise<void> {
  const { videoId, id, authorId, videoAuthorId, topAuthorId, mentions } = comment;
  const readers = await readersOf(queries, comment, [authorId, videoAuthorId, topAuthorId, ...mentions]);
  const ids = packNodes({ kind: "comment", key: [videoId, id] });
  tell(...readers.map((viewerId) => ({ viewerId, kind: "ACCESS_REVOKED" as const, ids })));
}

type CauseParameters = { videoId: string; authorId: string; videoAuthorId: string; topId: string | null };

// An answer to the video's author is told of as that, and not as a comment on the video.
const readCauses = statement<CauseParameters, { onVideo: boolean; onTop: boolean }>(
  "comment_causes",
  `
  select
    exists (
      select
      from comments c
      left join comments t on t.video_id = c.video_id and t.id = c.reply_to_id
      where c.author_id = :authorId and c.video_id = :videoId and c.deleted_at is null
        and (t.id is null or t.deleted_at is not null or t.author_id is distinct from :videoAuthorId)
    ) as "onVideo",
    exists (
      select
      from comments c
      where c.author_id = :authorId and c.video_id = :videoId and c.reply_to_id = :topId and c.deleted_at is null
    ) as "onTop"`,
);

/**
 * Takes back what people were told of a comment that the transaction has deleted, and of what others did to it. What
 * another comment of the same person tells of as well stays.
 */
export async function takeBackComment(queries: Queries, tell: Tell, comment: Concerning): Promise<void> {
  const { videoId, id, authorId, videoAuthorId, topId, mentions } = comment;
  const [causes] = await queries.run(readCauses, { videoId, authorId, videoAuthorId, topId });
  const over = [
    causes?.onVideo === true ? null : onVideo(comment),
    causes?.onTop === true ? null : onTop(comment),
  ];
  await withdraw(queries, tell, ...over.filter((cause) => cause !== null));
  const subject = [videoId, id];
  await forget(
    queries,
    tell,
    { userId: authorId, kind: "LIKE", subject },
    { userId: authorId, kind: "COMMENT", subject },
    ...mentions.map((userId): Thing => ({ userId, kind: "MENTION", subject })),
  );
}
