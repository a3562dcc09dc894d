/** Share links: made, and read by whoever has the code of one. */
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { createShareLink } from "../../actions/share-link.ts";
import { addressOf } from "../../codes.ts";
import { rowId } from "../../ids.ts";
import { type SeenShareLink, shareLinkByCode } from "../../loaders/share-link.ts";
import { userById } from "../../loaders/user.ts";
import { videoById } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { Url } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";
import { VideoIdInput } from "../video/video.input.ts";
import { VideoType } from "../video/video.type.ts";
import { CreateShareLinkPayload, ShareLinkType } from "./share-link.type.ts";

@Resolver(() => ShareLinkType)
export class ShareLinkResolver {
  @Query(() => ShareLinkType, {
    nullable: true,
    description:
      "The share link of a code, for everybody, signed in or not; null for a code by which the viewer finds nothing.",
  })
  shareLink(
    @Ctx() { loads, keys }: Context,
    @Arg("code", () => String, { description: "The code of a share link." }) code: string,
  ) {
    return shareLinkByCode(loads, keys, code);
  }

  @Mutation(() => CreateShareLinkPayload, {
    description:
      "Makes a share link to a video that the viewer sees; for the same video it is the same one. CONFLICT for a video that is not ready, LIMIT_REACHED after 10,000 videos, TOO_MANY_REQUESTS.",
  })
  async createShareLink(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ) {
    return new CreateShareLinkPayload(await createShareLink(context, rowId("video", input.videoId)));
  }

  @FieldResolver(() => Url)
  url(@Root() { code }: SeenShareLink, @Ctx() { publicUrl }: Context): string {
    return addressOf(publicUrl, code);
  }

  @FieldResolver(() => VideoType, {
    nullable: true,
    description: "The video; null where the viewer may not see it, and where there is none any more.",
  })
  video(@Root() { videoId }: SeenShareLink, @Ctx() { loads }: Context) {
    return videoById(loads, videoId);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who has shared it; null where the viewer may not see them.",
  })
  sharedBy(@Root() { userId }: SeenShareLink, @Ctx() { loads }: Context) {
    return userById(loads, userId);
  }
}

@Resolver(() => CreateShareLinkPayload)
export class CreateShareLinkPayloadResolver {
  @FieldResolver(() => ShareLinkType, { nullable: true })
  shareLink(@Root() { code }: CreateShareLinkPayload, @Ctx() { loads, keys }: Context) {
    return typeof code === "string" ? shareLinkByCode(loads, keys, code) : null;
  }
}
