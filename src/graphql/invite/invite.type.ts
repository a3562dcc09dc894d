/** Invites, the code that is shown in person, and what taking them answers. */
import { Field, Int, ObjectType } from "type-graphql";
import type { Redeemed } from "../../actions/invite.ts";
import { INVITE_STATUSES, type InviteStatus, type SeenInvite } from "../../loaders/invite.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { graphqlEnum } from "../enums.ts";
import { RelationshipType } from "../friendship/relationship.type.ts";
import { Payload } from "../payload.ts";
import { DateTime, Url } from "../scalars.ts";

export const InviteStatusEnum = graphqlEnum(
  "InviteStatus",
  INVITE_STATUSES,
  "Whether an invite can still be taken.",
  {
    OPEN: "It can be taken.",
    USED_UP: "As many have taken it as may.",
    EXPIRED: "Its time is over.",
    REVOKED: "Its maker has ended it, or has left the group that it is for.",
  },
);

@ObjectType("FriendCode", {
  description: "A code to be shown in person: whoever takes it is the viewer's friend at once.",
})
export class FriendCodeType {
  @Field(() => String, { description: "For `redeemInvite`: good once, and for 60 seconds." })
  code: string;

  @Field(() => Url, { description: "Where the code can be opened." })
  url?: string;

  @Field(() => String, { description: "The address as a QR code: an SVG picture, about 10 KB." })
  qrSvg?: string;

  @Field(() => DateTime, { description: "When the code ends: 60 seconds from when it was made." })
  expiresAt: Date;
}

@ObjectType("Invite", {
  description: "What a code offers: a friend, or a place in a group. Whoever has the code may read it.",
})
export class InviteType implements Pick<SeenInvite, "code" | "expiresAt" | "usesLeft"> {
  @Field(() => String, { description: "For `redeemInvite`, and for `signUp`." })
  code: string;

  @Field(() => Url, { description: "Where the code can be opened." })
  url?: string;

  @Field(() => InviteStatusEnum, { description: "Whether it can still be taken." })
  status?: InviteStatus;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it ends; null is kept for one that never does, of which there is none yet.",
  })
  expiresAt: string;

  @Field(() => Int, {
    nullable: true,
    description: "How many people may still take it; null for as many as like.",
  })
  usesLeft: number | null;
}

@ObjectType("CreateInvitePayload", { description: "The new invite." })
export class CreateInvitePayload extends Payload {
  readonly code: string | null;

  constructor(code: string) {
    super();
    this.code = code;
  }

  @Field(() => InviteType, {
    nullable: true,
    description: "The invite with its code, which is kept nowhere else; null after a refusal.",
  })
  invite?: InviteType | null;
}

@ObjectType("RevokeInvitePayload", { description: "The invite as it is now." })
export class RevokeInvitePayload extends Payload {
  readonly code: string | null;

  constructor(code: string) {
    super();
    this.code = code;
  }

  @Field(() => InviteType, { nullable: true, description: "The invite; null after a refusal." })
  invite?: InviteType | null;
}

@ObjectType("RedeemInvitePayload", { description: "What the viewer has got by a code." })
export class RedeemInvitePayload extends Payload {
  readonly friendId: string | null;
  readonly conversationId: string | null;

  constructor({ friendId, conversationId }: Redeemed) {
    super();
    this.friendId = friendId;
    this.conversationId = conversationId;
  }

  @Field(() => RelationshipType, {
    nullable: true,
    description: "How the viewer stands to their new friend; null where the code was for a group.",
  })
  relationship?: RelationshipType | null;

  @Field(() => ConversationType, {
    nullable: true,
    description: "The group that the viewer takes part in now; null where the code was for a friend.",
  })
  conversation?: ConversationType | null;
}
