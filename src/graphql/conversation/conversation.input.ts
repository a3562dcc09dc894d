/** What is given to start conversations, to read them, and to choose among them. */
import { ArrayMaxSize, Length, Min } from "class-validator";
import { Field, ID, InputType, Int } from "type-graphql";

@InputType("ConversationFilter", { description: "Which conversations of the inbox." })
export class ConversationFilter {
  @Field(() => Boolean, { nullable: true, description: "Only those with something unread." })
  unreadOnly?: boolean | null;
}

@InputType("StartConversationInput", { description: "Whom to talk to." })
export class StartConversationInput {
  @Field(() => [ID], {
    description:
      "One person, for the direct conversation of the two; more, or one with a title, for a new group.",
  })
  @ArrayMaxSize(256, { message: "A group has at most 256 people." })
  userIds: string[];

  @Field(() => String, { nullable: true, description: "A group's title, 1 to 100 characters." })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A key of the client's own, 1 to 100 characters: starting a group again with it finds the same group.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce?: string | null;
}

@InputType("MarkReadInput", { description: "How far the viewer has read." })
export class MarkReadInput {
  @Field(() => ID, { description: "The conversation." })
  conversationId: string;

  @Field(() => Int, {
    description: "The position of the last message that was read; a smaller one changes nothing.",
  })
  @Min(0, { message: "Positions begin at 1." })
  upTo: number;
}
