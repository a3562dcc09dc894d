/** What is given to sign up, in and out. */
import {
  IsISO8601,
  IsISO31661Alpha2,
  isEmail,
  Length,
  Matches,
  MaxLength,
  ValidateBy,
} from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import { HANDLE, HANDLE_RULE } from "../../text.ts";
import { CountryCode } from "../scalars.ts";

/** An email address; the blanks around it, which go, do no harm. */
export const IsEmailAddress = () =>
  ValidateBy(
    {
      name: "isEmailAddress",
      validator: { validate: (value: unknown) => typeof value === "string" && isEmail(value.trim()) },
    },
    { message: "This is not an email address." },
  );

@InputType("SignUpInput", { description: "A new account." })
export class SignUpInput {
  @Field(() => String, {
    description:
      "3 to 30 of `a-z 0-9 . _`, from a letter or digit to a letter or digit, without two dots running.",
  })
  @Matches(HANDLE, { message: HANDLE_RULE })
  handle: string;

  @Field(() => String, {
    description:
      "1 to 50 characters, none of them invisible, and no word of two alphabets whose letters look alike.",
  })
  @MaxLength(400, { message: "A name has at most 50 characters." })
  displayName: string;

  @Field(() => String, { description: "10 to 128 characters." })
  @Length(10, 128, { message: "A password has 10 to 128 characters." })
  password: string;

  @Field(() => String, { nullable: true, description: "For the account's owner alone." })
  @IsEmailAddress()
  email?: string | null;

  @Field(() => String, { nullable: true, description: "As E.164, for the account's owner alone." })
  @MaxLength(40, { message: "A telephone number has at most 15 digits." })
  phone?: string | null;

  @Field(() => String, { description: "YYYY-MM-DD; for the account's owner alone." })
  @Matches(/^(19|20)\d\d-\d\d-\d\d$/, { message: "A birth date is written YYYY-MM-DD." })
  @IsISO8601({ strict: true }, { message: "There is no such day." })
  birthDate: string;

  @Field(() => CountryCode, { description: "The country whose rules hold." })
  @IsISO31661Alpha2({ message: "There is no such country." })
  country: string;

  @Field(() => String, {
    nullable: true,
    description:
      "The code of an invite or of a share link, which is taken together with the signing up; one that is not good refuses both, and can be left out.",
  })
  @MaxLength(100, { message: "This is not the code of an invite." })
  inviteCode?: string | null;
}

@InputType("SignInInput", { description: "Who signs in." })
export class SignInInput {
  @Field(() => String, { description: "The handle, in any case." })
  @MaxLength(100, { message: "A handle has at most 30 characters." })
  handle: string;

  @Field(() => String, { description: "The password." })
  @MaxLength(128, { message: "A password has at most 128 characters." })
  password: string;
}

@InputType("RefreshSessionInput", { description: "What to trade for new credentials." })
export class RefreshSessionInput {
  @Field(() => String, { description: "The refresh token of the last credentials; it is good once." })
  @MaxLength(500, { message: "This is not a refresh token." })
  refreshToken: string;
}

@InputType("SignOutInput", { description: "Which sessions to end: the current one, unless told otherwise." })
export class SignOutInput {
  @Field(() => ID, { nullable: true, description: "Another of the viewer's sessions." })
  sessionId?: string | null;

  @Field(() => Boolean, { nullable: true, description: "All of the viewer's sessions." })
  everywhere?: boolean | null;
}

@InputType("ChangePasswordInput", {
  description: "The viewer's password, and the one that is to take its place.",
})
export class ChangePasswordInput {
  @Field(() => String, { description: "The password of now." })
  @MaxLength(128, { message: "A password has at most 128 characters." })
  currentPassword: string;

  @Field(() => String, { description: "10 to 128 characters." })
  @Length(10, 128, { message: "A password has 10 to 128 characters." })
  newPassword: string;
}
