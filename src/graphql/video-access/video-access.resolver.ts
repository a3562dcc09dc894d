/** Being let in to a video by name: asked for, and given. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { grantVideoAccess, requestVideoAccess } from "../../actions/video-access.ts";
import { rowId } from "../../ids.ts";
import type { Context } from "../context.ts";
import { VideoIdInput } from "../video/video.input.ts";
import { VideoPayload } from "../video/video.type.ts";
import { GrantVideoAccessInput } from "./video-access.input.ts";
import { RequestVideoAccessPayload } from "./video-access.type.ts";

@Resolver()
export class VideoAccessResolver {
  @Mutation(() => RequestVideoAccessPayload, {
    description:
      "Asks a friend to be let in to a video that was shared with the viewer, and that they show to others: its id is in `Unavailable.videoId`. Asking again is the same request. NOT_FOUND for any other that can't be seen, CONFLICT for one that can, TOO_MANY_REQUESTS.",
  })
  async requestVideoAccess(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ): Promise<RequestVideoAccessPayload> {
    await requestVideoAccess(context, rowId("video", input.videoId));
    return { requested: true };
  }

  @Mutation(() => VideoPayload, {
    description:
      "Lets a friend see a video of the viewer's own whatever its audience, or no longer; asked or not. It ends with the friendship. FORBIDDEN for another's video, NOT_FOUND for whoever is no friend, TOO_MANY_REQUESTS.",
  })
  async grantVideoAccess(
    @Ctx() context: Context,
    @Arg("input", () => GrantVideoAccessInput, { description: "Whom, and to what." })
    input: GrantVideoAccessInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await grantVideoAccess(context, {
      videoId,
      userId: rowId("user", input.userId),
      granted: input.granted,
    });
    return new VideoPayload(videoId);
  }
}
