/** What stands between two people: friendships, requests and blocks, each a row in a person's own list. */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from "typeorm";
import { User } from "./user.ts";

export const MET_THROUGH = [
  "IN_PERSON_CODE",
  "INVITE_LINK",
  "CONTACTS",
  "MUTUAL_FRIENDS",
  "CONVERSATION",
  "SHARED_VIDEO",
  "SEARCH",
  "PROFILE",
] as const;
export type MetThrough = (typeof MET_THROUGH)[number];

export const REQUEST_DIRECTIONS = ["INCOMING", "OUTGOING"] as const;
export type RequestDirection = (typeof REQUEST_DIRECTIONS)[number];

const metThrough = { enum: MET_THROUGH, enumName: "met_through", nullable: true };

@Entity("friendships")
@Unique("friendships_newest_key", ["userId", "since", "friendId"])
@Index("friendships_close_idx", ["userId", "since", "friendId"], { where: "is_close" })
@Check("friendships_two_people", "user_id <> friend_id")
@ForeignKey(() => User, ["userId"], ["id"], { name: "friendships_user_id_fkey" })
@ForeignKey(() => Friendship, ["friendId", "since", "userId"], ["userId", "since", "friendId"], {
  name: "friendships_mirror_fkey",
})
export class Friendship {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "friendships_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "friendships_pkey" })
  friendId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  since: string;

  /** What `userId` thinks of `friendId`; the mirror row has the other's mind. */
  @Column("boolean", { default: false })
  isClose: boolean;

  @Column("enum", metThrough)
  metThrough: MetThrough | null;
}

@Entity("friend_requests")
@Index("friend_requests_other_idx", ["otherId", "userId"])
@Index("friend_requests_newest_idx", ["userId", "direction", "createdAt", "otherId"], {
  where: "declined_at is null",
})
@Check("friend_requests_two_people", "user_id <> other_id")
@ForeignKey(() => User, ["userId"], ["id"], { name: "friend_requests_user_id_fkey" })
@ForeignKey(() => User, ["otherId"], ["id"], { name: "friend_requests_other_id_fkey" })
export class FriendRequest {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "friend_requests_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "friend_requests_pkey" })
  otherId: string;

  @Column("enum", { enum: REQUEST_DIRECTIONS, enumName: "request_direction" })
  direction: RequestDirection;

  @Column("text", { nullable: true })
  note: string | null;

  @Column("enum", metThrough)
  metThrough: MetThrough | null;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;

  /** Set in the receiver's row alone: the asker never learns of it. */
  @Column("timestamp with time zone", { precision: 3, nullable: true })
  declinedAt: string | null;
}

@Entity("blocks")
@Index("blocks_blocked_idx", ["blockedId", "userId"])
@Index("blocks_newest_idx", ["userId", "createdAt", "blockedId"])
@Check("blocks_two_people", "user_id <> blocked_id")
@ForeignKey(() => User, ["userId"], ["id"], { name: "blocks_user_id_fkey" })
@ForeignKey(() => User, ["blockedId"], ["id"], { name: "blocks_blocked_id_fkey" })
export class Block {
  @PrimaryColumn("bigint", { primaryKeyConstraintName: "blocks_pkey" })
  userId: string;

  @PrimaryColumn("bigint", { primaryKeyConstraintName: "blocks_pkey" })
  blockedId: string;

  @Column("timestamp with time zone", { precision: 3, default: () => "now()" })
  createdAt: string;
}
