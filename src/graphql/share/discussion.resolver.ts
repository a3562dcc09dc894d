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
      "The viewer's own conversations about it, the liveliest first: each as the share that it is about. Message requests are none of them.",
  })
  async discussions(@Root() { id }: Video, @Ctx() { loads }: Context, @Args(() => PageArgs) page: PageArgs) {
    return new Connection(await discussionsOf(loads, [id], pageRequest(page)));
  }
}
