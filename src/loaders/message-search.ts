/** Search in what was said in the viewer's own conversations, newest first. */
import { isActive } from "../visibility/conversation.ts";
import { messageColumns, messageFindable } from "../visibility/message.ts";
import { type Loads, type Page, type PageRequest, page } from "./kinds.ts";
import { messageAt, type SeenMessage } from "./message.ts";
import { lateral } from "./search-steps.ts";
import { cleanTerm, foldedTerm, keyOfTerm, wordsOf } from "./search-term.ts";

/** How many of the liveliest conversations are looked through. */
const LIVELIEST = 1_000;
/** How many messages are read, the newest of each conversation, before the index is asked for what is older. */
const NEWEST = 5_000;
/** The same for a term without a word in it, which the index can't find. */
const NEWEST_UNINDEXED = 10_000;
/** Of each conversation at least so many. */
const NEWEST_OF_EACH = 5;
/** By how many positions messages that were sent at the same moment may stand in another order than their times. */
const SAME_MOMENT = 10;

const term = `
  select
    plainto_tsquery('simple', letters_apart(f.text)) as query,
    ${wordsOf("f.text")} as words
  from ${foldedTerm} as f
  where f.text <> ''`;

// One conversation, or the liveliest of all. The index of the inbox begins with what they are told apart by.
const talks = `
  select i.conversation_id
  from inbox i
  where i.user_id = k.viewer_id and i.conversation_id = k.conversation_id and ${isActive("i")}
  union all
  (
    select i.conversation_id
    from (values (false), (true)) as a (archived)
    cross join unnest(enum_range(null::conversation_kind)) as f (kind)
    cross join (values (false), (true)) as b (pinned)
    cross join lateral (
      select i.conversation_id, i.last_activity_at
      from inbox i
      where k.conversation_id = 0 and i.user_id = k.viewer_id and ${isActive("i")} and i.archived = a.archived
        and i.kind = f.kind and i.pinned = b.pinned and i.last_activity_at is not null
      order by i.last_activity_at desc, i.conversation_id desc
      limit ${LIVELIEST}
    ) as i
    order by i.last_activity_at desc, i.conversation_id desc
    limit ${LIVELIEST}
  )`;

// Where a page goes on in each conversation: positions follow the times, so the place of an instant is found by halves.
const startBefore = (instant: string) => `
  with recursive s (low, high) as (
    select p.history_from, c.last_position
    union all
    select
      case when m.created_at <= ${instant} then m.position else s.low end,
      case when m.created_at <= ${instant} then s.high else m.position - 1 end
    from s
    join messages m on m.conversation_id = c.id and m.position = (s.low + s.high + 1) / 2
    where s.high - s.low > ${NEWEST_OF_EACH}
  )
  select min(s.high) as start
  from s`;

const found = page<SeenMessage>({
  name: "search_messages",
  key: { conversation_id: "bigint", term: "text" },
  direction: "desc",
  oneWay: true,
  order: [
    { sql: "m.created_at", type: "timestamptz", value: ({ createdAt }) => createdAt },
    { sql: "m.conversation_id", type: "bigint", value: ({ conversationId }) => conversationId },
    { sql: "m.position", type: "integer", value: ({ position }) => position },
  ],
  prime: messageAt.prime,
  sql: ({ k, within, order, limit, bounds }) => {
    const fits = (talk: string) =>
      `fold(m.body) like all (t.words) and ${messageFindable("m", talk)} and ${within}`;
    return `
      select k.nr, ${messageColumns("k.viewer_id", "m", "p")}
      from ${k}
      ${lateral("t", term)}
      cross join lateral (
        with talks as materialized (
          select p.conversation_id, p.state, p.history_from, p.hides, p.hidden_positions,
            least(c.last_position, s.start + ${SAME_MOMENT}) as read_to,
            -- What comes after this is read; what comes before is looked for by the index.
            greatest(
              p.history_from,
              s.start - greatest(
                case when numnode(t.query) > 0 then ${NEWEST} else ${NEWEST_UNINDEXED} end / count(*) over (),
                ${NEWEST_OF_EACH}
              )
            )::integer as read_from
          from (${talks}) as e
          join participants p on p.conversation_id = e.conversation_id and p.user_id = k.viewer_id
          join conversations c on c.id = e.conversation_id
          cross join lateral (${bounds === null ? "select c.last_position as start" : startBefore(bounds[0] ?? "")}) as s
        ),
        newest as materialized (
          select m.conversation_id, m.position, m.created_at
          from talks p
          join messages m on m.conversation_id = p.conversation_id and m.position > p.read_from and m.position <= p.read_to
          where ${fits("p")}
          order by ${order}
          limit ${limit}
        ),
        -- With a full page, nothing is looked for in a conversation of which all that is newer was read.
        full_page as materialized (
          select case when count(*) >= ${limit} then min(m.created_at) end as since
          from newest m
        ),
        older as (
          select m.conversation_id, m.position, m.created_at
          from full_page f
          cross join talks p
          cross join lateral (
            select m.conversation_id, m.position, m.created_at
            from messages m
            where m.conversation_id + 0 = p.conversation_id and message_words(m.body) @@ t.query
              and m.position <= p.read_from and ${fits("p")}
            order by ${order}
            limit ${limit}
          ) as m
          where p.read_from > p.history_from and numnode(t.query) > 0 and (f.since is null or f.since <= (
            select l.created_at
            from messages l
            where l.conversation_id = p.conversation_id and l.position = p.read_from
          ))
        )
        select m.conversation_id, m.position, m.created_at
        from (
          select n.conversation_id, n.position, n.created_at from newest n
          union all
          select o.conversation_id, o.position, o.created_at from older o
        ) as m
        order by ${order}
        limit ${limit}
      ) as h
      join participants p on p.conversation_id = h.conversation_id and p.user_id = k.viewer_id
      join messages m on m.conversation_id = h.conversation_id and m.position = h.position
      order by k.nr, ${order}`;
  },
});

const NOTHING: Page<SeenMessage> = {
  rows: [],
  hasNextPage: false,
  hasPreviousPage: false,
  cursorOf: () => "",
};

/**
 * Messages that contain each word of a term, newest first: of one conversation, or of the 1,000 liveliest where it is
 * null. Older ones are found by whole words. Throws BAD_USER_INPUT for more than 100 characters.
 */
export async function searchMessages(
  loads: Loads,
  query: string,
  conversationId: string | null,
  request: PageRequest,
): Promise<Page<SeenMessage>> {
  const text = cleanTerm(query);
  if (text === "") return NOTHING;
  return found(loads, [conversationId ?? "0", keyOfTerm(text)], request);
}
