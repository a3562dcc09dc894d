/** The enums of the contract, from the lists that all else takes them from. */
import { registerEnumType } from "type-graphql";
import { CONVERSATION_KINDS, PARTICIPANT_ROLES, PARTICIPATION_STATES } from "../entities/conversation.ts";
import { MET_THROUGH, REQUEST_DIRECTIONS } from "../entities/friendship.ts";
import { MESSAGE_KINDS } from "../entities/message.ts";
import { REACHES } from "../entities/user.ts";
import { AUDIENCES, VIDEO_STATUSES } from "../entities/video.ts";
import { USER_ERROR_CODES } from "../errors.ts";
import { FRIENDSHIP_STATES } from "../loaders/relationship.ts";
import { UNAVAILABLE_REASONS } from "../loaders/video.ts";

type Descriptions<Value extends string> = Readonly<Record<Value, string>>;

/** Registers an enum whose values are their own names. */
export function graphqlEnum<Value extends string>(
  name: string,
  values: readonly Value[],
  description: string,
  descriptions: Descriptions<Value>,
): Record<Value, Value> {
  const object = Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>;
  const valuesConfig = Object.fromEntries(
    values.map((value) => [value, { description: descriptions[value] }]),
  );
  registerEnumType(object, { name, description, valuesConfig: valuesConfig as never });
  return object;
}

export const UserErrorCodeEnum = graphqlEnum(
  "UserErrorCode",
  USER_ERROR_CODES,
  "What a person can do something about.",
  {
    INVALID: "The input breaks a rule that `message` names.",
    NOT_FOUND: "There is no such thing that the viewer may see.",
    FORBIDDEN: "The viewer sees it, and may not do this to it.",
    UNAVAILABLE: "The viewer can't reach this person, or join this group; why is not told.",
    CONFLICT: "The world has moved on: read it again.",
    LIMIT_REACHED: "A standing limit, for example of friends, of a group's size or of moments.",
    TOO_MANY_REQUESTS: "Too often: try again at `retryAt`.",
    NOT_ALLOWED_BY_POLICY: "An age or market rule: `ruleId` says which.",
    EXPIRED: "Its time is over.",
  },
);

export const ReachEnum = graphqlEnum("Reach", REACHES, "How far a person lets others in.", {
  EVERYONE: "Everybody whom the person has not blocked.",
  FRIENDS_OF_FRIENDS: "Friends, and those who have a friend in common with the person.",
  FRIENDS: "Friends.",
  CLOSE_FRIENDS: "Those whom the person has marked as close friends.",
  NO_ONE: "Nobody but the person.",
});

export const AudienceEnum = graphqlEnum(
  "Audience",
  AUDIENCES,
  "Who may see a video, or a moment, decided for each reader at each read.",
  {
    PUBLIC: "Everybody, signed in or not, but for people who block each other.",
    FRIENDS: "The author's friends.",
    CLOSE_FRIENDS: "Those whom the author has marked as close friends.",
    ONLY_ME: "The author alone.",
  },
);

export const VideoStatusEnum = graphqlEnum(
  "VideoStatus",
  VIDEO_STATUSES,
  "How far a video is from being watched.",
  {
    PROCESSING: "It is being made ready; only its author sees it.",
    READY: "It can be watched.",
    FAILED: "It could not be made ready; only its author sees it.",
    REMOVED: "It was taken away; nobody sees it.",
  },
);

export const UnavailableReasonEnum = graphqlEnum(
  "UnavailableReason",
  UNAVAILABLE_REASONS,
  "Why a shared video can't be seen, told no further than the viewer may know.",
  {
    NOT_AVAILABLE: "It can't be seen; why is not told.",
    NOT_IN_AUDIENCE: "Its author, a friend of the viewer, shows it to others.",
    REMOVED: "It was taken away.",
  },
);

export const MetThroughEnum = graphqlEnum("MetThrough", MET_THROUGH, "How two people came together.", {
  IN_PERSON_CODE: "One scanned the other's code.",
  INVITE_LINK: "One opened the other's invite.",
  CONTACTS: "They are in each other's contacts.",
  MUTUAL_FRIENDS: "They have friends in common.",
  CONVERSATION: "They met in a conversation.",
  SHARED_VIDEO: "One was shown a video of the other.",
  SEARCH: "One searched for the other.",
  PROFILE: "One came upon the other's profile.",
});

export const RequestDirectionEnum = graphqlEnum("RequestDirection", REQUEST_DIRECTIONS, "Who asked whom.", {
  INCOMING: "Others asked the viewer.",
  OUTGOING: "The viewer asked others.",
});

export const FriendshipStateEnum = graphqlEnum(
  "FriendshipState",
  FRIENDSHIP_STATES,
  "How two people stand, seen from the viewer.",
  {
    NONE: "Nothing joins them.",
    REQUEST_SENT: "The viewer has asked; an answer that was no looks the same.",
    REQUEST_RECEIVED: "The viewer was asked.",
    FRIENDS: "They are friends.",
  },
);

export const ConversationKindEnum = graphqlEnum(
  "ConversationKind",
  CONVERSATION_KINDS,
  "Two people, or a group.",
  {
    DIRECT: "The one conversation of two people.",
    GROUP: "A conversation of up to 256 people.",
  },
);

export const ParticipantRoleEnum = graphqlEnum(
  "ParticipantRole",
  PARTICIPANT_ROLES,
  "What a participant may do.",
  {
    OWNER: "Everything; whoever began the group, inherited it or was handed it.",
    ADMIN: "Adds people and removes members, invites, pins messages, changes the title and the picture.",
    MEMBER: "Talks.",
  },
);

export const ParticipationStateEnum = graphqlEnum(
  "ParticipationState",
  PARTICIPATION_STATES,
  "How the viewer takes part in a conversation.",
  {
    REQUEST: "Somebody whom the viewer has not let in would like to talk.",
    ACTIVE: "The viewer takes part.",
    LEFT: "The viewer has left.",
    REMOVED: "The viewer was removed.",
  },
);

export const MessageKindEnum = graphqlEnum("MessageKind", MESSAGE_KINDS, "What a message is.", {
  TEXT: "Words.",
  SHARE: "It brought a video: see `share`.",
  MOMENT_REPLY: "Words that answer a moment.",
  NOTICE: "It says that something happened in the conversation.",
});

export const MessageStatusEnum = graphqlEnum(
  "MessageStatus",
  ["SENT", "UNSENT", "HIDDEN"],
  "Whether a message can be read.",
  {
    SENT: "It can be read.",
    UNSENT: "Its sender has taken it back.",
    HIDDEN: "The viewer has blocked its sender, or hidden it.",
  },
);

export const StreamResetReasonEnum = graphqlEnum(
  "StreamResetReason",
  ["CURSOR_EXPIRED", "TOO_FAR_BEHIND"],
  "Why a stream could not go on from a cursor.",
  {
    CURSOR_EXPIRED:
      "The log no longer has what came after the cursor, for it keeps 7 days; or the cursor is of another log.",
    TOO_FAR_BEHIND: "More than 10,000 events came after the cursor.",
  },
);
