/** Every entity, as TypeORM takes them: an explicit list, for glob strings break under jest's module loader. */
import { Account, Handle, Session } from "./account.ts";
import {
  Conversation,
  ConversationNonce,
  DirectConversation,
  InboxEntry,
  Participant,
} from "./conversation.ts";
import { ViewerEvent, ViewerLog } from "./event.ts";
import { Block, FriendRequest, Friendship } from "./friendship.ts";
import { Message } from "./message.ts";
import { Share } from "./share.ts";
import { User } from "./user.ts";
import { Like, Video } from "./video.ts";

export const entities = [
  Account,
  Block,
  Conversation,
  ConversationNonce,
  DirectConversation,
  FriendRequest,
  Friendship,
  Handle,
  InboxEntry,
  Like,
  Message,
  Participant,
  Session,
  Share,
  User,
  Video,
  ViewerEvent,
  ViewerLog,
];
