/** Credentials, and what belongs to the viewer alone. */
import { Field, Int, ObjectType } from "type-graphql";
import type { PrivacySettings } from "../../actions/profile.ts";
import type { Credentials } from "../../actions/session.ts";
import type { Reach } from "../../entities/user.ts";
import { ReachEnum } from "../enums.ts";
import { Payload } from "../payload.ts";
import { PRIVACY } from "../profile/privacy.ts";
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

@ObjectType("Privacy", { description: "How far the viewer lets others in." })
export class PrivacyType implements PrivacySettings {
  @Field(() => ReachEnum, {
    description: PRIVACY.messagesFrom,
  })
  messagesFrom: Reach;

  @Field(() => ReachEnum, { description: PRIVACY.friendRequestsFrom })
  friendRequestsFrom: Reach;

  @Field(() => ReachEnum, { description: PRIVACY.groupInvitesFrom })
  groupInvitesFrom: Reach;

  @Field(() => ReachEnum, { description: PRIVACY.friendListVisibleTo })
  friendListVisibleTo: Reach;

  @Field(() => ReachEnum, { description: PRIVACY.activityVisibleTo })
  activityVisibleTo: Reach;

  @Field(() => Boolean, { description: PRIVACY.readReceipts })
  readReceipts: boolean;

  @Field(() => Boolean, {
    description: PRIVACY.showLastActive,
  })
  showLastActive: boolean;

  @Field(() => Boolean, { description: PRIVACY.discoverableByContacts })
  discoverableByContacts: boolean;

  @Field(() => Boolean, { description: PRIVACY.suggestMe })
  suggestMe: boolean;
}

@ObjectType("UnreadCounts", { description: "The numbers on the badges." })
export class UnreadCounts {
  @Field(() => Int, {
    description:
      "Conversations with something unread, or marked as unread; without those that are muted or put away.",
  })
  conversations?: number;

  @Field(() => Int, { description: "Message requests with something unread." })
  messageRequests?: number;

  @Field(() => Int, { description: "Friend requests that wait for an answer." })
  friendRequests?: number;

  @Field(() => Int, { description: "Notifications since the viewer last saw them; 100 stands for any more." })
  notifications?: number;
}

/** What is behind the fields of Viewer: nothing but who they are. */
export interface ViewerRoot {
  readonly userId: string;
}

@ObjectType("Viewer", { description: "Who is asking, and what belongs to them alone." })
export class ViewerType {
  @Field(() => String, { nullable: true, description: "The email address; null when none was given." })
  email?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The telephone number as E.164; null when none was given.",
  })
  phone?: string | null;

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

@ObjectType("ChangePasswordPayload", { description: "The viewer, with the one session that is left." })
export class ChangePasswordPayload extends Payload {
  @Field(() => ViewerType, { nullable: true, description: "Who it is; null after a refusal." })
  viewer: ViewerRoot | null;
}
