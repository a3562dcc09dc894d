/** What is given to repost a video and to say that it was watched. */
import { MaxLength, Min } from "class-validator";
import { Field, ID, InputType, Int } from "type-graphql";

@InputType("RepostVideoInput", { description: "A video, and what to say to it." })
export class RepostVideoInput {
  @Field(() => ID, { description: "The video." })
  videoId: string;

  @Field(() => String, {
    nullable: true,
    description:
      "What to say to it, up to 200 characters. Left out, a repost keeps the note that it has; an empty one takes it away.",
  })
  @MaxLength(2_000, { message: "A note has at most 200 characters." })
  note?: string | null;
}

@InputType("RecordViewInput", { description: "A video that was watched." })
export class RecordViewInput {
  @Field(() => ID, { description: "The video." })
  videoId: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "For how many milliseconds it was watched at a time; what is above 10 minutes counts as that. 0 when left out.",
  })
  @Min(0, { message: "Nothing is watched for less than no time." })
  watchedMs?: number | null;
}
