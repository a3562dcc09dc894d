/** What is asked in the bench: who asks for what, the same lists for all three servers. */
import type { DataSource } from "typeorm";

export type OperationName = "profile" | "circle" | "inbox" | "messages" | "send";

/** One request: who asks, and with which keys. */
export interface Ask {
  readonly viewerId: string;
  readonly handle?: string;
  readonly conversationId?: string;
}

export interface Asks extends Readonly<Record<OperationName, readonly Ask[]>> {
  /** Requests that are compared and not measured: doors that must stay shut. */
  readonly shut: Readonly<Partial<Record<OperationName, readonly Ask[]>>>;
}

/** The largest group: who speaks in it, and who else takes part. */
export interface Crowd {
  readonly conversationId: string;
  readonly senderId: string;
  readonly listenerIds: readonly string[];
}

const EACH = 500;

// Anything fixed will do as an order, so long as it follows neither age nor popularity.
const shuffled = (id: string) => `hashint8extended(${id}, 7)`;

const profiles = `
  select viewer_id as "viewerId", handle
  from (
    select u.handle, f.friend_id as viewer_id, ${shuffled("u.id")} as place
    from users u
    cross join lateral (
      select friend_id from friendships f where f.user_id = u.id order by ${shuffled("f.friend_id")} limit 1
    ) f
    where u.deleted_at is null
    union all
    select u.handle, v.id, ${shuffled("u.id")} + 1
    from (select id, handle, row_number() over (order by ${shuffled("id")}) as nr from users where deleted_at is null) u
    join (select id, row_number() over (order by ${shuffled("id + 1")}) as nr from users where deleted_at is null) v using (nr)
    where not exists (select from blocks b where b.user_id = u.id and b.blocked_id = v.id)
  ) asked
  order by place, viewer_id
  limit ${EACH}`;

const circles = `
  select id as "viewerId"
  from (
    (select id, friend_count from users order by friend_count desc, id limit 50)
    union
    (select id, friend_count from users where friend_count >= 20 order by ${shuffled("id")} limit ${EACH - 50})
  ) asked
  order by ${shuffled("id")}`;

const inboxes = `
  select user_id as "viewerId"
  from inbox
  join users u on u.id = user_id and u.deleted_at is null
  where state = 'ACTIVE'
  group by user_id
  order by least(count(*), 20) desc, ${shuffled("user_id")}
  limit ${EACH}`;

const pages = `
  select viewer_id as "viewerId", id as "conversationId"
  from (
    (
      select c.id, p.user_id as viewer_id
      from conversations c
      cross join lateral (
        select user_id
        from participants p
        join users u on u.id = p.user_id and u.deleted_at is null
        where p.conversation_id = c.id and p.state = 'ACTIVE'
        order by ${shuffled("p.user_id")}
        limit 1
      ) p
      order by least(c.last_position, 51) desc, ${shuffled("c.id")}
      limit ${EACH - 30}
    )
    union
    (
      select conversation_id, user_id
      from participants
      join users u on u.id = user_id and u.deleted_at is null
      where state = 'ACTIVE' and (hides <> '{}' or history_from > 0)
      order by ${shuffled("conversation_id + user_id")}
      limit 30
    )
  ) asked
  order by ${shuffled("id")}, viewer_id`;

const sends = `
  select p.user_id as "viewerId", c.id as "conversationId"
  from (select id from conversations order by ${shuffled("id + 2")} limit ${2 * EACH}) c
  cross join lateral (
    select user_id, bool_or(state = 'REQUEST') over () as asked
    from participants p
    where p.conversation_id = c.id and p.state in ('ACTIVE', 'REQUEST')
    order by ${shuffled("p.user_id")}
    limit 1
  ) p
  join users u on u.id = p.user_id
  where not p.asked and u.deleted_at is null
  order by ${shuffled("c.id + 2")}
  limit ${EACH}`;

const shut = {
  // Somebody who has blocked the viewer, and whom the viewer has blocked; an account that is no more.
  profile: `
    (
      select b.blocked_id as "viewerId", u.handle
      from blocks b
      join users u on u.id = b.user_id
      order by ${shuffled("b.user_id + b.blocked_id")}
      limit 10
    )
    union all
    (
      select b.user_id, u.handle
      from blocks b
      join users u on u.id = b.blocked_id
      order by ${shuffled("b.user_id + b.blocked_id")}
      limit 10
    )
    union all
    (
      select (select min(id) from users), handle from users where deleted_at is not null order by id limit 3
    )`,
  // Conversations of others, and those that the viewer has left.
  messages: `
    (
      select (select min(id) from users) as "viewerId", c.id as "conversationId"
      from conversations c
      where not exists (
        select from participants p where p.conversation_id = c.id and p.user_id = (select min(id) from users)
      )
      order by ${shuffled("c.id")}
      limit 3
    )
    union all
    (
      select user_id, conversation_id from participants where state = 'LEFT' order by ${shuffled("conversation_id")} limit 3
    )
    union all
    (
      select user_id, conversation_id from participants where state = 'REQUEST' order by ${shuffled("conversation_id")} limit 3
    )`,
};

const crowd = `
  select p.conversation_id as "conversationId", array_agg(p.user_id order by p.user_id) as people
  from participants p
  join users u on u.id = p.user_id
  where p.state = 'ACTIVE' and u.deleted_at is null and p.hides = '{}'
    and p.conversation_id = (select id from conversations order by participant_count desc, id limit 1)
  group by p.conversation_id`;

/** Chooses who asks for what, always the same in the same world. */
export async function chooseAsks(source: DataSource): Promise<Asks> {
  const read = async (sql: string) => (await source.query(sql)) as Ask[];
  return {
    profile: await read(profiles),
    circle: await read(circles),
    inbox: await read(inboxes),
    messages: await read(pages),
    send: await read(sends),
    shut: { profile: await read(shut.profile), messages: await read(shut.messages) },
  };
}

/** Up to `count` people who are here. */
export async function choosePeople(source: DataSource, count: number): Promise<string[]> {
  const rows = (await source.query(
    `select id from users where deleted_at is null order by ${shuffled("id + 3")} limit $1`,
    [count],
  )) as { id: string }[];
  return rows.map(({ id }) => id);
}

/** The largest group of the world. */
export async function chooseCrowd(source: DataSource): Promise<Crowd> {
  const [row] = (await source.query(crowd)) as { conversationId: string; people: string[] }[];
  const [senderId, ...listenerIds] = row?.people ?? [];
  if (row === undefined || senderId === undefined) throw new Error("The world has no group to speak to.");
  return { conversationId: row.conversationId, senderId, listenerIds };
}
