/** Befriending, parting, muting and blocking, and how the viewer stands to others. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from "type-graphql";
import { blockUser, unblockUser } from "../../actions/block.ts";
import type { ActionContext } from "../../actions/context.ts";
import { removeFriend, setCloseFriend } from "../../actions/friendship.ts";
import { muteUser } from "../../actions/mute.ts";
import {
  acceptFriendRequest,
  cancelFriendRequest,
  declineFriendRequest,
  sendFriendRequest,
} from "../../actions/request.ts";
import { globalId, rowId } from "../../ids.ts";
import { mutualFriendCount } from "../../loaders/friendship.ts";
import { type Relationship, relationshipWith } from "../../loaders/relationship.ts";
import { type Request, sidesOf } from "../../loaders/request.ts";
import { userById } from "../../loaders/user.ts";
import type { Context } from "../context.ts";
import { UserType } from "../user/user.type.ts";
import {
  MuteUserInput,
  SendFriendRequestInput,
  SetCloseFriendInput,
  UserIdInput,
} from "./friendship.input.ts";
import { FriendshipPayload } from "./friendship.type.ts";
import { RelationshipType } from "./relationship.type.ts";
import { FriendRequestType } from "./request.type.ts";

async function answer(
  context: Context,
  input: UserIdInput,
  act: (context: ActionContext, userId: string) => Promise<void>,
): Promise<FriendshipPayload> {
  const userId = rowId("user", input.userId);
  await act(context, userId);
  return new FriendshipPayload(userId);
}

@Resolver(() => FriendshipPayload)
export class FriendshipResolver {
  @Mutation(() => FriendshipPayload, {
    description:
      "Asks a person to be friends; asking back makes friends at once, and asking again is the same request. FORBIDDEN for whom the viewer has blocked, UNAVAILABLE where the person takes no requests from the viewer, LIMIT_REACHED with 1,000 open ones, or where one of the two has 5,000 friends, TOO_MANY_REQUESTS after 50 a day or 20 a minute.",
  })
  sendFriendRequest(
    @Ctx() context: Context,
    @Arg("input", () => SendFriendRequestInput, { description: "Whom to ask." })
    input: SendFriendRequestInput,
  ) {
    return answer(context, input, (_, userId) =>
      sendFriendRequest(context, { userId, note: input.note, metThrough: input.metThrough }),
    );
  }

  @Mutation(() => FriendshipPayload, {
    description:
      "Makes friends with who asked. CONFLICT when the request is gone; the payload says how things stand. LIMIT_REACHED where one of the two has 5,000 friends.",
  })
  acceptFriendRequest(
    @Ctx() context: Context,
    @Arg("input", () => UserIdInput, { description: "Who asked." }) input: UserIdInput,
  ) {
    return answer(context, input, acceptFriendRequest);
  }

  @Mutation(() => FriendshipPayload, {
    description:
      "Declines without a word: to the asker nothing changes. Holds back their next request for 30 days. CONFLICT when the request is gone; the payload says how things stand.",
  })
  declineFriendRequest(
    @Ctx() context: Context,
    @Arg("input", () => UserIdInput, { description: "Who asked." }) input: UserIdInput,
  ) {
    return answer(context, input, declineFriendRequest);
  }

  @Mutation(() => FriendshipPayload, {
    description:
      "Takes back the viewer's request. CONFLICT when it was answered; the payload says how things stand.",
  })
  cancelFriendRequest(
    @Ctx() context: Context,
    @Arg("input", () => UserIdInput, { description: "Who was asked." }) input: UserIdInput,
  ) {
    return answer(context, input, cancelFriendRequest);
  }

  @Mutation(() => FriendshipPayload, { description: "Ends a friendship without a word to the other." })
  removeFriend(
    @Ctx() context: Context,
    @Arg("input", () => UserIdInput, { description: "The friend." }) input: UserIdInput,
  ) {
    return answer(context, input, removeFriend);
  }

  @Mutation(() => FriendshipPayload, {
    description:
      "Marks a friend as close, or takes the mark away; they are not told. FORBIDDEN for no friend, TOO_MANY_REQUESTS.",
  })
  setCloseFriend(
    @Ctx() context: Context,
    @Arg("input", () => SetCloseFriendInput, { description: "The friend." }) input: SetCloseFriendInput,
  ) {
    return answer(context, input, (_, userId) => setCloseFriend(context, userId, input.close));
  }

  @Mutation(() => FriendshipPayload, {
    description:
      "Mutes a person until an instant, who is not told; without one it unmutes. Until then nothing of theirs comes to the viewer unasked: no notification, nothing in feeds, no moment in the tray. INVALID for an instant that is past or more than 10 years away.",
  })
  muteUser(
    @Ctx() context: Context,
    @Arg("input", () => MuteUserInput, { description: "Whom to mute, and until when." }) input: MuteUserInput,
  ) {
    const until = typeof input.until === "string" ? new Date(input.until) : null;
    return answer(context, input, (_, userId) => muteUser(context, userId, until));
  }

  @Mutation(() => FriendshipPayload, {
    description:
      "Blocks a person, who is not told: ends requests and friendship, and hides the viewer from them everywhere.",
  })
  blockUser(
    @Ctx() context: Context,
    @Arg("input", () => UserIdInput, { description: "Whom to block." }) input: UserIdInput,
  ) {
    return answer(context, input, blockUser);
  }

  @Mutation(() => FriendshipPayload, {
    description: "Unblocks a person; it restores nothing. TOO_MANY_REQUESTS.",
  })
  unblockUser(
    @Ctx() context: Context,
    @Arg("input", () => UserIdInput, { description: "Whom to unblock." }) input: UserIdInput,
  ) {
    return answer(context, input, unblockUser);
  }

  @FieldResolver(() => RelationshipType, { nullable: true })
  relationship(@Root() { userId }: FriendshipPayload, @Ctx() { loads }: Context) {
    return typeof userId === "string" ? relationshipWith(loads, userId) : null;
  }

  @FieldResolver(() => UserType, { nullable: true })
  user(@Root() { userId }: FriendshipPayload, @Ctx() { loads }: Context) {
    return typeof userId === "string" ? userById(loads, userId) : null;
  }
}

@Resolver(() => RelationshipType)
export class RelationshipResolver {
  @FieldResolver(() => UserType, {
    nullable: true,
    description: "The person; null where the viewer may not see them.",
  })
  user(@Root() { otherId }: Relationship, @Ctx() { loads }: Context) {
    return userById(loads, otherId);
  }

  @FieldResolver(() => Int)
  mutualFriendCount(@Root() { otherId }: Relationship, @Ctx() { loads }: Context) {
    return mutualFriendCount(loads, otherId);
  }
}

@Resolver(() => FriendRequestType)
export class FriendRequestResolver {
  @FieldResolver(() => ID, { description: "Global and opaque; it says its type." })
  id(@Root() request: Request): string {
    const { fromId, toId } = sidesOf(request);
    return globalId("request", fromId, toId);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who asked; null where the viewer may not see them.",
  })
  from(@Root() request: Request, @Ctx() { loads }: Context) {
    return userById(loads, sidesOf(request).fromId);
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: "Who was asked; null where the viewer may not see them.",
  })
  to(@Root() request: Request, @Ctx() { loads }: Context) {
    return userById(loads, sidesOf(request).toId);
  }

  @FieldResolver(() => Int)
  mutualFriendCount(@Root() request: Request, @Ctx() { loads }: Context) {
    return mutualFriendCount(loads, request.otherId);
  }
}
