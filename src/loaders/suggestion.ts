/** Reads of who might be a friend of the viewer, by what speaks for it. */
import { friendshipShownBy } from "../visibility/friendship.ts";
import { personMay } from "../visibility/policy.ts";
import { suggestible } from "../visibility/suggestion.ts";
import { closeAndNewestFriends } from "./friendship.ts";
import { fact, type Loads, type Page, type PageRequest, page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** Somebody whom the viewer may know, with the evidence that was found while looking for people. */
export interface Suggestion extends SeenUser {
  /** A friend in common counts 10, being in each other's contacts 100, and a group in common 30. */
  readonly score: number;
  /** Whether each has the other in their contacts. */
  readonly isContact: boolean;
  /** The liveliest group of the viewer's that they take part in; null for none. */
  readonly conversationId: string | null;
}

// Nothing makes up for being known already. A group alone does not come to as much as being in the contacts.
const POINTS = { mutualFriend: 10, contact: 100, conversation: 30, known: -1_000_000 };

// How far is looked. What is found, and so what it costs, has an end, however many friends the viewer and they have.
const CLOSE_FRIENDS = 50;
const NEWEST_FRIENDS = 150;
const FRIENDS_OF_EACH = 75;
const HOLDERS_OF_EACH = 500;
const GROUPS = 20;
const PARTICIPANTS_OF_EACH = 50;
const LOOKED_AT = 2_000;

/**
 * Who takes part in the liveliest groups that the viewer has not put away, each with the liveliest that they
 * share: "person.conversation", separated by spaces. It is a key of the next read, for talk and people may live apart.
 */
const companionsOf = fact<string | null>({
  name: "companions_of",
  key: { state: "text" },
  missing: null,
  sql: (k) => `
    select k.nr, c.value
    from ${k}
    cross join lateral (
      select string_agg(c.user_id || '.' || c.conversation_id, ' ' order by c.user_id) as value
      from (
        select distinct on (p.user_id) p.user_id, g.conversation_id
        from (
          select l.conversation_id, l.last_activity_at
          from (values (false), (true)) as a (pinned)
          cross join lateral (
            select i.conversation_id, i.last_activity_at
            from inbox i
            where i.user_id = k.viewer_id and i.state = k.state::participation_state and not i.archived
              and i.kind = 'GROUP' and i.pinned = a.pinned and i.last_activity_at is not null
            order by i.last_activity_at desc, i.conversation_id desc
            limit ${GROUPS}
          ) l
          order by l.last_activity_at desc, l.conversation_id desc
          limit ${GROUPS}
        ) g
        cross join lateral (
          select p.user_id
          from participants p
          where p.conversation_id = g.conversation_id and p.state = k.state::participation_state
          order by p.joined_at, p.user_id
          limit ${PARTICIPANTS_OF_EACH}
        ) p
        where p.user_id <> k.viewer_id
        order by p.user_id, g.last_activity_at desc, g.conversation_id desc
      ) c
    ) c`,
});

/** SQL: the viewer's friends through whom is looked, close and new ones, who let the viewer see their friends. */
const throughWhom = `
  select x.id
  from ${closeAndNewestFriends("v.id", { close: CLOSE_FRIENDS, newest: NEWEST_FRIENDS })} mine
  join users x on x.id = mine.friend_id and ${friendshipShownBy("v.id", "x")}`;

/**
 * SQL: a row for each thing that speaks for a person: points for friends in common and for the rest apart, for the former
 * may be withheld. Those whom the viewer is friends with or has dismissed would come first in every list, and each would
 * have to be looked at: a row of theirs keeps them out.
 */
const evidence = `
  select theirs.friend_id as id, ${POINTS.mutualFriend} as mutual, 0 as other, null::bigint as conversation_id
  from (${throughWhom}) x
  cross join lateral (
    select f.friend_id
    from friendships f
    where f.user_id = x.id
    order by f.since desc, f.friend_id desc
    limit ${FRIENDS_OF_EACH}
  ) theirs
  union all
  select c.user_id, 0, ${POINTS.contact}, null
  from (
    select distinct h.user_id
    from contact_points own
    cross join lateral (
      select c.user_id
      from contacts c
      where c.hash = own.hash
      order by c.user_id desc
      limit ${HOLDERS_OF_EACH}
    ) h
    join contact_points p on p.user_id = h.user_id
    join contacts c on c.user_id = v.id and c.hash = p.hash
    where own.user_id = v.id
  ) c
  union all
  select split_part(c.pair, '.', 1)::bigint, 0, ${POINTS.conversation}, split_part(c.pair, '.', 2)::bigint
  from unnest(string_to_array(k.companions, ' ')) as c (pair)
  union all
  select f.friend_id, 0, ${POINTS.known}, null
  from friendships f
  where f.user_id = v.id
  union all
  select d.other_id, 0, ${POINTS.known}, null
  from dismissed_suggestions d
  where d.user_id = v.id`;

/** SQL: each person for whom something speaks, with the points that the viewer may know of. */
const candidates = `
  select p.candidate_id, p.other > 0 as has_other, p.other >= ${POINTS.contact} as is_contact, p.conversation_id,
    p.other + case
      when p.mutual = 0 or p.other = 0 or (select ${friendshipShownBy("v.id", "w")} from users w where w.id = p.candidate_id)
        then p.mutual
      else 0
    end as score
  from (
    select e.id as candidate_id, sum(e.mutual)::integer as mutual, sum(e.other)::integer as other,
      max(e.conversation_id) as conversation_id
    from (${evidence}) e
    group by e.id
    having sum(e.other) >= 0
  ) p`;

const suggestionsPage = page<Suggestion>({
  name: "suggestions_of",
  key: { companions: "text" },
  direction: "desc",
  oneWay: true,
  order: [
    { sql: "score", type: "integer", value: ({ score }) => score },
    { sql: "candidate_id", type: "bigint", value: ({ id }) => id },
  ],
  prime: userById.prime,
  // The best of them are looked at one by one until the page is full.
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${userColumns("u")}, s.score, s.is_contact as "isContact", s.conversation_id as "conversationId"
    from ${k}
    join users v on v.id = k.viewer_id and ${personMay("SUGGESTIONS", "k.viewer_id")}
    cross join lateral (
      select c.candidate_id, c.score, c.is_contact, c.conversation_id
      from (
        select c.candidate_id, c.score, c.has_other, c.is_contact, c.conversation_id
        from (${candidates}) c
        where ${within}
        order by ${order}
        limit ${LOOKED_AT}
      ) c
      join users u on u.id = c.candidate_id and ${suggestible("v.id", "u")}
        and (c.has_other or ${friendshipShownBy("v.id", "u")})
      order by ${order}
      limit ${limit}
    ) s
    join users u on u.id = s.candidate_id
    order by k.nr, ${order}`,
});

/** Whom the viewer may know, those for whom most speaks first; nobody where a rule keeps suggestions from the viewer. */
export async function suggestionsOf(loads: Loads, request: PageRequest): Promise<Page<Suggestion>> {
  return suggestionsPage(loads, [(await companionsOf(loads, "ACTIVE")) ?? ""], request);
}
