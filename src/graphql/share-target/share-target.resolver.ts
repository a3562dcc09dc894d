/** Whom a video can be shared with, and what would come of it. */
import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root } from "type-graphql";
import { RequestError } from "../../errors.ts";
import { rowId } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { shareOf } from "../../loaders/share.ts";
import {
  blindAmong,
  directWith,
  othersIn,
  type ShareTarget,
  shareTargetsOf,
} from "../../loaders/share-target.ts";
import { userById } from "../../loaders/user.ts";
import { askerOf } from "../../rates.ts";
import { ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { MAX_SHOWN_TARGETS } from "../limits.ts";
import { ShareType } from "../share/share.type.ts";
import { UserType } from "../user/user.type.ts";
import { ShareTargetType } from "./share-target.type.ts";

const DEFAULT_TARGETS = 20;

@Resolver(() => ViewerType)
export class ViewerShareTargetsResolver {
  @FieldResolver(() => [ShareTargetType], {
    description:
      "Whom the viewer may like to share a video with, likeliest first; nobody who has not let the viewer in, and whoever can't be sent to comes last. Nobody where the viewer may not see the video. TOO_MANY_REQUESTS after 240 within a minute.",
  })
  async shareTargets(
    @Ctx() context: Context,
    @Arg("videoId", () => ID, { description: "The video." }) videoId: string,
    @Arg("first", () => Int, {
      nullable: true,
      description: "How many at most, from 1 to 50; 20 when left out.",
    })
    first?: number | null,
  ) {
    const size = first ?? DEFAULT_TARGETS;
    if (size < 1 || size > MAX_SHOWN_TARGETS) {
      throw new RequestError("BAD_USER_INPUT", `Ask for 1 to ${MAX_SHOWN_TARGETS} targets.`);
    }
    await context.rates.take("shareTargets", askerOf(context));
    return shareTargetsOf(context.loads, rowId("video", videoId), size);
  }
}

@Resolver(() => ShareTargetType)
export class ShareTargetResolver {
  @FieldResolver(() => UserType, { nullable: true, description: "The person; null for a group." })
  user(@Root() { userId }: ShareTarget, @Ctx() { loads }: Context) {
    return userId === null ? null : userById(loads, userId);
  }

  @FieldResolver(() => ConversationType, { nullable: true, description: "The group; null for a person." })
  conversation(@Root() { conversationId }: ShareTarget, @Ctx() { loads }: Context) {
    return conversationId === null ? null : conversationById(loads, conversationId);
  }

  @FieldResolver(() => Int, {
    description:
      "How many of those who would get it, the viewer aside, are outside its audience. Of blocks it tells nothing but the viewer's own.",
  })
  async recipientsWhoCannotSee(
    @Root() { videoId, userId, conversationId }: ShareTarget,
    @Ctx() { loads }: Context,
  ) {
    const userIds = userId ?? (await othersIn(loads, conversationId ?? ""));
    return blindAmong(loads, videoId, userIds);
  }

  @FieldResolver(() => ShareType, {
    nullable: true,
    description: "The share by which it was brought there before; null where it was not.",
  })
  async alreadyShared(@Root() { videoId, userId, conversationId }: ShareTarget, @Ctx() { loads }: Context) {
    const where = userId === null ? conversationId : await directWith(loads, userId);
    return where === null ? null : shareOf(loads, where, videoId);
  }
}
