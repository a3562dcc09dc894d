/**
 * What is erased of a person among people and videos, a few rows at a time. What others count has been lowered when the
 * person was hidden, so nothing is counted here. What others keep of the person holds nothing of them but an id of
 * nobody.
 */
import { type Nothing, statement } from "../../db/sql.ts";
import { isHere } from "../../visibility/user.ts";

/** Some of a person's rows, deleted or emptied; it gives a row for each, and none when nothing is left. */
const erasing = (name: string, sql: string) =>
  statement<{ userId: string; limit: number }, Nothing>(`job_erase_${name}`, sql);

/**
 * Deletes rows of a table by a column that has the person's id and another one. Rows are named by an array, here and
 * below: a join could be planned as a walk through the whole table.
 */
const deleting = (name: string, table: string, owner: string, key: string) =>
  erasing(
    name,
    `
    delete from ${table}
    where ${owner} = :userId
      and ${key} = any(array(select t.${key} from ${table} t where t.${owner} = :userId limit :limit))
    returning 1 as gone`,
  );

/** Deletes the person's own rows of a table whose key, after `user_id`, is `key`. */
const own = (table: string, key: string) => deleting(table, table, "user_id", key);

/** Deletes both rows of what stands between two people, one in each one's list. */
const mirrored = (table: string, other: string) =>
  erasing(
    table,
    `
    with own as materialized (
      select m.${other} as other from ${table} m where m.user_id = :userId limit :limit
    ),
    rows as (
      select :userId::bigint as user_id, o.other from own o
      union all
      select o.other, :userId from own o
    )
    delete from ${table} t
    using rows r
    where t.user_id = r.user_id and t.${other} = r.other
    returning 1 as gone`,
  );

/** Deletes what hangs on the person's own rows of another table, by the column that has their key. */
const hanging = (
  name: string,
  table: string,
  column: string,
  on: { parent: string; key: string; owner?: string },
) =>
  erasing(
    name,
    `
    delete from ${table}
    where ctid = any(array(
      select t.ctid
      from ${on.parent} p
      join ${table} t on t.${column} = p.${on.key}
      where p.${on.owner ?? "user_id"} = :userId
      limit :limit
    ))
    returning 1 as gone`,
  );

/** Deletes those of the comments `c` that fit a condition. */
const deletingComments = (name: string, condition: string, from = "comments c") =>
  erasing(
    name,
    `
    delete from comments
    where ctid = any(array(
      select c.ctid
      from ${from}
      where ${condition}
      limit :limit
    ))
    returning 1 as gone`,
  );

const ON_VIDEOS = "videos v join comments c on c.video_id = v.id";

/**
 * Comments: all on the person's videos, and the person's own; of one of these that others have answered stays that it was
 * there. For it the likes of others, who are here, are counted.
 */
const COMMENTS = [
  own("comment_likes", "comment_id"),
  hanging("comment_likes_on_videos", "comment_likes", "video_id", {
    parent: "videos",
    key: "id",
    owner: "author_id",
  }),
  deletingComments("replies_received", "v.author_id = :userId and c.reply_to_id is not null", ON_VIDEOS),
  deletingComments("comments_received", "v.author_id = :userId", ON_VIDEOS),
  erasing(
    "comment_likes_received",
    `
    with likers as materialized (
      select l.video_id, l.comment_id, l.user_id, ${isHere("u")} as is_counted
      from comments c
      join comment_likes l on l.video_id = c.video_id and l.comment_id = c.id
      join users u on u.id = l.user_id
      where c.author_id = :userId
      limit :limit
      for key share of u
    ),
    -- After all the people, the comments, and of each like whether it is still there: a moderator may delete them now.
    doomed as materialized (
      select l.video_id, l.comment_id, l.user_id, p.is_counted
      from likers p
      join comments c on c.video_id = p.video_id and c.id = p.comment_id
      join comment_likes l on l.video_id = c.video_id and l.comment_id = c.id and l.user_id = p.user_id
      order by c.video_id, c.id, l.user_id
      for no key update of c for update of l
    ),
    lowered as (
      update comments c
      set like_count = c.like_count - d.likes
      from (
        select d.video_id, d.comment_id, count(*)::integer as likes
        from doomed d
        where d.is_counted
        group by d.video_id, d.comment_id
      ) d
      where c.video_id = d.video_id and c.id = d.comment_id
    )
    delete from comment_likes l
    using doomed d
    where l.video_id = d.video_id and l.comment_id = d.comment_id and l.user_id = d.user_id
    returning 1 as gone`,
  ),
  deletingComments("replies", "c.author_id = :userId and c.reply_to_id is not null"),
  deletingComments(
    "comments",
    `c.author_id = :userId and not exists (
      select from comments r where r.video_id = c.video_id and r.reply_to_id = c.id
    )`,
  ),
  erasing(
    "comments_answered",
    `
    update comments
    set author_id = null, text = null, mentions = null, hashtags = null, nonce = null,
      deleted_at = coalesce(deleted_at, now())
    where ctid = any(array(select c.ctid from comments c where c.author_id = :userId limit :limit))
    returning 1 as gone`,
  ),
];

