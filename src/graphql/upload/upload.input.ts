/** What is given to begin an upload. */
import { Field, InputType, Int } from "type-graphql";

@InputType("StartVideoUploadInput", { description: "What is going to be uploaded." })
export class StartVideoUploadInput {
  @Field(() => Int, { description: "How many bytes it has, 1 to 1,073,741,824 (1 GiB): no more are taken." })
  byteSize: number;

  @Field(() => String, {
    description:
      "What it is said to be: video/mp4, video/quicktime, video/webm, video/x-matroska, video/3gpp, video/mpeg or another type of video. What it is, is looked at when it is there.",
  })
  contentType: string;
}
