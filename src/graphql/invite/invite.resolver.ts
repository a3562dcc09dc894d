/** Meeting: the code that is shown in person, and invites. */
import encodeQR from "qr";
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { showFriendCode } from "../../actions/friend-code.ts";
import { createInvite, redeemInvite, revokeInvite } from "../../actions/invite.ts";
import { addressOf } from "../../codes.ts";
import { rowId } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { inviteByCode, inviteStatus, type SeenInvite } from "../../loaders/invite.ts";
import { relationshipWith } from "../../loaders/relationship.ts";
import { userById } from "../../loaders/user.ts";
import { ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { RelationshipType } from "../friendship/relationship.type.ts";
import { Url } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";
import { CreateInviteInput, RedeemInviteInput, RevokeInviteInput } from "./invite.input.ts";
import {
  CreateInvitePayload,
  FriendCodeType,
  InviteStatusEnum,
  InviteType,
  RedeemInvitePayload,
  RevokeInvitePayload,
} from "./invite.type.ts";

/** Modules of white around a QR code, as its standard asks for. */
const QUIET_ZONE = 4;

const inviteOf = ({ code }: { readonly code?: string | null }, { loads, keys }: Context) =>
  typeof code === "string" ? inviteByCode(loads, keys, code) : null;

@Resolver(() => ViewerType)
export class ViewerFriendCodeResolver {
  @FieldResolver(() => FriendCodeType, {
    description: "A new code to be shown in person, at each reading another one; nothing is kept of it.",
  })
  friendCode(@Ctx() context: Context) {
    return showFriendCode(context);
  }
}

@Resolver(() => FriendCodeType)
export class FriendCodeResolver {
  @FieldResolver(() => Url)
  url(@Root() { code }: FriendCodeType, @Ctx() { publicUrl }: Context): string {
    return addressOf(publicUrl, code);
  }

  @FieldResolver(() => String)
  qrSvg(@Root() { code }: FriendCodeType, @Ctx() { publicUrl }: Context): string {
    return encodeQR(addressOf(publicUrl, code), "svg", { border: QUIET_ZONE });
  }
}

@Resolver(() => InviteType)
export class InviteResolver {
  @Query(() => InviteType, {
    nullable: true,
    description:
      "What a code offers, for everybody, signed in or not; null for a code by which the viewer finds nothing.",
  })
  invite(
    @Ctx() { loads, keys }: Context,
    @Arg("code", () => String, { description: "The code of an invite, or one that a person shows." })
    code: string,
  ) {
    return inviteByCode(loads, keys, code);
  }

  @Mutation(() => CreateInvitePayload, {
    description:
      "Makes an invite. FORBIDDEN for a group that the viewer neither owns nor administers, LIMIT_REACHED with 100 open ones, TOO_MANY_REQUESTS.",
  })
  async createInvite(
    @Ctx() context: Context,
    @Arg("input", () => CreateInviteInput, { description: "What others are invited to." })
    input: CreateInviteInput,
  ) {
    const { conversationId, maxUses, expiresAt } = input;
    const code = await createInvite(context, {
      conversationId: typeof conversationId === "string" ? rowId("conversation", conversationId) : null,
      maxUses: maxUses ?? null,
      expiresAt: expiresAt ?? null,
    });
    return new CreateInvitePayload(code);
  }

  @Mutation(() => RedeemInvitePayload, {
    description:
      "Takes what a code offers: makes friends, or a participant of a group; taking it again changes nothing. EXPIRED for a code that is no longer good, UNAVAILABLE for a group that is closed to the viewer, NOT_ALLOWED_BY_POLICY for a viewer who is too young to be brought into one by who is no friend, LIMIT_REACHED where a group is full, or one of the two has 5,000 friends, INVALID for the viewer's own code and for that of a video, TOO_MANY_REQUESTS.",
  })
  async redeemInvite(
    @Ctx() context: Context,
    @Arg("input", () => RedeemInviteInput, { description: "The code." }) input: RedeemInviteInput,
  ) {
    return new RedeemInvitePayload(await redeemInvite(context, input.code));
  }

  @Mutation(() => RevokeInvitePayload, {
    description:
      "Ends an invite; who has come by it stays. FORBIDDEN for another's, INVALID for a code that is shown in person, which ends by itself.",
  })
  async revokeInvite(
    @Ctx() context: Context,
    @Arg("input", () => RevokeInviteInput, { description: "The invite." }) input: RevokeInviteInput,
  ) {
    await revokeInvite(context, input.code);
    return new RevokeInvitePayload(input.code);
  }

  @FieldResolver(() => Url)
  url(@Root() { code }: SeenInvite, @Ctx() { publicUrl }: Context): string {
    return addressOf(publicUrl, code);
  }

  @FieldResolver(() => InviteStatusEnum)
  status(@Root() invite: SeenInvite, @Ctx() { loads }: Context) {
    return inviteStatus(loads, invite);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who invites; null where the viewer may not see them.",
  })
  from(@Root() { userId }: SeenInvite, @Ctx() { loads }: Context) {
    return userById(loads, userId);
  }

  @FieldResolver(() => ConversationType, {
    nullable: true,
    description: "The group that it is for; null for one that makes friends, and for who does not take part.",
  })
  conversation(@Root() { conversationId }: SeenInvite, @Ctx() { loads }: Context) {
    return conversationId === null ? null : conversationById(loads, conversationId);
  }
}

@Resolver(() => CreateInvitePayload)
export class CreateInvitePayloadResolver {
  @FieldResolver(() => InviteType, { nullable: true })
  invite(@Root() payload: CreateInvitePayload, @Ctx() context: Context) {
    return inviteOf(payload, context);
  }
}

@Resolver(() => RevokeInvitePayload)
export class RevokeInvitePayloadResolver {
  @FieldResolver(() => InviteType, { nullable: true })
  invite(@Root() payload: RevokeInvitePayload, @Ctx() context: Context) {
    return inviteOf(payload, context);
  }
}

@Resolver(() => RedeemInvitePayload)
export class RedeemInvitePayloadResolver {
  @FieldResolver(() => RelationshipType, { nullable: true })
  relationship(@Root() { friendId }: RedeemInvitePayload, @Ctx() { loads }: Context) {
    return typeof friendId === "string" ? relationshipWith(loads, friendId) : null;
  }

  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() { conversationId }: RedeemInvitePayload, @Ctx() { loads }: Context) {
    return typeof conversationId === "string" ? conversationById(loads, conversationId) : null;
  }
}
