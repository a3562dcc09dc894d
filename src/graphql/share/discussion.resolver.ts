/** The viewer's own conversations about a video. */
import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Video } from "../../entities/video.ts";
import { discussionsOf } from "../../loaders/share.ts";
import type { Context } from "../context.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { VideoType } from "../video/video.type.ts";
import { ShareConnection } from "./share.type.ts";

@Resolver(() => VideoType)
export class DiscussionResolver {
  @FieldResolver(() => ShareConnection, {
    description:
      "The viewer's own conversations about it, the liveliest first: each as the share that it is about. Message requests are none of them. TOO_MANY_REQUESTS after 1,200 pages within ten minutes, of which those of all videos of a list are one.",
  })
  async discussions(@Root() { id }: Video, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    const request = pageRequest(page);
    await context.takeTogether("discussions", request, id);
    return new Connection(await discussionsOf(context.loads, [id], request));
  }
}
