/** Hashtags: found by name, their videos, and those of a video. */
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { Hashtag } from "../../entities/hashtag.ts";
import type { Video } from "../../entities/video.ts";
import { hashtagByName, videosOfHashtag } from "../../loaders/hashtag.ts";
import { hashtagsOf } from "../../text.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { VideoConnection, VideoType } from "../video/video.type.ts";
import { HashtagType } from "./hashtag.type.ts";

@Resolver(() => HashtagType)
export class HashtagResolver {
  @Query(() => HashtagType, {
    nullable: true,
    description: "A hashtag by name; null when there is no public video with it that the viewer may see.",
  })
  hashtag(
    @Ctx() { loads }: Context,
    @Arg("name", () => String, { description: "Its name in any case, with or without the sign." })
    name: string,
  ) {
    return hashtagByName(loads, name);
  }

  @FieldResolver(() => VideoConnection, { description: "The public videos with it, newest first." })
  async videos(@Root() { name }: Hashtag, @Ctx() { loads }: Context, @Args(() => PageArgs) page: PageArgs) {
    return new Connection(await videosOfHashtag(loads, [name], pageRequest(page)));
  }
}

@Resolver(() => VideoType)
export class VideoHashtagsResolver {
  @FieldResolver(() => [String], {
    description:
      "The names of the hashtags in the caption, and then of those in its author's own comments on it, in their order and in lower case; at most 30.",
  })
  hashtags(@Root() { caption, commentHashtags }: Video): string[] {
    return hashtagsOf(caption, commentHashtags);
  }
}
