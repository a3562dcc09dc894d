/** Whom the viewer may know, and why. */
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import { dismissSuggestion } from "../../actions/suggestion.ts";
import { rowId } from "../../ids.ts";
import { NAMED_MUTUAL_FRIENDS } from "../../limits.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { mutualFriendCount, mutualFriendsOf } from "../../loaders/friendship.ts";
import { type Suggestion, suggestionsOf } from "../../loaders/suggestion.ts";
import { userById } from "../../loaders/user.ts";
import { askerOf } from "../../rates.ts";
import { ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { UserIdInput } from "../friendship/friendship.input.ts";
import { asType } from "../node.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { UserType } from "../user/user.type.ts";
import {
  DismissSuggestionPayload,
  FriendSuggestionConnection,
  FriendSuggestionType,
  MutualFriendsReason,
  SharedConversationReason,
  SuggestionReason,
} from "./suggestion.type.ts";

const SAMPLE = pageRequest({ first: NAMED_MUTUAL_FRIENDS });

@Resolver(() => ViewerType)
export class FriendSuggestionsResolver {
  @FieldResolver(() => FriendSuggestionConnection, {
    description:
      "People whom the viewer may know, those for whom most speaks first. A friend in common counts 10, being in each other's contacts 100, and a group in common 30. TOO_MANY_REQUESTS after 60 pages within a minute.",
  })
  async friendSuggestions(@Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    await context.rates.take("suggestions", askerOf(context));
    return new Connection(await suggestionsOf(context.loads, pageRequest(page)));
  }

  @Mutation(() => DismissSuggestionPayload, {
    description: "Dismisses a person for good: they are suggested no more, whatever speaks for it later.",
  })
  async dismissSuggestion(
    @Ctx() context: Context,
    @Arg("input", () => UserIdInput, { description: "Whom to dismiss." }) input: UserIdInput,
  ) {
    await dismissSuggestion(context, rowId("user", input.userId));
    return { userId: input.userId };
  }
}

@Resolver(() => FriendSuggestionType)
export class FriendSuggestionResolver {
  @FieldResolver(() => UserType)
  user(@Root() { id }: Suggestion, @Ctx() { loads }: Context) {
    return userById(loads, id);
  }

  @FieldResolver(() => [SuggestionReason])
  async reasons(@Root() { id, isContact, conversationId }: Suggestion, @Ctx() { loads }: Context) {
    const mutual = (await mutualFriendCount(loads, id)) > 0;
    return [
      ...(mutual ? [asType("MutualFriendsReason", new MutualFriendsReason(id))] : []),
      ...(isContact ? [asType("ContactReason", { mutual: true })] : []),
      ...(conversationId === null
        ? []
        : [asType("SharedConversationReason", new SharedConversationReason(conversationId))]),
    ];
  }
}

@Resolver(() => MutualFriendsReason)
export class MutualFriendsReasonResolver {
  @FieldResolver(() => Int)
  count(@Root() { otherId }: MutualFriendsReason, @Ctx() { loads }: Context) {
    return mutualFriendCount(loads, otherId);
  }

  @FieldResolver(() => [UserType])
  async sample(@Root() { otherId }: MutualFriendsReason, @Ctx() { loads }: Context) {
    return (await mutualFriendsOf(loads, [otherId], SAMPLE)).rows;
  }
}

@Resolver(() => SharedConversationReason)
export class SharedConversationReasonResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() { conversationId }: SharedConversationReason, @Ctx() { loads }: Context) {
    return conversationById(loads, conversationId);
  }
}
