/** The items of the two streams, and the changes that they tell of. */
import { createUnionType, Field, ID, Int, ObjectType } from "type-graphql";
import { ConversationType } from "../conversation/conversation.type.ts";
import { StreamResetReasonEnum } from "../enums.ts";
import { RelationshipType } from "../friendship/relationship.type.ts";
import { MessageType } from "../message/message.type.ts";
import { typeOf } from "../node.ts";
import { NotificationType } from "../notification/notification.type.ts";
import { DateTime, EventCursor } from "../scalars.ts";
import { UserType } from "../user/user.type.ts";
import { VideoType } from "../video/video.type.ts";

const AFTER = "The place after this item: resume from here.";

@ObjectType("MessageReceived", { description: "A message that somebody else has sent." })
export class MessageReceived {
  @Field(() => EventCursor, { description: AFTER })
  cursor: string;

  @Field(() => MessageType, {
    nullable: true,
    description: "The message; null when the viewer may no longer see it.",
  })
  message?: MessageType | null;

  @Field(() => ConversationType, {
    nullable: true,
    description: "Where it was said; null once the viewer is out of it.",
  })
  conversation?: ConversationType | null;
}

@ObjectType("StreamOpened", { description: "The stream goes on from here, and nothing is missing." })
export class StreamOpened {
  @Field(() => EventCursor, { description: AFTER })
  cursor: string;

  @Field(() => Boolean, { description: "Whether it goes on from a cursor that the client gave." })
  resumed: boolean;
}

@ObjectType("StreamReset", {
  description:
    "The stream can't go on from the client's cursor: read the world again. What comes next follows `cursor`.",
})
export class StreamReset {
  @Field(() => EventCursor, { description: AFTER })
  cursor: string;

  @Field(() => StreamResetReasonEnum, { description: "Why it can't." })
  reason: "CURSOR_EXPIRED" | "TOO_FAR_BEHIND";
}

@ObjectType("MessageSent", {
  description: "A message was sent, by another or from another of the viewer's devices.",
})
export class MessageSent {
  @Field(() => MessageType, {
    nullable: true,
    description: "The message; null when the viewer may no longer see it.",
  })
  message?: MessageType | null;
}

@ObjectType("MessageChanged", { description: "A message is no longer as it was." })
export class MessageChanged {
  @Field(() => MessageType, {
    nullable: true,
    description: "The message; null when the viewer may no longer see it.",
  })
  message?: MessageType | null;
}

@ObjectType("ConversationChanged", {
  description:
    "A conversation began, or is no longer as it was. Its messages may have changed, too, where they are too many to tell of each, as when an account is erased: read again those that are kept.",
})
export class ConversationChanged {
  @Field(() => ConversationType, { nullable: true, description: "It; null once the viewer is out of it." })
  conversation?: ConversationType | null;
}

@ObjectType("ConversationLeft", {
  description:
    "The viewer is out of a conversation: they have left it or were removed. A direct one comes back with its next message.",
})
export class ConversationLeft {
  @Field(() => ID, { description: "Which; drop it, with all that was said there." })
  conversationId: string;
}

@ObjectType("ReadMoved", {
  description: "Somebody has read on: the viewer elsewhere, or another who gives receipts.",
})
export class ReadMoved {
  @Field(() => ConversationType, { nullable: true, description: "Where; null once the viewer is out of it." })
  conversation?: ConversationType | null;

  @Field(() => UserType, { nullable: true, description: "Who; null where the viewer may not see them." })
  user?: UserType | null;

  @Field(() => Int, { description: "The position up to which they have read." })
  readUpTo: number;
}

@ObjectType("RelationshipChanged", {
  description: "The viewer and another person no longer stand as they did.",
})
export class RelationshipChanged {
  @Field(() => UserType, {
    nullable: true,
    description: "The person; null where the viewer may not see them.",
  })
  user?: UserType | null;

  @Field(() => RelationshipType, { nullable: true, description: "How they stand now; null with `user`." })
  relationship?: RelationshipType | null;
}

@ObjectType("NotificationAdded", {
  description: "Somebody did what the viewer is told of: a new notification, or one more who causes it.",
})
export class NotificationAdded {
  @Field(() => NotificationType, {
    nullable: true,
    description: "The notification as it is now; null when it was taken back meanwhile.",
  })
  notification?: NotificationType | null;
}

@ObjectType("VideoChanged", {
  description:
    "A video is no longer as it was for the viewer: one of their own, one that they have liked, saved or reposted or do so no longer, or one that they were let in to.",
})
export class VideoChanged {
  @Field(() => VideoType, { nullable: true, description: "The video; null when it is gone." })
  video?: VideoType | null;
}

@ObjectType("AccessRevoked", { description: "The viewer may no longer see these." })
export class AccessRevoked {
  @Field(() => [ID], { description: "Drop them from a normalised cache, with all that hangs off them." })
  ids: string[];
}

export const Change = createUnionType({
  name: "Change",
  description: "What has changed in the viewer's world.",
  types: () =>
    [
      MessageSent,
      MessageChanged,
      ConversationChanged,
      ConversationLeft,
      ReadMoved,
      RelationshipChanged,
      NotificationAdded,
      VideoChanged,
      AccessRevoked,
    ] as const,
  resolveType: typeOf,
});

@ObjectType("ViewerEvent", { description: "Something has changed in the viewer's world." })
export class ViewerEventType {
  @Field(() => EventCursor, { description: AFTER })
  cursor: string;

  @Field(() => DateTime, { description: "When it changed." })
  at: string;

  @Field(() => Change, { description: "What has changed, as it is at this moment." })
  change: object;
}

export const ViewerStreamItem = createUnionType({
  name: "ViewerStreamItem",
  description: "An item of the viewer's stream; the first is always StreamOpened or StreamReset.",
  types: () => [StreamOpened, StreamReset, ViewerEventType] as const,
  resolveType: typeOf,
});
