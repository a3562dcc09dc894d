/** How often something may be done, each the only place of its numbers. */
import { isIPv6 } from "node:net";

export interface Rate {
  /** How many times within `seconds`, counted from the first. */
  readonly points: number;
  readonly seconds: number;
  /** Whose doings are counted together: what its callers give as the key. */
  readonly by: "address" | "viewer" | "viewer or address" | "handle" | "handle and address";
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The rates of what is done: kept for all nodes together, by what `by` says. */
export const RATES = {
  signUp: { points: 60, seconds: HOUR, by: "address" },
  signIn: { points: 60, seconds: 10 * MINUTE, by: "address" },
  // Failures alone: a success forgets them. From one place ten are enough to see who is guessing; from all places it
  // takes more, or anybody could keep anybody else from signing in.
  signInFailure: { points: 10, seconds: 15 * MINUTE, by: "handle and address" },
  signInFailureAnywhere: { points: 100, seconds: 15 * MINUTE, by: "handle" },
  refreshSession: { points: 300, seconds: 10 * MINUTE, by: "address" },
  changePassword: { points: 10, seconds: HOUR, by: "viewer" },
  exportMyData: { points: 5, seconds: DAY, by: "viewer" },
  deleteAccount: { points: 10, seconds: HOUR, by: "viewer" },
  // Beside MAX_REQUESTS_A_DAY, against a program that goes through everybody.
  friendRequest: { points: 20, seconds: MINUTE, by: "viewer" },
  // An address or a number is not verified: without an end anybody could try whose contacts it is in.
  contactPoints: { points: 20, seconds: DAY, by: "viewer" },
  contactSync: { points: 20, seconds: HOUR, by: "viewer" },
  redeemInvite: { points: 30, seconds: 10 * MINUTE, by: "viewer" },
  requestVideoAccess: { points: 60, seconds: HOUR, by: "viewer" },
  // Each is told to the friend, and to every conversation in which the video was shared with them.
  grantVideoAccess: { points: 600, seconds: HOUR, by: "viewer" },
  // Blocking is never refused, and tells whom it hides from the blocker: only who was unblocked can be blocked again.
  unblock: { points: 120, seconds: HOUR, by: "viewer" },
  // A friend who is close no more is told what went dark.
  closeFriend: { points: 600, seconds: HOUR, by: "viewer" },
  createInvite: { points: 60, seconds: HOUR, by: "viewer" },
  createShareLink: { points: 120, seconds: HOUR, by: "viewer" },
  search: { points: 120, seconds: MINUTE, by: "viewer or address" },
  // Each target by itself: one operation may name fifty.
  share: { points: 600, seconds: HOUR, by: "viewer" },
  // Conversations with those who have not let the viewer in: each is somebody new to be written to, three times.
  messageRequest: { points: 60, seconds: HOUR, by: "viewer" },
  // Each page that is looked for counts, also of one operation: what is found anew at every read takes the database long.
  suggestions: { points: 60, seconds: MINUTE, by: "viewer" },
  feed: { points: 240, seconds: MINUTE, by: "viewer" },
  momentTray: { points: 240, seconds: MINUTE, by: "viewer" },
  shareTargets: { points: 240, seconds: MINUTE, by: "viewer" },
  // Once for all videos whose conversations are looked for together, as those of a page are.
  discussions: { points: 1_200, seconds: 10 * MINUTE, by: "viewer or address" },
  // Beside MAX_LIVE_MOMENTS, which deleting makes room in: each is told to others.
  postMoment: { points: 60, seconds: HOUR, by: "viewer" },
  // Each tells those whom its caption mentions, who may be 50 people that have never heard of its author.
  publishVideo: { points: 60, seconds: HOUR, by: "viewer" },
  updateVideo: { points: 120, seconds: HOUR, by: "viewer" },
  comment: { points: 60, seconds: 10 * MINUTE, by: "viewer" },
  // Of videos and of comments, given and taken back: each writes to the log of whoever is liked.
  like: { points: 600, seconds: 10 * MINUTE, by: "viewer" },
  // What follows is told to everybody in a conversation, of whom there may be 256; reactions also as they are taken back.
  editMessage: { points: 60, seconds: 10 * MINUTE, by: "viewer" },
  unsendMessage: { points: 300, seconds: 10 * MINUTE, by: "viewer" },
  react: { points: 300, seconds: 10 * MINUTE, by: "viewer" },
  pin: { points: 60, seconds: 10 * MINUTE, by: "viewer" },
  updateConversation: { points: 30, seconds: HOUR, by: "viewer" },
  startGroup: { points: 60, seconds: HOUR, by: "viewer" },
  // Who comes in, and who may do what. Leaving is never refused: back comes whoever is added, or has a code, and both are
  // counted. Whoever puts out all who came by a code that got about is in a hurry.
  manageGroup: { points: 120, seconds: HOUR, by: "viewer" },
  removeParticipant: { points: 600, seconds: HOUR, by: "viewer" },
  // Each may bring a gigabyte.
  startVideoUpload: { points: 60, seconds: HOUR, by: "viewer" },
  repost: { points: 60, seconds: 10 * MINUTE, by: "viewer" },
  // Twice for each video: as it begins, and with how long it was watched.
  recordView: { points: 240, seconds: MINUTE, by: "viewer" },
  report: { points: 30, seconds: HOUR, by: "viewer" },
} as const satisfies Readonly<Record<string, Rate>>;

export type RateName = keyof typeof RATES;

/**
 * Operations of any kind by the viewer or else by the network, and all pages and exports by the network: counted by each
 * node for itself. A mutation counts as often as it has fields.
 */
export const OPERATION_RATE = { points: 1_200, seconds: MINUTE };
/** Messages that are sent, by the viewer, counted by each node for itself: sending is one round trip to the database. */
export const SEND_RATE = { points: 300, seconds: MINUTE };
/** Reading on, counted likewise and apart: where receipts are given, everybody in the conversation is told. */
export const READ_RATE = { points: 300, seconds: MINUTE };

/**
 * Requests for the files of videos, counted likewise, but apart: a player that is dragged about asks for many parts, and
 * whoever was handed somebody's address of a video must not be able to keep them from what else they do.
 */
export const PLAYBACK_RATE = { points: 1_800, seconds: MINUTE };

/**
 * Requests about one upload, or about addresses that are none from one network, kept in the memory of one node: each costs
 * a look at the row, and a byte more its writing. Apps send pieces of half a megabyte and more.
 */
export const UPLOAD_RATE = { points: 3_000, seconds: MINUTE };

/**
 * The network that an address stands for: of IPv6 the one of 64 bits, for whoever has one address of it has all of them;
 * of IPv4 the address alone. Null for no address.
 */
export function networkOf(address: string | null): string | null {
  if (address === null) return null;
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!isIPv6(bare)) return bare;
  const [head = "", tail] = bare.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const missing = tail === undefined ? 0 : 8 - before.length - groups(tail).length;
  const all = [...before, ...new Array<string>(missing).fill("0"), ...groups(tail ?? "")];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

/** Who asks, as rates count them: the viewer, or the network where nobody is signed in; null for Kith itself. */
export function askerOf(context: {
  readonly viewer: { readonly userId: string } | null;
  readonly client: { readonly address: string | null };
}): string | null {
  return context.viewer?.userId ?? networkOf(context.client.address);
}
