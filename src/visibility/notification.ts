/** Who may cause notifications, and which of their own notifications people see. */
import { MAX_POSITION } from "../ids.ts";
import { commentReadable } from "./comment.ts";
import { findableByContacts, hasInContacts } from "./contact.ts";
import { momentVisible } from "./moment.ts";
import { blockedEitherWay, hasBlocked, userVisible } from "./user.ts";
import { audiencesOf, videoVisible } from "./video.ts";

/**
 * SQL: whether the row `actor` of users may cause notifications of the viewer: somebody whom they see, and have neither
 * blocked nor muted. What such a person has caused before is not seen either.
 */
export function notifies(viewer: string, actor: string): string {
  return `(
    ${userVisible(viewer, actor)}
    and not ${hasBlocked(viewer, `${actor}.id`)}
    and not exists (
      select from mutes m where m.user_id = ${viewer} and m.muted_id = ${actor}.id and m.until > now() offset 0
    )
  )`;
}

// What belongs to talk is not asked here, for it may live in another database: what makes it unreadable takes the
// notification back, and who is out of a conversation finds no subject.
// A request to see a video is there until it is answered, or the video is shown to who asks.
function subjectVisible(viewer: string, notification: string): string {
  return `case
    when ${notification}.kind = 'FRIEND_REQUEST' then (
      select r.direction = 'INCOMING' and r.declined_at is null
      from friend_requests r
      where r.user_id = ${viewer} and r.other_id = ${notification}.subject[1]
    )
    when ${notification}.kind in ('FRIEND_ACCEPTED', 'SHARE_LINK_JOINED') then exists (
      select from users s where s.id = ${notification}.subject[1] and ${userVisible(viewer, "s")}
    )
    when ${notification}.kind = 'CONTACT_JOINED' then exists (
      select
      from users s
      where s.id = ${notification}.subject[1] and ${userVisible(viewer, "s")}
        and ${hasInContacts(viewer, "s.id")} and ${findableByContacts(viewer, "s")}
    )
    when ${notification}.kind = 'ACCESS_REQUESTED' then exists (
      select
      from videos v
      join notification_actors c on c.user_id = ${notification}.user_id and c.notification_id = ${notification}.id
        and not c.is_withdrawn
      join video_access g on g.video_id = v.id and g.user_id = c.actor_id and g.granted_at is null
      where v.id = ${notification}.subject[1] and ${videoVisible(viewer, "v")}
        and not v.audience = any(${audiencesOf("g.user_id", "v.author_id")})
    )
    when ${notification}.kind = 'MENTION' and ${notification}.subject[2] <= ${MAX_POSITION} then true
    when ${notification}.kind in ('LIKE', 'COMMENT', 'MENTION', 'REPOST', 'ACCESS_GRANTED')
      then exists (select from videos v where v.id = ${notification}.subject[1] and ${videoVisible(viewer, "v")})
        and (cardinality(${notification}.subject) = 1 or exists (
          select
          from comments c
          where c.video_id = ${notification}.subject[1] and c.id = ${notification}.subject[2]
            and ${commentReadable(viewer, "c")}
        ))
    when ${notification}.kind = 'MOMENT' then exists (
      select
      from moments m
      where m.author_id = ${notification}.subject[1] and m.id = ${notification}.subject[2]
        and ${momentVisible(viewer, "m")}
    )
    else true
  end`;
}

/**
 * SQL: whether the viewer may see the row `notification` of notifications: one of their own, about something that they
 * see, and caused by somebody whom they see.
 */
export function notificationVisible(viewer: string, notification: string): string {
  return `(
    ${notification}.user_id = ${viewer} and ${notification}.actor_count > 0
    and ${subjectVisible(viewer, notification)}
    and exists (
      select
      from notification_actors c
      join users u on u.id = c.actor_id and ${notifies(viewer, "u")}
      where c.user_id = ${notification}.user_id and c.notification_id = ${notification}.id and not c.is_withdrawn
    )
  )`;
}

/** SQL: the ids of all whom the viewer has muted, as rows of a subselect. */
export function mutedBy(viewer: string): string {
  return `select m.muted_id from mutes m where m.user_id = ${viewer} and m.until > now()`;
}

/** SQL: those whom `notifies` refuses as long as they are here, as an array: the viewer's blocks, of both directions, and mutes. */
export function silenced(viewer: string): string {
  return `array(
    ${blockedEitherWay(viewer)}
    union
    ${mutedBy(viewer)}
  )`;
}

/**
 * SQL: how many cause the row `notification` of notifications, of the people whom its owner sees. The kept count does
 * not know of the viewer; it is less by those of `silenced` whom it counts.
 */
export function visibleActorCount(notification: string, silenced: string): string {
  // A lateral with a limit is never turned around: those who cause it may be many.
  return `${notification}.actor_count - (
    select count(*)::integer
    from unnest(${silenced}) s (id)
    cross join lateral (
      select
      from notification_actors c
      join users u on u.id = c.actor_id and u.is_counted
      where c.user_id = ${notification}.user_id and c.notification_id = ${notification}.id and c.actor_id = s.id
        and not c.is_withdrawn
      limit 1
    ) c
  )`;
}
