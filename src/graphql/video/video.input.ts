/** What is given to publish, change and like videos. */
import { Length, Max, Min } from "class-validator";
import { Field, ID, InputType, Int } from "type-graphql";
import type { Reach } from "../../entities/user.ts";
import type { Audience } from "../../entities/video.ts";
import { MAX_VIDEO_MS } from "../../limits.ts";
import { AudienceEnum, ReachEnum } from "../enums.ts";
import { Url } from "../scalars.ts";

@InputType("PublishVideoInput", {
  description: "A new video: made of an upload, or one that plays from an address.",
})
export class PublishVideoInput {
  @Field(() => ID, {
    nullable: true,
    description:
      "The upload that it is made of: one of the viewer's own, of which no video was made yet. Its bytes may still be coming.",
  })
  uploadId?: string | null;

  @Field(() => Url, {
    nullable: true,
    description: "Where it plays from, in the place of an upload. Kith never fetches it.",
  })
  sourceUrl?: string | null;

  @Field(() => Url, {
    nullable: true,
    description: "A still of it, beside `sourceUrl`; of an upload one is made, and this one is not taken.",
  })
  thumbnailUrl?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Its length in milliseconds, up to 10 minutes, beside `sourceUrl`; that of an upload is found in it, and this one is not taken.",
  })
  @Min(1, { message: "A video lasts a millisecond at least." })
  @Max(MAX_VIDEO_MS, { message: "A video lasts 10 minutes at most." })
  durationMs?: number | null;

  @Field(() => String, { description: "What to say of it, up to 2,200 characters." })
  caption: string;

  @Field(() => AudienceEnum, { nullable: true, description: "Who may see it; PUBLIC when left out." })
  audience?: Audience | null;

  @Field(() => ReachEnum, { nullable: true, description: "Who may comment on it; EVERYONE when left out." })
  commentsFrom?: Reach | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A key of the client's own, 1 to 100 characters: publishing again with it finds the same video.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce?: string | null;
}

@InputType("UpdateVideoInput", { description: "What to change of a video; what is left out stays." })
export class UpdateVideoInput {
  @Field(() => ID, { description: "The video." })
  videoId: string;

  @Field(() => String, { nullable: true, description: "What to say of it, up to 2,200 characters." })
  caption?: string | null;

  @Field(() => AudienceEnum, {
    nullable: true,
    description: "Who may see it; narrowing it holds for old shares too.",
  })
  audience?: Audience | null;

  @Field(() => ReachEnum, { nullable: true, description: "Who may comment on it." })
  commentsFrom?: Reach | null;
}

@InputType("VideoIdInput", { description: "The video that it is about." })
export class VideoIdInput {
  @Field(() => ID, { description: "The video's id." })
  videoId: string;
}
