/** What is given to share a video. */
import { ArrayMaxSize, Length } from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import { MAX_SHARE_TARGETS } from "../../limits.ts";

@InputType("ShareVideoInput", {
  description: `A video, and with whom to share it: up to ${MAX_SHARE_TARGETS} people and conversations.`,
})
export class ShareVideoInput {
  @Field(() => ID, { description: "The video." })
  videoId: string;

  @Field(() => [ID], { nullable: true, description: "People, each in the direct conversation with them." })
  @ArrayMaxSize(MAX_SHARE_TARGETS, { message: `A video can be shared with ${MAX_SHARE_TARGETS} at a time.` })
  userIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: "Conversations." })
  @ArrayMaxSize(MAX_SHARE_TARGETS, { message: `A video can be shared with ${MAX_SHARE_TARGETS} at a time.` })
  conversationIds?: string[] | null;

  @Field(() => String, { nullable: true, description: "What to say of it, 1 to 4,000 characters." })
  note?: string | null;

  @Field(() => String, {
    description:
      "A key of the client's own, 1 to 100 characters: a retry with it sends only what is missing.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce: string;
}
