/** Reads of friend requests that wait for an answer. */
import { FriendRequest } from "../entities/friendship.ts";
import { columns, plainColumns } from "../entities/naming.ts";
import { userVisible } from "../visibility/user.ts";
import { one, page } from "./kinds.ts";

/** A friend request as the viewer has it in their list. */
export type Request = FriendRequest;

/** Who asked and who was asked. */
export function sidesOf(request: Request): { fromId: string; toId: string } {
  return request.direction === "OUTGOING"
    ? { fromId: request.userId, toId: request.otherId }
    : { fromId: request.otherId, toId: request.userId };
}

/** A waiting friend request by who asked and who was asked; the viewer is one of them. */
export const requestBetween = one<Request>({
  name: "request_between",
  key: { from_id: "bigint", to_id: "bigint" },
  keyOf: (request) => [sidesOf(request).fromId, sidesOf(request).toId],
  sql: (k) => `
    select k.nr, ${columns(FriendRequest, "r")}
    from ${k}
    join friend_requests r on r.user_id = k.viewer_id
      and r.other_id = case k.viewer_id when k.from_id then k.to_id else k.from_id end
      and r.direction = case k.viewer_id when k.from_id then 'OUTGOING'::request_direction else 'INCOMING' end
      and r.declined_at is null
    join users u on u.id = r.other_id and ${userVisible("k.viewer_id", "u")}
    where k.viewer_id in (k.from_id, k.to_id)`,
});

/** The viewer's waiting requests of one direction, newest first. */
export const requestsOf = page<Request>({
  name: "requests_of",
  key: { direction: "text" },
  direction: "desc",
  order: [
    { sql: "r.created_at", type: "timestamptz", value: (request) => request.createdAt },
    { sql: "r.other_id", type: "bigint", value: (request) => request.otherId },
  ],
  prime: requestBetween.prime,
  sql: ({ k, within, order, limit }) => `
    select k.nr, ${columns(FriendRequest, "r")}
    from ${k}
    cross join lateral (
      select ${plainColumns(FriendRequest, "r")}
      from friend_requests r
      join users u on u.id = r.other_id and ${userVisible("k.viewer_id", "u")}
      where r.user_id = k.viewer_id and r.direction = k.direction::request_direction and r.declined_at is null
        and ${within}
      order by ${order}
      limit ${limit}
    ) r
    order by k.nr, ${order}`,
});
