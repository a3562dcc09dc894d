/** Moments: posted, deleted and seen; a person's, and the tray of what friends show. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from "type-graphql";
import { deleteMoment, markMomentSeen, postMoment } from "../../actions/moment.ts";
import { globalId, rowId } from "../../ids.ts";
import { MAX_LIVE_MOMENTS } from "../../limits.ts";
import type { SeenMessage } from "../../loaders/message.ts";
import {
  momentByKey,
  momentsOf,
  momentTrayOf,
  momentViewersOf,
  type SeenMoment,
} from "../../loaders/moment.ts";
import { type SeenUser, userById } from "../../loaders/user.ts";
import { videoById } from "../../loaders/video.ts";
import { askerOf } from "../../rates.ts";
import { type ViewerRoot, ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { MessageType } from "../message/message.type.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { UserConnection, UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";
import { MomentIdInput, momentKey, PostMomentInput } from "./moment.input.ts";
import { DeleteMomentPayload, MomentConnection, MomentPayload, MomentType } from "./moment.type.ts";

@Resolver(() => MomentType)
export class MomentResolver {
  @Mutation(() => MomentPayload, {
    description:
      "Shows the viewer's friends something for 24 hours. CONFLICT for a video that is not ready, LIMIT_REACHED while 50 are shown, NOT_ALLOWED_BY_POLICY, TOO_MANY_REQUESTS.",
  })
  async postMoment(
    @Ctx() context: Context,
    @Arg("input", () => PostMomentInput, { description: "What to show, and to whom." })
    input: PostMomentInput,
  ): Promise<MomentPayload> {
    const { videoId, text = null, audience = null, nonce = null } = input;
    return new MomentPayload(
      await postMoment(context, {
        videoId: typeof videoId === "string" ? rowId("video", videoId) : null,
        text,
        audience,
        nonce,
      }),
    );
  }

  @Mutation(() => DeleteMomentPayload, {
    description: "Takes a moment of the viewer's own away from everybody. FORBIDDEN for another's.",
  })
  async deleteMoment(
    @Ctx() context: Context,
    @Arg("input", () => MomentIdInput, { description: "Which moment." }) input: MomentIdInput,
  ): Promise<DeleteMomentPayload> {
    const key = momentKey(input.momentId);
    await deleteMoment(context, key);
    return { deletedId: globalId("moment", key.authorId, key.id) };
  }

  @Mutation(() => MomentPayload, {
    description: "Marks a moment as seen, for good; the viewer's own stays as it is.",
  })
  async markMomentSeen(
    @Ctx() context: Context,
    @Arg("input", () => MomentIdInput, { description: "Which moment." }) input: MomentIdInput,
  ): Promise<MomentPayload> {
    const key = momentKey(input.momentId);
    await markMomentSeen(context, key);
    return new MomentPayload(key);
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() { authorId, id }: SeenMoment): string {
    return globalId("moment", authorId, id);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who shows it; null where the viewer may not see them.",
  })
  author(@Root() { authorId }: SeenMoment, @Ctx() { loads }: Context) {
    return userById(loads, authorId);
  }

  @FieldResolver(() => VideoType, {
    nullable: true,
    description: "The video that it shows; null when it shows none, or one that the viewer may not see.",
  })
  video(@Root() { videoId }: SeenMoment, @Ctx() { loads }: Context) {
    return videoId === null ? null : videoById(loads, videoId);
  }

  @FieldResolver(() => UserConnection, {
    nullable: true,
    description: "Who has seen it, newest first; for its author alone, null for everybody else.",
  })
  async viewers(
    @Root() { authorId, id }: SeenMoment,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    if (authorId !== loads.viewerId) return null;
    return new Connection(await momentViewersOf(loads, [authorId, id], pageRequest(page)));
  }
}

@Resolver(() => MomentPayload)
export class MomentPayloadResolver {
  @FieldResolver(() => MomentType, { nullable: true })
  moment(@Root() { key }: MomentPayload, @Ctx() { loads }: Context) {
    // After a refusal there is no key.
    return key ? momentByKey(loads, key.authorId, key.id) : null;
  }
}

@Resolver(() => UserType)
export class UserMomentsResolver {
  @FieldResolver(() => [MomentType], {
    description: "What the person shows the viewer at this moment, oldest first; at most 50.",
  })
  async moments(@Root() { id }: SeenUser, @Ctx() { loads }: Context) {
    return (await momentsOf(loads, [id], pageRequest({ first: MAX_LIVE_MOMENTS }))).rows;
  }
}

@Resolver(() => ViewerType)
export class MomentTrayResolver {
  @FieldResolver(() => MomentConnection, {
    description:
      "What the viewer's friends show, but for those whom the viewer has muted: what the viewer has not seen first, and each newest first. The order is that of the first page: what comes, or is seen, while one reads on changes no place, and nothing comes twice. TOO_MANY_REQUESTS after 240 pages within a minute.",
  })
  async momentTray(
    @Root() { userId }: ViewerRoot,
    @Ctx() context: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    await context.rates.take("momentTray", askerOf(context));
    return new Connection(await momentTrayOf(context.loads, [userId], pageRequest(page)));
  }
}

@Resolver(() => MessageType)
export class MessageMomentResolver {
  @FieldResolver(() => MomentType, {
    nullable: true,
    description:
      "The moment that it answers; null when it answers none, and once that is gone or the viewer may not see it.",
  })
  moment(@Root() { momentAuthorId, momentId }: SeenMessage, @Ctx() { loads }: Context) {
    return momentAuthorId === null || momentId === null ? null : momentByKey(loads, momentAuthorId, momentId);
  }
}
