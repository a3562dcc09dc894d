/** Talk in the bench's world: conversations, who takes part, messages, and every inbox. */
import {
  any,
  DAY_MS,
  idAt,
  JOINED_BY_DAY,
  LAST_DAY,
  oneOf,
  personId,
  roll,
  type Sql,
  talker,
  timeAt,
  type WorldSize,
} from "./draw.ts";

const TITLES = [
  "Sunday football",
  "Flat 4b",
  "Lisbon in May",
  "Night shift",
  "Cousins",
  "Film club",
  "Choir",
];
const TEXTS = [
  "haha yes",
  "on my way",
  "did you see the one with the dog?",
  "Tomorrow at eight then, same place as last time.",
  "no",
  "I watched it three times and I still do not understand how he did not fall 😂",
  "send it to me please",
  "Ask Ines, she knows the place; we were there last summer and the food was better than it looks from outside.",
  "ok 👍",
  "call you later",
];

const createdMs = `(${JOINED_BY_DAY} + 30 + ${LAST_DAY - JOINED_BY_DAY - 60} * ${roll("begun", "c")}) * ${DAY_MS}`;

/** Draws the conversations and who takes part, and shares the messages out among them by a power law. */
async function drawTalks(sql: Sql, size: WorldSize): Promise<void> {
  const { living, people, conversations, largestGroup } = size;
  const draws = Math.ceil(conversations * 1.2);
  await sql(`
    create temp table talks (
      c serial, kind conversation_kind, request boolean, size integer, low integer, high integer, messages integer
    )`);
  await sql(`
    insert into talks (kind, request, size, low, high)
    select 'DIRECT', false, 2, low, high
    from (
      select distinct least(n, friend) as low, greatest(n, friend) as high
      from (
        select n, l.friends[${any("direct b", "i", "cardinality(l.friends)")}] as friend
        from (select i, ${talker(size, "direct a", "i")} as n from generate_series(1, ${draws}) i) drawn
        join friend_lists l using (n)
      ) directs
    ) distinct_directs
    order by ${roll("direct", "low * 1000000::bigint + high")}, low, high
    limit ${Math.floor(conversations * 0.58)}`);
  // The one who asks to talk is `low` here, whichever of the two joined first.
  await sql(`
    insert into talks (kind, request, size, low, high)
    select 'DIRECT', true, 2, a, b
    from (
      select distinct on (least(a, b), greatest(a, b)) a, b
      from (
        select ${any("stranger", "i", living)} as a, ${talker(size, "spoken to", "i")} as b
        from generate_series(1, ${Math.floor(conversations * 0.03)}) i
      ) drawn
      where a <> b
        and not exists (select from pairs p where p.low = least(a, b) and p.high = greatest(a, b))
        and not exists (select from blocked x where x.a = drawn.a and x.b = drawn.b)
        and not exists (select from blocked x where x.a = drawn.b and x.b = drawn.a)
      order by least(a, b), greatest(a, b), a
    ) distinct_requests`);
  const [found] = await sql("select count(*)::integer as count from talks");
  const first = Number(found?.count) + 1;
  const large = Math.max(1, Math.round(conversations / 1000));
  await sql(`
    insert into talks (kind, request, size)
    select 'GROUP', false, case
      when c >= ${first + large} then least(${living}, (3 + 9 * ${roll("size", "c")} + 60 * ${roll("size", "c")} ^ 6)::integer)
      else ${largestGroup}
    end
    from generate_series(${first}, ${conversations}) c`);

  const spread = Math.floor(living / largestGroup);
  const member = `case
    when size = ${largestGroup} then 1 + (${any("large group", "c", living)} + j * ${spread}) % ${living}
    when j = 2 then 1 + (owner + ${any("second", "c", living - 1)} - 1) % ${living}
    when j > 2 and ${roll("deleted", "c * 1000::bigint + j")} < 0.005 and ${people > living}
      then ${living} + ${any("which deleted", "c * 1000::bigint + j", Math.max(1, people - living))}
    when j > 1 then ${talker(size, "member", "c * 1000::bigint + j")}
    else owner
  end`;
  await sql(`
    create temp table parts as
    select c, n, min(j)::integer as j
    from (
      select c, j, (${member}) as n
      from (select c, size, ${talker(size, "owner", "c")} as owner from talks where kind = 'GROUP') groups
      cross join lateral generate_series(1, size) j
    ) members
    group by c, n
    union all
    select c, low, 1 from talks where kind = 'DIRECT'
    union all
    select c, high, 2 from talks where kind = 'DIRECT'`);

  await sql(`
    update talks t
    set messages = s.messages
    from (
      select c, case
        when request then ${any("requests say", "c", 3)}
        else 1 + (floor(until * rest) - floor((until - share) * rest))::integer
      end as messages
      from (
        select c, request, ${size.messages - conversations} as rest,
          weight / sum(weight) over () as share,
          sum(weight) over (order by place) / sum(weight) over () as until
        from (
          select c, request, place, case when request then 0 else power(place + 20, -0.5) end as weight
          from (select c, request, row_number() over (order by ${roll("lively", "c")}, c) as place from talks) placed
        ) weighed
      ) shared
    ) s
    where s.c = t.c`);
}

