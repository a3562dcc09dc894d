/** The mutations as tests call them: each with the type of its input, and with what is read of its payload. */
import { send } from "../support/ask.ts";

export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path: string[] | null;
  readonly retryAt: string | null;
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
  readonly playbackUrl: string | null;
  readonly author: { readonly id: string } | null;
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
    readonly birthDate: string | null;
    readonly country: string;
    readonly user: { readonly id: string; readonly handle: string; readonly displayName: string };
  } | null;
}
interface Friendship {
  readonly relationship: Relationship | null;
  readonly user: { readonly id: string } | null;
}

interface Payloads {
  signUp: SignedIn;
  signIn: SignedIn;
  refreshSession: SignedIn;
  signOut: { readonly signedOut: boolean };
  sendFriendRequest: Friendship;
  acceptFriendRequest: Friendship;
  declineFriendRequest: Friendship;
  cancelFriendRequest: Friendship;
  removeFriend: Friendship;
  blockUser: Friendship;
  unblockUser: Friendship;
  publishVideo: { readonly video: Video | null };
  updateVideo: { readonly video: Video | null };
  deleteVideo: { readonly deletedId: string | null };
  likeVideo: { readonly video: Video | null };
  unlikeVideo: { readonly video: Video | null };
  startConversation: { readonly conversation: Conversation | null };
  markRead: { readonly conversation: Conversation | null };
  sendMessage: {
    readonly message: Message | null;
    readonly duplicate: boolean;
    readonly conversation: { readonly id: string } | null;
  };
  shareVideo: { readonly results: ShareResult[]; readonly video: { readonly id: string } | null };
}

export type MutationName = keyof Payloads;
export type Payload<Name extends MutationName> = Payloads[Name] & { readonly userErrors: UserError[] };

const ERROR = "{ code message path retryAt }";
export const RELATIONSHIP = `
  state friendsSince metThrough isCloseFriend isBlocked canMessage canRequestFriendship mutualFriendCount`;
export const MESSAGE = `
  id position kind status body nonce videoAtMs sender { id } replyTo { id } topic { id } share { id }`;
const SIGNED_IN = `
  credentials { accessToken refreshToken accessTokenExpiresAt refreshTokenExpiresAt }
  viewer { email birthDate country user { id handle displayName } }`;
const FRIENDSHIP = `relationship { ${RELATIONSHIP} } user { id }`;
const VIDEO = `
  video { id caption audience status commentsFrom likeCount viewerHasLiked playbackUrl author { id } }`;
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
  sendFriendRequest: ["SendFriendRequestInput", FRIENDSHIP],
  acceptFriendRequest: ["UserIdInput", FRIENDSHIP],
  declineFriendRequest: ["UserIdInput", FRIENDSHIP],
  cancelFriendRequest: ["UserIdInput", FRIENDSHIP],
  removeFriend: ["UserIdInput", FRIENDSHIP],
  blockUser: ["UserIdInput", FRIENDSHIP],
  unblockUser: ["UserIdInput", FRIENDSHIP],
  publishVideo: ["PublishVideoInput", VIDEO],
  updateVideo: ["UpdateVideoInput", VIDEO],
  deleteVideo: ["VideoIdInput", "deletedId"],
  likeVideo: ["VideoIdInput", VIDEO],
  unlikeVideo: ["VideoIdInput", VIDEO],
  startConversation: ["StartConversationInput", CONVERSATION],
  markRead: ["MarkReadInput", CONVERSATION],
  sendMessage: ["SendMessageInput", `message { ${MESSAGE} } duplicate conversation { id }`],
  shareVideo: [
    "ShareVideoInput",
    `results { targetId alreadyShared share { id note replyCount conversation { id } } error ${ERROR} } video { id }`,
  ],
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
