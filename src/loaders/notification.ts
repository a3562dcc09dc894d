/** Reads of what the viewer is told of. */
import { columns, plainColumns } from "../entities/naming.ts";
import { Notification, SUBJECTS } from "../entities/notification.ts";
import { MAX_POSITION, type NodeKey } from "../ids.ts";
import { MAX_UNREAD_NOTIFICATIONS } from "../limits.ts";
import { notificationVisible, notifies, silenced, visibleActorCount } from "../visibility/notification.ts";
import { count, one, page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** A notification as its owner has it: counting those whom they see, and whether it is older than their last look. */
export interface SeenNotification extends Notification {
  readonly seen: boolean;
}

/**
 * What a notification is about: where it might be a video and its key has two numbers, a comment; or a message, where the
 * second of them is a position.
 */
export function subjectOf({ kind, subject }: Pick<Notification, "kind" | "subject">): NodeKey {
  const noun = SUBJECTS[kind];
  const [, second] = subject;
  if (noun !== "video" || second === undefined) return { kind: noun, key: subject };
  return { kind: BigInt(second) > MAX_POSITION ? "comment" : "message", key: subject };
}

const seenUpTo = (account: string) => `coalesce(${account}.notifications_seen_up_to, '-infinity')`;

const seenColumns = `
  ${columns(Notification, "n", ["actorCount"])},
  ${visibleActorCount("n", "s.silenced")} as "actorCount",
  n.at <= ${seenUpTo("a")} as seen`;

// Read once for a viewer, not for each of their notifications.
const silencedTable = `cross join lateral (select ${silenced("k.viewer_id")} as silenced offset 0) s`;

/** A notification by id, for its owner alone. */
export const notificationById = one<SeenNotification>({
  name: "notification_by_id",
  key: { id: "bigint" },
  keyOf: ({ id }) => [id],
  sql: (k) => `
    select k.nr, ${seenColumns}
    from ${k}
    join notifications n on n.user_id = k.viewer_id and n.id = k.id
    join accounts a on a.user_id = k.viewer_id
    ${silencedTable}
    where ${notificationVisible("k.viewer_id", "n")}`,
});

/** The viewer's notifications, newest first. */
export const notificationsOf = page<SeenNotification>({
  name: "notifications_of",
  key: { owner_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "n.at", type: "timestamptz", value: ({ at }) => at },
    { sql: "n.id", type: "bigint", value: ({ id }) => id },
  ],
  prime: notificationById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${seenColumns}
    from ${k}
    join accounts a on a.user_id = k.viewer_id and a.user_id = k.owner_id
    ${silencedTable}
    cross join lateral (
      select ${plainColumns(Notification, "n")}
      from notifications n
      where n.user_id = k.viewer_id and ${notificationVisible("k.viewer_id", "n")} and ${within}
      order by ${order}
      limit ${limit}
    ) n
    order by k.nr, ${order}`,
});

/** How many notifications are newer than those that the viewer has seen; never more than are counted. */
export const unreadNotificationCount = count({
  name: "unread_notification_count",
  key: { owner_id: "bigint" },
  sql: (k) => `
    select k.nr, u.value
    from ${k}
    join accounts a on a.user_id = k.viewer_id and a.user_id = k.owner_id
    cross join lateral (
      select count(*)::integer as value
      from (
        select
        from notifications n
        where n.user_id = k.viewer_id and n.at > ${seenUpTo("a")} and ${notificationVisible("k.viewer_id", "n")}
        order by n.at desc
        limit ${MAX_UNREAD_NOTIFICATIONS}
      ) unread
    ) u`,
});

/** Somebody who causes a notification, and since when. */
export interface Actor extends SeenUser {
  readonly actsSince: string;
}

/** Who causes a notification of the viewer's, newest first. */
export const actorsOf = page<Actor>({
  name: "notification_actors_of",
  key: { notification_id: "bigint" },
  direction: "desc",
  order: [
    { sql: "c.at", type: "timestamptz", value: ({ actsSince }) => actsSince },
    { sql: "c.actor_id", type: "bigint", value: ({ id }) => id },
  ],
  prime: userById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${userColumns("u")}, c.at as "actsSince"
    from ${k}
    cross join lateral (
      select c.actor_id, c.at
      from notification_actors c
      join users u on u.id = c.actor_id and ${notifies("k.viewer_id", "u")}
      where c.user_id = k.viewer_id and c.notification_id = k.notification_id and not c.is_withdrawn and ${within}
      order by ${order}
      limit ${limit}
    ) c
    join users u on u.id = c.actor_id
    order by k.nr, ${order}`,
});
