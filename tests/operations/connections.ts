/** Every connection: how it is asked for with these arguments. */

/** The ids of things that whoever asks may see, and of whoever asks. */
export interface Ids {
  readonly viewer: string;
  readonly conversation: string;
  readonly share: string;
}

type Ask = (args: string, ids: Ids) => string;

export const connections = {
  friends: (args) => `{ viewer { friends${args} { edges { cursor } } } }`,
  requests: (args) =>
    `{ viewer { friendRequests(direction: INCOMING, ${args.slice(1, -1)}) { edges { cursor } } } }`,
  blocked: (args) => `{ viewer { blockedUsers${args} { edges { cursor } } } }`,
  inbox: (args) => `{ viewer { conversations${args} { edges { cursor } } } }`,
  messageRequests: (args) => `{ viewer { messageRequests${args} { edges { cursor } } } }`,
  friendsOf: (args, { viewer }) => `{ user(id: "${viewer}") { friends${args} { edges { cursor } } } }`,
  videos: (args, { viewer }) => `{ user(id: "${viewer}") { videos${args} { edges { cursor } } } }`,
  likers: (args, { viewer }) =>
    `{ user(id: "${viewer}") { videos { nodes { likers${args} { edges { cursor } } } } } }`,
  feed: (args) => `{ viewer { feed(kind: FRIENDS, ${args.slice(1, -1)}) { edges { cursor } } } }`,
  sharedFeed: (args) =>
    `{ viewer { feed(kind: SHARED_WITH_ME, ${args.slice(1, -1)}) { edges { cursor } } } }`,
  forYou: (args) => `{ viewer { feed(kind: FOR_YOU, ${args.slice(1, -1)}) { edges { cursor } } } }`,
  trends: (args) => `{ trendingVideos${args} { edges { cursor } } }`,
  saved: (args) => `{ viewer { savedVideos${args} { edges { cursor } } } }`,
  comments: (args, { viewer }) =>
    `{ user(id: "${viewer}") { videos { nodes { comments${args} { edges { cursor } } } } } }`,
  newestComments: (args, { viewer }) =>
    `{ user(id: "${viewer}") { videos { nodes { comments(order: NEWEST, ${args.slice(1, -1)}) { edges { cursor } } } } } }`,
  activity: (args, { viewer }) =>
    `{ user(id: "${viewer}") { videos { nodes { friendActivity${args} { edges { cursor } } } } } }`,
  discussions: (args, { viewer }) =>
    `{ user(id: "${viewer}") { videos { nodes { discussions${args} { edges { cursor } } } } } }`,
  momentTray: (args) => `{ viewer { momentTray${args} { edges { cursor } } } }`,
  momentViewers: (args, { viewer }) =>
    `{ user(id: "${viewer}") { moments { viewers${args} { edges { cursor } } } } }`,
  participants: (args, { conversation }) =>
    `{ conversation(id: "${conversation}") { participants${args} { edges { cursor } } } }`,
  shares: (args, { conversation }) =>
    `{ conversation(id: "${conversation}") { shares${args} { edges { cursor } } } }`,
  messages: (args, { conversation }) =>
    `{ conversation(id: "${conversation}") { messages${args} { edges { cursor } } } }`,
  replies: (args, { share }) =>
    `{ node(id: "${share}") { ... on Share { replies${args} { edges { cursor } } } } }`,
} satisfies Readonly<Record<string, Ask>>;

export type ConnectionName = keyof typeof connections;
