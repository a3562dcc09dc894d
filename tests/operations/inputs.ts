/** Good inputs, as tests spoil them. */
import { globalId } from "../../src/ids.ts";
import { PASSWORD } from "../support/world.ts";
import type { MutationName } from "./mutations.ts";

/** Ids of things that whoever asks may see. */
export type Known = Readonly<
  Record<"user" | "video" | "comment" | "conversation" | "message" | "share" | "moment", string>
>;

/** A good input for each mutation; each test spoils one thing of it. */
export const inputsOf = (known: Known): Record<MutationName, Record<string, unknown>> => {
  const [userId, videoId, conversationId] = [known.user, known.video, known.conversation];
  const text = { caption: "A video", nonce: "1" };
  const profile = { displayName: "New", email: "new@new.example", phone: "+4915112345678", country: "DE" };
  return {
    signUp: { handle: "new", password: PASSWORD, birthDate: "1995-06-15", inviteCode: "v123", ...profile },
    signIn: { handle: "new", password: PASSWORD },
    refreshSession: { refreshToken: "token" },
    signOut: { sessionId: globalId("session", 1, 1) },
    updateProfile: { handle: "ann", bio: "Hello", avatarUrl: "https://a.example/b", ...profile },
    updatePrivacy: { messagesFrom: "FRIENDS" },
    changePassword: { currentPassword: PASSWORD, newPassword: PASSWORD },
    exportMyData: { password: PASSWORD },
    deleteAccount: { password: "not the password", messages: "ERASE" },
    sendFriendRequest: { userId, note: "Hi", metThrough: "SEARCH" },
    acceptFriendRequest: { userId },
    declineFriendRequest: { userId },
    cancelFriendRequest: { userId },
    removeFriend: { userId },
    setCloseFriend: { userId, close: true },
    muteUser: { userId, until: "2030-01-31T09:30:00.000Z" },
    dismissSuggestion: { userId },
    blockUser: { userId },
    unblockUser: { userId },
    createInvite: { conversationId, maxUses: 10, expiresAt: new Date(Date.now() + 86_400_000).toISOString() },
    redeemInvite: { code: "v123" },
    revokeInvite: { code: "v123" },
    startVideoUpload: { byteSize: 1_000, contentType: "video/mp4" },
    publishVideo: {
      ...text,
      sourceUrl: "https://a.example/b",
      thumbnailUrl: "https://a.example/c",
      audience: "PUBLIC",
    },
    updateVideo: { videoId, caption: "A video" },
    deleteVideo: { videoId },
    likeVideo: { videoId },
    unlikeVideo: { videoId },
    addComment: { videoId, text: "Hello", replyToId: known.comment, nonce: "1" },
    deleteComment: { commentId: known.comment },
    likeComment: { commentId: known.comment },
    unlikeComment: { commentId: known.comment },
    createShareLink: { videoId },
    requestVideoAccess: { videoId },
    grantVideoAccess: { videoId, userId, granted: true },
    saveVideo: { videoId },
    unsaveVideo: { videoId },
    repostVideo: { videoId, note: "Look" },
    undoRepost: { videoId },
    recordView: { videoId, watchedMs: 9_000 },
    startConversation: { userIds: [userId], title: "Group", nonce: "1" },
    markNotificationsSeen: { upTo: "2026-01-31T09:30:00.000Z" },
    updateConversation: { conversationId, title: "Group", avatarUrl: "https://a.example/b" },
    addParticipants: { conversationId, userIds: [userId] },
    removeParticipant: { conversationId, userId },
    setParticipantRole: { conversationId, userId, role: "ADMIN" },
    leaveConversation: { conversationId },
    acceptMessageRequest: { conversationId },
    declineMessageRequest: { conversationId },
    markUnread: { conversationId },
    updateConversationSettings: { conversationId, mutedUntil: "2030-01-31T09:30:00.000Z" },
    markRead: { conversationId },
    setTyping: { conversationId, typing: true },
    sendMessage: {
      conversationId,
      userId,
      body: "Hello",
      nonce: "1",
      replyToId: known.message,
      topicId: known.share,
      mentionIds: [userId],
      momentId: known.moment,
    },
    editMessage: { messageId: known.message, body: "Hello", mentionIds: [userId] },
    unsendMessage: { messageId: known.message },
    hideMessage: { messageId: known.message },
    pinMessage: { messageId: known.message },
    unpinMessage: { messageId: known.message },
    addReaction: { messageId: known.message, emoji: "👍" },
    removeReaction: { messageId: known.message, emoji: "👍" },
    shareVideo: { videoId, userIds: [userId], conversationIds: [conversationId], note: "Look", nonce: "1" },
    postMoment: { videoId, text: "A moment", audience: "FRIENDS", nonce: "1" },
    deleteMoment: { momentId: known.moment },
    markMomentSeen: { momentId: known.moment },
    report: { subjectId: userId, reason: "SPAM", note: "Look" },
    resolveReport: { reportId: globalId("report", 1), action: "DISMISS" },
  };
};
