/** Conversations: found, started and read, and the fields of one. */
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { startConversation } from "../../actions/conversation.ts";
import { markRead } from "../../actions/receipt.ts";
import type { Participant } from "../../entities/conversation.ts";
import { UserError } from "../../errors.ts";
import { globalId, rowId } from "../../ids.ts";
import { conversationById, type OwnConversation, participantsOf } from "../../loaders/conversation.ts";
import { messageAt, messagesOf } from "../../loaders/message.ts";
import { receiptOf } from "../../loaders/receipt.ts";
import { sharesOf } from "../../loaders/share.ts";
import { userById } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { MessageConnection, MessageType } from "../message/message.type.ts";
import { Connection, PageArgs, pageRequest, TwoWayPageArgs } from "../page.ts";
import { userError } from "../payload.ts";
import { ShareConnection } from "../share/share.type.ts";
import { UserType } from "../user/user.type.ts";
import { MarkReadInput, StartConversationInput } from "./conversation.input.ts";
import {
  ConversationPayload,
  ConversationSettingsType,
  ConversationType,
  ParticipantConnection,
  ParticipantType,
} from "./conversation.type.ts";

@Resolver(() => ConversationType)
export class ConversationResolver {
  @Query(() => ConversationType, {
    nullable: true,
    description: "A conversation by id; null when there is none that the viewer takes part in.",
  })
  conversation(
    @Ctx() { loads }: Context,
    @Arg("id", () => ID, { description: "The conversation's id." }) id: string,
  ) {
    return conversationById(loads, rowId("conversation", id));
  }

  @Mutation(() => ConversationPayload, {
    description:
      "Starts a conversation, or finds it. A group begins with those who can be added; each of the others is named by an UNAVAILABLE among the `userErrors`. FORBIDDEN for one person whom the viewer has blocked, UNAVAILABLE where that one can't be reached, or nobody can be added, NOT_ALLOWED_BY_POLICY where that is for the viewer's own age, LIMIT_REACHED for more than 256 people, TOO_MANY_REQUESTS for too many groups, and for too many conversations with people who have not let the viewer in.",
  })
  async startConversation(
    @Ctx() context: Context,
    @Arg("input", () => StartConversationInput, { description: "Whom to talk to." })
    input: StartConversationInput,
  ) {
    const userIds = input.userIds.map((id) => rowId("user", id));
    const { conversationId, notAdded } = await startConversation(context, {
      userIds,
      title: input.title ?? null,
      nonce: input.nonce ?? null,
    });
    const userErrors = notAdded.map((id) =>
      userError(
        new UserError("UNAVAILABLE", "This person can't be added.", {
          path: ["userIds", String(userIds.indexOf(id))],
        }),
      ),
    );
    return Object.assign(new ConversationPayload(conversationId), { userErrors });
  }

  @Mutation(() => ConversationPayload, {
    description: "Marks a conversation as read up to a message; TOO_MANY_REQUESTS.",
  })
  async markRead(
    @Ctx() context: Context,
    @Arg("input", () => MarkReadInput, { description: "How far the viewer has read." }) input: MarkReadInput,
  ) {
    const conversationId = rowId("conversation", input.conversationId);
    await markRead(context, conversationId, input.upTo);
    return new ConversationPayload(conversationId);
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() conversation: OwnConversation): string {
    return globalId("conversation", conversation.id);
  }

  @FieldResolver(() => ParticipantConnection, { description: "Who takes part, longest first." })
  async participants(
    @Root() { id }: OwnConversation,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await participantsOf(loads, [id], pageRequest(page)));
  }

  @FieldResolver(() => MessageConnection, {
    description: "What was said since the viewer joined, oldest to newest; `last` gives the newest.",
  })
  async messages(
    @Root() { id }: OwnConversation,
    @Ctx() { loads }: Context,
    @Args(() => TwoWayPageArgs) page: TwoWayPageArgs,
  ) {
    return new Connection(await messagesOf(loads, [id], pageRequest(page)));
  }

  @FieldResolver(() => MessageType, {
    nullable: true,
    description: "The newest message; null where there is none to read.",
  })
  lastMessage(@Root() { id, lastPosition }: OwnConversation, @Ctx() { loads }: Context) {
    return lastPosition === 0 ? null : messageAt(loads, id, lastPosition);
  }

  @FieldResolver(() => ShareConnection, { description: "The videos shared here, newest first." })
  async shares(
    @Root() { id }: OwnConversation,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await sharesOf(loads, [id], pageRequest(page)));
  }

  @FieldResolver(() => Int, {
    description:
      "How many messages of others the viewer has not read; 1 where that is none, and they have marked it as unread.",
  })
  unreadCount(@Root() { unread, markedUnread }: OwnConversation): number {
    return Math.max(unread, markedUnread ? 1 : 0);
  }

  @FieldResolver(() => ConversationSettingsType, { description: "How the viewer has it." })
  viewerSettings(@Root() conversation: OwnConversation): ConversationSettingsType {
    return conversation;
  }
}

@Resolver(() => ParticipantType)
export class ParticipantResolver {
  @FieldResolver(() => UserType, {
    nullable: true,
    description: "The person; null where the viewer may not see them.",
  })
  user(@Root() { userId }: Participant, @Ctx() { loads }: Context) {
    return userById(loads, userId);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      "The position up to which they have read; null unless both they and the viewer give read receipts.",
  })
  readUpTo(@Root() { conversationId, userId }: Participant, @Ctx() { loads }: Context) {
    return receiptOf(loads, conversationId, userId);
  }
}

@Resolver(() => ConversationPayload)
export class ConversationPayloadResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() { conversationId }: ConversationPayload, @Ctx() { loads }: Context) {
    return typeof conversationId === "string" ? conversationById(loads, conversationId) : null;
  }
}
