/** Reactions to a message, each emoji once. */
import { Field, Int, ObjectType } from "type-graphql";
import type { ReactionGroup } from "../../loaders/reaction.ts";
import { Emoji } from "../scalars.ts";

@ObjectType("ReactionGroup", { description: "Those who have put one emoji on a message." })
export class ReactionGroupType implements Omit<ReactionGroup, "userIds"> {
  @Field(() => Emoji, { description: "The emoji." })
  emoji: string;

  @Field(() => Int, { description: "How many people, as far as the viewer may see them." })
  count: number;

  @Field(() => Boolean, { description: "Whether the viewer is one of them." })
  viewerHasReacted: boolean;
}
