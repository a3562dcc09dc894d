/** Somebody whom the viewer may know, and what speaks for it. */
import { createUnionType, Field, ID, Int, ObjectType } from "type-graphql";
import { ConversationType } from "../conversation/conversation.type.ts";
import { typeOf } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { UserType } from "../user/user.type.ts";

@ObjectType("MutualFriendsReason", { description: "They have friends in common." })
export class MutualFriendsReason {
  readonly otherId: string;

  constructor(otherId: string) {
    this.otherId = otherId;
  }

  @Field(() => Int, { description: "How many, as far as the viewer may know of it." })
  count?: number;

  @Field(() => [UserType], { description: "Up to three of them, the viewer's newest friends first." })
  sample?: UserType[];
}

@ObjectType("ContactReason", { description: "They know each other's address or number." })
export class ContactReason {
  @Field(() => Boolean, {
    description:
      "Whether each has the other in their contacts: always true, for what one alone has is not told.",
  })
  mutual: boolean;
}

@ObjectType("SharedConversationReason", { description: "They take part in the same group." })
export class SharedConversationReason {
  readonly conversationId: string;

  constructor(conversationId: string) {
    this.conversationId = conversationId;
  }

  @Field(() => ConversationType, {
    nullable: true,
    description: "The liveliest such group; null once the viewer is out of it.",
  })
  conversation?: ConversationType | null;
}

export const SuggestionReason = createUnionType({
  name: "SuggestionReason",
  description: "What speaks for it that two people know each other.",
  types: () => [MutualFriendsReason, ContactReason, SharedConversationReason] as const,
  resolveType: typeOf,
});

@ObjectType("FriendSuggestion", { description: "Somebody whom the viewer may know." })
export class FriendSuggestionType {
  @Field(() => UserType, { description: "The person." })
  user?: UserType;

  @Field(() => [SuggestionReason], {
    description: "What speaks for it, as far as the viewer may know of it.",
  })
  reasons?: object[];
}

export const FriendSuggestionConnection = connectionOf("FriendSuggestion", () => FriendSuggestionType);

@ObjectType("DismissSuggestionPayload", { description: "Whom the viewer has dismissed." })
export class DismissSuggestionPayload extends Payload {
  @Field(() => ID, { nullable: true, description: "The person's id; null after a refusal." })
  userId: string | null;
}
