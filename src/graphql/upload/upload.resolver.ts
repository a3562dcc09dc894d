/** Uploads of videos: begun here, and sent to an address of their own. */
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { startVideoUpload, uploadUrl } from "../../actions/upload/start.ts";
import { globalId } from "../../ids.ts";
import { type OwnUpload, uploadById } from "../../loaders/upload.ts";
import { videoById } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { Url } from "../scalars.ts";
import { VideoType } from "../video/video.type.ts";
import { StartVideoUploadInput } from "./upload.input.ts";
import { StartVideoUploadPayload, VideoUploadType } from "./upload.type.ts";

@Resolver(() => VideoUploadType)
export class UploadResolver {
  @Mutation(() => StartVideoUploadPayload, {
    description:
      "Begins the upload of a video. INVALID for a size or a type that is not taken; LIMIT_REACHED for more than 10 uploads that are not finished, which take bytes, are still worked on or have no video, and for more than 5 GiB in those that are not worked off; TOO_MANY_REQUESTS. SERVICE_UNAVAILABLE while there is no room for it.",
  })
  async startVideoUpload(
    @Ctx() context: Context,
    @Arg("input", () => StartVideoUploadInput, { description: "What is going to be uploaded." })
    input: StartVideoUploadInput,
  ): Promise<StartVideoUploadPayload> {
    return new StartVideoUploadPayload(await startVideoUpload(context, input));
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { id }: OwnUpload): string {
    return globalId("upload", id);
  }

  @FieldResolver(() => Url, {
    description:
      "Where its bytes go, by the tus protocol 1.0.0 (HEAD, PATCH, DELETE), for whoever has the address; it stays the same. Only an OPEN upload takes bytes.",
  })
  uploadUrl(@Root() { id }: OwnUpload, @Ctx() context: Context): string {
    return uploadUrl(context, id);
  }

  @FieldResolver(() => VideoType, {
    nullable: true,
    description: "The video that was made of it, or waits for it; null where there is none.",
  })
  video(@Root() { videoId }: OwnUpload, @Ctx() { loads }: Context) {
    return videoId === null ? null : videoById(loads, videoId);
  }
}

@Resolver(() => StartVideoUploadPayload)
export class UploadPayloadResolver {
  @FieldResolver(() => VideoUploadType, { nullable: true })
  upload(@Root() { uploadId }: StartVideoUploadPayload, @Ctx() { loads }: Context) {
    return typeof uploadId === "string" ? uploadById(loads, uploadId) : null;
  }
}
