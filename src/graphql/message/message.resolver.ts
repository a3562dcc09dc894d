/** Messages: sent, and the fields of one. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { type Sent, sendMessage } from "../../actions/message.ts";
import { editMessage } from "../../actions/message-edit.ts";
import { hideMessage } from "../../actions/message-hide.ts";
import { unsendMessage } from "../../actions/message-unsend.ts";
import { globalId, keyOf, rowId } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { messageAt, type SeenMessage } from "../../loaders/message.ts";
import { shareOf } from "../../loaders/share.ts";
import { userById, usersByIds } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { MessageStatusEnum } from "../enums.ts";
import { momentKey } from "../moment/moment.input.ts";
import { ShareType } from "../share/share.type.ts";
import { UserType } from "../user/user.type.ts";
import { EditMessageInput, MessageIdInput, placeOf, SendMessageInput } from "./message.input.ts";
import { MessagePayload, MessageType, SendMessagePayload } from "./message.type.ts";

@Resolver(() => MessageType)
export class MessageResolver {
  @Mutation(() => SendMessagePayload, {
    description:
      "Sends a text. FORBIDDEN for whom the viewer has blocked, UNAVAILABLE where the person can't be reached, LIMIT_REACHED after three unanswered messages to somebody who has not let the viewer in, NOT_ALLOWED_BY_POLICY for a viewer who is too young to write to who is no friend, CONFLICT for a nonce that was used for something else, TOO_MANY_REQUESTS after 300 messages within a minute, or for too many people who have not let the viewer in.",
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
      replyTo: typeof input.replyToId === "string" ? placeOf(input.replyToId) : null,
      topic: shareKey(input.topicId),
      videoAtMs: input.videoAtMs ?? null,
      moment: typeof input.momentId === "string" ? momentKey(input.momentId) : null,
      mentions: (input.mentionIds ?? []).map((id) => rowId("user", id)),
      nonce: input.nonce,
    });
  }

  @Mutation(() => MessagePayload, {
    description:
      "Changes the words of a message of the viewer's own, within 15 minutes of sending it; EXPIRED after that, FORBIDDEN for another's and in a message request until it is answered, CONFLICT for what was taken back, INVALID for what is not words, TOO_MANY_REQUESTS.",
  })
  async editMessage(
    @Ctx() context: Context,
    @Arg("input", () => EditMessageInput, { description: "The message, and what it is to say." })
    input: EditMessageInput,
  ) {
    const place = placeOf(input.messageId);
    const mentions = input.mentionIds?.map((id) => rowId("user", id)) ?? null;
    await editMessage(context, place, { body: input.body, mentions });
    return new MessagePayload(place);
  }

  @Mutation(() => MessagePayload, {
    description:
      "Takes a message of the viewer's own back, however old it is: its place, its sender and its time are left. So does whoever has left the conversation since, or came back later: they see it no more, and `message` is null for them. FORBIDDEN for another's, and for a notice, TOO_MANY_REQUESTS.",
  })
  async unsendMessage(
    @Ctx() context: Context,
    @Arg("input", () => MessageIdInput, { description: "The message." }) input: MessageIdInput,
  ) {
    const place = placeOf(input.messageId);
    await unsendMessage(context, place);
    return new MessagePayload(place);
  }

  @Mutation(() => MessagePayload, {
    description:
      "Hides a message from the viewer alone, for good; LIMIT_REACHED after 1,000 in a conversation.",
  })
  async hideMessage(
    @Ctx() context: Context,
    @Arg("input", () => MessageIdInput, { description: "The message." }) input: MessageIdInput,
  ) {
    const place = placeOf(input.messageId);
    await hideMessage(context, place);
    return new MessagePayload(place);
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { conversationId, position }: SeenMessage): string {
    return globalId("message", conversationId, position);
  }

  @FieldResolver(() => MessageStatusEnum)
  status(@Root() { isHidden, isUnsent }: SeenMessage): "SENT" | "UNSENT" | "HIDDEN" {
    return isHidden ? "HIDDEN" : isUnsent ? "UNSENT" : "SENT";
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

  @FieldResolver(() => [UserType], {
    description:
      "Whom it mentions, as far as the viewer may see them, at most 50; nobody where it can't be read.",
  })
  mentions(@Root() { mentions }: SeenMessage, @Ctx() { loads }: Context) {
    return usersByIds(loads, mentions ?? []);
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

function shareKey(shareId: string | null | undefined) {
  if (typeof shareId !== "string") return null;
  const [conversationId = "", videoId = ""] = keyOf("share", shareId);
  return { conversationId, videoId };
}

@Resolver(() => SendMessagePayload)
export class SendMessagePayloadResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() { conversationId }: SendMessagePayload, @Ctx() { loads }: Context) {
    // After a refusal there is none.
    return conversationId === undefined ? null : conversationById(loads, conversationId);
  }
}

@Resolver(() => MessagePayload)
export class MessagePayloadResolver {
  @FieldResolver(() => MessageType, { nullable: true })
  message(@Root() { place }: MessagePayload, @Ctx() { loads }: Context) {
    // After a refusal there is no place.
    return place ? messageAt(loads, place.conversationId, place.position) : null;
  }
}
