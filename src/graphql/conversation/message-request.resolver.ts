/** Answering message requests. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { acceptMessageRequest, declineMessageRequest } from "../../actions/message-request.ts";
import { rowId } from "../../ids.ts";
import type { Context } from "../context.ts";
import { ConversationIdInput } from "./conversation.input.ts";
import { ConversationPayload } from "./conversation.type.ts";

@Resolver()
export class MessageRequestResolver {
  @Mutation(() => ConversationPayload, {
    description:
      "Lets in somebody who would like to talk: their messages are in the inbox from now on. Writing to them does the same.",
  })
  async acceptMessageRequest(
    @Ctx() context: Context,
    @Arg("input", () => ConversationIdInput, { description: "The message request." })
    input: ConversationIdInput,
  ): Promise<ConversationPayload> {
    const conversationId = rowId("conversation", input.conversationId);
    await acceptMessageRequest(context, conversationId);
    return new ConversationPayload(conversationId);
  }

  @Mutation(() => ConversationPayload, {
    description:
      "Puts a message request out of sight, whatever else is said in it. Who made it is not told: for them nothing changes. Writing to them, or becoming their friend, brings it back.",
  })
  async declineMessageRequest(
    @Ctx() context: Context,
    @Arg("input", () => ConversationIdInput, { description: "The message request." })
    input: ConversationIdInput,
  ): Promise<ConversationPayload> {
    const conversationId = rowId("conversation", input.conversationId);
    await declineMessageRequest(context, conversationId);
    return new ConversationPayload(conversationId);
  }
}
