/** A conversation, those who take part in it, and how the viewer has it. */
import { Field, Int, ObjectType } from "type-graphql";
import type {
  ConversationKind,
  Participant,
  ParticipantRole,
  ParticipationState,
} from "../../entities/conversation.ts";
import type { OwnConversation } from "../../loaders/conversation.ts";
import { ConversationKindEnum, ParticipantRoleEnum, ParticipationStateEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime, Url } from "../scalars.ts";

@ObjectType("ConversationSettings", { description: "How the viewer has a conversation." })
export class ConversationSettingsType
  implements
    Pick<OwnConversation, "state" | "mutedUntil" | "pinned" | "archived" | "readUpTo" | "markedUnread">
{
  @Field(() => ParticipationStateEnum, { description: "How the viewer takes part." })
  state: ParticipationState;

  @Field(() => DateTime, {
    nullable: true,
    description: "Until when it is muted; null when it is not. What is muted does not count on the badge.",
  })
  mutedUntil: string | null;

  @Field(() => Boolean, { description: "Whether it is kept at the top." })
  pinned: boolean;

  @Field(() => Boolean, {
    description:
      "Whether it is put away. A new message brings it back, the viewer's own as well, unless it is muted and the message is another's.",
  })
  archived: boolean;

  @Field(() => Int, { description: "The position up to which the viewer has read; it only grows." })
  readUpTo: number;

  @Field(() => Boolean, {
    description:
      "Whether the viewer has marked it as unread, and neither read nor said anything in it since.",
  })
  markedUnread: boolean;
}

type Shown = Pick<
  OwnConversation,
  "kind" | "title" | "avatarUrl" | "createdAt" | "participantCount" | "lastActivityAt"
>;

@ObjectType("Conversation", {
  implements: Node,
  description: "A conversation that the viewer takes part in.",
})
export class ConversationType extends Node implements Shown {
  @Field(() => ConversationKindEnum, { description: "Two people, or a group." })
  kind: ConversationKind;

  @Field(() => String, {
    nullable: true,
    description: "A group's title, up to 100 characters; null for a direct one.",
  })
  title: string | null;

  @Field(() => Url, { nullable: true, description: "A group's picture." })
  avatarUrl: string | null;

  @Field(() => DateTime, { description: "When it began." })
  createdAt: string;

  @Field(() => Int, { description: "How many people take part, up to 256." })
  participantCount: number;

  @Field(() => DateTime, {
    description: "When something was last said that the viewer may read, or when it began.",
  })
  lastActivityAt: string;
}

export const ConversationConnection = connectionOf("Conversation", () => ConversationType);

@ObjectType("Participant", { description: "Somebody who takes part in a conversation." })
export class ParticipantType implements Pick<Participant, "role" | "joinedAt"> {
  @Field(() => ParticipantRoleEnum, { description: "What they may do." })
  role: ParticipantRole;

  @Field(() => DateTime, { description: "Since when they take part." })
  joinedAt: string;
}

export const ParticipantConnection = connectionOf("Participant", () => ParticipantType);

@ObjectType("ConversationPayload", { description: "The conversation as it is now." })
export class ConversationPayload extends Payload {
  readonly conversationId: string | null;

  constructor(conversationId: string) {
    super();
    this.conversationId = conversationId;
  }

  @Field(() => ConversationType, {
    nullable: true,
    description: "The conversation; null after a refusal, and once the viewer is out of it.",
  })
  conversation?: ConversationType | null;
}
