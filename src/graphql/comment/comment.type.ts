/** A comment, as the world may see it. */
import { Field, ID, Int, ObjectType } from "type-graphql";
import type { CommentKey } from "../../actions/comment.ts";
import type { SeenComment } from "../../loaders/comment.ts";
import { graphqlEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";
import { VideoType } from "../video/video.type.ts";

const COMMENT_ORDERS = ["FRIENDS_FIRST", "NEWEST", "OLDEST"] as const;
export type CommentOrder = (typeof COMMENT_ORDERS)[number];

export const CommentOrderEnum = graphqlEnum(
  "CommentOrder",
  COMMENT_ORDERS,
  "In which order comments are listed.",
  {
    FRIENDS_FIRST: "Those of the viewer and of their friends, newest first; then the others, newest first.",
    NEWEST: "Newest first.",
    OLDEST: "Oldest first.",
  },
);

@ObjectType("Comment", {
  implements: Node,
  description:
    "What somebody says about a video. One with answers that is deleted, or whose author the viewer may not see, is a tombstone over them: without a text and without an author.",
})
export class CommentType
  extends Node
  implements
    Pick<SeenComment, "text" | "deletedAt" | "createdAt" | "likeCount" | "viewerHasLiked" | "replyCount">
{
  @Field(() => String, {
    nullable: true,
    description: "1 to 1,000 characters; null of a tombstone.",
  })
  text: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "Of a tombstone the day from which on it is one, at 0:00 UTC; null of a comment that can be read.",
  })
  deletedAt: string | null;

  @Field(() => DateTime, { description: "When it was written." })
  createdAt: string;

  @Field(() => Int, { description: "How many people like it; 0 of a tombstone." })
  likeCount: number;

  @Field(() => Boolean, { description: "Whether the viewer likes it." })
  viewerHasLiked: boolean;

  @Field(() => Int, { description: "How many answers it has that the viewer can read." })
  replyCount: number;
}

export const CommentConnection = connectionOf("Comment", () => CommentType);

@ObjectType("CommentPayload", { description: "The comment and its video as they are now." })
export class CommentPayload extends Payload {
  constructor(readonly key: CommentKey | undefined) {
    super();
  }

  @Field(() => CommentType, {
    nullable: true,
    description:
      "The comment; null after a refusal, where the viewer does not see it, and where a nonce finds one that was deleted and has no answers.",
  })
  comment?: CommentType | null;

  @Field(() => VideoType, {
    nullable: true,
    description: "Its video; null after a refusal, and where the viewer does not see it.",
  })
  video?: VideoType | null;
}

@ObjectType("DeleteCommentPayload", { description: "Which comment is gone." })
export class DeleteCommentPayload extends Payload {
  constructor(
    readonly key: CommentKey | undefined,
    deletedId: string,
  ) {
    super();
    this.deletedId = deletedId;
  }

  @Field(() => ID, {
    nullable: true,
    description:
      "The id of the comment that was deleted, under which there is a tombstone where answers are left; null after a refusal.",
  })
  deletedId: string | null;

  @Field(() => VideoType, {
    nullable: true,
    description: "Its video; null after a refusal, and where the viewer does not see it.",
  })
  video?: VideoType | null;
}
