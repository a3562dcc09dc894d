/** What is given to say that one types. */
import { Field, ID, InputType } from "type-graphql";

@InputType("SetTypingInput", { description: "Whether the viewer types." })
export class SetTypingInput {
  @Field(() => ID, { description: "The conversation." })
  conversationId: string;

  @Field(() => Boolean, {
    description: "True about every 4 seconds while they type; false when they stop without sending.",
  })
  typing: boolean;
}
