/** Reads of moments: one, a person's, the tray of what friends show, and who has seen one. */
import { Moment } from "../entities/moment.ts";
import { columns, plainColumns } from "../entities/naming.ts";
import { feedShows } from "../visibility/feed.ts";
import { momentIsLive, momentVisible } from "../visibility/moment.ts";
import { userVisible } from "../visibility/user.ts";
import { audiencesOf } from "../visibility/video.ts";
import { one, page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** A moment as the viewer has it. */
export interface SeenMoment extends Omit<Moment, "nonce"> {
  readonly viewerHasSeen: boolean;
}

const seenColumns = `
  ${columns(Moment, "m", ["nonce"])},
  exists (
    select from moment_views s where s.author_id = m.author_id and s.moment_id = m.id and s.user_id = k.viewer_id
  ) as "viewerHasSeen"`;

/** A moment by its author and its id. */
export const momentByKey = one<SeenMoment>({
  name: "moment_by_key",
  key: { author_id: "bigint", id: "bigint" },
  keyOf: ({ authorId, id }) => [authorId, id],
  sql: (k) => `
    select k.nr, ${seenColumns}
    from ${k}
    join moments m on m.author_id = k.author_id and m.id = k.id
    where ${momentVisible("k.viewer_id", "m")}`,
});

/** The moments of a person, oldest first. */
export const momentsOf = page<SeenMoment>({
  name: "moments_of",
  key: { author_id: "bigint" },
  direction: "asc",
  order: [{ sql: "m.id", type: "bigint", value: ({ id }) => id }],
  prime: momentByKey.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${seenColumns}
    from ${k}
    cross join lateral (select ${audiencesOf("k.viewer_id", "k.author_id")} as audiences) a
    cross join lateral (
      select ${plainColumns(Moment, "m")}
      from moments m
      where m.author_id = k.author_id and ${momentVisible("k.viewer_id", "m", "a.audiences")} and ${within}
      order by ${order}
      limit ${limit}
    ) m
    order by k.nr, ${order}`,
});

/** A moment in the viewer's tray. */
export interface TrayMoment extends SeenMoment {
  /** When the viewer had last seen any, as the first page was read: what they see later keeps the place that it had. */
  readonly asOf: string;
  readonly wasUnseen: boolean;
}

/**
 * What the viewer's friends show, but for those who are muted: what the viewer has not seen first, and each newest first.
 * Moments that come, or are seen, while the pages are read change no place: a cursor says as of when they are ordered.
 */
export const momentTrayOf = page<TrayMoment>({
  name: "moment_tray",
  key: { owner_id: "bigint" },
  direction: "desc",
  oneWay: true,
  order: [
    { sql: "m.as_of", type: "timestamptz", value: ({ asOf }) => asOf },
    { sql: "m.was_unseen", type: "boolean", value: ({ wasUnseen }) => wasUnseen },
    { sql: "m.id", type: "bigint", value: ({ id }) => id },
    { sql: "m.author_id", type: "bigint", value: ({ authorId }) => authorId },
  ],
  prime: momentByKey.prime,
  sql: ({ k, within, order, limit, bounds }) => `
    select k.nr, ${seenColumns}, m.as_of as "asOf", m.was_unseen as "wasUnseen"
    from ${k}
    cross join lateral (
      select ${bounds?.[0] ?? "coalesce((select max(v.at) from moment_views v where v.user_id = k.viewer_id), 'epoch')"} as as_of
      offset 0
    ) t
    cross join lateral (
      -- In their order, so that whether it may be seen is asked of no more than a page has.
      select ${plainColumns(Moment, "m")}, m.as_of, m.was_unseen
      from (
        select ${plainColumns(Moment, "m")}, m.as_of, m.was_unseen
        from (
          select
            ${plainColumns(Moment, "m")}, t.as_of,
            -- A look at one row by its key, and not a walk along all that the viewer has seen up to then.
            coalesce(
              (
                select v.at
                from moment_views v
                where v.author_id = m.author_id and v.moment_id = m.id and v.user_id = k.viewer_id
              ) > t.as_of,
              true
            ) as was_unseen
          from friendships o
          join moments m on m.author_id = o.friend_id and ${momentIsLive("m")}
          where o.user_id = k.viewer_id
          offset 0
        ) m
        where ${within}
        order by ${order}
        offset 0
      ) m
      where ${momentVisible("k.viewer_id", "m")}
        and exists (select from users a where a.id = m.author_id and ${feedShows("k.viewer_id", "a")})
      order by ${order}
      limit ${limit}
    ) m
    where k.owner_id = k.viewer_id
    order by k.nr, ${order}`,
});

/** Somebody who has seen a moment, and when. */
export interface MomentViewer extends SeenUser {
  readonly seenAt: string;
}

/** Who has seen a moment of the viewer's own, newest first; of another's, nobody. */
export const momentViewersOf = page<MomentViewer>({
  name: "moment_viewers_of",
  key: { author_id: "bigint", id: "bigint" },
  direction: "desc",
  order: [
    { sql: "v.at", type: "timestamptz", value: ({ seenAt }) => seenAt },
    { sql: "v.user_id", type: "bigint", value: ({ id }) => id },
  ],
  prime: userById.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${userColumns("u")}, v.at as "seenAt"
    from ${k}
    join moments m on m.author_id = k.author_id and m.id = k.id and ${momentVisible("k.viewer_id", "m")}
    cross join lateral (
      select v.user_id, v.at
      from moment_views v
      join users u on u.id = v.user_id and ${userVisible("k.viewer_id", "u")}
      where v.author_id = k.author_id and v.moment_id = k.id and ${within}
      order by ${order}
      limit ${limit}
    ) v
    join users u on u.id = v.user_id
    where k.author_id = k.viewer_id
    order by k.nr, ${order}`,
});
