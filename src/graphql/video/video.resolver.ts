/** Videos: found, published, changed and liked. */
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import { deleteVideo, publishVideo, setLiked, updateVideo } from "../../actions/video.ts";
import type { Video } from "../../entities/video.ts";
import { globalId, rowId } from "../../ids.ts";
import { userById } from "../../loaders/user.ts";
import { likersOf, videoById } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { Payload } from "../payload.ts";
import { Url } from "../scalars.ts";
import { UserConnection, UserType } from "../user/user.type.ts";
import { PublishVideoInput, UpdateVideoInput, VideoIdInput } from "./video.input.ts";
import { VideoPayload, VideoType } from "./video.type.ts";

@ObjectType("DeleteVideoPayload", { description: "Which video is gone." })
export class DeleteVideoPayload extends Payload {
  @Field(() => ID, {
    nullable: true,
    description: "The id of the video that was removed; null after a refusal.",
  })
  deletedId: string | null;
}

@Resolver(() => VideoType)
export class VideoResolver {
  @Query(() => VideoType, {
    nullable: true,
    description: "A video by id; null when there is none that the viewer may see.",
  })
  video(@Ctx() { loads }: Context, @Arg("id", () => ID, { description: "The video's id." }) id: string) {
    return videoById(loads, rowId("video", id));
  }

  @Mutation(() => VideoPayload, { description: "Publishes a video that plays from an address." })
  async publishVideo(
    @Ctx() context: Context,
    @Arg("input", () => PublishVideoInput, { description: "The new video." }) input: PublishVideoInput,
  ) {
    const videoId = await publishVideo(context, {
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
    description: "Changes a video of the viewer's own. FORBIDDEN for another's.",
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

  @Mutation(() => VideoPayload, { description: "Likes a video; liking it again changes nothing." })
  async likeVideo(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await setLiked(context, videoId, true);
    return new VideoPayload(videoId);
  }

  @Mutation(() => VideoPayload, { description: "Takes a like back; taking back none changes nothing." })
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
    description: "Where it plays from; null until it can be watched.",
  })
  playbackUrl(@Root() video: Video): string | null {
    return video.sourceUrl;
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
