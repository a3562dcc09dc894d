/** What is given to invite others, and to take an invite. */
import { Max, MaxLength, Min } from "class-validator";
import { Field, ID, InputType, Int } from "type-graphql";
import { MAX_INVITE_USES } from "../../limits.ts";
import { DateTime } from "../scalars.ts";

@InputType("CreateInviteInput", {
  description: "What others are invited to, how many of them, and until when.",
})
export class CreateInviteInput {
  @Field(() => ID, {
    nullable: true,
    description: "A group, to take part in it; left out, to be the viewer's friend.",
  })
  conversationId?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "How many people may take it, from 1 to 1,000; left out, as many as like.",
  })
  @Min(1, { message: "An invite is for one person at least." })
  @Max(MAX_INVITE_USES, { message: `An invite is for ${MAX_INVITE_USES} people at most.` })
  maxUses?: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it ends, within 365 days from now; left out, in 30 days.",
  })
  expiresAt?: string | null;
}

@InputType("RedeemInviteInput", { description: "The code to take." })
export class RedeemInviteInput {
  @Field(() => String, { description: "The code of an invite, or one that a person shows." })
  @MaxLength(100, { message: "This is not the code of an invite." })
  code: string;
}

@InputType("RevokeInviteInput", { description: "The invite to end." })
export class RevokeInviteInput {
  @Field(() => String, { description: "The code of an invite of the viewer's." })
  @MaxLength(100, { message: "This is not the code of an invite." })
  code: string;
}
