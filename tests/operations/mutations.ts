/** The mutations as tests call them: each with the type of its input, and with what is read of its payload. */
import { send } from "../support/ask.ts";
import type { Payloads, UserError } from "./payloads.ts";

export type {
  Comment,
  Conversation,
  Credentials,
  Invite,
  Message,
  Moment,
  Privacy,
  Profile,
  Relationship,
  Report,
  Session,
  ShareResult,
  Upload,
  UserError,
  Video,
} from "./payloads.ts";

export type MutationName = keyof Payloads;
export type Payload<Name extends MutationName> = Payloads[Name] & { readonly userErrors: UserError[] };

const ERROR = "{ code message path retryAt ruleId }";
export const RELATIONSHIP = `
  state friendsSince metThrough isCloseFriend isBlocked mutedUntil canMessage canRequestFriendship mutualFriendCount`;
export const MESSAGE = `
  id position kind status body nonce videoAtMs sender { id } replyTo { id } topic { id } share { id } moment { id }`;
const SIGNED_IN = `
  credentials { accessToken refreshToken accessTokenExpiresAt refreshTokenExpiresAt }
  viewer { email phone birthDate country user { id handle displayName } }`;
export const MOMENT = `
  id text audience createdAt expiresAt viewerHasSeen author { id } video { id } viewers { nodes { id } }`;
export const PRIVACY = `
  messagesFrom friendRequestsFrom groupInvitesFrom friendListVisibleTo activityVisibleTo
  readReceipts showLastActive discoverableByContacts suggestMe`;
export const SESSION = "id userAgent createdAt lastUsedAt current";
const FRIENDSHIP = `relationship { ${RELATIONSHIP} } user { id }`;
export const INVITE = "code url status from { id } conversation { id } expiresAt usesLeft";
export const REPORT = "id subject { __typename id } reporter { id } reason note excerpt status createdAt";
export const UPLOAD = "id uploadUrl status bytesReceived expiresAt failure video { id status }";
const VIDEO = `
  video {
    id caption audience status commentsFrom likeCount viewerHasLiked repostCount viewCount viewerHasSaved
    viewerHasReposted playbackUrl author { id }
  }`;
export const COMMENT = `
  id text deletedAt createdAt likeCount viewerHasLiked replyCount author { id } replyTo { id } video { id } mentions { id }`;
const CONVERSATION = `
  conversation {
    id kind title participantCount unreadCount
    viewerSettings { state readUpTo }
    participants(first: 100) { nodes { role user { id } } }
  }`;

