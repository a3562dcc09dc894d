/** The two streams, and what their changes show. */
import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root, Subscription } from "type-graphql";
import { globalId } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { relationshipWith } from "../../loaders/friendship.ts";
import { messageAt } from "../../loaders/message.ts";
import { userById } from "../../loaders/user.ts";
import { videoById } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { RelationshipType } from "../friendship/relationship.type.ts";
import { MessageType } from "../message/message.type.ts";
import { EventCursor } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";
import {
  AccessRevoked,
  ConversationChanged,
  MessageReceived,
  MessageSent,
  ReadMoved,
  RelationshipChanged,
  VideoChanged,
  ViewerStreamItem,
} from "./event.type.ts";
import { type ChangeRoot, messagesReceived, viewerEvents } from "./stream.ts";

const id = (root: ChangeRoot, at: number) => root.ids[at] ?? "0";

@Resolver()
export class EventResolver {
  @Subscription(() => MessageReceived, {
    subscribe: ({ args, context }) =>
      messagesReceived(context as Context, args.conversationId, args.after) as never,
    description:
      "Messages that others send to the viewer, in any conversation or in one. With `after`, first those missed since; CURSOR_EXPIRED when they are no longer kept.",
  })
  messageReceived(
    @Root() item: MessageReceived,
    @Arg("conversationId", () => ID, { nullable: true, description: "Only this conversation." }) _id?: string,
    @Arg("after", () => EventCursor, { nullable: true, description: "From here; from now, when left out." })
    _after?: string,
  ) {
    return item;
  }

  @Subscription(() => ViewerStreamItem, {
    subscribe: ({ args, context }) => viewerEvents(context as Context, args.after) as never,
    description:
      "Everything that changes the viewer's world, in order, resumable. The first item is always StreamOpened or StreamReset.",
  })
  viewerEvents(
    @Root() item: object,
    @Arg("after", () => EventCursor, { nullable: true, description: "From here; from now, when left out." })
    _after?: string,
  ) {
    return item;
  }
}

@Resolver(() => MessageReceived)
export class MessageReceivedResolver {
  @FieldResolver(() => MessageType, { nullable: true })
  message(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return messageAt(loads, id(root, 0), id(root, 1));
  }

  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return conversationById(loads, id(root, 0));
  }
}

@Resolver(() => MessageSent)
export class MessageSentResolver {
  @FieldResolver(() => MessageType, { nullable: true })
  message(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return messageAt(loads, id(root, 0), id(root, 1));
  }
}

@Resolver(() => ConversationChanged)
export class ConversationChangedResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return conversationById(loads, id(root, 0));
  }
}

@Resolver(() => ReadMoved)
export class ReadMovedResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return conversationById(loads, id(root, 0));
  }

  @FieldResolver(() => UserType, { nullable: true })
  user(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return userById(loads, id(root, 1));
  }

  @FieldResolver(() => Int)
  readUpTo(@Root() root: ChangeRoot): number {
    return Number(id(root, 2));
  }
}

@Resolver(() => RelationshipChanged)
export class RelationshipChangedResolver {
  @FieldResolver(() => UserType, { nullable: true })
  user(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return userById(loads, id(root, 0));
  }

  @FieldResolver(() => RelationshipType, { nullable: true })
  relationship(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return relationshipWith(loads, id(root, 0));
  }
}

@Resolver(() => VideoChanged)
export class VideoChangedResolver {
  @FieldResolver(() => VideoType, { nullable: true })
  video(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return videoById(loads, id(root, 0));
  }
}

@Resolver(() => AccessRevoked)
export class AccessRevokedResolver {
  @FieldResolver(() => [ID])
  ids(@Root() root: ChangeRoot): string[] {
    return root.ids.map((userId) => globalId("user", userId));
  }
}
