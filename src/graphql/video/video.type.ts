/** A video, as the world may see it. */
import { Field, ID, Int, ObjectType } from "type-graphql";
import type { Reach } from "../../entities/user.ts";
import type { Audience, VideoStatus } from "../../entities/video.ts";
import type { SeenVideo } from "../../loaders/video.ts";
import { AudienceEnum, ReachEnum, VideoStatusEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";

type Shown = Omit<
  SeenVideo,
  | "id"
  | "authorId"
  | "sourceUrl"
  | "thumbnailUrl"
  | "uploadId"
  | "hasPoster"
  | "mentions"
  | "commentHashtags"
  | "nonce"
>;

@ObjectType("Video", { implements: Node, description: "A video." })
export class VideoType extends Node implements Shown {
  @Field(() => String, { description: "What the author says of it, up to 2,200 characters." })
  caption: string;

  @Field(() => Int, {
    nullable: true,
    description: "Its length in milliseconds; null where it is not known.",
  })
  durationMs: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Its width in pixels, as it is shown; null where it is not known.",
  })
  width: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Its height in pixels, as it is shown; null where it is not known.",
  })
  height: number | null;

  @Field(() => VideoStatusEnum, { description: "How far it is from being watched." })
  status: VideoStatus;

  @Field(() => AudienceEnum, { description: "Who may see it." })
  audience: Audience;

  @Field(() => ReachEnum, { description: "Who may comment on it." })
  commentsFrom: Reach;

  @Field(() => DateTime, { description: "When it was published." })
  createdAt: string;

  @Field(() => Int, { description: "How many people like it." })
  likeCount: number;

  @Field(() => Int, { description: "How many comments it has, answers among them." })
  commentCount: number;

  @Field(() => Int, { description: "How many times somebody has brought it into a conversation." })
  shareCount: number;

  @Field(() => Int, { description: "How many people have reposted it." })
  repostCount: number;

  @Field(() => Int, { description: "How often it was watched: each person counts once a day, in UTC." })
  viewCount: number;

  @Field(() => Boolean, { description: "Whether the viewer likes it." })
  viewerHasLiked: boolean;

  @Field(() => Boolean, { description: "Whether the viewer has saved it." })
  viewerHasSaved: boolean;

  @Field(() => Boolean, { description: "Whether the viewer has reposted it." })
  viewerHasReposted: boolean;
}

export const VideoConnection = connectionOf("Video", () => VideoType);

@ObjectType("VideoPayload", { description: "The video as it is now." })
export class VideoPayload extends Payload {
  readonly videoId: string | null;

  constructor(videoId: string) {
    super();
    this.videoId = videoId;
  }

  @Field(() => VideoType, {
    nullable: true,
    description: "The video; null after a refusal, and where the viewer does not see it.",
  })
  video?: VideoType | null;
}

@ObjectType("DeleteVideoPayload", { description: "Which video is gone." })
export class DeleteVideoPayload extends Payload {
  @Field(() => ID, {
    nullable: true,
    description: "The id of the video that was removed; null after a refusal.",
  })
  deletedId: string | null;
}
