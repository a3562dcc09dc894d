/** What is given to react to a message. */
import { Field, ID, InputType } from "type-graphql";
import { Emoji } from "../scalars.ts";

@InputType("ReactionInput", { description: "A message, and an emoji." })
export class ReactionInput {
  @Field(() => ID, { description: "The message." })
  messageId: string;

  @Field(() => Emoji, { description: "The emoji." })
  emoji: string;
}
