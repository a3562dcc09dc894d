/** Credentials, and what belongs to the viewer alone. */
import { Field, Int, ObjectType } from "type-graphql";
import type { Credentials } from "../../actions/account.ts";
import type { Reach, User } from "../../entities/user.ts";
import { ReachEnum } from "../enums.ts";
import { Payload } from "../payload.ts";
import { CountryCode, DateTime, EventCursor } from "../scalars.ts";

@ObjectType("Credentials", { description: "What a client keeps to stay signed in." })
export class CredentialsType implements Credentials {
  @Field(() => String, {
    description: "Sent as `Authorization: Bearer ...`, or in a socket's connection parameters.",
  })
  accessToken: string;

  @Field(() => DateTime, { description: "When the access token ends: 15 minutes from now." })
  accessTokenExpiresAt: Date;

  @Field(() => String, { description: "Good once, for `refreshSession`; using it twice ends the session." })
  refreshToken: string;

  @Field(() => DateTime, { description: "When the refresh token ends: 30 days from now." })
  refreshTokenExpiresAt: Date;
}

type PrivacySettings = Pick<
  User,
  | "messagesFrom"
  | "friendRequestsFrom"
  | "groupInvitesFrom"
  | "friendListVisibleTo"
  | "activityVisibleTo"
  | "readReceipts"
  | "showLastActive"
  | "discoverableByContacts"
  | "suggestMe"
>;

@ObjectType("Privacy", { description: "How far the viewer lets others in." })
export class PrivacyType implements PrivacySettings {
  @Field(() => ReachEnum, {
    description: "Whose messages arrive in the inbox; others' are message requests.",
  })
  messagesFrom: Reach;

  @Field(() => ReachEnum, { description: "Who may ask to be friends." })
  friendRequestsFrom: Reach;

  @Field(() => ReachEnum, { description: "Who may add the viewer to a group." })
  groupInvitesFrom: Reach;

  @Field(() => ReachEnum, { description: "Who sees the viewer's friends, and how many they are." })
  friendListVisibleTo: Reach;

  @Field(() => ReachEnum, { description: "Whose feeds may say what the viewer likes." })
  activityVisibleTo: Reach;

  @Field(() => Boolean, { description: "Whether read receipts are given, and so seen." })
  readReceipts: boolean;

  @Field(() => Boolean, {
    description: "Whether it is shown when the viewer was last active, and so seen of others.",
  })
  showLastActive: boolean;

  @Field(() => Boolean, { description: "Whether those who have the viewer in their contacts find them." })
  discoverableByContacts: boolean;

  @Field(() => Boolean, { description: "Whether the viewer is suggested to others." })
  suggestMe: boolean;
}

@ObjectType("UnreadCounts", { description: "The numbers on the badges." })
export class UnreadCounts {
  @Field(() => Int, { description: "Conversations with something unread." })
  conversations?: number;

  @Field(() => Int, { description: "Message requests with something unread." })
  messageRequests?: number;

  @Field(() => Int, { description: "Friend requests that wait for an answer." })
  friendRequests?: number;
}

/** What is behind the fields of Viewer: nothing but who they are. */
export interface ViewerRoot {
  readonly userId: string;
}

@ObjectType("Viewer", { description: "Who is asking, and what belongs to them alone." })
export class ViewerType {
  @Field(() => String, { nullable: true, description: "The email address; null when none was given." })
  email?: string | null;

  @Field(() => String, { nullable: true, description: "YYYY-MM-DD; null for accounts that never gave one." })
  birthDate?: string | null;

  @Field(() => CountryCode, { description: "The country whose rules hold." })
  country?: string;

  @Field(() => PrivacyType, { description: "How far the viewer lets others in." })
  privacy?: PrivacyType;

  @Field(() => EventCursor, {
    description:
      "The viewer's place in their log, taken before anything else in this request: read, then subscribe from here.",
  })
  eventCursor?: string;

  @Field(() => UnreadCounts, { description: "The numbers on the badges." })
  unread?: UnreadCounts;
}

@ObjectType("SignInPayload", { description: "Whoever is signed in now." })
export class SignInPayload extends Payload {
  @Field(() => CredentialsType, { nullable: true, description: "What to keep; null after a refusal." })
  credentials: CredentialsType | null;

  @Field(() => ViewerType, { nullable: true, description: "Who is signed in; null after a refusal." })
  viewer: ViewerRoot | null;
}

@ObjectType("SignOutPayload", { description: "Whether the sessions have ended." })
export class SignOutPayload extends Payload {
  @Field(() => Boolean, { description: "True unless it was refused; what had ended before stays so." })
  signedOut: boolean;
}
