/** What is given to befriend, to part, to mute and to block. */
import { MaxLength } from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import type { MetThrough } from "../../entities/friendship.ts";
import { MetThroughEnum } from "../enums.ts";
import { DateTime } from "../scalars.ts";

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

@InputType("SetCloseFriendInput", { description: "A friend, and whether they are a close one." })
export class SetCloseFriendInput extends UserIdInput {
  @Field(() => Boolean, { description: "True marks the friend as close, false takes the mark away." })
  close: boolean;
}

@InputType("MuteUserInput", { description: "Whom to hear nothing of, and for how long." })
export class MuteUserInput extends UserIdInput {
  @Field(() => DateTime, {
    nullable: true,
    description: "When it ends, at most 10 years from now; null unmutes.",
  })
  until?: string | null;
}
