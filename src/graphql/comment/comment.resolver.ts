/** Comments: written, deleted, liked and listed; and whom captions mention. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { addComment, deleteComment } from "../../actions/comment.ts";
import { setCommentLiked } from "../../actions/comment-like.ts";
import type { Video } from "../../entities/video.ts";
import { globalId, rowId } from "../../ids.ts";
import {
  commentOf,
  nearestComments,
  newestComments,
  oldestComments,
  repliesToComment,
  type SeenComment,
  viewerCanComment,
} from "../../loaders/comment.ts";
import { userById, usersByIds } from "../../loaders/user.ts";
import { videoById } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";
import { AddCommentInput, CommentIdInput, commentKey } from "./comment.input.ts";
import {
  CommentConnection,
  type CommentOrder,
  CommentOrderEnum,
  CommentPayload,
  CommentType,
  DeleteCommentPayload,
} from "./comment.type.ts";

const PAGES = { FRIENDS_FIRST: nearestComments, NEWEST: newestComments, OLDEST: oldestComments } as const;

@Resolver(() => CommentType)
export class CommentResolver {
  @Mutation(() => CommentPayload, {
    description:
      "Comments on a video, or answers a comment. On the viewer's own video its hashtags are the video's too, as long as it stands. FORBIDDEN where its `commentsFrom` leaves the viewer out, CONFLICT for a comment that was deleted and for a nonce that was used for something else, TOO_MANY_REQUESTS.",
  })
  async addComment(
    @Ctx() context: Context,
    @Arg("input", () => AddCommentInput, { description: "What, and where." }) input: AddCommentInput,
  ) {
    const videoId = rowId("video", input.videoId);
    const id = await addComment(context, {
      videoId,
      text: input.text,
      replyTo: typeof input.replyToId === "string" ? commentKey(input.replyToId) : null,
      nonce: input.nonce ?? null,
    });
    return new CommentPayload({ videoId, id });
  }

  @Mutation(() => DeleteCommentPayload, {
    description:
      "Deletes a comment of the viewer's own, or on a video of theirs, whether or not they see it; FORBIDDEN for any other. While it has answers, a tombstone stays over them: CONFLICT for such a one.",
  })
  async deleteComment(
    @Ctx() context: Context,
    @Arg("input", () => CommentIdInput, { description: "Which comment." }) input: CommentIdInput,
  ) {
    const key = commentKey(input.commentId);
    await deleteComment(context, key);
    return new DeleteCommentPayload(key, globalId("comment", key.videoId, key.id));
  }

  @Mutation(() => CommentPayload, {
    description:
      "Likes a comment; liking it again changes nothing. CONFLICT for one that was deleted, TOO_MANY_REQUESTS.",
  })
  async likeComment(
    @Ctx() context: Context,
    @Arg("input", () => CommentIdInput, { description: "Which comment." }) input: CommentIdInput,
  ) {
    const key = commentKey(input.commentId);
    await setCommentLiked(context, key, true);
    return new CommentPayload(key);
  }

  @Mutation(() => CommentPayload, {
    description:
      "Takes a like back, also of a comment that the viewer does not see any more; taking back none changes nothing. CONFLICT for a comment that was deleted, TOO_MANY_REQUESTS.",
  })
  async unlikeComment(
    @Ctx() context: Context,
    @Arg("input", () => CommentIdInput, { description: "Which comment." }) input: CommentIdInput,
  ) {
    const key = commentKey(input.commentId);
    await setCommentLiked(context, key, false);
    return new CommentPayload(key);
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { videoId, id }: SeenComment): string {
    return globalId("comment", videoId, id);
  }

  @FieldResolver(() => VideoType, { nullable: true, description: "What it is about." })
  video(@Root() { videoId }: SeenComment, @Ctx() { loads }: Context) {
    return videoById(loads, videoId);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who wrote it; null of a tombstone.",
  })
  author(@Root() { authorId }: SeenComment, @Ctx() { loads }: Context) {
    return authorId === null ? null : userById(loads, authorId);
  }

  @FieldResolver(() => [UserType], {
    description: "Whom it mentions, in its order, as far as the viewer may see them; at most 50.",
  })
  mentions(@Root() { mentions }: SeenComment, @Ctx() { loads }: Context) {
    return usersByIds(loads, mentions ?? []);
  }

  @FieldResolver(() => CommentType, {
    nullable: true,
    description: "The comment that it answers; null where it answers none.",
  })
  replyTo(@Root() { videoId, replyToId }: SeenComment, @Ctx() { loads }: Context) {
    return replyToId === null ? null : commentOf(loads, videoId, replyToId);
  }

  @FieldResolver(() => CommentConnection, {
    description: "The answers to it, oldest first; an answer has none.",
  })
  async replies(
    @Root() { videoId, id }: SeenComment,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await repliesToComment(loads, [videoId, id], pageRequest(page)));
  }
}

@Resolver(() => VideoType)
export class VideoCommentsResolver {
  @FieldResolver(() => CommentConnection, {
    description: "What people say about it; the answers to a comment are `replies` of that one.",
  })
  async comments(
    @Root() { id }: Video,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("order", () => CommentOrderEnum, {
      nullable: true,
      description: "In which order; FRIENDS_FIRST when left out. A cursor is of one order.",
    })
    order?: CommentOrder | null,
  ) {
    return new Connection(await PAGES[order ?? "FRIENDS_FIRST"](loads, [id], pageRequest(page)));
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether the viewer may comment on it, as `commentsFrom` says; nobody who is signed out may.",
  })
  viewerCanComment(@Root() { id }: Video, @Ctx() { loads }: Context) {
    return viewerCanComment(loads, id);
  }

  @FieldResolver(() => [UserType], {
    description: "Whom its caption mentions, in its order, as far as the viewer may see them; at most 50.",
  })
  mentions(@Root() { mentions }: Video, @Ctx() { loads }: Context) {
    return usersByIds(loads, mentions ?? []);
  }
}

@Resolver(() => CommentPayload)
export class CommentPayloadResolver {
  @FieldResolver(() => CommentType, { nullable: true })
  comment(@Root() { key }: CommentPayload, @Ctx() { loads }: Context) {
    return key === undefined ? null : commentOf(loads, key.videoId, key.id);
  }

  @FieldResolver(() => VideoType, { nullable: true })
  video(@Root() { key }: CommentPayload, @Ctx() { loads }: Context) {
    return key === undefined ? null : videoById(loads, key.videoId);
  }
}

@Resolver(() => DeleteCommentPayload)
export class DeleteCommentPayloadResolver {
  @FieldResolver(() => VideoType, { nullable: true })
  video(@Root() { key }: DeleteCommentPayload, @Ctx() { loads }: Context) {
    return key === undefined ? null : videoById(loads, key.videoId);
  }
}