/** Of each mutation: the type of its input, and what is read of its payload. */
export const mutations: Readonly<Record<MutationName, readonly [inputType: string, selection: string]>> = {
  signUp: ["SignUpInput", SIGNED_IN],
  signIn: ["SignInInput", SIGNED_IN],
  refreshSession: ["RefreshSessionInput", SIGNED_IN],
  signOut: ["SignOutInput", "signedOut"],
  updateProfile: [
    "UpdateProfileInput",
    "viewer { email phone country user { id handle displayName bio avatarUrl } }",
  ],
  updatePrivacy: ["UpdatePrivacyInput", `viewer { privacy { ${PRIVACY} } }`],
  changePassword: ["ChangePasswordInput", `viewer { sessions { ${SESSION} } }`],
  exportMyData: ["ExportMyDataInput", "export { id status }"],
  deleteAccount: ["DeleteAccountInput", "deletesAt"],
  sendFriendRequest: ["SendFriendRequestInput", FRIENDSHIP],
  acceptFriendRequest: ["UserIdInput", FRIENDSHIP],
  declineFriendRequest: ["UserIdInput", FRIENDSHIP],
  cancelFriendRequest: ["UserIdInput", FRIENDSHIP],
  removeFriend: ["UserIdInput", FRIENDSHIP],
  setCloseFriend: ["SetCloseFriendInput", FRIENDSHIP],
  muteUser: ["MuteUserInput", FRIENDSHIP],
  dismissSuggestion: ["UserIdInput", "userId"],
  blockUser: ["UserIdInput", FRIENDSHIP],
  unblockUser: ["UserIdInput", FRIENDSHIP],
  createInvite: ["CreateInviteInput", `invite { ${INVITE} }`],
  redeemInvite: ["RedeemInviteInput", `relationship { ${RELATIONSHIP} } ${CONVERSATION}`],
  revokeInvite: ["RevokeInviteInput", `invite { ${INVITE} }`],
  startVideoUpload: ["StartVideoUploadInput", `upload { ${UPLOAD} }`],
  publishVideo: ["PublishVideoInput", VIDEO],
  updateVideo: ["UpdateVideoInput", VIDEO],
  deleteVideo: ["VideoIdInput", "deletedId"],
  likeVideo: ["VideoIdInput", VIDEO],
  unlikeVideo: ["VideoIdInput", VIDEO],
  addComment: ["AddCommentInput", `comment { ${COMMENT} } video { id commentCount }`],
  deleteComment: ["CommentIdInput", "deletedId video { id commentCount }"],
  likeComment: ["CommentIdInput", `comment { ${COMMENT} } video { id }`],
  unlikeComment: ["CommentIdInput", `comment { ${COMMENT} } video { id }`],
  createShareLink: ["VideoIdInput", "shareLink { code url openCount video { id } sharedBy { id } }"],
  requestVideoAccess: ["VideoIdInput", "requested"],
  grantVideoAccess: ["GrantVideoAccessInput", VIDEO],
  saveVideo: ["VideoIdInput", VIDEO],
  unsaveVideo: ["VideoIdInput", VIDEO],
  repostVideo: ["RepostVideoInput", VIDEO],
  undoRepost: ["VideoIdInput", VIDEO],
  recordView: ["RecordViewInput", VIDEO],
  startConversation: ["StartConversationInput", CONVERSATION],
  updateConversation: ["UpdateConversationInput", CONVERSATION],
  addParticipants: ["AddParticipantsInput", `${CONVERSATION} added { id } notAdded`],
  removeParticipant: ["ParticipantInput", CONVERSATION],
  setParticipantRole: ["SetParticipantRoleInput", CONVERSATION],
  leaveConversation: ["ConversationIdInput", CONVERSATION],
  acceptMessageRequest: ["ConversationIdInput", CONVERSATION],
  declineMessageRequest: ["ConversationIdInput", CONVERSATION],
  markRead: ["MarkReadInput", CONVERSATION],
  setTyping: ["SetTypingInput", "until"],
  markUnread: ["ConversationIdInput", CONVERSATION],
  updateConversationSettings: ["UpdateConversationSettingsInput", CONVERSATION],
  markNotificationsSeen: ["MarkNotificationsSeenInput", "unread { notifications }"],
  sendMessage: ["SendMessageInput", `message { ${MESSAGE} } duplicate conversation { id }`],
  editMessage: ["EditMessageInput", `message { ${MESSAGE} }`],
  unsendMessage: ["MessageIdInput", `message { ${MESSAGE} }`],
  hideMessage: ["MessageIdInput", `message { ${MESSAGE} }`],
  pinMessage: ["MessageIdInput", `message { ${MESSAGE} }`],
  unpinMessage: ["MessageIdInput", `message { ${MESSAGE} }`],
  addReaction: ["ReactionInput", `message { ${MESSAGE} }`],
  removeReaction: ["ReactionInput", `message { ${MESSAGE} }`],
  shareVideo: [
    "ShareVideoInput",
    `results { targetId alreadyShared share { id note replyCount conversation { id } } error ${ERROR} } video { id }`,
  ],
  postMoment: ["PostMomentInput", `moment { ${MOMENT} }`],
  deleteMoment: ["MomentIdInput", "deletedId"],
  markMomentSeen: ["MomentIdInput", `moment { ${MOMENT} }`],
  report: ["ReportInput", `report { ${REPORT} }`],
  resolveReport: ["ResolveReportInput", `report { ${REPORT} }`],
};

/** The document of a mutation that takes its input as the variable `$input`. */
export function documentOf(name: MutationName): string {
  const [inputType, selection] = mutations[name];
  return `mutation ${name}($input: ${inputType}!) { ${name}(input: $input) { ${selection} userErrors ${ERROR} } }`;
}

/** A node of the service: a world, or a second server on its database. */
export interface Node {
  readonly server: { readonly url: string };
}
/** Whoever a token names; null is nobody. */
export type Somebody = { readonly token: string } | null;

/** Runs a mutation on a node as somebody; throws where the request itself was refused. */
export async function mutate<Name extends MutationName>(
  node: Node,
  somebody: Somebody,
  name: Name,
  input: Record<string, unknown>,
): Promise<Payload<Name>> {
  const { data, errors } = await send<Record<Name, Payload<Name>>>(
    node.server.url,
    somebody?.token ?? null,
    documentOf(name),
    { input },
  );
  if (errors.length > 0) throw new Error(`${name} was refused: ${JSON.stringify(errors)}`);
  return data[name];
}

/** The codes by which a mutation was refused; empty when it was done. */
export function codes({ userErrors }: { readonly userErrors: readonly UserError[] }): string[] {
  return userErrors.map(({ code }) => code);
}