/** In this order: what refers to a row goes before it. Who was let in to a video goes with the friendship. */
export const ROWS = [
  mirrored("friendships", "friend_id"),
  mirrored("friend_requests", "other_id"),
  // One that was declined stays in the other's list alone, with what the person wrote.
  deleting("friend_requests_left", "friend_requests", "other_id", "user_id"),
  own("blocks", "blocked_id"),
  deleting("blocks_against", "blocks", "blocked_id", "user_id"),
  own("mutes", "muted_id"),
  own("dismissed_suggestions", "other_id"),
  own("invite_bars", "other_id"),
  own("contacts", "hash"),
  own("contact_points", "hash"),
  own("used_friend_codes", "nonce"),
  hanging("invite_redemptions", "invite_redemptions", "code_hash", { parent: "invites", key: "code_hash" }),
  own("invites", "code_hash"),
  own("moment_views", "moment_id"),
  deleting("moment_views_received", "moment_views", "author_id", "user_id"),
  deleting("moments", "moments", "author_id", "id"),
  // Others' moments with a video of the person's go with it, or keep their words.
  erasing(
    "moments_of_videos",
    `
    delete from moments
    where ctid = any(array(
      select m.ctid
      from videos v
      join moments m on m.video_id = v.id and m.text is null
      where v.author_id = :userId
      limit :limit
    ))
    returning 1 as gone`,
  ),
  erasing(
    "moments_with_videos",
    `
    update moments
    set video_id = null
    where ctid = any(array(
      select m.ctid
      from videos v
      join moments m on m.video_id = v.id
      where v.author_id = :userId
      limit :limit
    ))
    returning 1 as gone`,
  ),
  ...COMMENTS,
  ...["likes", "saves", "reposts", "views", "sharings", "share_links"].flatMap((table) => [
    own(table, "video_id"),
    hanging(`${table}_received`, table, "video_id", { parent: "videos", key: "id", owner: "author_id" }),
  ]),
  // Their hashtags go with them.
  deleting("videos", "videos", "author_id", "id"),
  erasing(
    "video_uploads",
    `
    with gone as (
      delete from video_uploads
      where user_id = :userId
        and id = any(array(select w.id from video_uploads w where w.user_id = :userId limit :limit))
      returning id
    ),
    discarded as (
      insert into discarded_uploads (upload_id)
      select g.id
      from gone g
      on conflict do nothing
    )
    select 1 as gone
    from gone g`,
  ),
  deleting("notifications_caused", "notification_actors", "actor_id", "user_id"),
  own("notification_actors", "notification_id"),
  own("notifications", "id"),
  erasing(
    "reports_made",
    `
    update reports
    set reporter_id = null, note = null
    where id = any(array(select r.id from reports r where r.reporter_id = :userId limit :limit))
    returning 1 as gone`,
  ),
  erasing(
    "reports_about",
    `
    update reports
    set excerpt = null
    where id = any(array(
      select r.id from reports r where r.author_id = :userId and r.excerpt is not null limit :limit
    ))
    returning 1 as gone`,
  ),
  own("conversation_nonces", "nonce"),
  hanging("data_export_parts", "data_export_parts", "export_id", { parent: "data_exports", key: "id" }),
  own("data_exports", "id"),
  own("identities", "subject"),
  own("last_active", "user_id"),
  own("sessions", "id"),
  deleting("viewer_events", "viewer_events", "viewer_id", "position"),
  deleting("viewer_logs", "viewer_logs", "viewer_id", "viewer_id"),
];
