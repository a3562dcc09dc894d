/** What is given to manage a group. */
import { ArrayMaxSize } from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import type { ParticipantRole } from "../../entities/conversation.ts";
import { MAX_PARTICIPANTS } from "../../limits.ts";
import { ParticipantRoleEnum } from "../enums.ts";
import { Url } from "../scalars.ts";

@InputType("UpdateConversationInput", { description: "What to change of a group; what is left out stays." })
export class UpdateConversationInput {
  @Field(() => ID, { description: "The group." })
  conversationId: string;

  @Field(() => String, { nullable: true, description: "Its title, 1 to 100 characters; null for none." })
  title?: string | null;

  @Field(() => Url, { nullable: true, description: "Its picture; null for none." })
  avatarUrl?: string | null;
}

@InputType("AddParticipantsInput", { description: "Whom to add to a group." })
export class AddParticipantsInput {
  @Field(() => ID, { description: "The group." })
  conversationId: string;

  @Field(() => [ID], { description: `The people, up to ${MAX_PARTICIPANTS}.` })
  @ArrayMaxSize(MAX_PARTICIPANTS, { message: `A group has at most ${MAX_PARTICIPANTS} people.` })
  userIds: string[];
}

@InputType("ParticipantInput", { description: "Somebody who takes part in a group." })
export class ParticipantInput {
  @Field(() => ID, { description: "The group." })
  conversationId: string;

  @Field(() => ID, { description: "The person." })
  userId: string;
}

@InputType("SetParticipantRoleInput", { description: "What a participant may do from now on." })
export class SetParticipantRoleInput {
  @Field(() => ID, { description: "The group." })
  conversationId: string;

  @Field(() => ID, { description: "The person." })
  userId: string;

  @Field(() => ParticipantRoleEnum, {
    description: "Their role; OWNER hands the group over, and whoever owned it is an admin then.",
  })
  role: ParticipantRole;
}
