/** People: found by id and handle, and the fields of a person. */
import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { RequestError } from "../../errors.ts";
import { globalId, rowId } from "../../ids.ts";
import { lastActiveAt } from "../../loaders/activity.ts";
import { friendsOf, mutualFriendsOf } from "../../loaders/friendship.ts";
import { friendCountOf, relationshipWith, userByHandle } from "../../loaders/relationship.ts";
import { type SeenUser, userById } from "../../loaders/user.ts";
import { videosOf } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { FriendConnection, Friends } from "../friendship/friend.type.ts";
import { RelationshipType } from "../friendship/relationship.type.ts";
import { Connection, PageArgs, pageRequest } from "../page.ts";
import { DateTime } from "../scalars.ts";
import { VideoConnection } from "../video/video.type.ts";
import { UserConnection, UserType } from "./user.type.ts";

@Resolver(() => UserType)
export class UserResolver {
  @Query(() => UserType, {
    nullable: true,
    description: "A person by id or by handle; null when there is none that the viewer may see.",
  })
  user(
    @Ctx() { loads }: Context,
    @Arg("id", () => ID, { nullable: true, description: "The person's id." }) id?: string | null,
    @Arg("handle", () => String, { nullable: true, description: "The person's handle, in any case." })
    handle?: string | null,
  ) {
    if (typeof id === "string" && typeof handle !== "string") return userById(loads, rowId("user", id));
    if (typeof handle === "string" && typeof id !== "string") return userByHandle(loads, handle);
    throw new RequestError("BAD_USER_INPUT", "Ask for a person by `id` or by `handle`.");
  }

  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() user: SeenUser): string {
    return globalId("user", user.id);
  }

  @FieldResolver(() => RelationshipType, {
    nullable: true,
    description: "How the viewer stands to the person; null for oneself and when signed out.",
  })
  relationship(@Root() user: SeenUser, @Ctx() { loads }: Context) {
    return relationshipWith(loads, user.id);
  }

  @FieldResolver(() => Int, { nullable: true })
  friendCount(@Root() user: SeenUser, @Ctx() { loads }: Context) {
    return friendCountOf(loads, user.id);
  }

  @FieldResolver(() => FriendConnection, {
    nullable: true,
    description: "The person's friends, newest first; null where the viewer may not see the list.",
  })
  async friends(@Root() user: SeenUser, @Ctx() { loads }: Context, @Args(() => PageArgs) page: PageArgs) {
    if ((await friendCountOf(loads, user.id)) === null) return null;
    return new Friends(await friendsOf(loads, [user.id], pageRequest(page)), loads.viewerId);
  }

  @FieldResolver(() => UserConnection, {
    description:
      "The friends whom the viewer and the person have in common, as far as the viewer may know of it; the viewer's newest friends first. Empty for oneself and when signed out.",
  })
  async mutualFriends(
    @Root() user: SeenUser,
    @Ctx() { loads }: Context,
    @Args(() => PageArgs) page: PageArgs,
  ) {
    return new Connection(await mutualFriendsOf(loads, [user.id], pageRequest(page)));
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "When the person was last active, to within half a minute; null unless they are the viewer, or a friend and both share it.",
  })
  lastActiveAt(@Root() user: SeenUser, @Ctx() { loads }: Context) {
    return lastActiveAt(loads, user.id);
  }

  @FieldResolver(() => VideoConnection, { description: "The person's videos, newest first." })
  async videos(@Root() user: SeenUser, @Ctx() { loads }: Context, @Args(() => PageArgs) page: PageArgs) {
    return new Connection(await videosOf(loads, [user.id], pageRequest(page)));
  }
}
