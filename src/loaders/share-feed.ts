/** Reads of what others have shared in the viewer's conversations, newest first. */

import { NAMED_SHARES } from "../limits.ts";
import { isActive } from "../visibility/conversation.ts";
import { mutedInFeed } from "../visibility/feed.ts";
import { shareVisible } from "../visibility/share.ts";
import type { Candidate } from "./friends-feed.ts";
import { fact, type Loads, type PageOf, page } from "./kinds.ts";

const readMuted = fact<readonly string[]>({
  name: "muted_in_feed",
  key: { owner_id: "bigint" },
  missing: [],
  sql: (k) => `
    select k.nr, ${mutedInFeed("k.viewer_id")}::text[] as value
    from ${k}
    where k.owner_id = k.viewer_id`,
});

/** Whom the viewer has muted: nothing that they share, and none of their videos, is in the feed of what was shared. */
export function mutedInShares(loads: Loads): Promise<readonly string[]> {
  return readMuted(loads, loads.viewerId);
}

// As a part of a key.
const listOf = (ids: readonly string[]) => ids.join(",");
const arrayOf = (list: string) => `string_to_array(${list}, ',')::bigint[]`;

/**
 * SQL: whether another person has shared the row `s` of shares, which whoever has the row `p` of participants sees, and is
 * none of the array `muted`. Who has been erased is nobody, and muted by nobody.
 */
const othersShare = (muted: string) => `(
    s.shared_by is distinct from p.user_id and not coalesce(s.shared_by = any(${muted}), false)
    and ${shareVisible("s", "p")}
  )`;

/** SQL: the newest `limit` shares of the conversation `p` that fit `within`. */
const shares = (within: string, limit: string) => `
  select s.video_id, s.created_at as at
  from shares s
  where s.conversation_id = p.conversation_id and ${othersShare("p.muted")} and ${within}
  order by s.created_at desc, s.video_id desc
  limit ${limit}`;

/** SQL: the shares of a video in some conversations of the viewer's: those of the row `own`. */
const sharesInOwn = (video: string, viewer: string) => `
  select s.conversation_id, s.created_at
  from shares s
  join participants p on p.conversation_id = s.conversation_id and p.user_id = ${viewer}
  where s.video_id = ${video} and s.conversation_id = any(own.ids) and ${othersShare("own.muted")}
  offset 0`;

const sharesOfOthers = page<Candidate>({
  name: "shared_feed",
  key: { owner_id: "bigint", muted: "text" },
  direction: "desc",
  oneWay: true,
  order: [
    { sql: "c.at", type: "timestamptz", value: ({ at }) => at },
    { sql: "c.video_id", type: "bigint", value: ({ videoId }) => videoId },
  ],
  sql: ({ k, order, limit, bounds }) => {
    const bound = bounds === null ? null : `(${bounds.join(", ")})`;
    const within = bound === null ? "true" : `(s.created_at, s.video_id) < ${bound}`;
    // The offset keeps it a look at one video: otherwise all that was shared in each conversation since might be gone through.
    const isShownAbove = `exists (
      select
      from (${sharesInOwn("n.video_id", "k.owner_id")}) s
      where (s.created_at, n.video_id) >= ${bound}
    )`;
    return `
    select k.nr, c.video_id as "videoId", c.at, c.is_wanted as "isWanted"
    from ${k}
    cross join lateral (
      with taken as materialized (
        select p.conversation_id, p.user_id, p.state, p.history_from, p.hides, p.hidden_positions, m.muted
        from (select ${arrayOf("k.muted")} as muted offset 0) m
        cross join inbox i
        join participants p on p.conversation_id = i.conversation_id and p.user_id = i.user_id
        where i.user_id = k.owner_id and ${isActive("i")}
      ),
      heads as materialized (
        select p.conversation_id, p.user_id, p.state, p.history_from, p.hides, p.hidden_positions, p.muted, s.video_id, s.at
        from taken p
        cross join lateral (${shares(within, "1")}) s
      ),
      enough as materialized (
        select coalesce(
          (
            select max(h.at)
            from heads h
            group by h.video_id
            order by max(h.at) desc
            offset ${limit} - 1
            limit 1
          ),
          'epoch'
        ) as since
      ),
      newest as (
        select s.video_id, max(s.at) as at
        from enough e
        join heads p on p.at >= e.since
        cross join lateral (${shares(`${within} and s.created_at >= e.since`, limit)}) s
        group by s.video_id
        order by max(s.at) desc, s.video_id desc
        limit ${limit}
      )
      select n.video_id, n.at, ${bound === null ? "true" : `not ${isShownAbove}`} as is_wanted
      from newest n
      cross join (
        select array(select p.conversation_id from taken p) as ids, ${arrayOf("k.muted")} as muted offset 0
      ) own
    ) c
    order by k.nr, ${order}`;
  },
});

/**
 * What others have shared in the conversations in which the viewer takes part, newest first, each video once, and nothing
 * that only those have shared whom the viewer has muted. Of each conversation the newest is looked up; as soon as these
 * come to a page of different videos, nothing older can be on it.
 */
export const sharedFeed: PageOf<Candidate> = async (loads, owner, request) =>
  sharesOfOthers(loads, [...owner, listOf(await mutedInShares(loads))], request);

const placesOfShares = fact<readonly string[]>({
  name: "shared_with_viewer",
  key: { video_id: "bigint", muted: "text" },
  missing: [],
  sql: (k) => `
    with own as materialized (
      select w.viewer_id, w.muted as muted_list, ${arrayOf("w.muted")} as muted, array(
        select i.conversation_id
        from inbox i
        where i.user_id = w.viewer_id and ${isActive("i")}
      ) as ids
      from (select distinct k.viewer_id, k.muted from ${k}) w
    )
    select k.nr, shared.value
    from ${k}
    join own on own.viewer_id = k.viewer_id and own.muted_list = k.muted
    cross join lateral (
      select array(
        select s.conversation_id::text
        from (${sharesInOwn("k.video_id", "k.viewer_id")}) s
        order by s.created_at desc, s.conversation_id desc
        limit ${NAMED_SHARES}
      ) as value
    ) shared`,
});

/**
 * In which of the viewer's conversations others have shared a video whom the viewer has not muted, the newest share first;
 * at most ten.
 */
export async function sharedWithViewer(loads: Loads, videoId: string): Promise<readonly string[]> {
  return placesOfShares(loads, videoId, listOf(await mutedInShares(loads)));
}
