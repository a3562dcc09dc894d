/**
 * Whom the viewer may like to pass a video on to: read among talk, and among people, in a statement each, and joined
 * here.
 */
import { conversationVisible, isActive, isOfPair } from "../visibility/conversation.ts";
import { shareVisible } from "../visibility/share.ts";
import { hasBlocked } from "../visibility/user.ts";
import { videoVisible } from "../visibility/video.ts";
import { closeFriendsOf, friendsOf } from "./friendship.ts";
import { fact, type Loads } from "./kinds.ts";
import { opennessOf, relationshipWith } from "./relationship.ts";
import { videoById } from "./video.ts";

export const SHARE_TARGET_REASONS = [
  "CLOSE_FRIEND",
  "RECENT",
  "FREQUENT",
  "TALKED_ABOUT_AUTHOR",
  "FRIEND",
] as const;
export type ShareTargetReason = (typeof SHARE_TARGET_REASONS)[number];

/** A person, or a group, with whom the viewer may share a video. */
export interface ShareTarget {
  readonly videoId: string;
  /** Null for a group. */
  readonly userId: string | null;
  /** Null for a person: sharing with them is sharing into the direct conversation of the two. */
  readonly conversationId: string | null;
  readonly reasons: readonly ShareTargetReason[];
  readonly canSend: boolean;
}

/** Of each kind of conversation, as many of the liveliest are looked at, and of each list of friends the newest. */
const CANDIDATES = 50;
/** In each, so many of the newest messages and shares. */
const MESSAGES = 50;
const SHARES = 20;
/** What the viewer said longer ago says nothing of what they do. */
const HABIT_DAYS = 30;
const RECENT_DAYS = 7;
const FREQUENT_MESSAGES = 10;

/** What each reason adds to the messages that the viewer sent of late: how much it weighs against really talking. */
const WEIGHTS: Readonly<Record<ShareTargetReason, number>> = {
  CLOSE_FRIEND: 20,
  RECENT: 20,
  FREQUENT: 10,
  TALKED_ABOUT_AUTHOR: 15,
  FRIEND: 5,
};

/** A conversation of the viewer's, and what they do there. */
interface Habit {
  readonly conversationId: string;
  /** Whom the viewer talks to; null in a group. */
  readonly otherId: string | null;
  /** Whether it is no message request to the other one, which takes texts alone. */
  readonly isLetIn: boolean;
  /** Messages of the viewer's own, of late. */
  readonly said: number;
  readonly isRecent: boolean;
  /** Videos that were talked about there. */
  readonly talkedAbout: readonly string[];
}

const habitsOf = fact<readonly Habit[]>({
  name: "share_habits_of",
  key: { owner_id: "bigint" },
  missing: [],
  sql: (k) => `
    select k.nr, h.value
    from ${k}
    cross join lateral (
      select json_agg(json_build_object(
        'conversationId', c.conversation_id::text, 'otherId', o.user_id::text,
        'isLetIn', o.state is distinct from 'REQUEST', 'said', m.said, 'isRecent', m.is_recent, 'talkedAbout', t.videos
      ) order by c.last_activity_at desc, c.conversation_id desc) as value
      from unnest(enum_range(null::conversation_kind)) as f (kind)
      cross join lateral (
        select i.conversation_id, i.kind, i.last_activity_at
        from inbox i
        where i.user_id = k.viewer_id and i.user_id = k.owner_id and ${isActive("i")} and not i.archived
          and i.kind = f.kind and i.last_activity_at is not null
        order by i.pinned desc, i.last_activity_at desc, i.conversation_id desc
        limit ${CANDIDATES}
      ) c
      join participants p on p.conversation_id = c.conversation_id and p.user_id = k.viewer_id
      left join lateral (
        select p.user_id, p.state
        from participants p
        where p.conversation_id = c.conversation_id and p.user_id <> k.viewer_id and c.kind = 'DIRECT'
        limit 1
      ) o on true
      cross join lateral (
        select
          count(*)::integer as said,
          coalesce(max(m.created_at) > now() - interval '${RECENT_DAYS} days', false) as is_recent
        from (
          select m.sender_id, m.created_at
          from messages m
          where m.conversation_id = c.conversation_id
          order by m.position desc
          limit ${MESSAGES}
        ) m
        where m.sender_id = k.viewer_id and m.created_at > now() - interval '${HABIT_DAYS} days'
      ) m
      cross join lateral (
        select array(
          select s.video_id::text
          from (
            select s.video_id, s.position, s.shared_by, s.reply_count
            from shares s
            where s.conversation_id = c.conversation_id
            order by s.position desc
            limit ${SHARES}
          ) s
          where s.reply_count > 0 and ${shareVisible("s", "p")}
        ) as videos
      ) t
      where c.kind = 'GROUP' or o.user_id is not null
    ) h
    where h.value is not null`,
});

/** Which of some videos, whose ids stand between commas, are by an author, of those that the viewer may see. */
const videosBy = fact<readonly string[]>({
  name: "share_target_videos_by",
  key: { author_id: "bigint", video_ids: "text" },
  missing: [],
  sql: (k) => `
    select k.nr, array(
      select v.id::text
      from unnest(string_to_array(k.video_ids, ',')::bigint[]) as f (id)
      join videos v on v.id = f.id and v.author_id = k.author_id and ${videoVisible("k.viewer_id", "v")}
    ) as value
    from ${k}`,
});

interface Candidate extends Omit<ShareTarget, "videoId"> {
  readonly weight: number;
}

