/** How far the viewer lets others in, in words: of the settings as they are read, and as they are changed. */
import type { PrivacySettings } from "../../actions/profile.ts";

export const PRIVACY: Readonly<Record<keyof PrivacySettings, string>> = {
  messagesFrom: "Whose messages arrive in the inbox; others' are message requests.",
  friendRequestsFrom: "Who may ask to be friends.",
  groupInvitesFrom: "Who may add the viewer to a group.",
  friendListVisibleTo: "Who sees the viewer's friends, and how many they are.",
  activityVisibleTo:
    "Which friends are told what the viewer likes, comments on and reposts, in their feeds and in `Video.friendActivity`. Nobody else is told: EVERYONE reaches all friends, and no further.",
  readReceipts: "Whether read receipts are given, and so seen.",
  showLastActive: "Whether friends see when the viewer was last active, and so the viewer of them.",
  discoverableByContacts:
    "Whether those who have the viewer in their contacts find them; those whom the viewer has in theirs as well find them in any case.",
  suggestMe: "Whether the viewer is suggested to others.",
};
