/** A message, as the viewer may see it. */
import { Field, Int, ObjectType } from "type-graphql";
import type { MessageKind } from "../../entities/message.ts";
import type { SeenMessage } from "../../loaders/message.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { MessageKindEnum, MessageStatusEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";

type Shown = Pick<
  SeenMessage,
  "position" | "kind" | "body" | "videoAtMs" | "nonce" | "createdAt" | "editedAt"
>;

@ObjectType("Message", { implements: Node, description: "A message in a conversation." })
export class MessageType extends Node implements Shown {
  @Field(() => Int, {
    description: "1, 2, 3 ... in its conversation, in the order of sending: never reused, never reordered.",
  })
  position: number;

  @Field(() => MessageKindEnum, { description: "What it is; TEXT where it can't be read." })
  kind: MessageKind;

  @Field(() => MessageStatusEnum, { description: "Whether it can be read." })
  status?: "SENT" | "UNSENT" | "HIDDEN";

  @Field(() => String, {
    nullable: true,
    description:
      "The words, 1 to 4,000 characters, of a notice a sentence in English; null when hidden or taken back, and for a share, whose words are its note until another shares the video anew.",
  })
  body: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The instant of the topic's video that it talks about, in milliseconds; null for no instant.",
  })
  videoAtMs: number | null;

  @Field(() => String, { nullable: true, description: "The sender's own key; null for everybody else." })
  nonce: string | null;

  @Field(() => DateTime, { description: "When it was sent." })
  createdAt: string;

  @Field(() => DateTime, {
    nullable: true,
    description: "When its words were last changed; null when they are as they were sent, or can't be read.",
  })
  editedAt: string | null;
}

export const MessageConnection = connectionOf("Message", () => MessageType);

@ObjectType("SendMessagePayload", { description: "The message in its place." })
export class SendMessagePayload extends Payload {
  readonly conversationId?: string;

  @Field(() => MessageType, {
    nullable: true,
    description:
      "The message; null after a refusal, and for one that was there already where the viewer no longer sees it, having left and come back since.",
  })
  message: SeenMessage | null;

  @Field(() => Boolean, { description: "Whether it was there already, sent before with the same nonce." })
  duplicate: boolean;

  @Field(() => ConversationType, { nullable: true, description: "Its conversation; null after a refusal." })
  conversation?: ConversationType | null;
}

@ObjectType("MessagePayload", { description: "The message as it is now." })
export class MessagePayload extends Payload {
  readonly place: { readonly conversationId: string; readonly position: number } | null;

  constructor(place: { readonly conversationId: string; readonly position: number }) {
    super();
    this.place = place;
  }

  @Field(() => MessageType, {
    nullable: true,
    description: "The message; null after a refusal, and where the viewer no longer sees it.",
  })
  message?: MessageType | null;
}
