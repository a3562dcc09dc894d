/** The usual way's entities, each its own object type as tutorials have it, over the same tables. */
import { Field, ID, Int, ObjectType } from "type-graphql";
import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";

@ObjectType()
@Entity("users")
export class User {
  @Field(() => ID)
  @PrimaryColumn("bigint")
  id: string;

  @Field(() => String)
  @Column("text")
  handle: string;

  @Field(() => String)
  @Column("text", { name: "display_name" })
  displayName: string;

  @Field(() => String, { nullable: true })
  @Column("text", { nullable: true })
  bio: string | null;

  @Field(() => String, { nullable: true })
  @Column("text", { name: "avatar_url", nullable: true })
  avatarUrl: string | null;

  @Column("timestamptz", { name: "deleted_at", nullable: true })
  deletedAt: Date | null;

  @Column("integer", { name: "friend_count" })
  friendCount: number;

  @Column("integer", { name: "waiting_request_count" })
  waitingRequestCount: number;

  @Column("text", { name: "friend_list_visible_to" })
  friendListVisibleTo: string;
}

@Entity("handles")
export class Handle {
  @PrimaryColumn("text")
  handle: string;

  @Column("bigint", { name: "user_id" })
  userId: string;

  @Column("timestamptz", { name: "freed_at", nullable: true })
  freedAt: Date | null;

  @ManyToOne(() => User)
  @JoinColumn({ name: "user_id" })
  user: User;
}

@Entity("friendships")
export class Friendship {
  @PrimaryColumn("bigint", { name: "user_id" })
  userId: string;

  @PrimaryColumn("bigint", { name: "friend_id" })
  friendId: string;

  @Column("timestamptz")
  since: Date;

  @Column("boolean", { name: "is_close" })
  isClose: boolean;

  @ManyToOne(() => User)
  @JoinColumn({ name: "friend_id" })
  friend: User;
}

@Entity("friend_requests")
export class FriendRequest {
  @PrimaryColumn("bigint", { name: "user_id" })
  userId: string;

  @PrimaryColumn("bigint", { name: "other_id" })
  otherId: string;

  @Column("text")
  direction: string;

  @Column("timestamptz", { name: "declined_at", nullable: true })
  declinedAt: Date | null;
}

@Entity("blocks")
export class Block {
  @PrimaryColumn("bigint", { name: "user_id" })
  userId: string;

  @PrimaryColumn("bigint", { name: "blocked_id" })
  blockedId: string;
}

@ObjectType()
@Entity("videos")
export class Video {
  @Field(() => ID)
  @PrimaryColumn("bigint")
  id: string;

  @Column("bigint", { name: "author_id" })
  authorId: string;

  @Field(() => String)
  @Column("text")
  caption: string;

  @Field(() => String, { nullable: true })
  @Column("text", { name: "thumbnail_url", nullable: true })
  thumbnailUrl: string | null;

  @Field(() => Int, { nullable: true })
  @Column("integer", { name: "duration_ms", nullable: true })
  durationMs: number | null;

  @Column("text")
  status: string;

  @Column("text")
  audience: string;

  @Field(() => Date)
  @Column("timestamptz", { name: "created_at" })
  createdAt: Date;

  @Field(() => Int)
  @Column("integer", { name: "like_count" })
  likeCount: number;
}

@Entity("likes")
export class Like {
  @PrimaryColumn("bigint", { name: "video_id" })
  videoId: string;

  @PrimaryColumn("bigint", { name: "user_id" })
  userId: string;
}

@ObjectType()
@Entity("conversations")
export class Conversation {
  @Field(() => ID)
  @PrimaryColumn("bigint")
  id: string;

  @Field(() => String)
  @Column("text")
  kind: string;

  @Field(() => String, { nullable: true })
  @Column("text", { nullable: true })
  title: string | null;

  @Column("integer", { name: "last_position" })
  lastPosition: number;

  @Column("timestamptz", { name: "last_activity_at" })
  lastActivityAt: Date;
}

@ObjectType()
@Entity("participants")
export class Participant {
  @PrimaryColumn("bigint", { name: "conversation_id" })
  conversationId: string;

  @PrimaryColumn("bigint", { name: "user_id" })
  userId: string;

  @Column("text")
  state: string;

  @Column("timestamptz", { name: "joined_at" })
  joinedAt: Date;

  @Column("integer", { name: "history_from" })
  historyFrom: number;

  @Column("bigint", { array: true })
  hides: string[];
}

@ObjectType()
@Entity("messages")
export class Message {
  @PrimaryColumn("bigint", { name: "conversation_id" })
  conversationId: string;

  @Field(() => Int)
  @PrimaryColumn("integer")
  position: number;

  @Column("bigint", { name: "sender_id", nullable: true })
  senderId: string | null;

  @Column("text")
  kind: string;

  @Column("text", { nullable: true })
  body: string | null;

  @Column("text", { nullable: true })
  nonce: string | null;

  @Field(() => Date)
  @Column("timestamptz", { name: "created_at" })
  createdAt: Date;

  @Field(() => ID)
  get id(): string {
    return `${this.conversationId}_${this.position}`;
  }
}

@Entity("inbox")
export class InboxEntry {
  @PrimaryColumn("bigint", { name: "user_id" })
  userId: string;

  @PrimaryColumn("bigint", { name: "conversation_id" })
  conversationId: string;

  @Column("text")
  state: string;

  @Column("timestamptz", { name: "last_activity_at", nullable: true })
  lastActivityAt: Date | null;

  @Column("integer")
  unread: number;

  @Column("integer", { name: "read_up_to" })
  readUpTo: number;

  @Column("boolean")
  archived: boolean;

  @ManyToOne(() => Conversation)
  @JoinColumn({ name: "conversation_id" })
  conversation: Conversation;
}

export const entities = [
  User,
  Handle,
  Friendship,
  FriendRequest,
  Block,
  Video,
  Like,
  Conversation,
  Participant,
  Message,
  InboxEntry,
];
