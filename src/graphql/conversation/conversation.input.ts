/** What is given to start conversations, to read them, and to choose among them. */
import { ArrayMaxSize, Length, Min } from "class-validator";
import { Field, ID, InputType, Int } from "type-graphql";
import type { ConversationKind } from "../../entities/conversation.ts";
import { MAX_PARTICIPANTS } from "../../limits.ts";
import { ConversationKindEnum } from "../enums.ts";
import { DateTime } from "../scalars.ts";

@InputType("ConversationFilter", {
  description: "Which conversations of the inbox; all that is given has to be true.",
})
export class ConversationFilter {
  @Field(() => ConversationKindEnum, {
    nullable: true,
    description: "Direct ones alone, or groups; both, when left out.",
  })
  kind?: ConversationKind | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Only those with something unread, or marked as unread.",
  })
  unreadOnly?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "True for those that were put away alone; otherwise they are left out.",
  })
  archived?: boolean | null;
}

@InputType("ConversationIdInput", { description: "Which conversation." })
export class ConversationIdInput {
  @Field(() => ID, { description: "The conversation." })
  conversationId: string;
}

@InputType("UpdateConversationSettingsInput", {
  description: "What to change of how the viewer has a conversation. What is left out stays.",
})
export class UpdateConversationSettingsInput {
  @Field(() => ID, { description: "The conversation." })
  conversationId: string;

  @Field(() => DateTime, {
    nullable: true,
    description: "Mutes it until then, up to 10 years from now; null unmutes. INVALID when it is past.",
  })
  mutedUntil?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether it is kept at the top, as at most 20 are: LIMIT_REACHED beyond. What is pinned is put away no more.",
  })
  pinned?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether it is put away. What is put away is pinned no more.",
  })
  archived?: boolean | null;
}

@InputType("StartConversationInput", { description: "Whom to talk to." })
export class StartConversationInput {
  @Field(() => [ID], {
    description:
      "One person, for the direct conversation of the two; more, or one with a title, for a new group.",
  })
  @ArrayMaxSize(MAX_PARTICIPANTS, { message: `A group has at most ${MAX_PARTICIPANTS} people.` })
  userIds: string[];

  @Field(() => String, { nullable: true, description: "A group's title, 1 to 100 characters." })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A key of the client's own, 1 to 100 characters: starting a group again with it finds the same group.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce?: string | null;
}

@InputType("MarkReadInput", { description: "How far the viewer has read." })
export class MarkReadInput {
  @Field(() => ID, { description: "The conversation." })
  conversationId: string;

  @Field(() => Int, {
    description: "The position of the last message that was read; a smaller one changes nothing.",
  })
  @Min(0, { message: "Positions begin at 1." })
  upTo: number;
}
