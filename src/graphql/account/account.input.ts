/** What is given to sign up, in and out. */
import { IsEmail, IsISO8601, IsISO31661Alpha2, Length, Matches, MaxLength } from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import { CountryCode } from "../scalars.ts";

// Starts and ends with a letter or digit; no two dots running.
const HANDLE = /^(?=.{3,30}$)[a-z0-9](?:[a-z0-9_]|\.(?!\.))*[a-z0-9]$/i;

@InputType("SignUpInput", { description: "A new account." })
export class SignUpInput {
  @Field(() => String, {
    description:
      "3 to 30 of `a-z 0-9 . _`, from a letter or digit to a letter or digit, without two dots running.",
  })
  @Matches(HANDLE, {
    message:
      "A handle has 3 to 30 letters, digits, dots and underscores, with a letter or digit at both ends.",
  })
  handle: string;

  @Field(() => String, { description: "1 to 50 characters, none of them invisible." })
  @MaxLength(400, { message: "A name has at most 50 characters." })
  displayName: string;

  @Field(() => String, { description: "10 to 128 characters." })
  @Length(10, 128, { message: "A password has 10 to 128 characters." })
  password: string;

  @Field(() => String, { nullable: true, description: "For the account's owner alone." })
  @IsEmail({}, { message: "This is not an email address." })
  email?: string | null;

  @Field(() => String, { description: "YYYY-MM-DD; for the account's owner alone." })
  @Matches(/^(19|20)\d\d-\d\d-\d\d$/, { message: "A birth date is written YYYY-MM-DD." })
  @IsISO8601({ strict: true }, { message: "There is no such day." })
  birthDate: string;

  @Field(() => CountryCode, { description: "The country whose rules hold." })
  @IsISO31661Alpha2({ message: "There is no such country." })
  country: string;
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
