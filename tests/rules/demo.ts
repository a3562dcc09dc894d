/** The demo world as a test asks it: who signs in, and what its operations can be asked with. */
import { DEMO_GUIDE, DEMO_PASSWORD } from "../../src/demo.ts";
import { send } from "../support/ask.ts";

interface Known {
  readonly viewer: {
    readonly user: { readonly id: string; readonly videos: { nodes: { id: string }[] } };
    readonly friendRequests: { nodes: { from: { id: string } }[] };
    readonly conversations: {
      nodes: {
        id: string;
        kind: string;
        messages: {
          nodes: { id: string; position: number; kind: string; sender: { handle: string } | null }[];
        };
        shares: {
          nodes: {
            id: string;
            video: { id: string; comments: { nodes: { id: string }[] } } | null;
            unavailable: { videoId: string } | null;
          }[];
        };
      }[];
    };
    readonly friends: { nodes: { id: string; handle: string }[] };
    readonly momentTray: { nodes: { id: string; author: { handle: string } }[] };
  };
}

async function tokenOf(url: string, handle: string): Promise<string> {
  const signedIn = await send<{ signIn: { credentials: { accessToken: string } } }>(
    url,
    null,
    `mutation ($handle: String!, $password: String!) {
      signIn(input: { handle: $handle, password: $password }) { credentials { accessToken } }
    }`,
    { handle, password: DEMO_PASSWORD },
  );
  return signedIn.data.signIn.credentials.accessToken;
}

/** The id of what a mutation has made. */
async function idOf(url: string, as: string, mutation: string, made: string): Promise<string> {
  const { data } = await send<Record<"made", Record<string, { id: string }>>>(
    url,
    as,
    `mutation { made: ${mutation} { ${made} { id } } }`,
  );
  const id = data.made[made]?.id;
  if (id === undefined) throw new Error(`${mutation} made nothing.`);
  return id;
}

/** An invite of a friend: whoever takes it is told the same each time. */
async function codeOfFriend(url: string): Promise<string> {
  const made = await send<{ createInvite: { invite: { code: string } } }>(
    url,
    await tokenOf(url, "leo"),
    "mutation { createInvite(input: {}) { invite { code } } }",
  );
  return made.data.createInvite.invite.code;
}

/** Signs the guide of the demo world in, and finds a value for every variable that an operation has. */
export async function demoVariables(
  url: string,
): Promise<{ token: string; variables: Record<string, unknown> }> {
  const token = await tokenOf(url, DEMO_GUIDE.handle);
  const known = await send<Known>(
    url,
    token,
    `{ viewer {
      user { id videos(first: 1) { nodes { id } } }
      friendRequests(direction: INCOMING) { nodes { from { id } } }
      friends { nodes { id handle } }
      momentTray { nodes { id author { handle } } }
      conversations { nodes {
        id kind messages(last: 20) { nodes { id position kind sender { handle } } } shares { nodes { id video { id comments { nodes { id } } } unavailable { videoId } } }
      } }
    } }`,
  );
  const { user, friends, friendRequests, conversations, momentTray } = known.data.viewer;
  const conversation = conversations.nodes.find(({ shares }) =>
    shares.nodes.some(({ video }) => video !== null),
  );
  const friend = friends.nodes.find(({ handle }) => handle === "leo");
  const message = conversation?.messages.nodes.at(-1);
  const own = (conversation?.messages.nodes ?? []).filter(
    ({ kind, sender }) => kind === "TEXT" && sender?.handle === DEMO_GUIDE.handle,
  );
  const share = conversation?.shares.nodes.find(({ video }) => video !== null);
  const hidden = conversations.nodes
    .flatMap(({ shares }) => shares.nodes)
    .find(({ unavailable }) => unavailable !== null);
  const variables = {
    handle: DEMO_GUIDE.handle,
    password: DEMO_PASSWORD,
    friendHandle: "leo",
    friendId: friend?.id,
    askerId: friendRequests.nodes[0]?.from.id,
    conversationId: conversation?.id,
    laterId: conversation?.id,
    mutedUntil: new Date(Date.now() + 3_600_000).toISOString(),
    messageId: own.at(-1)?.id,
    mistakeId: own.at(-2)?.id,
    upTo: message?.position,
    videoId: share?.video?.id,
    hiddenVideoId: hidden?.unavailable?.videoId,
    ownVideoId: user.videos.nodes[0]?.id,
    // Of somebody else than whom the message goes to that has the same nonce.
    momentId: momentTray.nodes.find(({ author }) => author.handle !== friend?.handle)?.id,
    commentId: share?.video?.comments.nodes[0]?.id,
    text: "Well said",
    ids: [friend?.id, conversation?.id, message?.id, share?.id, share?.video?.id],
    sourceUrl: "https://media.example/mine.mp4",
    caption: "Mine",
    uploadId: await idOf(
      url,
      token,
      `startVideoUpload(input: { byteSize: 1000, contentType: "video/mp4" })`,
      "upload",
    ),
    byteSize: 1_000_000,
    contentType: "video/mp4",
    body: "Hello",
    note: "See this",
    watchedMs: 9_000,
    title: "A group of our own",
    nonce: "the same each time",
    term: "le",
    hashtag: "commute",
    country: "DE",
    seenUpTo: new Date().toISOString(),
    code: await codeOfFriend(url),
    groupId: await idOf(
      url,
      token,
      `startConversation(input: { userIds: ["${friend?.id}"], title: "Of the two of us" })`,
      "conversation",
    ),
    newcomerId: friends.nodes.find(({ handle }) => handle === "ana")?.id,
    requestId: await idOf(
      url,
      await tokenOf(url, "sam"),
      `sendMessage(input: { userId: "${user.id}", body: "Hello", nonce: "first" })`,
      "conversation",
    ),
  };
  return { token, variables };
}
