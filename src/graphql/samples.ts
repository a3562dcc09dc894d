/** Ids of the demo world for the playground's tabs, found as anybody would find them: by asking the API. */
import { parse } from "graphql";
import { userByHandle } from "../loaders/friendship.ts";
import { Context, type Services } from "./context.ts";
import type { Execute } from "./execute.ts";

/** Somebody of the demo world, and how to sign in as them. */
export interface Guide {
  readonly handle: string;
  readonly password: string;
}

const question = parse(`
  query Samples {
    viewer {
      friendRequests(direction: INCOMING, first: 1) { nodes { id from { id handle } } }
      conversations(first: 20) {
        nodes {
          id
          kind
          participants(first: 2) { nodes { user { id handle } } }
          messages(last: 1) { nodes { id position } }
          shares(first: 1) { nodes { id video { id } } }
        }
      }
    }
  }
`);

interface Answer {
  readonly viewer: {
    readonly friendRequests: { nodes: { id: string; from: { id: string } | null }[] };
    readonly conversations: {
      nodes: {
        id: string;
        kind: "DIRECT" | "GROUP";
        participants: { nodes: { user: { id: string; handle: string } | null }[] };
        messages: { nodes: { id: string; position: number }[] };
        shares: { nodes: { id: string; video: { id: string } | null }[] };
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
  const anonymous = new Context(services, null, null);
  const demo = await userByHandle(anonymous.loads, guide.handle);
  if (demo === null) return {};
  const viewer = { userId: demo.id, sessionId: "0", expiresAt: Number.MAX_SAFE_INTEGER };
  const { data } = await execute({ document: question, context: new Context(services, viewer, null) });
  const answer = (data as Answer | null | undefined)?.viewer;
  const conversation = answer?.conversations.nodes.find(({ kind }) => kind === "DIRECT");
  const share = answer?.conversations.nodes.flatMap(({ shares }) => shares.nodes)[0];
  const message = conversation?.messages.nodes[0];
  const friend = conversation?.participants.nodes.find(({ user }) => user?.handle !== guide.handle)?.user;
  const request = answer?.friendRequests.nodes[0];
  return {
    ...guide,
    friendHandle: friend?.handle,
    friendId: friend?.id,
    askerId: request?.from?.id,
    conversationId: conversation?.id,
    messageId: message?.id,
    upTo: message?.position,
    videoId: share?.video?.id,
    shareId: share?.id,
    sourceUrl: "https://media.example/mine.mp4",
    caption: "A video of my own",
    body: "Hello from the playground",
    note: "You have to see this",
    title: "A group of our own",
    ids: [friend?.id, conversation?.id, message?.id, share?.id].filter((id) => id !== undefined),
  };
}
