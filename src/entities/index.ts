/** Every entity, as TypeORM takes them: an explicit list, for glob strings break under jest's module loader. */
import { Account, Handle, Session } from "./account.ts";
import { LastActive } from "./activity.ts";
import { Comment, CommentLike } from "./comment.ts";
import { Contact, ContactPoint } from "./contact.ts";
import {
  Conversation,
  ConversationNonce,
  DirectConversation,
  InboxEntry,
  Participant,
} from "./conversation.ts";
import { Repost, Save, Sharing, View } from "./engagement.ts";
import { ViewerEvent, ViewerLog } from "./event.ts";
import { DataExport, DataExportPart } from "./export.ts";
import { Block, FriendRequest, Friendship } from "./friendship.ts";
import { Hashtag, VideoHashtag } from "./hashtag.ts";
import { Identity } from "./identity.ts";
import { Invite, InviteBar, InviteRedemption, UsedFriendCode } from "./invite.ts";
import { Message } from "./message.ts";
import { Moment, MomentView } from "./moment.ts";
import { Mute } from "./mute.ts";
import { Notification, NotificationActor } from "./notification.ts";
import { Pin } from "./pin.ts";
import { RateCounter } from "./rate.ts";
import { Reaction } from "./reaction.ts";
import { Report } from "./report.ts";
import { Share } from "./share.ts";
import { ShareLink } from "./share-link.ts";
import { DismissedSuggestion } from "./suggestion.ts";
import { TrendingVideo } from "./trend.ts";
import { DiscardedUpload, VideoUpload } from "./upload.ts";
import { User } from "./user.ts";
import { Like, Video } from "./video.ts";
import { VideoAccess } from "./video-access.ts";

export const entities = [
  Account,
  Block,
  Comment,
  CommentLike,
  Contact,
  ContactPoint,
  Conversation,
  ConversationNonce,
  DataExport,
  DataExportPart,
  DirectConversation,
  DiscardedUpload,
  DismissedSuggestion,
  FriendRequest,
  Friendship,
  Handle,
  Hashtag,
  Identity,
  InboxEntry,
  Invite,
  InviteBar,
  InviteRedemption,
  LastActive,
  Like,
  Message,
  Moment,
  MomentView,
  Mute,
  Notification,
  NotificationActor,
  Participant,
  Pin,
  RateCounter,
  Reaction,
  Report,
  Repost,
  Save,
  Session,
  Share,
  ShareLink,
  Sharing,
  TrendingVideo,
  UsedFriendCode,
  User,
  Video,
  VideoAccess,
  VideoHashtag,
  VideoUpload,
  View,
  ViewerEvent,
  ViewerLog,
];
