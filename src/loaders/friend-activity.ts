/** Reads of what the viewer's friends did with a video. */
import type { FriendActivityKind } from "../entities/engagement.ts";
import { friendActivity } from "../visibility/friend-activity.ts";
import { videoVisible } from "../visibility/video.ts";
import { page } from "./kinds.ts";
import { type SeenUser, userById, userColumns } from "./user.ts";

/** A friend, what they did with a video, and when. */
export interface FriendActivity extends SeenUser {
  readonly kind: FriendActivityKind;
  readonly at: string;
}

/** What the viewer's friends did with a video, newest first: of each friend one of a kind. */
export const friendActivityOf = page<FriendActivity>({
  name: "friend_activity_of",
  key: { video_id: "bigint" },
  direction: "desc",
  oneWay: true,
  order: [
    { sql: "d.at", type: "timestamptz", value: ({ at }) => at },
    { sql: "d.friend_id", type: "bigint", value: ({ id }) => id },
    { sql: "d.kind", type: "text", value: ({ kind }) => kind },
  ],
  prime: userById.prime,
  // The friends of a viewer are listed once, however many videos are looked at.
  sql: ({ k, within, order, limit }) => `
    with viewers as materialized (
      select w.id, w.friend_count, array(select f.friend_id from friendships f where f.user_id = w.id) as friends
      from users w
      where w.id in (select k.viewer_id from ${k})
    )
    select k.nr, ${userColumns("u")}, d.kind, d.at
    from ${k}
    join viewers w on w.id = k.viewer_id
    join videos v on v.id = k.video_id and ${videoVisible("k.viewer_id", "v")}
    cross join lateral (
      select d.friend_id, d.kind, d.at
      from ${friendActivity("w", "v", within, order)} d
      limit ${limit}
    ) d
    join users u on u.id = d.friend_id
    order by k.nr, ${order}`,
});
