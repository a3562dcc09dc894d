/** Being let in to a video by name: asked for by a friend outside its audience, and given or taken by its author. */
import type { Queries } from "../db/database.ts";
import { statement } from "../db/sql.ts";
import { plainColumns } from "../entities/naming.ts";
import { Share } from "../entities/share.ts";
import { ConflictError, requireFound } from "../errors.ts";
import { packNodes } from "../ids.ts";
import { videoById, whyUnavailable } from "../loaders/video.ts";
import { requireViewer } from "../viewer.ts";
import { ownSharesOf } from "../visibility/share.ts";
import { isHere } from "../visibility/user.ts";
import { audiencesOf } from "../visibility/video.ts";
import { type ActionContext, type Tell, write } from "./context.ts";
import { type Cause, notify, withdraw } from "./notification.ts";
import type { FormerFriendship } from "./revocation.ts";
import { requireOwn } from "./video.ts";

/** Of the messages that have shared a video, those in the liveliest conversations are told of. */
const MAX_HEALED = 100;

/** What a friend of its author has to do with a video. */
interface Access {
  readonly videoId: string;
  readonly authorId: string;
  readonly userId: string;
}

/** That a friend would like to see a video. */
function requestedCause({ videoId, authorId, userId }: Access): Cause {
  return { userId: authorId, kind: "ACCESS_REQUESTED", subject: [videoId], actorId: userId };
}

/** That an author lets a friend see a video. */
function grantedCause({ videoId, authorId, userId }: Access): Cause {
  return { userId, kind: "ACCESS_GRANTED", subject: [videoId], actorId: authorId };
}

/** What one of two former friends was told of what the other asked for, or was given. */
export function accessCauses({
  userId: authorId,
  friendId: userId,
  asked,
  granted,
}: FormerFriendship): Cause[] {
  return [
    ...asked.map((videoId) => requestedCause({ videoId, authorId, userId })),
    ...granted.map((videoId) => grantedCause({ videoId, authorId, userId })),
  ];
}

// Neither of the two must be hidden meanwhile, for both may be counted among those who cause a notification, and what one
// of them has caused is taken back by the other; and the friendship must not end, for it is what access hangs on.
const lockFriendship = (actor: string) => `
  people as materialized (
    select u.id, ${isHere("u")} as is_here
    from users u
    where u.id in (:authorId, :userId)
    order by u.id
    for key share
  ),
  friendship as materialized (
    select f.user_id as author_id, f.friend_id as user_id
    from people p
    join friendships f on f.user_id = :authorId and f.friend_id = :userId
    where p.id = ${actor} and p.is_here
    for key share of f
  )`;

type AccessParameters = { videoId: string; authorId: string; userId: string };

const insertRequest = statement<AccessParameters, { isFriend: boolean; isNew: boolean }>(
  "access_request",
  `
  with ${lockFriendship(":userId")},
  requested as (
    insert into video_access (video_id, user_id, author_id, requested_at)
    select :videoId, f.user_id, f.author_id, now()
    from friendship f
    on conflict do nothing
    returning video_id
  )
  select exists (select from friendship) as "isFriend", exists (select from requested) as "isNew"`,
);

const ONE_VIDEO = { all: "array[:videoId::bigint]", lowest: ":videoId", highest: ":videoId" };

const sharedWith = statement<
  { userId: string; videoId: string; limit: number },
  { conversationId: string; position: number }
>(
  "access_shared_with",
  `
  select s.conversation_id as "conversationId", s.position
  from ${ownSharesOf(":userId", ONE_VIDEO, plainColumns(Share, "s"))} s
  order by s.active_at desc, s.conversation_id desc
  limit :limit`,
);

/**
 * Asks the author of a video, a friend who shows it to others, to be let in, where it was shared with the viewer. Asking
 * again is the same request, and rings no more. Throws NOT_FOUND for whatever else can't be seen, CONFLICT for what can,
 * and TOO_MANY_REQUESTS.
 */
