/** The operations that the bench measures: their documents, their keys, and what is to be reached. */
import type { Ask, OperationName } from "./requests.ts";

/** What a send says, fresh each time. */
export interface Draft {
  readonly body: string;
  readonly nonce: string;
}

export interface Operation {
  readonly name: OperationName;
  readonly title: string;
  readonly document: string;
  /** The variables of one request; `conversation` is how the asked server writes the id of a conversation. */
  variables(ask: Ask, conversation: (id: string) => string, draft: Draft): Record<string, string>;
  /** Every good answer contains it. */
  readonly expects: string;
  /** Requests a second to reach, as a part of the limit's and as a multiple of the usual way's. */
  readonly goal: { readonly limit: number; readonly usual: number };
}

const QUERY_GOAL = { limit: 0.3, usual: 2 };

export const operations: readonly Operation[] = [
  {
    name: "profile",
    title: "A profile with 10 videos",
    document: `query ($handle: String!) {
  user(handle: $handle) {
    id handle displayName bio avatarUrl friendCount
    relationship { state }
    videos(first: 10) {
      nodes { id caption thumbnailUrl durationMs createdAt likeCount viewerHasLiked }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
    variables: ({ handle = "" }) => ({ handle }),
    expects: '"videos"',
    goal: QUERY_GOAL,
  },
  {
    name: "circle",
    title: "20 friends with 5 videos each",
    document: `{
  viewer {
    friends(first: 20) {
      nodes {
        id handle displayName avatarUrl
        videos(first: 5) {
          nodes { id caption thumbnailUrl likeCount viewerHasLiked author { id handle displayName } }
        }
      }
    }
  }
}`,
    variables: () => ({}),
    expects: '"friends"',
    goal: QUERY_GOAL,
  },
  {
    name: "inbox",
    title: "An inbox of 20 conversations",
    document: `{
  viewer {
    unread { conversations messageRequests friendRequests }
    conversations(first: 20) {
      nodes {
        id kind title lastActivityAt unreadCount
        participants(first: 3) { nodes { user { id displayName avatarUrl } } }
        lastMessage { id position body createdAt sender { id displayName } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`,
    variables: () => ({}),
    expects: '"conversations"',
    goal: QUERY_GOAL,
  },
  {
    name: "messages",
    title: "A page of 50 messages",
    document: `query ($id: ID!) {
  conversation(id: $id) {
    id
    messages(last: 50) {
      nodes { id position body createdAt status sender { id displayName } }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}`,
    variables: ({ conversationId = "" }, conversation) => ({ id: conversation(conversationId) }),
    expects: '"nodes"',
    goal: QUERY_GOAL,
  },
  {
    name: "send",
    title: "sendMessage",
    document: `mutation ($conversationId: ID!, $body: String!, $nonce: String!) {
  sendMessage(input: { conversationId: $conversationId, body: $body, nonce: $nonce }) {
    message { id position createdAt }
    duplicate
    userErrors { code message }
  }
}`,
    variables: ({ conversationId = "" }, conversation, { body, nonce }) => ({
      conversationId: conversation(conversationId),
      body,
      nonce,
    }),
    expects: '"position"',
    goal: { limit: 0.6, usual: 4 },
  },
];

/** What each listener of the fan-out subscribes to. */
export const subscription = `subscription {
  messageReceived { cursor message { id position body createdAt sender { id displayName } } }
}`;

/** Deliveries a second to reach. */
export const FAN_OUT_GOAL = 8_000;

/** Milliseconds within which 99 of 100 deliveries are to be made at a pace. */
export const PACE_GOAL_MS = 250;

/** What each idle socket subscribes to. */
export const idleSubscription = `subscription {
  viewerEvents {
    ... on StreamOpened { cursor resumed }
    ... on StreamReset { cursor reason }
    ... on ViewerEvent {
      cursor at
      change {
        __typename
        ... on MessageSent { message { id position body createdAt sender { id displayName } } }
        ... on ReadMoved { readUpTo conversation { id unreadCount } user { id } }
        ... on ConversationChanged { conversation { id title unreadCount } }
      }
    }
  }
}`;

/** Megabytes, of a million bytes, that a process with 10,000 idle sockets may have. */
export const IDLE_GOAL_MB = 600;
