/**
 * Whom to tell that something has gone dark which their cache may hold. It is told to those who could see it and can't
 * any more, and to nobody else: an id of what somebody never saw would give away that it exists. As it is about caches
 * it is bounded: a client that misses one finds out as soon as it reads again.
 */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import type { Audience } from "../entities/video.ts";
import { type NodeKey, packNodes } from "../ids.ts";
import { conversationVisible, hasMet } from "../visibility/conversation.ts";
import { senderHidden } from "../visibility/message.ts";
import { momentIsLive } from "../visibility/moment.ts";
import { audiencesOf, hasAccess } from "../visibility/video.ts";
import type { Tell } from "./context.ts";
import type { MomentKey } from "./moment-notification.ts";

/** Of an author's newest videos, those that went dark are told of. */
const MAX_VIDEOS = 1_000;
/** Of those who like a video the newest are told, and as many of those who have saved it and of those who reposted it. */
const MAX_FANS = 1_000;
/** And of where it was shared the newest conversations. */
const MAX_CONVERSATIONS = 100;
/** How many people in common conversations are told of somebody who disappears. */
const MAX_COMPANIONS = 5_000;

const newestVideos = statement<
  { viewerId: string; authorId: string; audiences: readonly string[]; limit: number },
  { id: string }
>(
  "revocation_videos",
  `
  select v.id
  from (
    select v.id, v.status, v.audience
    from videos v
    where v.author_id = :authorId
    order by v.id desc
    limit :limit
  ) v
  where v.status = 'READY' and v.audience = any(:audiences::audience[])
    and not ${hasAccess(":viewerId::bigint", "v")}`,
);

const liveMoments = statement<{ authorId: string; audiences: readonly string[] }, { id: string }>(
  "revocation_moments",
  `
  select m.id
  from moments m
  where m.author_id = :authorId and ${momentIsLive("m")} and m.audience = any(:audiences::audience[])`,
);

/**
 * Tells a viewer to forget an author's videos and moments of these audiences, to which they belonged until now, and the
 * videos that they were let in to by name until now (`granted`). What they are let in to still they go on seeing.
 */
export async function revokeVideosAndMoments(
  queries: Queries,
  tell: Tell,
  {
    granted = [],
    ...to
  }: { viewerId: string; authorId: string; audiences: readonly Audience[]; granted?: readonly string[] },
): Promise<void> {
  const { viewerId, authorId, audiences } = to;
  const videos = await queries.run(newestVideos, { ...to, limit: MAX_VIDEOS });
  const moments = await queries.run(liveMoments, { authorId, audiences });
  const lost = [...new Set([...videos.map(({ id }) => id), ...granted])];
  if (lost.length + moments.length === 0) return;
  const ids = packNodes(
    ...lost.map((id) => ({ kind: "video" as const, key: [id] })),
    ...moments.map(({ id }) => ({ kind: "moment" as const, key: [authorId, id] })),
  );
  tell({ viewerId, kind: "ACCESS_REVOKED", ids });
}

const whoSaw = statement<{ authorId: string; audience: Audience }, { viewerId: string }>(
  "revocation_moment_audience",
  `
  select o.friend_id as "viewerId"
  from friendships o
  where o.user_id = :authorId and :audience::audience = any(${audiencesOf("o.friend_id", "o.user_id")})`,
);

type ForgottenMoment = MomentKey & {
  readonly audience: Audience;
  /** The notifications that went with it, and whose they were. */
  readonly told: readonly { readonly viewerId: string; readonly id: string }[];
};

/** Tells all who could see a moment, its author's own devices too, to forget it, and what they were told of it. */
export async function revokeMoment(
  queries: Queries,
  tell: Tell,
  { authorId, id, audience, told }: ForgottenMoment,
): Promise<void> {
  const notified = new Map(told.map((each) => [each.viewerId, each.id]));
  const friends = await queries.run(whoSaw, { authorId, audience });
  for (const { viewerId } of [{ viewerId: authorId }, ...friends]) {
    const notificationId = notified.get(viewerId);
    const nodes: NodeKey[] = [{ kind: "moment", key: [authorId, id] }];
    if (notificationId !== undefined) nodes.push({ kind: "notification", key: [notificationId] });
    tell({ viewerId, kind: "ACCESS_REVOKED", ids: packNodes(...nodes) });
  }
}

