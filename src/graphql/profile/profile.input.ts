/** What is given to change a profile, and how far its owner lets others in. */
import { IsISO31661Alpha2, Matches, MaxLength } from "class-validator";
import { Field, InputType } from "type-graphql";
import type { ProfileChange } from "../../actions/profile.ts";
import type { Reach } from "../../entities/user.ts";
import { HANDLE, HANDLE_RULE } from "../../text.ts";
import { IsEmailAddress } from "../account/account.input.ts";
import { ReachEnum } from "../enums.ts";
import { CountryCode, Url } from "../scalars.ts";
import { PRIVACY } from "./privacy.ts";

@InputType("UpdateProfileInput", {
  description:
    "What to change of the viewer's profile. What is left out stays; null clears what may be empty.",
})
export class UpdateProfileInput implements ProfileChange {
  @Field(() => String, {
    nullable: true,
    description:
      "1 to 50 characters, none of them invisible, and no word of two alphabets whose letters look alike.",
  })
  @MaxLength(400, { message: "A name has at most 50 characters." })
  displayName?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A new handle, written as for `signUp`: CONFLICT when it is taken. The former one is kept for the viewer for 90 days, up to 5 of them.",
  })
  @Matches(HANDLE, { message: HANDLE_RULE })
  handle?: string | null;

  @Field(() => String, { nullable: true, description: "Up to 160 characters; null for none." })
  @MaxLength(1_000, { message: "A bio has at most 160 characters." })
  bio?: string | null;

  @Field(() => Url, { nullable: true, description: "The viewer's picture; null for none." })
  avatarUrl?: string | null;

  @Field(() => CountryCode, { nullable: true, description: "The country whose rules hold." })
  @IsISO31661Alpha2({ message: "There is no such country." })
  country?: string | null;

  @Field(() => String, { nullable: true, description: "For the viewer alone; null for none." })
  @IsEmailAddress()
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "As E.164, for the viewer alone; null for none.",
  })
  @MaxLength(40, { message: "A telephone number has at most 15 digits." })
  phone?: string | null;
}

@InputType("UpdatePrivacyInput", {
  description: "How far the viewer lets others in, from the next read on. What is left out, or null, stays.",
})
export class UpdatePrivacyInput {
  @Field(() => ReachEnum, {
    nullable: true,
    description: PRIVACY.messagesFrom,
  })
  messagesFrom?: Reach | null;

  @Field(() => ReachEnum, { nullable: true, description: PRIVACY.friendRequestsFrom })
  friendRequestsFrom?: Reach | null;

  @Field(() => ReachEnum, { nullable: true, description: PRIVACY.groupInvitesFrom })
  groupInvitesFrom?: Reach | null;

  @Field(() => ReachEnum, {
    nullable: true,
    description: PRIVACY.friendListVisibleTo,
  })
  friendListVisibleTo?: Reach | null;

  @Field(() => ReachEnum, { nullable: true, description: PRIVACY.activityVisibleTo })
  activityVisibleTo?: Reach | null;

  @Field(() => Boolean, { nullable: true, description: PRIVACY.readReceipts })
  readReceipts?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: PRIVACY.showLastActive,
  })
  showLastActive?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: PRIVACY.discoverableByContacts,
  })
  discoverableByContacts?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: PRIVACY.suggestMe })
  suggestMe?: boolean | null;
}
