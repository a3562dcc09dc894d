/** A hashtag, as the world may see it. */
import { Field, Int, ObjectType } from "type-graphql";
import type { Hashtag } from "../../entities/hashtag.ts";

@ObjectType("Hashtag", {
  description:
    "A word that public videos are marked with by their authors, in captions and in comments of their own.",
})
export class HashtagType implements Hashtag {
  @Field(() => String, { description: "In lower case and without the sign, 1 to 100 characters." })
  name: string;

  @Field(() => Int, { description: "How many public videos with it the viewer may see; 1 at least." })
  videoCount: number;
}
