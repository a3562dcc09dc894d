/** What the viewer is told of. */
import { Field, Int, ObjectType } from "type-graphql";
import { NOTIFICATION_KINDS, type NotificationKind } from "../../entities/notification.ts";
import type { SeenNotification } from "../../loaders/notification.ts";
import { UnreadCounts, type ViewerRoot } from "../account/account.type.ts";
import { graphqlEnum } from "../enums.ts";
import { Node } from "../node.ts";
import { connectionOf } from "../page.ts";
import { Payload } from "../payload.ts";
import { DateTime } from "../scalars.ts";

const NotificationKindEnum = graphqlEnum(
  "NotificationKind",
  NOTIFICATION_KINDS,
  "What others did. `subject` is what they did it to.",
  {
    FRIEND_REQUEST: "Asked the viewer to be friends: the FriendRequest.",
    FRIEND_ACCEPTED: "Became a friend of the viewer, who had asked: the User.",
    CONTACT_JOINED: "Is here now, and in the viewer's contacts: the User.",
    LIKE: "Liked a video or a comment of the viewer: the Video, or the Comment.",
    COMMENT:
      "Commented on a video of the viewer: the Video. Or answered a comment of the viewer: that Comment.",
    MENTION:
      "Mentioned the viewer in a caption, a comment or a message: the Video, the Comment, or the Message.",
    REPOST: "Reposted a video of the viewer: the Video.",
    ACCESS_REQUESTED: "Would like to see a video of the viewer: the Video.",
    ACCESS_GRANTED: "Let the viewer see a video: the Video.",
    GROUP_INVITE: "Brought the viewer into a group: the Conversation.",
    MOMENT: "Posted a moment, and is a close friend of the viewer's: the Moment.",
    SHARE_LINK_JOINED: "Came to Kith by a video that the viewer had passed on: the User.",
  },
);

@ObjectType("Notification", {
  implements: Node,
  description:
    "Something that others did. What many did to the same thing is one notification, and what they take back is taken out of it.",
})
export class NotificationType
  extends Node
  implements Pick<SeenNotification, "kind" | "actorCount" | "seen" | "at">
{
  @Field(() => NotificationKindEnum, { description: "What they did." })
  kind: NotificationKind;

  @Field(() => Int, { description: "How many did it, of those whom the viewer may see and has not muted." })
  actorCount: number;

  @Field(() => Boolean, { description: "Whether the viewer has seen it: see `markNotificationsSeen`." })
  seen: boolean;

  @Field(() => DateTime, { description: "When the last of them did it." })
  at: string;
}

export const NotificationConnection = connectionOf("Notification", () => NotificationType);

@ObjectType("MarkNotificationsSeenPayload", { description: "What is left to be seen." })
export class MarkNotificationsSeenPayload extends Payload {
  @Field(() => UnreadCounts, {
    nullable: true,
    description: "The numbers on the badges; null after a refusal.",
  })
  unread: ViewerRoot | null;
}