function candidate(
  target: Pick<ShareTarget, "userId" | "conversationId" | "canSend">,
  said: number,
  holds: Readonly<Record<ShareTargetReason, boolean>>,
): Candidate {
  const reasons = SHARE_TARGET_REASONS.filter((reason) => holds[reason]);
  return { ...target, reasons, weight: reasons.reduce((sum, reason) => sum + WEIGHTS[reason], said) };
}

/**
 * Whom the viewer may like to share a video with, likeliest first: friends, people they talk to, and groups. Who has
 * not let the viewer in is left out, and who can't be sent to comes last. Nobody where the viewer does not see the
 * video, or it can't be watched yet.
 */
export async function shareTargetsOf(loads: Loads, videoId: string, first: number): Promise<ShareTarget[]> {
  const { viewerId } = loads;
  const page = { first: CANDIDATES, after: null, last: null, before: null };
  const [video, habits, closest, newest] = await Promise.all([
    videoById(loads, videoId),
    habitsOf(loads, viewerId),
    closeFriendsOf(loads, [viewerId], page),
    friendsOf(loads, [viewerId], page),
  ]);
  if (video?.status !== "READY") return [];
  const friends = new Map([...closest.rows, ...newest.rows].map((friend) => [friend.id, friend.isClose]));
  const talkedAbout = [...new Set(habits.flatMap((habit) => habit.talkedAbout))].join();
  const [byAuthor, standings, open] = await Promise.all([
    videosBy(loads, video.authorId, talkedAbout).then((ids) => new Set(ids)),
    Promise.all(habits.map(({ otherId }) => (otherId === null ? null : relationshipWith(loads, otherId)))),
    Promise.all([...friends.keys()].map((friendId) => opennessOf(loads, friendId))),
  ]);
  const letIn = new Set(open.flatMap((friend) => (friend?.toMessages === true ? friend.userId : [])));
  const talked = new Set<string>();
  const candidates = habits.flatMap((habit, at): Candidate[] => {
    const { otherId: userId, conversationId, said } = habit;
    const standing = standings[at] ?? null;
    if (userId !== null) talked.add(userId);
    // Whom the viewer can't see any more, and who has not let them in, is nobody to share with.
    if (userId !== null && (standing === null || !habit.isLetIn)) return [];
    return [
      candidate(
        {
          userId,
          conversationId: userId === null ? conversationId : null,
          canSend: standing === null || standing.canMessage,
        },
        said,
        {
          CLOSE_FRIEND: standing?.isCloseFriend === true,
          RECENT: habit.isRecent,
          FREQUENT: said >= FREQUENT_MESSAGES,
          TALKED_ABOUT_AUTHOR: habit.talkedAbout.some((id) => byAuthor.has(id)),
          FRIEND: standing?.state === "FRIENDS",
        },
      ),
    ];
  });
  for (const [userId, isClose] of friends) {
    if (talked.has(userId) || !letIn.has(userId)) continue;
    const holds = { RECENT: false, FREQUENT: false, TALKED_ABOUT_AUTHOR: false };
    const target = { userId, conversationId: null, canSend: true };
    candidates.push(candidate(target, 0, { ...holds, CLOSE_FRIEND: isClose, FRIEND: true }));
  }
  // Sorting keeps the order of equals: the liveliest conversations, then close friends, then the newest.
  return candidates
    .sort((a, b) => Number(b.canSend) - Number(a.canSend) || b.weight - a.weight)
    .slice(0, first)
    .map(({ weight: _weight, ...target }) => ({ ...target, videoId }));
}

/** The conversation of the viewer and a person; null where they have none. */
export const directWith = fact<string | null>({
  name: "direct_with",
  key: { user_id: "bigint" },
  missing: null,
  sql: (k) => `
    select k.nr, d.conversation_id as value
    from ${k}
    join direct_conversations d on ${isOfPair("d", "k.viewer_id", "k.user_id")}
    join participants p on p.conversation_id = d.conversation_id and p.user_id = k.viewer_id and ${conversationVisible("p")}`,
});

/** The ids of the others in a conversation of the viewer's, of those who are here, between commas. */
export const othersIn = fact<string>({
  name: "share_target_others_in",
  key: { conversation_id: "bigint" },
  missing: "",
  sql: (k) => `
    select k.nr, coalesce(o.value, '') as value
    from ${k}
    join participants own on own.conversation_id = k.conversation_id and own.user_id = k.viewer_id
      and ${conversationVisible("own")}
    cross join lateral (
      select string_agg(p.user_id::text, ',') as value
      from participants p
      where p.conversation_id = k.conversation_id and p.user_id <> k.viewer_id and ${conversationVisible("p")}
        and not p.is_gone
    ) o`,
});

/**
 * How many of some people, whose ids stand between commas, may not see a video that the viewer sees. Of a public video it
 * is whom its author has blocked, and that for the author alone: nobody is told who has blocked them, or others.
 */
export const blindAmong = fact<number>({
  name: "share_target_blind_among",
  key: { video_id: "bigint", user_ids: "text" },
  missing: 0,
  sql: (k) => `
    select k.nr, b.value
    from ${k}
    join videos v on v.id = k.video_id and ${videoVisible("k.viewer_id", "v")}
    cross join lateral (
      select count(*)::integer as value
      from unnest(string_to_array(k.user_ids, ',')::bigint[]) as p (id)
      where case
        when v.audience <> 'PUBLIC' then ${videoVisible("p.id", "v")} is not true
        else v.author_id = k.viewer_id
          and ${hasBlocked("k.viewer_id", "p.id")}
      end
    ) b`,
});