/** A friendship that has ended, as one of the two had it. */
export interface FormerFriendship {
  readonly userId: string;
  readonly friendId: string;
  readonly isClose: boolean;
  /** Videos of `userId` that the friend was let in to by name, and those that they had asked for. */
  readonly granted: readonly string[];
  readonly asked: readonly string[];
}

/** The audiences of `userId` that the friend belonged to as a friend. */
export const friendAudiences = ({ isClose }: FormerFriendship): Audience[] =>
  isClose ? ["FRIENDS", "CLOSE_FRIENDS"] : ["FRIENDS"];

const whereShared = statement<{ videoId: string; limit: number }, { userId: string }>(
  "revocation_where_shared",
  `
  select distinct p.user_id as "userId"
  from (
    select s.conversation_id
    from shares s
    where s.video_id = :videoId
    order by s.conversation_id desc
    limit :limit
  ) s
  join participants p on p.conversation_id = s.conversation_id and ${conversationVisible("p")}`,
);

type Narrowed = {
  videoId: string;
  authorId: string;
  before: Audience;
  /** Null for a video that was removed. */
  now: Audience | null;
  witnesses: readonly string[];
  limit: number;
};

const losers = statement<Narrowed, { viewerId: string }>(
  "revocation_losers",
  `
  with possible as materialized (
    select f.friend_id as viewer_id
    from friendships f
    where f.user_id = :authorId
    union
    select l.user_id
    from (
      select l.user_id
      from likes l
      where l.video_id = :videoId
      order by l.created_at desc, l.user_id desc
      limit :limit
    ) l
    union
    (select s.user_id from saves s where s.video_id = :videoId order by s.user_id desc limit :limit)
    union
    (select r.user_id from reposts r where r.video_id = :videoId order by r.user_id desc limit :limit)
    union
    select unnest(:witnesses::bigint[])
  ),
  with_audiences as materialized (
    select
      p.viewer_id, ${audiencesOf("p.viewer_id", ":authorId::bigint")} as audiences,
      ${hasAccess("p.viewer_id", "v")} as has_access
    from possible p
    join videos v on v.id = :videoId
    where p.viewer_id <> :authorId
  )
  select a.viewer_id as "viewerId"
  from with_audiences a
  where (:before::audience = any(a.audiences) or a.has_access)
    and not coalesce(:now::audience = any(a.audiences) or (a.has_access and :now::audience is not null), false)`,
);

/**
 * Tells those who lose sight of a video: friends of its author, those who like it, have saved it or reposted it, and
 * those to whom it was shared lately.
 */
export async function revokeVideo(
  queries: Queries,
  tell: Tell,
  video: Omit<Narrowed, "witnesses" | "limit">,
): Promise<void> {
  const { videoId } = video;
  const shared = await queries.run(whereShared, { videoId, limit: MAX_CONVERSATIONS });
  const witnesses = shared.map(({ userId }) => userId);
  const ids = packNodes({ kind: "video", key: [videoId] });
  const told = await queries.run(losers, { ...video, witnesses, limit: MAX_FANS });
  tell(...told.map(({ viewerId }) => ({ viewerId, kind: "ACCESS_REVOKED" as const, ids })));
}

const companions = statement<{ userId: string; limit: number }, { viewerId: string }>(
  "revocation_companions",
  `
  select distinct p.user_id as "viewerId"
  from inbox i
  join participants own on own.conversation_id = i.conversation_id and own.user_id = i.user_id
  join participants p on p.conversation_id = i.conversation_id and p.user_id <> :userId and ${hasMet("p")}
    and not ${senderHidden("p.user_id", "own")}
  where i.user_id = :userId and ${conversationVisible("i")}
  limit :limit`,
);

/** Tells everybody to forget a person who disappears: whoever is given, and those in conversations with them who still see them. */
export async function revokePerson(
  queries: Queries,
  tell: Tell,
  userId: string,
  company: readonly string[],
): Promise<void> {
  const others = await queries.run(companions, { userId, limit: MAX_COMPANIONS });
  const viewers = new Set([...company, ...others.map(({ viewerId }) => viewerId)]);
  const ids = packNodes({ kind: "user", key: [userId] });
  tell(...[...viewers].map((viewerId) => ({ viewerId, kind: "ACCESS_REVOKED" as const, ids })));
}
