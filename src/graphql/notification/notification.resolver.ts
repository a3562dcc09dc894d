/** What the viewer is told of, and how far they have seen it. */
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from "type-graphql";
import { markNotificationsSeen } from "../../actions/notification-seen.ts";
import { globalId } from "../../ids.ts";
import {
  actorsOf,
  notificationsOf,
  type SeenNotification,
  subjectOf,
  unreadNotificationCount,
} from "../../loaders/notification.ts";
import { UnreadCounts, type ViewerRoot, ViewerType } from "../account/account.type.ts";
import type { Context } from "../context.ts";
import { MAX_SHOWN_ACTORS } from "../limits.ts";
import { readNode } from "../node.resolver.ts";
import { Node } from "../node.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { UserType } from "../user/user.type.ts";
import { MarkNotificationsSeenInput } from "./notification.input.ts";
import {
  MarkNotificationsSeenPayload,
  NotificationConnection,
  NotificationType,
} from "./notification.type.ts";

@Resolver(() => NotificationType)
export class NotificationResolver {
  @Mutation(() => MarkNotificationsSeenPayload, {
    description: "Marks notifications as seen, up to an instant; what was seen stays so.",
  })
  async markNotificationsSeen(
    @Ctx() context: Context,
    @Arg("input", () => MarkNotificationsSeenInput, { description: "Up to when." })
    input: MarkNotificationsSeenInput,
  ): Promise<MarkNotificationsSeenPayload> {
    return { unread: { userId: await markNotificationsSeen(context, input.upTo) } };
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() notification: SeenNotification): string {
    return globalId("notification", notification.id);
  }

  @FieldResolver(() => [UserType], {
    description: "The newest of those who did it, at most 3, whom the viewer may see and has not muted.",
  })
  async actors(@Root() { id }: SeenNotification, @Ctx() { loads }: Context) {
    return (await actorsOf(loads, [id], pageRequest({ first: MAX_SHOWN_ACTORS }))).rows;
  }

  @FieldResolver(() => Node, {
    nullable: true,
    description: "What it is about, of the type that `kind` says; null where the viewer may not see it.",
  })
  subject(@Root() notification: SeenNotification, @Ctx() { loads }: Context) {
    return readNode(loads, subjectOf(notification));
  }
}

@Resolver(() => ViewerType)
export class ViewerNotificationResolver {
  @FieldResolver(() => NotificationConnection, { description: "What others did, newest first." })
  async notifications(
    @Root() { userId }: ViewerRoot,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await notificationsOf(loads, [userId], pageRequest(page)));
  }
}

@Resolver(() => UnreadCounts)
export class UnreadNotificationResolver {
  @FieldResolver(() => Int)
  notifications(@Root() { userId }: ViewerRoot, @Ctx() { loads }: Context) {
    return unreadNotificationCount(loads, userId);
  }
}
