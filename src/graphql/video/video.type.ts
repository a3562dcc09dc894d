/** A video, as the world may see it. */
import { Field, Int, ObjectType } from "type-graphql";
import type { Reach } from "../../entities/user.ts";
import type { Audience, VideoStatus } from "../../entities/video.ts";
import type { SeenVideo } from "../../loaders/video.ts";
import { AudienceEnum, ReachEnum, VideoStatusEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime, Url } from "../scalars.ts";

type Shown = Omit<SeenVideo, "id" | "authorId" | "sourceUrl" | "nonce">;

@ObjectType("Video", { implements: Node, description: "A video." })
export class VideoType extends Node implements Shown {
  @Field(() => String, { description: "What the author says of it, up to 2,200 characters." })
  caption: string;

  @Field(() => Url, { nullable: true, description: "A still of it; null where there is none." })
  thumbnailUrl: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Its length in milliseconds; null where it is not known.",
  })
  durationMs: number | null;

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

  @Field(() => Boolean, { description: "Whether the viewer likes it." })
  viewerHasLiked: boolean;
}

export const VideoConnection = connectionOf("Video", () => VideoType);

@ObjectType("VideoPayload", { description: "The video as it is now." })
export class VideoPayload extends Payload {
  readonly videoId: string | null;

  constructor(videoId: string) {
    super();
    this.videoId = videoId;
  }

  @Field(() => VideoType, { nullable: true, description: "The video; null after a refusal." })
  video?: VideoType | null;
}
