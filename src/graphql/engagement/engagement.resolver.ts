/** What people do with videos: they save, repost and watch them, and see what their friends did. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { recordView, repost, setSaved, undoRepost } from "../../actions/engagement.ts";
import type { Video } from "../../entities/video.ts";
import { rowId } from "../../ids.ts";
import { savedVideosOf } from "../../loaders/engagement.ts";
import { type FriendActivity, friendActivityOf } from "../../loaders/friend-activity.ts";
import { userById } from "../../loaders/user.ts";
import { type ViewerRoot, ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { UserType } from "../user/user.type.ts";
import { VideoIdInput } from "../video/video.input.ts";
import { VideoConnection, VideoPayload, VideoType } from "../video/video.type.ts";
import { RecordViewInput, RepostVideoInput } from "./engagement.input.ts";
import { FriendActivityConnection, FriendActivityType } from "./engagement.type.ts";

@Resolver(() => VideoType)
export class EngagementResolver {
  @Mutation(() => VideoPayload, {
    description: "Saves a video for the viewer alone; saving it again changes nothing.",
  })
  async saveVideo(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await setSaved(context, videoId, true);
    return new VideoPayload(videoId);
  }

  @Mutation(() => VideoPayload, {
    description:
      "Saves a video no longer, also one that the viewer does not see any more; one that is not saved stays so.",
  })
  async unsaveVideo(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await setSaved(context, videoId, false);
    return new VideoPayload(videoId);
  }

  @Mutation(() => VideoPayload, {
    description:
      "Reposts a video to the viewer's friends. Its audience stays what it is: each of them sees it or does not. Again, it changes the note alone. TOO_MANY_REQUESTS.",
  })
  async repostVideo(
    @Ctx() context: Context,
    @Arg("input", () => RepostVideoInput, { description: "The video, and a note." }) input: RepostVideoInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await repost(context, videoId, input.note ?? null);
    return new VideoPayload(videoId);
  }

  @Mutation(() => VideoPayload, {
    description:
      "Takes a repost back, with its note, also of a video that the viewer does not see any more; taking back none changes nothing.",
  })
  async undoRepost(
    @Ctx() context: Context,
    @Arg("input", () => VideoIdInput, { description: "Which video." }) input: VideoIdInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await undoRepost(context, videoId);
    return new VideoPayload(videoId);
  }

  @Mutation(() => VideoPayload, {
    description:
      "Says that the viewer has watched a video, while it plays or afterwards. It counts once a day, in UTC, and the longest of the day is kept. TOO_MANY_REQUESTS.",
  })
  async recordView(
    @Ctx() context: Context,
    @Arg("input", () => RecordViewInput, { description: "The video, and for how long." })
    input: RecordViewInput,
  ) {
    const videoId = rowId("video", input.videoId);
    await recordView(context, videoId, input.watchedMs ?? 0);
    return new VideoPayload(videoId);
  }

  @FieldResolver(() => FriendActivityConnection, {
    description:
      "What the viewer's friends did with it, newest first, as far as each lets it be seen (`activityVisibleTo`): of each friend at most one like, one comment and one repost.",
  })
  async friendActivity(
    @Root() { id }: Video,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await friendActivityOf(loads, [id], pageRequest(page)));
  }
}

@Resolver(() => FriendActivityType)
export class FriendActivityResolver {
  @FieldResolver(() => UserType)
  friend(@Root() { id }: FriendActivity, @Ctx() { loads }: Context) {
    return userById(loads, id);
  }
}

@Resolver(() => ViewerType)
export class SavedVideosResolver {
  @FieldResolver(() => VideoConnection, {
    description: "What the viewer has saved, as far as they still may see it, newest saved first.",
  })
  async savedVideos(
    @Root() { userId }: ViewerRoot,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await savedVideosOf(loads, [userId], pageRequest(page)));
  }
}
