/** What is given to send a message. */
import { Length, Max, Min } from "class-validator";
import { Field, ID, InputType, Int } from "type-graphql";

@InputType("SendMessageInput", { description: "A text, and where it goes: a conversation or a person." })
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
  @Max(600_000, { message: "An instant is within 10 minutes." })
  videoAtMs?: number | null;

  @Field(() => String, {
    description:
      "A key of the client's own, 1 to 100 characters: sending again with it finds the same message, for good.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce: string;
}
