/** What is given to comment, and to name a comment. */
import { Length } from "class-validator";
import { Field, ID, InputType } from "type-graphql";
import type { CommentKey } from "../../actions/comment.ts";
import { keyOf } from "../../ids.ts";

@InputType("AddCommentInput", { description: "What to say about a video." })
export class AddCommentInput {
  @Field(() => ID, { description: "The video." })
  videoId: string;

  @Field(() => String, {
    description: "1 to 1,000 characters after trimming. People are mentioned by `@` and their handle.",
  })
  text: string;

  @Field(() => ID, {
    nullable: true,
    description: "The comment on that video that it answers. An answer to an answer stands beside it.",
  })
  replyToId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "A key of the client's own, 1 to 100 characters: commenting again with it on that video finds the same comment, for good.",
  })
  @Length(1, 100, { message: "A nonce has 1 to 100 characters." })
  nonce?: string | null;
}

@InputType("CommentIdInput", { description: "The comment that it is about." })
export class CommentIdInput {
  @Field(() => ID, { description: "The comment's id." })
  commentId: string;
}

/** The key inside a comment's global id; throws BAD_USER_INPUT for any other id. */
export function commentKey(globalId: string): CommentKey {
  const [videoId = "", id = ""] = keyOf("comment", globalId);
  return { videoId, id };
}
