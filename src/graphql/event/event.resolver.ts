/** The two streams, and what their changes show. */
import { Arg, Ctx, FieldResolver, ID, Int, Resolver, Root, Subscription } from "type-graphql";
import { globalId, NOBODY, unpackNodes } from "../../ids.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { messageAt } from "../../loaders/message.ts";
import { notificationById } from "../../loaders/notification.ts";
import { relationshipWith } from "../../loaders/relationship.ts";
import { userById } from "../../loaders/user.ts";
import { videoById } from "../../loaders/video.ts";
import type { Context } from "../context.ts";
import { ConversationType } from "../conversation/conversation.type.ts";
import { RelationshipType } from "../friendship/relationship.type.ts";
import { MessageType } from "../message/message.type.ts";
import { NotificationType } from "../notification/notification.type.ts";
import { EventCursor } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";
import {
  AccessRevoked,
  ConversationChanged,
  ConversationLeft,
  MessageChanged,
  MessageReceived,
  MessageSent,
  NotificationAdded,
  ReadMoved,
  RelationshipChanged,
  VideoChanged,
  ViewerStreamItem,
} from "./event.type.ts";
import { type ChangeRoot, messagesReceived, viewerEvents } from "./stream.ts";

// What the ids of an event are is said of its kind in entities/event.ts.
const onlyId = ({ ids: [id = NOBODY] }: ChangeRoot) => id;

function messagePlace({ ids: [conversationId = NOBODY, position = "0"] }: ChangeRoot) {
  return { conversationId, position };
}

function readMove({ ids: [conversationId = NOBODY, readerId = NOBODY, readUpTo = "0"] }: ChangeRoot) {
  return { conversationId, readerId, readUpTo: Number(readUpTo) };
}

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
    const { conversationId, position } = messagePlace(root);
    return messageAt(loads, conversationId, position);
  }

  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return conversationById(loads, messagePlace(root).conversationId);
  }
}

@Resolver(() => MessageSent)
export class MessageSentResolver {
  @FieldResolver(() => MessageType, { nullable: true })
  message(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    const { conversationId, position } = messagePlace(root);
    return messageAt(loads, conversationId, position);
  }
}

@Resolver(() => MessageChanged)
export class MessageChangedResolver {
  @FieldResolver(() => MessageType, { nullable: true })
  message(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    const { conversationId, position } = messagePlace(root);
    return messageAt(loads, conversationId, position);
  }
}

@Resolver(() => ConversationChanged)
export class ConversationChangedResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return conversationById(loads, onlyId(root));
  }
}

@Resolver(() => ConversationLeft)
export class ConversationLeftResolver {
  @FieldResolver(() => ID)
  conversationId(@Root() root: ChangeRoot): string {
    return globalId("conversation", onlyId(root));
  }
}

@Resolver(() => ReadMoved)
export class ReadMovedResolver {
  @FieldResolver(() => ConversationType, { nullable: true })
  conversation(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return conversationById(loads, readMove(root).conversationId);
  }

  @FieldResolver(() => UserType, { nullable: true })
  user(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return userById(loads, readMove(root).readerId);
  }

  @FieldResolver(() => Int)
  readUpTo(@Root() root: ChangeRoot): number {
    return readMove(root).readUpTo;
  }
}

@Resolver(() => RelationshipChanged)
export class RelationshipChangedResolver {
  @FieldResolver(() => UserType, { nullable: true })
  user(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return userById(loads, onlyId(root));
  }

  @FieldResolver(() => RelationshipType, { nullable: true })
  relationship(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return relationshipWith(loads, onlyId(root));
  }
}

@Resolver(() => NotificationAdded)
export class NotificationAddedResolver {
  @FieldResolver(() => NotificationType, { nullable: true })
  notification(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return notificationById(loads, onlyId(root));
  }
}

@Resolver(() => VideoChanged)
export class VideoChangedResolver {
  @FieldResolver(() => VideoType, { nullable: true })
  video(@Root() root: ChangeRoot, @Ctx() { loads }: Context) {
    return videoById(loads, onlyId(root));
  }
}

@Resolver(() => AccessRevoked)
export class AccessRevokedResolver {
  @FieldResolver(() => [ID])
  ids(@Root() root: ChangeRoot): string[] {
    return unpackNodes(root.ids);
  }
}
