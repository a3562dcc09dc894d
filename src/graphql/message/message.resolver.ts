/** Messages: sent, and the fields of one. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { type Sent, sendMessage } from "../../actions/message.ts";
import { globalId, keyOf, rowId } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { messageAt, type SeenMessage } from "../../loaders/message.ts";
import { shareOf } from "../../loaders/share.ts";
import { userById } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { ShareType } from "../share/share.type.ts";
import { UserType } from "../user/user.type.ts";
import { SendMessageInput } from "./message.input.ts";
import { MessageType, SendMessagePayload } from "./message.type.ts";

@Resolver(() => MessageType)
export class MessageResolver {
  @Mutation(() => SendMessagePayload, {
    description:
      "Sends a text. UNAVAILABLE where the person can't be reached, LIMIT_REACHED after three unanswered messages to somebody who has not let the viewer in, CONFLICT for a nonce that was used for something else.",
  })
  sendMessage(
    @Ctx() context: Context,
    @Arg("input", () => SendMessageInput, { description: "The text, and where it goes." })
    input: SendMessageInput,
  ): Promise<Sent> {
    return sendMessage(context, {
      conversationId:
        typeof input.conversationId === "string" ? rowId("conversation", input.conversationId) : null,
      userId: typeof input.userId === "string" ? rowId("user", input.userId) : null,
      body: input.body,
      replyTo: placeOf(input.replyToId),
      topic: shareKey(input.topicId),
      videoAtMs: input.videoAtMs ?? null,
      nonce: input.nonce,
    });
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { conversationId, position }: SeenMessage): string {
    return globalId("message", conversationId, position);
  }

  @FieldResolver()
  status(@Root() { isHidden }: SeenMessage): "SENT" | "HIDDEN" {
    return isHidden ? "HIDDEN" : "SENT";
  }

  @FieldResolver(() => ConversationType, {
    nullable: true,
    description: "Where it was said; null once the viewer no longer takes part.",
  })
  conversation(@Root() { conversationId }: SeenMessage, @Ctx() { loads }: Context) {
    return conversationById(loads, conversationId);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who sent it; null for a deleted account, and where the viewer may not see them.",
  })
  sender(@Root() { senderId }: SeenMessage, @Ctx() { loads }: Context) {
    return senderId === null ? null : userById(loads, senderId);
  }

  @FieldResolver(() => ShareType, {
    nullable: true,
    description: "The video that it brought; null when it brought none.",
  })
  share(@Root() { conversationId, sharedVideoId }: SeenMessage, @Ctx() { loads }: Context) {
    return sharedVideoId === null ? null : shareOf(loads, conversationId, sharedVideoId);
  }

  @FieldResolver(() => MessageType, {
    nullable: true,
    description:
      "The message that it answers; null when it answers none, or one from before the viewer joined.",
  })
  replyTo(@Root() { conversationId, replyTo }: SeenMessage, @Ctx() { loads }: Context) {
    return replyTo === null ? null : messageAt(loads, conversationId, replyTo);
  }

  @FieldResolver(() => ShareType, {
    nullable: true,
    description: "The shared video that it talks about; null for none.",
  })
  topic(@Root() { conversationId, topicVideoId }: SeenMessage, @Ctx() { loads }: Context) {
    return topicVideoId === null ? null : shareOf(loads, conversationId, topicVideoId);
  }
}

function placeOf(messageId: string | null | undefined) {
  if (typeof messageId !== "string") return null;
  const [conversationId = "", position] = keyOf("message", messageId);
  return { conversationId, position: Number(position) };
}

function shareKey(shareId: string | null | undefined) {
  if (typeof shareId !== "string") return null;
  const [conversationId = "", videoId = ""] = keyOf("share", shareId);
  return { conversationId, videoId };
}

@Resolver(() => SendMessagePayload)
export class SendMessagePayloadResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() { message }: SendMessagePayload, @Ctx() { loads }: Context) {
    return message === null ? null : conversationById(loads, message.conversationId);
  }
}
