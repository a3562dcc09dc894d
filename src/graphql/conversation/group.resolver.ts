/** Groups: their looks, who comes in and goes, and who may do what. */
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import {
  addParticipants,
  removeParticipant,
  setParticipantRole,
  updateConversation,
} from "../../actions/group.ts";
import { leaveConversation } from "../../actions/leaving.ts";
import { rowId } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { usersByIds } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { UserType } from "../user/user.type.ts";
import { ConversationIdInput } from "./conversation.input.ts";
import { ConversationPayload, ConversationType } from "./conversation.type.ts";
import {
  AddParticipantsInput,
  ParticipantInput,
  SetParticipantRoleInput,
  UpdateConversationInput,
} from "./group.input.ts";
import { AddParticipantsPayload } from "./group.type.ts";

@Resolver()
export class GroupResolver {
  @Mutation(() => ConversationPayload, {
    description:
      "Changes the title and the picture of a group: for its owner and its admins, FORBIDDEN for everybody else and for a direct conversation, TOO_MANY_REQUESTS.",
  })
  async updateConversation(
    @Ctx() context: Context,
    @Arg("input", () => UpdateConversationInput, { description: "What to change." })
    input: UpdateConversationInput,
  ): Promise<ConversationPayload> {
    const conversationId = rowId("conversation", input.conversationId);
    await updateConversation(context, conversationId, { title: input.title, avatarUrl: input.avatarUrl });
    return new ConversationPayload(conversationId);
  }

  @Mutation(() => AddParticipantsPayload, {
    description:
      "Adds those who can be added, who see what is said from then on: for the owner and the admins of a group, FORBIDDEN for everybody else. LIMIT_REACHED where there is no room for all of them, NOT_ALLOWED_BY_POLICY where nobody can be added for the viewer's own age, TOO_MANY_REQUESTS.",
  })
  async addParticipants(
    @Ctx() context: Context,
    @Arg("input", () => AddParticipantsInput, { description: "Whom to add." }) input: AddParticipantsInput,
  ): Promise<AddParticipantsPayload> {
    const conversationId = rowId("conversation", input.conversationId);
    const idOf = new Map(input.userIds.map((id) => [rowId("user", id), id]));
    const { added, notAdded } = await addParticipants(context, conversationId, [...idOf.keys()]);
    const refused = notAdded.map((id) => idOf.get(id) ?? "");
    return new AddParticipantsPayload(conversationId, added, refused);
  }

  @Mutation(() => ConversationPayload, {
    description:
      "Puts somebody out of a group, to which an invite does not bring them back: the owner anybody, an admin members; FORBIDDEN otherwise, INVALID for oneself, TOO_MANY_REQUESTS.",
  })
  async removeParticipant(
    @Ctx() context: Context,
    @Arg("input", () => ParticipantInput, { description: "Whom to remove." }) input: ParticipantInput,
  ): Promise<ConversationPayload> {
    const conversationId = rowId("conversation", input.conversationId);
    await removeParticipant(context, conversationId, rowId("user", input.userId));
    return new ConversationPayload(conversationId);
  }

  @Mutation(() => ConversationPayload, {
    description:
      "Gives a participant of a group another role: for its owner, FORBIDDEN for everybody else, INVALID for oneself, TOO_MANY_REQUESTS. A new owner makes an admin of the former one.",
  })
  async setParticipantRole(
    @Ctx() context: Context,
    @Arg("input", () => SetParticipantRoleInput, { description: "Who, and which role." })
    input: SetParticipantRoleInput,
  ): Promise<ConversationPayload> {
    const conversationId = rowId("conversation", input.conversationId);
    await setParticipantRole(context, conversationId, rowId("user", input.userId), input.role);
    return new ConversationPayload(conversationId);
  }

  @Mutation(() => ConversationPayload, {
    description:
      "Leaves a conversation. A group goes on: whoever is its oldest admin, else its oldest member, owns it when its owner leaves. A direct one is out of the inbox until the next message, and a message request is declined; the other is not told.",
  })
  async leaveConversation(
    @Ctx() context: Context,
    @Arg("input", () => ConversationIdInput, { description: "Which conversation." })
    input: ConversationIdInput,
  ): Promise<ConversationPayload> {
    const conversationId = rowId("conversation", input.conversationId);
    await leaveConversation(context, conversationId);
    return new ConversationPayload(conversationId);
  }
}

@Resolver(() => AddParticipantsPayload)
export class AddParticipantsPayloadResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() { conversationId }: AddParticipantsPayload, @Ctx() { loads }: Context) {
    return typeof conversationId === "string" ? conversationById(loads, conversationId) : null;
  }

  @FieldResolver(() => [UserType])
  added(@Root() { addedIds }: AddParticipantsPayload, @Ctx() { loads }: Context) {
    return usersByIds(loads, addedIds ?? []);
  }
}
