/** Presence: who types and who is there, and saying that one types. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root, Subscription } from "type-graphql";
import { setTyping } from "../../actions/typing.ts";
import { rowId } from "../../ids.ts";
import type { Present } from "../../loaders/presence.ts";
import { usersByIds } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { UserType } from "../user/user.type.ts";
import { SetTypingInput } from "./presence.input.ts";
import { ConversationPresence, SetTypingPayload } from "./presence.type.ts";
import { conversationPresence } from "./stream.ts";

@Resolver()
export class PresenceResolver {
  @Mutation(() => SetTypingPayload, {
    description:
      "Shows those who have the conversation open that the viewer types, or that they no longer do; sending a message ends it as well. NOT_FOUND where they take no part, or have not accepted the message request.",
  })
  async setTyping(
    @Ctx() context: Context,
    @Arg("input", () => SetTypingInput, { description: "Whether the viewer types." }) input: SetTypingInput,
  ) {
    const conversationId = rowId("conversation", input.conversationId);
    return { until: await setTyping(context, conversationId, input.typing) };
  }

  @Subscription(() => ConversationPresence, {
    subscribe: ({ args, context }) => conversationPresence(context as Context, args.conversationId) as never,
    description:
      "What passes and is never stored: who is typing, who is here. Starts with a snapshot; each item replaces the last. It completes when the viewer takes part no longer.",
  })
  conversationPresence(
    @Root() item: Present,
    @Arg("conversationId", () => ID, { description: "The conversation, which the viewer has open." })
    _conversationId: string,
  ) {
    return item;
  }
}

@Resolver(() => ConversationPresence)
export class ConversationPresenceResolver {
  @FieldResolver(() => [UserType])
  typing(@Root() { typing }: Present, @Ctx() { loads }: Context) {
    return usersByIds(loads, typing);
  }

  @FieldResolver(() => [UserType])
  active(@Root() { active }: Present, @Ctx() { loads }: Context) {
    return usersByIds(loads, active);
  }
}
