/** The usual way's object types that are not rows: the viewer, pages and payloads. */
import { type ClassType, Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { Conversation, Message, Participant, User, Video } from "./entities.ts";

@ObjectType()
export class Viewer {
  @Field(() => ID)
  id: string;
}

@ObjectType()
export class Relationship {
  @Field(() => String)
  state: string;
}

@ObjectType()
export class UnreadCounts {
  @Field(() => Int)
  conversations: number;

  @Field(() => Int)
  messageRequests: number;

  @Field(() => Int)
  friendRequests: number;
}

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean;

  @Field(() => Boolean)
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true })
  startCursor: string | null;

  @Field(() => String, { nullable: true })
  endCursor: string | null;
}

export interface Connection<Node> {
  nodes: Node[];
  pageInfo: PageInfo;
}

function connectionOf<Node extends object>(node: ClassType<Node>, name: string): ClassType<Connection<Node>> {
  @ObjectType(`${name}Connection`)
  class NodeConnection implements Connection<Node> {
    @Field(() => [node])
    nodes: Node[];

    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }
  return NodeConnection;
}

export const UserConnection = connectionOf(User, "User");
export const VideoConnection = connectionOf(Video, "Video");
export const ConversationConnection = connectionOf(Conversation, "Conversation");
export const ParticipantConnection = connectionOf(Participant, "Participant");
export const MessageConnection = connectionOf(Message, "Message");

/** A page of `nodes` in one direction; one more than `size` says that there are more. */
export function pageOf<Node>(
  nodes: readonly Node[],
  size: number,
  cursorOf: (node: Node) => string,
): Connection<Node> {
  const shown = nodes.slice(0, size);
  const [start] = shown;
  const end = shown.at(-1);
  return {
    nodes: shown,
    pageInfo: {
      hasNextPage: nodes.length > size,
      hasPreviousPage: false,
      startCursor: start === undefined ? null : Buffer.from(cursorOf(start)).toString("base64"),
      endCursor: end === undefined ? null : Buffer.from(cursorOf(end)).toString("base64"),
    },
  };
}

@InputType()
export class SendMessageInput {
  @Field(() => ID)
  conversationId: string;

  @Field(() => String)
  body: string;

  @Field(() => String)
  nonce: string;
}

@ObjectType()
export class UserError {
  @Field(() => String)
  code: string;

  @Field(() => String)
  message: string;
}

@ObjectType()
export class SendMessagePayload {
  @Field(() => Message, { nullable: true })
  message: Message | null;

  @Field(() => Boolean)
  duplicate: boolean;

  @Field(() => [UserError])
  userErrors: UserError[];
}

@ObjectType()
export class MessageReceived {
  @Field(() => String)
  cursor: string;

  @Field(() => Message, { nullable: true })
  message: Message | null;
}
