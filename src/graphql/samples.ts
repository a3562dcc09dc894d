/** Ids of the demo world for the playground's tabs, found as anybody would find them: by asking the API. */
import { parse } from "graphql";
import { userByHandle } from "../loaders/relationship.ts";
import { Context, type Services } from "./context.ts";
import type { Execute } from "./execute.ts";

const ITSELF = { userAgent: "the playground", address: null };

/** Somebody of the demo world, and how to sign in as them. */
export interface Guide {
  readonly handle: string;
  readonly password: string;
}

const question = parse(`
  query Samples {
    viewer {
      user { videos(first: 1) { nodes { id } } }
      friendRequests(direction: INCOMING, first: 1) { nodes { id from { id handle } } }
      momentTray(first: 1) { nodes { id } }
      notifications(first: 1) { nodes { at } }
      messageRequests(first: 1) { nodes { id } }
      friends(first: 20) { nodes { id } }
      conversations(first: 20) {
        nodes {
          id
          kind
          participants(first: 10) { nodes { role user { id handle } } }
          messages(last: 20) { nodes { id position kind sender { handle } } }
          shares(first: 5) { nodes { id video { id comments(first: 1) { nodes { id } } } unavailable { videoId } } }
        }
      }
    }
  }
`);

interface Answer {
  readonly viewer: {
    readonly user: { readonly videos: { nodes: { id: string }[] } };
    readonly friendRequests: { nodes: { id: string; from: { id: string } | null }[] };
    readonly notifications: { nodes: { at: string }[] };
    readonly momentTray: { nodes: { id: string }[] };
    readonly messageRequests: { nodes: { id: string }[] };
    readonly friends: { nodes: { id: string }[] };
    readonly conversations: {
      nodes: {
        id: string;
        kind: "DIRECT" | "GROUP";
        participants: { nodes: { role: string; user: { id: string; handle: string } | null }[] };
        messages: {
          nodes: { id: string; position: number; kind: string; sender: { handle: string } | null }[];
        };
        shares: {
          nodes: {
            id: string;
            video: { id: string; comments: { nodes: { id: string }[] } } | null;
            unavailable: { videoId: string | null } | null;
          }[];
        };
      }[];
    };
  } | null;
}

/** Values by the names that the operations' variables have; none where there is no demo world. */
export async function readSamples(
  services: Services,
  execute: Execute,
  guide: Guide,
): Promise<Record<string, unknown>> {
  const anonymous = new Context(services, null, ITSELF);
  const demo = await userByHandle(anonymous.loads, guide.handle);
  if (demo === null) return {};
  const viewer = { userId: demo.id, sessionId: "0", expiresAt: Number.MAX_SAFE_INTEGER };
  const { data } = await execute({ document: question, context: new Context(services, viewer, ITSELF) });
  const answer = (data as Answer | null | undefined)?.viewer;
  const conversation = answer?.conversations.nodes.find(({ kind }) => kind === "DIRECT");
  const shares = answer?.conversations.nodes.flatMap(({ shares }) => shares.nodes) ?? [];
  const share = shares.find(({ video }) => video !== null);
  const hidden = shares.find(({ unavailable }) => typeof unavailable?.videoId === "string");
  const message = conversation?.messages.nodes.at(-1);
  const own =
    conversation?.messages.nodes.filter(
      ({ kind, sender }) => kind === "TEXT" && sender?.handle === guide.handle,
    ) ?? [];
  const friend = conversation?.participants.nodes.find(({ user }) => user?.handle !== guide.handle)?.user;
  const request = answer?.friendRequests.nodes[0];
  const group = answer?.conversations.nodes.find(({ participants }) =>
    participants.nodes.some(({ role, user }) => role === "OWNER" && user?.handle === guide.handle),
  );
  const newcomer = answer?.friends.nodes.find(
    ({ id }) => !group?.participants.nodes.some(({ user }) => user?.id === id),
  );
  return {
    ...guide,
    friendHandle: friend?.handle,
    friendId: friend?.id,
    askerId: request?.from?.id,
    conversationId: conversation?.id,
    laterId: group?.id,
    groupId: group?.id,
    newcomerId: newcomer?.id,
    requestId: answer?.messageRequests.nodes[0]?.id,
    mutedUntil: new Date(Date.now() + 8 * 3_600_000).toISOString(),
    messageId: own.at(-1)?.id,
    mistakeId: own.at(-2)?.id,
    upTo: message?.position,
    seenUpTo: answer?.notifications.nodes[0]?.at,
    videoId: share?.video?.id,
    commentId: share?.video?.comments.nodes[0]?.id,
    text: "I have seen it three times",
    shareId: share?.id,
    hiddenVideoId: hidden?.unavailable?.videoId,
    ownVideoId: answer?.user.videos.nodes[0]?.id,
    momentId: answer?.momentTray.nodes[0]?.id,
    sourceUrl: "https://media.example/mine.mp4",
    caption: "A video of my own",
    byteSize: 1_000_000,
    contentType: "video/mp4",
    body: "Hello from the playground",
    term: "le",
    hashtag: "commute",
    watchedMs: 9_000,
    note: "You have to see this",
    title: "A group of our own",
    displayName: "Maya Okafor",
    bio: "Three chords and the sea",
    country: "DE",
    ids: [friend?.id, conversation?.id, message?.id, share?.id].filter((id) => id !== undefined),
  };
}
