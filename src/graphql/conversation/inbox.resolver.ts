/** The viewer's inbox: its conversations, its message requests, and how the viewer arranges it. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver } from "type-graphql";
import { markUnread, updateConversationSettings } from "../../actions/inbox.ts";
import { rowId } from "../../ids.ts";
import { conversationsOf } from "../../loaders/conversation.ts";
import { ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import {
  ConversationFilter,
  ConversationIdInput,
  UpdateConversationSettingsInput,
} from "./conversation.input.ts";
import { ConversationConnection, ConversationPayload } from "./conversation.type.ts";

@Resolver(() => ViewerType)
export class InboxResolver {
  @FieldResolver(() => ConversationConnection, {
    description:
      "The viewer's inbox: the pinned ones first, and then by what was last said, the newest first.",
  })
  async conversations(
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => ConversationFilter, {
      nullable: true,
      description: "Which of them; all but those that were put away, when left out.",
    })
    filter?: ConversationFilter | null,
  ) {
    const part = {
      state: "ACTIVE",
      kind: filter?.kind ?? null,
      unreadOnly: filter?.unreadOnly === true,
      archived: filter?.archived === true,
    } as const;
    return new Connection(await conversationsOf(loads, part, pageRequest(page)));
  }

  @FieldResolver(() => ConversationConnection, {
    description: "Conversations from people whom the viewer has not let in, liveliest first.",
  })
  async messageRequests(@Ctx() { loads }: Context, @Args(() => PageArgs) page: PageArgs) {
    const part = { state: "REQUEST", kind: null, unreadOnly: false, archived: false } as const;
    return new Connection(await conversationsOf(loads, part, pageRequest(page)));
  }

  @Mutation(() => ConversationPayload, {
    description:
      "Mutes, pins and puts away a conversation for the viewer alone, or undoes it. FORBIDDEN for a message request, LIMIT_REACHED with 20 pinned ones, INVALID for both pinning and putting away.",
  })
  async updateConversationSettings(
    @Ctx() context: Context,
    @Arg("input", () => UpdateConversationSettingsInput, { description: "What to change." })
    { conversationId: id, mutedUntil, pinned, archived }: UpdateConversationSettingsInput,
  ) {
    const conversationId = rowId("conversation", id);
    const until = typeof mutedUntil === "string" ? new Date(mutedUntil) : mutedUntil;
    await updateConversationSettings(context, conversationId, { mutedUntil: until, pinned, archived });
    return new ConversationPayload(conversationId);
  }

  @Mutation(() => ConversationPayload, {
    description:
      "Shows a conversation as unread on all of the viewer's devices until they read in it or say something; `readUpTo` stays. FORBIDDEN for a message request.",
  })
  async markUnread(
    @Ctx() context: Context,
    @Arg("input", () => ConversationIdInput, { description: "Which conversation." })
    input: ConversationIdInput,
  ) {
    const conversationId = rowId("conversation", input.conversationId);
    await markUnread(context, conversationId);
    return new ConversationPayload(conversationId);
  }
}
