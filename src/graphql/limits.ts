/** The limits of one operation: code takes each number from here, and only prose repeats it. */
import {
  MAX_LIVE_MOMENTS,
  MAX_MENTIONS,
  MAX_PARTICIPANTS,
  MAX_PINS,
  MAX_REACTION_KINDS,
  MAX_SESSIONS,
  MAX_SHARE_TARGETS,
  MAX_SHOWN_EXPORTS,
  NAMED_FRIENDS,
  NAMED_MUTUAL_FRIENDS,
  NAMED_REACTORS,
  NAMED_SHARES,
} from "../limits.ts";

/** Fields within fields. */
export const MAX_DEPTH = 12;
export const MAX_ALIASES = 30;
export const MAX_TOKENS = 2_000;
/** Comments are no tokens, but the parser keeps each of them like one. */
export const MAX_COMMENTS = 100;
/**
 * A field costs 1; a list multiplies what is under it: a connection by its `first` or `last`, another by what it can
 * bring. So much that 50 messages fit, each with all who reacted to it.
 */
export const MAX_COST = 60_000;
/** The same of a subscription, which is paid again for each event: the same message fits twice, as new and as changed. */
export const MAX_SUBSCRIPTION_COST = 2_500;

export const MAX_PAGE_SIZE = 100;
export const DEFAULT_PAGE_SIZE = 20;
/** How many of those who caused a notification are shown with it. */
export const MAX_SHOWN_ACTORS = 3;
/** How many of those to whom something happened are shown with its notice. */
export const MAX_SHOWN_PEOPLE = 10;
/** With how many, at most, a video is suggested to be shared. */
export const MAX_SHOWN_TARGETS = 50;
/** Ids that `nodes` takes at a time. */
export const MAX_NODES = 100;

/** What a list of things brings at most that is no connection and not named below. */
export const MAX_LIST = 50;
/**
 * What the others bring, by type and field. A list with each kind of reason once counts as one: what is asked of it is
 * asked of one kind each.
 */
export const LIST_BOUNDS: Readonly<Record<string, number>> = {
  "AddParticipantsPayload.added": MAX_PARTICIPANTS,
  "Comment.mentions": MAX_MENTIONS,
  "CommentedByFriends.friends": NAMED_FRIENDS,
  "Conversation.pinnedMessages": MAX_PINS,
  "FeedItem.reasons": 1,
  "FriendSuggestion.reasons": 1,
  "LikedByFriends.friends": NAMED_FRIENDS,
  "Message.mentions": MAX_MENTIONS,
  "Message.reactions": MAX_REACTION_KINDS,
  "MutualFriendsReason.sample": NAMED_MUTUAL_FRIENDS,
  "Notice.people": MAX_SHOWN_PEOPLE,
  "Notification.actors": MAX_SHOWN_ACTORS,
  "ReactionGroup.users": NAMED_REACTORS,
  "RepostedByFriends.friends": NAMED_FRIENDS,
  "ShareVideoPayload.results": MAX_SHARE_TARGETS,
  "SharedWithViewer.shares": NAMED_SHARES,
  "SyncContactsPayload.matches": 100,
  "User.moments": MAX_LIVE_MOMENTS,
  "Video.mentions": MAX_MENTIONS,
  "Viewer.dataExports": MAX_SHOWN_EXPORTS,
  "Viewer.sessions": MAX_SESSIONS,
};

/** An HTTP body or a WebSocket frame. */
export const MAX_BODY_BYTES = 64 * 1024;
/**
 * The HTTP body by which somebody who is signed in uploads an address book: 5,000 hashes have to fit. Its document may be
 * no longer than another body.
 */
export const MAX_ADDRESS_BOOK_BYTES = 512 * 1024;
/** Subscriptions and other operations that one socket has open at a time. */
export const MAX_OPERATIONS_PER_SOCKET = 50;
/** The same of one stream of server-sent events. */
export const MAX_OPERATIONS_PER_STREAM = 50;
/** Sockets and streams that somebody has open on one node at a time; and, together, all who are not signed in, in one network. */
export const MAX_OPEN_PER_VIEWER = 30;
export const MAX_OPEN_PER_NETWORK = 200;
/** How long a socket stays on which nobody is signed in and nothing is asked. */
export const NOBODYS_IDLE_SECONDS = 60;
/** Streams for many operations that somebody has reserved or open on one node at a time. */
export const MAX_STREAMS_PER_VIEWER = 20;
