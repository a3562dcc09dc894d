/** Shares: made, and the fields of one. */
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from "type-graphql";
import { shareVideo } from "../../actions/share.ts";
import type { Share } from "../../entities/share.ts";
import { globalId, rowId } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { messageAt, repliesTo } from "../../loaders/message.ts";
import { shareOf, unreadReplyCount } from "../../loaders/share.ts";
import { userById } from "../../loaders/user.ts";
import { videoById, whyUnavailable } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { MessageConnection, MessageType } from "../message/message.type.ts";
import { Connection, pageRequest, TwoWayPageArgs } from "../page.ts";
import { userError } from "../payload.ts";
import { UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";
import { ShareVideoInput } from "./share.input.ts";
import {
  ShareResult,
  type ShareResultRoot,
  ShareType,
  ShareVideoPayload,
  UnavailableType,
} from "./share.type.ts";

@Resolver(() => ShareType)
export class ShareResolver {
  @Mutation(() => ShareVideoPayload, {
    description:
      "Shares a video with people and into conversations; each target has an outcome of its own, which may be an error of `sendMessage`: FORBIDDEN where somebody has not let the viewer in, for a message request takes texts alone until it is answered, and TOO_MANY_REQUESTS after 600 targets within an hour. CONFLICT for a video that is not ready, LIMIT_REACHED for more than 50 targets.",
  })
  async shareVideo(
    @Ctx() context: Context,
    @Arg("input", () => ShareVideoInput, { description: "The video, and with whom to share it." })
    input: ShareVideoInput,
  ) {
    const videoId = rowId("video", input.videoId);
    const people = (input.userIds ?? []).map((id) => ({
      id,
      userId: rowId("user", id),
      conversationId: null,
    }));
    const conversations = (input.conversationIds ?? []).map((id) => ({
      id,
      userId: null,
      conversationId: rowId("conversation", id),
    }));
    const outcomes = await shareVideo(context, {
      videoId,
      targets: [...people, ...conversations],
      note: input.note ?? null,
      nonce: input.nonce,
    });
    const results = outcomes.map(
      (outcome): ShareResultRoot => ({
        ...outcome,
        videoId,
        error: outcome.error === null ? null : userError(outcome.error),
      }),
    );
    return { results, videoId };
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { conversationId, videoId }: Share): string {
    return globalId("share", conversationId, videoId);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who shared it; null for a deleted account, and where the viewer may not see them.",
  })
  sharedBy(@Root() { sharedBy }: Share, @Ctx() { loads }: Context) {
    return sharedBy === null ? null : userById(loads, sharedBy);
  }

  @FieldResolver(() => ConversationType, {
    nullable: true,
    description: "Where it was shared; null once the viewer is out.",
  })
  conversation(@Root() { conversationId }: Share, @Ctx() { loads }: Context) {
    return conversationById(loads, conversationId);
  }

  @FieldResolver(() => MessageType, { nullable: true, description: "The message that brought it." })
  message(@Root() { conversationId, position }: Share, @Ctx() { loads }: Context) {
    return messageAt(loads, conversationId, position);
  }

  @FieldResolver(() => VideoType, {
    nullable: true,
    description: "The video; null when the viewer may not see it: then `unavailable` says what can be said.",
  })
  video(@Root() { videoId }: Share, @Ctx() { loads }: Context) {
    return videoById(loads, videoId);
  }

  @FieldResolver(() => UnavailableType, {
    nullable: true,
    description: "Why the viewer does not see the video; null when they do.",
  })
  async unavailable(@Root() { videoId }: Share, @Ctx() { loads }: Context): Promise<UnavailableType | null> {
    if ((await videoById(loads, videoId)) !== null) return null;
    const missing = await whyUnavailable(loads, videoId);
    const canRequestAccess = missing?.reason === "NOT_IN_AUDIENCE";
    return {
      reason: missing?.reason ?? "NOT_AVAILABLE",
      canRequestAccess,
      videoId: canRequestAccess ? globalId("video", videoId) : null,
      requestedAt: missing?.requestedAt ?? null,
    };
  }

  @FieldResolver(() => MessageConnection, { description: "What was said about it here, oldest to newest." })
  async replies(
    @Root() { conversationId, videoId }: Share,
    @Ctx() { loads }: Context,
    @Args(() => TwoWayPageArgs) page: TwoWayPageArgs,
  ) {
    return new Connection(await repliesTo(loads, [conversationId, videoId], pageRequest(page)));
  }

  @FieldResolver(() => Int, { description: "How many of those the viewer has not read." })
  unreadCount(@Root() { conversationId, videoId }: Share, @Ctx() { loads }: Context) {
    return unreadReplyCount(loads, conversationId, videoId);
  }
}

@Resolver(() => ShareResult)
export class ShareResultResolver {
  @FieldResolver(() => ShareType, { nullable: true })
  share(@Root() { conversationId, videoId }: ShareResultRoot, @Ctx() { loads }: Context) {
    return conversationId === null ? null : shareOf(loads, conversationId, videoId);
  }
}

@Resolver(() => ShareVideoPayload)
export class ShareVideoPayloadResolver {
  @FieldResolver(() => VideoType, { nullable: true })
  video(@Root() { videoId }: { videoId?: string | null }, @Ctx() { loads }: Context) {
    return typeof videoId === "string" ? videoById(loads, videoId) : null;
  }
}