/** Writes conversations, participants, messages and inboxes, with counters that are right. */
export async function writeTalk(sql: Sql, size: WorldSize): Promise<void> {
  await drawTalks(sql, size);
  const person = (n: string) => personId(size, n);
  const conversation = (c: string) => idAt("conversation", createdMs.replace(/\bc\b/g, c), c);
  const lastMs = `(${createdMs} + (${LAST_DAY * DAY_MS} - ${createdMs}) * power(${roll("ended", "c")}, 0.3))`;
  const messageMs = (position: string) =>
    `(${createdMs} + (${lastMs} - ${createdMs}) * ${position} / messages)`;
  const ofPart = "c * 1000000::bigint + n";

  // Of a group some have left, and some have joined later and see only what came after.
  await sql(`
    create temp table members as
    select c, n, j, kind, messages, ${conversation("c")} as conversation_id, ${person("n")} as user_id,
      (case when ordinary and ${roll("left", ofPart)} < 0.02 then 'LEFT' when request and j = 2 then 'REQUEST' else 'ACTIVE' end)::participation_state as state,
      case when ordinary and ${roll("late", ofPart)} < 0.05 then floor(messages * ${roll("how late", ofPart)} * 0.7)::integer else 0 end as history_from
    from (
      select p.c, p.n, p.j, t.kind, t.request, t.kind = 'GROUP' and t.size < ${size.largestGroup} and p.j > 2 as ordinary, t.messages
      from parts p
      join talks t using (c)
    ) drawn`);
  await sql("create unique index on members (conversation_id, user_id)");
  await sql("analyze members");
  await sql(`
    insert into conversations (id, kind, title, created_at, participant_count, last_position, last_activity_at)
    select ${conversation("c")}, t.kind, case when t.kind = 'GROUP' then ${oneOf("title", "c", TITLES)} || ' ' || c end,
      ${timeAt(createdMs)}, m.people, t.messages, ${timeAt(messageMs("messages"))}
    from talks t
    join (select c, count(*) filter (where state <> 'LEFT') as people from members group by c) m using (c)
    order by c`);
  await sql(`
    insert into direct_conversations (low_id, high_id, conversation_id)
    select least(${person("low")}, ${person("high")}), greatest(${person("low")}, ${person("high")}), ${conversation("c")}
    from talks
    where kind = 'DIRECT'`);
  await sql(`
    insert into messages (conversation_id, position, sender_id, kind, body, nonce, created_at)
    select conversation_id, position,
      case when kind = 'DIRECT' or ${roll("erased", "c * 100000::bigint + position")} > 0.003
        then senders[${any("sender", "c * 100000::bigint + position", "cardinality(senders)")}] end,
      'TEXT', ${oneOf("text", "c * 100000::bigint + position", TEXTS)}, 'n' || position,
      ${timeAt(messageMs("position"))}
    from (
      select c, kind, messages, conversation_id, array_agg(user_id order by j, user_id) as senders
      from members
      where state = 'ACTIVE' and history_from = 0
      group by c, kind, messages, conversation_id
    ) spoken
    cross join lateral generate_series(1, messages) position
    order by ${messageMs("position")}, conversation_id, position`);
  await sql("analyze messages");
  // As the actions leave it: where one of two has said nothing, each message asks how far they let its sender in.
  await sql(`
    update conversations c
    set asks_policy = true
    from members m
    where c.kind = 'DIRECT' and m.conversation_id = c.id
      and not exists (select from messages s where s.conversation_id = c.id and s.sender_id = m.user_id)`);

  await sql(`
    insert into participants (conversation_id, user_id, role, state, joined_at, history_from, hides)
    select conversation_id, user_id,
      (case when kind = 'DIRECT' then 'MEMBER' when j = 1 then 'OWNER' when j = 2 then 'ADMIN' else 'MEMBER' end)::participant_role,
      state, ${timeAt(`case when history_from = 0 then ${createdMs} else ${messageMs("history_from")} end`)}, history_from,
      coalesce((
        select array_agg(b.blocked_id order by b.blocked_id)
        from blocks b
        join members other on other.conversation_id = m.conversation_id and other.user_id = b.blocked_id
        where b.user_id = m.user_id
      ), '{}')
    from members m
    order by c, j`);
  await sql(`
    insert into inbox (user_id, conversation_id, kind, state, last_activity_at, unread, read_up_to)
    select r.user_id, r.conversation_id, c.kind, r.state, c.last_activity_at, (
      select count(*)
      from messages s
      where s.conversation_id = r.conversation_id and s.position > r.read_up_to
        and s.sender_id is distinct from r.user_id and not coalesce(s.sender_id = any(p.hides), false)
    ), r.read_up_to
    from (
      select m.user_id, m.conversation_id, m.state, greatest(m.history_from, coalesce(own.position, 0), case
        when m.state = 'LEFT' or ${roll("has read", ofPart)} < 0.5 then m.messages
        else m.messages - (least(m.messages, 60) * ${roll("behind", ofPart)} ^ 2)::integer
      end) as read_up_to
      from members m
      left join (
        select conversation_id, sender_id, max(position) as position from messages group by conversation_id, sender_id
      ) own on own.conversation_id = m.conversation_id and own.sender_id = m.user_id
    ) r
    join participants p using (conversation_id, user_id)
    join conversations c on c.id = r.conversation_id`);
}