export async function requestVideoAccess(context: ActionContext, videoId: string): Promise<void> {
  const { userId } = requireViewer(context);
  await context.rates.take("requestVideoAccess", userId);
  const { loads } = context;
  if ((await videoById(loads, videoId)) !== null) {
    throw new ConflictError("You can see this video.", { path: ["videoId"] });
  }
  const missing = await whyUnavailable(loads, videoId);
  // That a video is there is known by a share of it alone: of any other it is not told whether it ever was.
  const [shared] = await context.database.run(sharedWith, { userId, videoId, limit: 1 });
  const authorId = missing?.reason === "NOT_IN_AUDIENCE" && shared !== undefined ? missing.authorId : null;
  const access = { videoId, userId, authorId: requireFound(authorId, "video", "videoId") };
  await write(context, async (queries, tell) => {
    const [request] = await queries.run(insertRequest, access);
    requireFound(request?.isFriend === true ? request : null, "video", "videoId");
    if (request?.isNew === true) await notify(queries, tell, requestedCause(access));
  });
}

interface Change {
  readonly isFriend: boolean;
  /** Whether there was a grant before. */
  readonly wasGranted: boolean;
  /** Whether the friend sees the video, or not, by what is granted alone. */
  readonly isDecisive: boolean;
}

const change = (name: string, writing: string) =>
  statement<AccessParameters, Change>(
    name,
    `
    with ${lockFriendship(":authorId")},
    former as materialized (
      select g.granted_at
      from friendship f
      join video_access g on g.video_id = :videoId and g.user_id = f.user_id
      for no key update of g
    ),
    changed as (${writing}
    )
    select
      exists (select from friendship) as "isFriend",
      exists (select from former g where g.granted_at is not null) as "wasGranted",
      coalesce((
        select v.status = 'READY' and not v.audience = any(${audiencesOf(":userId::bigint", ":authorId::bigint")})
        from videos v
        where v.id = :videoId
      ), false) as "isDecisive"`,
  );

const grant = change(
  "access_grant",
  `
      insert into video_access (video_id, user_id, author_id, granted_at)
      select :videoId, f.user_id, f.author_id, now()
      from friendship f
      on conflict (video_id, user_id) do update set granted_at = coalesce(video_access.granted_at, now())`,
);

// A request that is refused stays as it is: whoever has made it can't tell, and making it again rings no more.
const refuse = change(
  "access_refuse",
  `
      update video_access g
      set granted_at = null
      from friendship f
      where g.video_id = :videoId and g.user_id = f.user_id and g.requested_at is not null
    ),
    -- Whoever was let in without asking may ask.
    forgotten as (
      delete from video_access g
      using friendship f
      where g.video_id = :videoId and g.user_id = f.user_id and g.requested_at is null`,
);

/** Tells somebody that they see a video now, and the messages by which it was shared with them. */
async function heal(queries: Queries, tell: Tell, { userId, videoId }: Access): Promise<void> {
  const messages = await queries.run(sharedWith, { userId, videoId, limit: MAX_HEALED });
  tell(
    { viewerId: userId, kind: "VIDEO_CHANGED", ids: [videoId] },
    ...messages.map(({ conversationId, position }) => ({
      viewerId: userId,
      kind: "MESSAGE_CHANGED" as const,
      ids: [conversationId, position],
    })),
  );
}

/**
 * Lets a friend see a video of the viewer's whatever its audience, or no longer; doing so again changes nothing, and
 * nobody is told of a request that is refused. Throws NOT_FOUND for no such video and no such friend, FORBIDDEN for
 * another's video, and TOO_MANY_REQUESTS.
 */
export async function grantVideoAccess(
  context: ActionContext,
  { videoId, userId, granted }: { videoId: string; userId: string; granted: boolean },
): Promise<void> {
  const { authorId } = await requireOwn(context, videoId);
  await context.rates.take("grantVideoAccess", authorId);
  const access = { videoId, authorId, userId };
  await write(context, async (queries, tell) => {
    const [changed] = await queries.run(granted ? grant : refuse, access);
    const { wasGranted, isDecisive } = requireFound(
      changed?.isFriend === true ? changed : null,
      "friend",
      "userId",
    );
    const isNews = wasGranted !== granted && isDecisive;
    await withdraw(queries, tell, requestedCause(access), ...(granted ? [] : [grantedCause(access)]));
    if (!isNews) return;
    if (granted) {
      await notify(queries, tell, grantedCause(access));
      await heal(queries, tell, access);
    } else {
      tell({ viewerId: userId, kind: "ACCESS_REVOKED", ids: packNodes({ kind: "video", key: [videoId] }) });
    }
  });
}
