/** Reads of reactions: who has put which emoji on a message. */

import { NAMED_REACTORS } from "../limits.ts";
import { conversationVisible } from "../visibility/conversation.ts";
import { messageHidden, messageVisible } from "../visibility/message.ts";
import { reactorVisible } from "../visibility/reaction.ts";
import { fact } from "./kinds.ts";

/** Those who have put one emoji on a message, as far as the viewer may see them. */
export interface ReactionGroup {
  readonly emoji: string;
  readonly count: number;
  readonly viewerHasReacted: boolean;
  /** The first of them. */
  readonly userIds: readonly string[];
}

/** The reactions to a message, each emoji once, in the order in which they came first. */
export const reactionsTo = fact<readonly ReactionGroup[]>({
  name: "reactions_to",
  key: { conversation_id: "bigint", position: "integer" },
  missing: [],
  sql: (k) => `
    select k.nr, r.value
    from ${k}
    join participants p on p.conversation_id = k.conversation_id and p.user_id = k.viewer_id
      and ${conversationVisible("p")}
    cross join lateral (
      select m.position
      from messages m
      where m.conversation_id = k.conversation_id and m.position = k.position
        and m.unsent_at is null and ${messageVisible("m.position", "p")} and not ${messageHidden("m.sender_id", "m.position", "p")}
      limit 1
    ) m
    cross join lateral (
      select json_agg(
        json_build_object('emoji', g.emoji, 'count', g.people, 'viewerHasReacted', g.is_own, 'userIds', g.ids)
        order by g.first_at, g.emoji
      ) as value
      from (
        select
          r.emoji, count(*)::integer as people, bool_or(r.user_id = k.viewer_id) as is_own,
          min(r.created_at) as first_at,
          (array_agg(r.user_id::text order by r.created_at, r.user_id))[1:${NAMED_REACTORS}] as ids
        from reactions r
        join participants a on a.conversation_id = r.conversation_id and a.user_id = r.user_id
        where r.conversation_id = k.conversation_id and r.position = m.position and ${reactorVisible("a", "p")}
        group by r.emoji
      ) g
    ) r
    where r.value is not null`,
});
