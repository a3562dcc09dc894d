/** What is given to befriend, to part and to block. */
import { MaxLength } from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import type { MetThrough } from "../../entities/friendship.ts";
import { MetThroughEnum } from "../enums.ts";

@InputType("UserIdInput", { description: "The person whom it is about." })
export class UserIdInput {
  @Field(() => ID, { description: "The person's id." })
  userId: string;
}

@InputType("SendFriendRequestInput", { description: "Whom to ask, and with what words." })
export class SendFriendRequestInput extends UserIdInput {
  @Field(() => String, { nullable: true, description: "A few words to the person, up to 200 characters." })
  @MaxLength(200, { message: "A note has at most 200 characters." })
  note?: string | null;

  @Field(() => MetThroughEnum, { nullable: true, description: "How the two came together." })
  metThrough?: MetThrough | null;
}
