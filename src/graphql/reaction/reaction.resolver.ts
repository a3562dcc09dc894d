/** Reactions: put on messages, taken back, and shown. */
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { addReaction, removeReaction } from "../../actions/reaction.ts";
import type { SeenMessage } from "../../loaders/message.ts";
import { type ReactionGroup, reactionsTo } from "../../loaders/reaction.ts";
import { usersByIds } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { placeOf } from "../message/message.input.ts";
import { MessagePayload, MessageType } from "../message/message.type.ts";
import { UserType } from "../user/user.type.ts";
import { ReactionInput } from "./reaction.input.ts";
import { ReactionGroupType } from "./reaction.type.ts";

@Resolver(() => MessageType)
export class ReactionResolver {
  @Mutation(() => MessagePayload, {
    description:
      "Puts an emoji on a message; doing so again changes nothing. FORBIDDEN for a notice, for what is hidden and in a message request until it is answered, CONFLICT for what was taken back, LIMIT_REACHED after 20 kinds of emoji, TOO_MANY_REQUESTS.",
  })
  async addReaction(
    @Ctx() context: Context,
    @Arg("input", () => ReactionInput, { description: "The message, and the emoji." }) input: ReactionInput,
  ) {
    const place = placeOf(input.messageId);
    await addReaction(context, place, input.emoji);
    return new MessagePayload(place);
  }

  @Mutation(() => MessagePayload, {
    description:
      "Takes an emoji of the viewer's off a message; one that is not there changes nothing. TOO_MANY_REQUESTS.",
  })
  async removeReaction(
    @Ctx() context: Context,
    @Arg("input", () => ReactionInput, { description: "The message, and the emoji." }) input: ReactionInput,
  ) {
    const place = placeOf(input.messageId);
    await removeReaction(context, place, input.emoji);
    return new MessagePayload(place);
  }

  @FieldResolver(() => [ReactionGroupType], {
    description:
      "Each emoji that was put on it, the first one first, at most 20; none where it can't be read.",
  })
  reactions(@Root() { conversationId, position }: SeenMessage, @Ctx() { loads }: Context) {
    return reactionsTo(loads, conversationId, position);
  }
}

@Resolver(() => ReactionGroupType)
export class ReactionGroupResolver {
  @FieldResolver(() => [UserType], { description: "The first of them, up to 20." })
  users(@Root() { userIds }: ReactionGroup, @Ctx() { loads }: Context) {
    return usersByIds(loads, userIds);
  }
}
