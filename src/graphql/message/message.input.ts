/** What is given to send a message. */
import { ArrayMaxSize, Length, Max, Min } from "class-validator";
import { Field, ID, InputType, Int } from "type-graphql";
import { keyOf } from "../../ids.ts";
import { MAX_MENTIONS, MAX_VIDEO_MS } from "../../limits.ts";

@InputType("SendMessageInput", {
  description:
    "A text, and where it goes: a conversation, a person, or the author of the moment that it answers.",
})
export class SendMessageInput {
  @Field(() => ID, { nullable: true, description: "The conversation it goes to." })
  conversationId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "Or the person it goes to, in the direct conversation with them.",
  })
  userId?: string | null;

  @Field(() => String, { description: "The words, 1 to 4,000 characters after trimming." })
  body: string;

  @Field(() => ID, { nullable: true, description: "The message of this conversation that it answers." })
  replyToId?: string | null;

  @Field(() => ID, { nullable: true, description: "The share of this conversation that it talks about." })
  topicId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The instant of the topic's video that it talks about, in milliseconds; goes with `topicId`.",
  })
  @Min(0, { message: "An instant is not before the beginning." })
  @Max(MAX_VIDEO_MS, { message: "An instant is within 10 minutes." })
  videoAtMs?: number | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "The moment that it answers, in the direct conversation with its author: `conversationId` and `userId` may be left out then, and are INVALID for any other.",
  })
  momentId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description: `Participants whom it mentions, up to ${MAX_MENTIONS}, and who are notified of it; INVALID for who does not take part.`,
  })
  @ArrayMaxSize(MAX_MENTIONS, { message: `A message mentions at most ${MAX_MENTIONS} people.` })
  mentionIds?: string[] | null;

  @Field(() => String, {
    description:
      "A key of the client's own, 1 to 100 characters: sending again with it finds the same message, for good.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce: string;
}

@InputType("EditMessageInput", { description: "A message of the viewer's own, and what it is to say." })
export class EditMessageInput {
  @Field(() => ID, { description: "The message." })
  messageId: string;

  @Field(() => String, { description: "The words, 1 to 4,000 characters after trimming." })
  body: string;

  @Field(() => [ID], {
    nullable: true,
    description: `Participants whom it mentions from now on, up to ${MAX_MENTIONS}; without it they stay as they are. Those who are new are notified.`,
  })
  @ArrayMaxSize(MAX_MENTIONS, { message: `A message mentions at most ${MAX_MENTIONS} people.` })
  mentionIds?: string[] | null;
}

@InputType("MessageIdInput", { description: "A message." })
export class MessageIdInput {
  @Field(() => ID, { description: "The message." })
  messageId: string;
}

/** Where the message with this id stands; throws BAD_USER_INPUT for any other id. */
export function placeOf(messageId: string): { conversationId: string; position: number } {
  const [conversationId = "", position] = keyOf("message", messageId);
  return { conversationId, position: Number(position) };
}
