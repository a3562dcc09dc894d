/** What tests read of the payloads of mutations. */

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path: string[] | null;
  readonly retryAt: string | null;
  readonly ruleId: string | null;
}

export interface Credentials {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessTokenExpiresAt: string;
  readonly refreshTokenExpiresAt: string;
}

export interface Relationship {
  readonly state: "NONE" | "REQUEST_SENT" | "REQUEST_RECEIVED" | "FRIENDS";
  readonly friendsSince: string | null;
  readonly metThrough: string | null;
  readonly isCloseFriend: boolean;
  readonly isBlocked: boolean;
  readonly mutedUntil: string | null;
  readonly canMessage: boolean;
  readonly canRequestFriendship: boolean;
  readonly mutualFriendCount: number;
}

export interface Video {
  readonly id: string;
  readonly caption: string;
  readonly audience: string;
  readonly status: string;
  readonly commentsFrom: string;
  readonly likeCount: number;
  readonly viewerHasLiked: boolean;
  readonly repostCount: number;
  readonly viewCount: number;
  readonly viewerHasSaved: boolean;
  readonly viewerHasReposted: boolean;
  readonly playbackUrl: string | null;
  readonly author: { readonly id: string } | null;
}

export interface Comment {
  readonly id: string;
  readonly text: string | null;
  readonly deletedAt: string | null;
  readonly createdAt: string;
  readonly likeCount: number;
  readonly viewerHasLiked: boolean;
  readonly replyCount: number;
  readonly author: { readonly id: string } | null;
  readonly replyTo: { readonly id: string } | null;
  readonly video: { readonly id: string } | null;
  readonly mentions: readonly { readonly id: string }[];
}

export interface Upload {
  readonly id: string;
  readonly uploadUrl: string;
  readonly status: string;
  readonly bytesReceived: number;
  readonly expiresAt: string;
  readonly failure: string | null;
  readonly video: { readonly id: string; readonly status: string } | null;
}

export interface Conversation {
  readonly id: string;
  readonly kind: string;
  readonly title: string | null;
  readonly participantCount: number;
  readonly unreadCount: number;
  readonly viewerSettings: { readonly state: string; readonly readUpTo: number };
  readonly participants: { readonly nodes: { role: string; user: { id: string } | null }[] };
}

export interface Message {
  readonly id: string;
  readonly position: number;
  readonly kind: string;
  readonly status: string;
  readonly body: string | null;
  readonly nonce: string | null;
  readonly videoAtMs: number | null;
  readonly sender: { readonly id: string } | null;
  readonly replyTo: { readonly id: string } | null;
  readonly topic: { readonly id: string } | null;
  readonly share: { readonly id: string } | null;
  readonly moment: { readonly id: string } | null;
}

export interface Moment {
  readonly id: string;
  readonly text: string | null;
  readonly audience: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly viewerHasSeen: boolean;
  readonly author: { readonly id: string } | null;
  readonly video: { readonly id: string } | null;
  readonly viewers: { readonly nodes: { readonly id: string }[] } | null;
}

export interface Report {
  readonly id: string;
  readonly subject: { readonly __typename: string; readonly id: string } | null;
  readonly reporter: { readonly id: string } | null;
  readonly reason: string;
  readonly note: string | null;
  readonly excerpt: string | null;
  readonly status: string;
  readonly createdAt: string;
}

export interface ShareResult {
  readonly targetId: string;
  readonly alreadyShared: boolean;
  readonly share: {
    id: string;
    note: string | null;
    replyCount: number;
    conversation: { id: string };
  } | null;
  readonly error: UserError | null;
}

interface SignedIn {
  readonly credentials: Credentials | null;
  readonly viewer: {
    readonly email: string | null;
    readonly phone: string | null;
    readonly birthDate: string | null;
    readonly country: string;
    readonly user: { readonly id: string; readonly handle: string; readonly displayName: string };
  } | null;
}
export interface Session {
  readonly id: string;
  readonly userAgent: string | null;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly current: boolean;
}

export interface Privacy {
  readonly messagesFrom: string;
  readonly friendRequestsFrom: string;
  readonly groupInvitesFrom: string;
  readonly friendListVisibleTo: string;
  readonly activityVisibleTo: string;
  readonly readReceipts: boolean;
  readonly showLastActive: boolean;
  readonly discoverableByContacts: boolean;
  readonly suggestMe: boolean;
}

export interface Profile {
  readonly email: string | null;
  readonly phone: string | null;
  readonly country: string;
  readonly user: {
    readonly id: string;
    readonly handle: string;
    readonly displayName: string;
    readonly bio: string | null;
    readonly avatarUrl: string | null;
  };
}

