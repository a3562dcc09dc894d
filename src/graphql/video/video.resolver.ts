/** Videos: found, published, changed and liked. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from "type-graphql";
import { deleteVideo, setLiked, updateVideo } from "../../actions/video.ts";
import { mediaUrl } from "../../actions/video-playback.ts";
import { publishVideo } from "../../actions/video-publish.ts";
import type { Video } from "../../entities/video.ts";
import { globalId, rowId } from "../../ids.ts";
import { userById } from "../../loaders/user.ts";
import { likersOf, videoById } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { Url } from "../scalars.ts";
import { UserConnection, UserType } from "../user/user.type.ts";
import { PublishVideoInput, UpdateVideoInput, VideoIdInput } from "./video.input.ts";
import { DeleteVideoPayload, VideoPayload, VideoType } from "./video.type.ts";

@Resolver(() => VideoType)
export class VideoResolver {
  @Query(() => VideoType, {
    nullable: true,
    description: "A video by id; null when there is none that the viewer may see.",
  })
  video(@Ctx() { loads }: Context, @Arg("id", () => ID, { description: "The video's id." }) id: string) {
    return videoById(loads, rowId("video", id));
  }

  @Mutation(() => VideoPayload, {
    description:
      "Publishes a video. Its author alone sees it until its upload is READY. NOT_FOUND for an upload that is not the viewer's, CONFLICT for one that has a video, EXPIRED where nothing comes of it, INVALID for both an upload and an address, or neither; TOO_MANY_REQUESTS.",
  })
  async publishVideo(
    @Ctx() context: Context,
    @Arg("input", () => PublishVideoInput, { description: "The new video." }) input: PublishVideoInput,
  ) {
    const videoId = await publishVideo(context, {
      uploadId: typeof input.uploadId === "string" ? rowId("upload", input.uploadId) : null,
      sourceUrl: input.sourceUrl ?? null,
      thumbnailUrl: input.thumbnailUrl ?? null,
      durationMs: input.durationMs ?? null,
      caption: input.caption,
      audience: input.audience ?? null,
      commentsFrom: input.commentsFrom ?? null,
      nonce: input.nonce ?? null,
    });
    return new VideoPayload(videoId);
  }

  @Mutation(() => VideoPayload, {
    description: "Changes a video of the viewer's own. FORBIDDEN for another's, TOO_MANY_REQUESTS.",
  })
  async updateVideo(
    @Ctx() context: Context,
    @Arg("input", () => UpdateVideoInput, { description: "What to change." }) input: UpdateVideoInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await updateVideo(context, videoId, {
      caption: input.caption ?? null,
      audience: input.audience ?? null,
      commentsFrom: input.commentsFrom ?? null,
    });
    return new VideoPayload(videoId);
  }

  @Mutation(() => DeleteVideoPayload, {
    description: "Removes a video of the viewer's own everywhere. FORBIDDEN for another's.",
  })
  async deleteVideo(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ): Promise<DeleteVideoPayload> {
    const videoId = rowId("video", input.videoId);
    await deleteVideo(context, videoId);
    return { deletedId: globalId("video", videoId) };
  }

  @Mutation(() => VideoPayload, {
    description: "Likes a video; liking it again changes nothing. TOO_MANY_REQUESTS.",
  })
  async likeVideo(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await setLiked(context, videoId, true);
    return new VideoPayload(videoId);
  }

  @Mutation(() => VideoPayload, {
    description:
      "Takes a like back, also of a video that the viewer does not see any more; taking back none changes nothing. TOO_MANY_REQUESTS.",
  })
  async unlikeVideo(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await setLiked(context, videoId, false);
    return new VideoPayload(videoId);
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() video: Video): string {
    return globalId("video", video.id);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who published it; null where the viewer may not see them.",
  })
  author(@Root() video: Video, @Ctx() { loads }: Context) {
    return userById(loads, video.authorId);
  }

  @FieldResolver(() => Url, {
    nullable: true,
    description:
      "Where it plays from; null until it can be watched. The address of a video that was uploaded is the viewer's alone, good for an hour at least, and gives them nothing once they may not see the video: read it again for another one.",
  })
  playbackUrl(@Root() video: Video, @Ctx() context: Context): string | null {
    return video.sourceUrl ?? mediaUrl(context, video, "video.mp4");
  }

  @FieldResolver(() => Url, {
    nullable: true,
    description:
      "A still of it; null where there is none. What is said of `playbackUrl` holds for it as well.",
  })
  thumbnailUrl(@Root() video: Video, @Ctx() context: Context): string | null {
    return video.thumbnailUrl ?? (video.hasPoster ? mediaUrl(context, video, "poster.jpg") : null);
  }

  @FieldResolver(() => UserConnection, { description: "Who likes it, newest first." })
  async likers(@Root() video: Video, @Ctx() { loads }: Context, @Args(() => PageArgs) page: PageArgs) {
    return new Connection(await likersOf(loads, [video.id], pageRequest(page)));
  }
}

@Resolver(() => VideoPayload)
export class VideoPayloadResolver {
  @FieldResolver(() => VideoType, { nullable: true })
  video(@Root() { videoId }: VideoPayload, @Ctx() { loads }: Context) {
    return typeof videoId === "string" ? videoById(loads, videoId) : null;
  }
}
