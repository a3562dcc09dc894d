/** The limit's hand-written SQL: one statement for each operation, which returns the answer as JSON text. */

/** A prepared statement; its parameters are the viewer and then the keys of the operation. */
export interface LimitStatement {
  readonly name: string;
  readonly text: string;
}

const iso = (time: string) => `to_char(${time} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Whether the viewer may see the row `u` of users. */
const seen = (u: string) =>
  `${u}.deleted_at is null and not exists (select from blocks b where b.user_id = ${u}.id and b.blocked_id = $1)`;

/** What the viewer sees of the videos of the person `u`, whom they may see. */
const audiences = (u: string) => `
  case
    when ${u}.id = $1 then '{PUBLIC,FRIENDS,CLOSE_FRIENDS,ONLY_ME}'
    when exists (select from blocks b where b.user_id = $1 and b.blocked_id = ${u}.id) then '{}'
    else coalesce((
      select case when f.is_close then '{PUBLIC,FRIENDS,CLOSE_FRIENDS}' else '{PUBLIC,FRIENDS}' end
      from friendships f
      where f.user_id = ${u}.id and f.friend_id = $1
    ), '{PUBLIC}')
  end::audience[]`;

const shown = `v.audience = any(a.audiences) and (v.status = 'READY' or (v.author_id = $1 and v.status <> 'REMOVED'))`;
const liked = "exists (select from likes l where l.video_id = v.id and l.user_id = $1)";

const hiddenLikes = `(
  select count(*) from blocks b join likes h on h.video_id = v.id and h.user_id = b.user_id where b.blocked_id = $1
)`;
const hiddenFriends = `(
  select count(*) from blocks b join friendships h on h.user_id = u.id and h.friend_id = b.user_id where b.blocked_id = $1
)`;

const profile = `
  select json_build_object('data', json_build_object('user', (
    select json_build_object(
      'id', u.id::text, 'handle', u.handle, 'displayName', u.display_name, 'bio', u.bio, 'avatarUrl', u.avatar_url,
      'friendCount', case when u.id = $1 or case u.friend_list_visible_to
        when 'EVERYONE' then true
        when 'FRIENDS' then f.user_id is not null
        when 'CLOSE_FRIENDS' then f.is_close
        when 'FRIENDS_OF_FRIENDS' then f.user_id is not null or exists (
          select
          from friendships mine
          join friendships theirs on theirs.user_id = mine.friend_id and theirs.friend_id = u.id
          where mine.user_id = $1
        )
      end then u.friend_count - ${hiddenFriends} end,
      'relationship', case when u.id <> $1 then json_build_object('state', case
        when f.user_id is not null then 'FRIENDS'
        when r.direction = 'OUTGOING' then 'REQUEST_SENT'
        when r.direction = 'INCOMING' and r.declined_at is null then 'REQUEST_RECEIVED'
        else 'NONE'
      end) end,
      'videos', p.page
    )
    from handles h
    join users u on u.id = h.user_id and ${seen("u")}
    left join friendships f on f.user_id = u.id and f.friend_id = $1
    left join friend_requests r on r.user_id = $1 and r.other_id = u.id
    cross join lateral (select ${audiences("u")} as audiences) a
    cross join lateral (
      select json_build_object(
        'nodes', coalesce(json_agg(node order by id desc) filter (where nr <= 10), '[]'),
        'pageInfo', json_build_object('hasNextPage', count(*) > 10, 'endCursor', min(id) filter (where nr <= 10))
      ) as page
      from (
        select v.id, row_number() over (order by v.id desc) as nr, json_build_object(
          'id', v.id::text, 'caption', v.caption, 'thumbnailUrl', v.thumbnail_url, 'durationMs', v.duration_ms,
          'createdAt', ${iso("v.created_at")}, 'likeCount', v.like_count - ${hiddenLikes}, 'viewerHasLiked', ${liked}
        ) as node
        from videos v
        where v.author_id = u.id and ${shown}
        order by v.id desc
        limit 11
      ) v
    ) p
    where h.handle = lower($2) and h.freed_at is null
  )))::text as answer`;

const circle = `
  select json_build_object('data', json_build_object('viewer', json_build_object('friends', json_build_object(
    'nodes', coalesce(json_agg(json_build_object(
      'id', friend.id::text, 'handle', friend.handle, 'displayName', friend.display_name,
      'avatarUrl', friend.avatar_url,
      'videos', json_build_object('nodes', p.nodes)
    ) order by friend.since desc, friend.id desc), '[]')
  ))))::text as answer
  from (
    select u.id, u.handle, u.display_name, u.avatar_url, f.since
    from friendships f
    join users u on u.id = f.friend_id and ${seen("u")}
    where f.user_id = $1
    order by f.since desc, f.friend_id desc
    limit 20
  ) friend
  cross join lateral (select ${audiences("friend")} as audiences) a
  cross join lateral (
    select coalesce(json_agg(json_build_object(
      'id', v.id::text, 'caption', v.caption, 'thumbnailUrl', v.thumbnail_url, 'likeCount', v.like_count - ${hiddenLikes},
      'viewerHasLiked', ${liked},
      'author', json_build_object('id', friend.id::text, 'handle', friend.handle, 'displayName', friend.display_name)
    ) order by v.id desc), '[]') as nodes
    from (
      select v.id, v.caption, v.thumbnail_url, v.like_count
      from videos v
      where v.author_id = friend.id and ${shown}
      order by v.id desc
      limit 5
    ) v
  ) p`;

const isCounted = `not i.archived and (i.unread > 0 or i.marked_unread)
  and (i.muted_until is null or i.muted_until <= now())`;

const inbox = `
  select json_build_object('data', json_build_object('viewer', json_build_object(
    'unread', json_build_object(
      'conversations', (select count(*) from inbox i where i.user_id = $1 and i.state = 'ACTIVE' and ${isCounted}),
      'messageRequests', (select count(*) from inbox i where i.user_id = $1 and i.state = 'REQUEST' and ${isCounted}),
      'friendRequests', (select u.waiting_request_count from users u where u.id = $1)
    ),
    'conversations', (
      select json_build_object(
        'nodes', coalesce(json_agg(json_build_object(
          'id', i.id::text, 'kind', i.kind, 'title', i.title, 'lastActivityAt', ${iso("i.last_activity_at")},
          'unreadCount', i.unread,
          'participants', json_build_object('nodes', people.nodes),
          'lastMessage', last.message
        ) order by i.nr) filter (where i.nr <= 20), '[]'),
        'pageInfo', json_build_object(
          'hasNextPage', count(*) > 20, 'endCursor', min(i.last_activity_at) filter (where i.nr <= 20)
        )
      )
      from (
        select i.last_activity_at, i.unread, i.nr, c.id, c.kind, c.title, c.last_position, p.hides, p.history_from
        from (
          select i.conversation_id, i.last_activity_at, greatest(i.unread, i.marked_unread::integer) as unread,
            row_number() over (order by i.pinned desc, i.last_activity_at desc, i.conversation_id desc) as nr
          from unnest(enum_range(null::conversation_kind)) as f (kind)
          cross join lateral (
            select i.conversation_id, i.pinned, i.last_activity_at, i.unread, i.marked_unread
            from inbox i
            where i.user_id = $1 and i.state = 'ACTIVE' and not i.archived and i.kind = f.kind
              and i.last_activity_at is not null
            order by i.pinned desc, i.last_activity_at desc, i.conversation_id desc
            limit 21
          ) i
          order by i.pinned desc, i.last_activity_at desc, i.conversation_id desc
          limit 21
        ) i
        join conversations c on c.id = i.conversation_id
        join participants p on p.conversation_id = i.conversation_id and p.user_id = $1
      ) i
      left join lateral (
        select json_agg(json_build_object('user', case when u.id is not null then
          json_build_object('id', u.id::text, 'displayName', u.display_name, 'avatarUrl', u.avatar_url)
        end) order by p.joined_at, p.user_id) as nodes
        from (
          select p.user_id, p.joined_at
          from participants p
          where p.conversation_id = i.id and p.state in ('ACTIVE', 'REQUEST')
          order by p.joined_at, p.user_id
          limit 3
        ) p
        left join users u on u.id = p.user_id and ${seen("u")}
      ) people on i.nr <= 20
      left join lateral (
        select json_build_object(
          'id', m.conversation_id || '_' || m.position, 'position', m.position,
          'body', case when m.sender_id = any(i.hides) then null else m.body end, 'createdAt', ${iso("m.created_at")},
          'sender', case when u.id is not null then json_build_object('id', u.id::text, 'displayName', u.display_name) end
        ) as message
        from messages m
        left join users u on u.id = m.sender_id and ${seen("u")}
        where m.conversation_id = i.id and m.position = i.last_position and m.position > i.history_from
      ) last on i.nr <= 20
    )
  )))::text as answer`;

const messages = `
  select json_build_object('data', json_build_object('conversation', (
    select json_build_object('id', p.conversation_id::text, 'messages', page.messages)
    from participants p
    cross join lateral (
      select json_build_object(
        'nodes', coalesce(json_agg(json_build_object(
          'id', m.conversation_id || '_' || m.position, 'position', m.position,
          'body', case when m.sender_id = any(p.hides) then null else m.body end, 'createdAt', ${iso("m.created_at")},
          'status', case when m.sender_id = any(p.hides) then 'HIDDEN' else 'SENT' end,
          'sender', case when u.id is not null then json_build_object('id', u.id::text, 'displayName', u.display_name) end
        ) order by m.position) filter (where m.nr <= 50), '[]'),
        'pageInfo', json_build_object(
          'hasPreviousPage', count(*) > 50, 'startCursor', min(m.position) filter (where m.nr <= 50)
        )
      ) as messages
      from (
        select m.conversation_id, m.position, m.sender_id, m.body, m.created_at,
          row_number() over (order by m.position desc) as nr
        from messages m
        where m.conversation_id = p.conversation_id and m.position > p.history_from
        order by m.position desc
        limit 51
      ) m
      left join users u on u.id = m.sender_id and ${seen("u")}
    ) page
    where p.conversation_id = $2::bigint and p.user_id = $1 and p.state in ('ACTIVE', 'REQUEST')
  )))::text as answer`;

/** Sends; with `live` it also returns the event and who is to have it. */
const send = (live: boolean) => `
  with conversation as (
    update conversations c
    set last_position = c.last_position + 1, last_activity_at = now()
    where c.id = $2::bigint and exists (
      select from participants p where p.conversation_id = c.id and p.user_id = $1 and p.state in ('ACTIVE', 'REQUEST')
    )
    returning c.id, c.last_position as position, c.last_activity_at as at
  ),
  message as (
    insert into messages (conversation_id, position, sender_id, kind, body, nonce, draft, created_at)
    select c.id, c.position, $1, 'TEXT', $3, $4, hashtextextended($3, 0), c.at
    from conversation c
    returning conversation_id, position, body, created_at
  ),
  people as materialized (
    select p.user_id, c.id, c.position, c.at
    from conversation c
    join participants p on p.conversation_id = c.id and p.state in ('ACTIVE', 'REQUEST') and not $1 = any(p.hides)
  ),
  inboxes as (
    update inbox i
    set last_activity_at = p.at,
      unread = case when i.user_id = $1 then 0 else i.unread + 1 end,
      read_up_to = case when i.user_id = $1 then p.position else i.read_up_to end
    from people p
    where i.user_id = p.user_id and i.conversation_id = p.id
  ),
  counters as materialized (
    select l.viewer_id
    from viewer_logs l
    where l.viewer_id in (select p.user_id from people p)
    order by l.viewer_id
    for no key update of l
  ),
  logs as (
    update viewer_logs l
    set position = l.position + 1, moved_at = greatest(l.moved_at, now())
    from counters c
    where l.viewer_id = c.viewer_id
    returning l.viewer_id, l.position
  ),
  events as (
    insert into viewer_events (viewer_id, position, kind, ids)
    select l.viewer_id, l.position, 'MESSAGE_SENT', array[m.conversation_id, m.position, $1]
    from logs l
    cross join message m
    returning viewer_id, position
  )
  select json_build_object('data', json_build_object('sendMessage', json_build_object(
    'message', json_build_object(
      'id', m.conversation_id || '_' || m.position, 'position', m.position, 'createdAt', ${iso("m.created_at")}
    ),
    'duplicate', false,
    'userErrors', '[]'::json
  )))::text as answer${live ? `, ${event}` : ""}
  from message m`;

const event = `
  (select array_agg(e.viewer_id::text) from events e where e.viewer_id <> $1) as listeners,
  json_build_object('id', '1', 'type', 'next', 'payload', json_build_object('data', json_build_object(
    'messageReceived', json_build_object(
      'cursor', m.position::text,
      'message', json_build_object(
        'id', m.conversation_id || '_' || m.position, 'position', m.position, 'body', m.body,
        'createdAt', ${iso("m.created_at")},
        'sender', (select json_build_object('id', u.id::text, 'displayName', u.display_name) from users u where u.id = $1)
      )
    )
  )))::text as event`;

/** The statement of each operation; `live` is `send` while somebody listens. */
export const statements = {
  profile: { name: "profile", text: profile },
  circle: { name: "circle", text: circle },
  inbox: { name: "inbox", text: inbox },
  messages: { name: "messages", text: messages },
  send: { name: "send", text: send(false) },
  live: { name: "live", text: send(true) },
} satisfies Record<string, LimitStatement>;