export interface Invite {
  readonly code: string;
  readonly url: string;
  readonly status: string;
  readonly from: { readonly id: string } | null;
  readonly conversation: { readonly id: string } | null;
  readonly expiresAt: string | null;
  readonly usesLeft: number | null;
}

export interface ShareLink {
  readonly code: string;
  readonly url: string;
  readonly openCount: number | null;
  readonly video: { readonly id: string } | null;
  readonly sharedBy: { readonly id: string } | null;
}

interface Friendship {
  readonly relationship: Relationship | null;
  readonly user: { readonly id: string } | null;
}

export interface Payloads {
  signUp: SignedIn;
  signIn: SignedIn;
  refreshSession: SignedIn;
  signOut: { readonly signedOut: boolean };
  updateProfile: { readonly viewer: Profile | null };
  updatePrivacy: { readonly viewer: { readonly privacy: Privacy } | null };
  changePassword: { readonly viewer: { readonly sessions: Session[] } | null };
  exportMyData: { readonly export: { readonly id: string; readonly status: string } | null };
  deleteAccount: { readonly deletesAt: string | null };
  sendFriendRequest: Friendship;
  acceptFriendRequest: Friendship;
  declineFriendRequest: Friendship;
  cancelFriendRequest: Friendship;
  removeFriend: Friendship;
  setCloseFriend: Friendship;
  muteUser: Friendship;
  dismissSuggestion: { readonly userId: string | null };
  blockUser: Friendship;
  unblockUser: Friendship;
  createInvite: { readonly invite: Invite | null };
  redeemInvite: {
    readonly relationship: Relationship | null;
    readonly conversation: Conversation | null;
  };
  revokeInvite: { readonly invite: Invite | null };
  startVideoUpload: { readonly upload: Upload | null };
  publishVideo: { readonly video: Video | null };
  updateVideo: { readonly video: Video | null };
  deleteVideo: { readonly deletedId: string | null };
  likeVideo: { readonly video: Video | null };
  unlikeVideo: { readonly video: Video | null };
  addComment: {
    readonly comment: Comment | null;
    readonly video: { readonly id: string; readonly commentCount: number } | null;
  };
  deleteComment: {
    readonly deletedId: string | null;
    readonly video: { readonly id: string; readonly commentCount: number } | null;
  };
  likeComment: { readonly comment: Comment | null; readonly video: { readonly id: string } | null };
  unlikeComment: { readonly comment: Comment | null; readonly video: { readonly id: string } | null };
  createShareLink: { readonly shareLink: ShareLink | null };
  requestVideoAccess: { readonly requested: boolean };
  grantVideoAccess: { readonly video: Video | null };
  saveVideo: { readonly video: Video | null };
  unsaveVideo: { readonly video: Video | null };
  repostVideo: { readonly video: Video | null };
  undoRepost: { readonly video: Video | null };
  recordView: { readonly video: Video | null };
  startConversation: { readonly conversation: Conversation | null };
  updateConversation: { readonly conversation: Conversation | null };
  addParticipants: {
    readonly conversation: Conversation | null;
    readonly added: { readonly id: string }[];
    readonly notAdded: string[];
  };
  removeParticipant: { readonly conversation: Conversation | null };
  setParticipantRole: { readonly conversation: Conversation | null };
  leaveConversation: { readonly conversation: Conversation | null };
  acceptMessageRequest: { readonly conversation: Conversation | null };
  declineMessageRequest: { readonly conversation: Conversation | null };
  setTyping: { readonly until: string | null };
  markRead: { readonly conversation: Conversation | null };
  markUnread: { readonly conversation: Conversation | null };
  updateConversationSettings: { readonly conversation: Conversation | null };
  markNotificationsSeen: { readonly unread: { readonly notifications: number } | null };
  sendMessage: {
    readonly message: Message | null;
    readonly duplicate: boolean;
    readonly conversation: { readonly id: string } | null;
  };
  editMessage: { readonly message: Message | null };
  unsendMessage: { readonly message: Message | null };
  hideMessage: { readonly message: Message | null };
  pinMessage: { readonly message: Message | null };
  unpinMessage: { readonly message: Message | null };
  addReaction: { readonly message: Message | null };
  removeReaction: { readonly message: Message | null };
  shareVideo: { readonly results: ShareResult[]; readonly video: { readonly id: string } | null };
  postMoment: { readonly moment: Moment | null };
  deleteMoment: { readonly deletedId: string | null };
  markMomentSeen: { readonly moment: Moment | null };
  report: { readonly report: Report | null };
  resolveReport: { readonly report: Report | null };
}
