/** Sharing videos into conversations, as the shares section of the rules promises it. */
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, documentOf, mutate, type Node } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

let circles = 0;
/** Three friends, and a group of theirs. */
async function circle() {
  circles++;
  const [ann, bob, cat] = await world.people(`ann${circles}`, `bob${circles}`, `cat${circles}`);
  await world.befriend(ann, bob, cat);
  await world.befriend(bob, cat);
  return { ann, bob, cat, group: globalId("conversation", await world.group(ann, [bob, cat])) };
}
const videoOf = async (person: Person, audience?: Parameters<World["video"]>[1]) =>
  globalId("video", await world.video(person, audience));
let nonces = 0;
const share = (person: Person, videoId: string, input: Record<string, unknown>, node: Node = world) =>
  mutate(node, person, "shareVideo", { videoId, nonce: `nonce ${nonces++}`, ...input });

const SHARE = `
  id note replyCount unreadCount
  sharedBy { id } video { id } unavailable { reason canRequestAccess }
  message { position kind body }
  replies { nodes { position body topic { id } } }`;
interface Share {
  id: string;
  note: string | null;
  replyCount: number;
  unreadCount: number;
  sharedBy: { id: string } | null;
  video: { id: string } | null;
  unavailable: { reason: string; canRequestAccess: boolean } | null;
  message: { position: number; kind: string; body: string | null } | null;
  replies: { nodes: { position: number; body: string; topic: { id: string } }[] };
}
/** The shares of a conversation as somebody sees them. */
async function shares(person: Person, id: string, first = 100): Promise<Share[]> {
  const question = `query ($id: ID!, $first: Int) { conversation(id: $id) { shares(first: $first) { nodes { ${SHARE} } } } }`;
  type Shares = { conversation: { shares: { nodes: Share[] } } };
  return (await world.read<Shares>(person, question, { id, first })).conversation.shares.nodes;
}
async function messageCount(person: Person, id: string): Promise<number> {
  const question = `query ($id: ID!) { conversation(id: $id) { messages(first: 100) { nodes { id } } } }`;
  type Messages = { conversation: { messages: { nodes: unknown[] } } };
  return (await world.read<Messages>(person, question, { id })).conversation.messages.nodes.length;
}

describe("a share", () => {
  test("brings a video into the conversation with a friend, with a note", async () => {
    const { ann, bob } = await circle();
    const videoId = await videoOf(ann);
    const { results, video, userErrors } = await share(ann, videoId, {
      userIds: [bob.globalId],
      note: " Look! ",
    });
    expect([userErrors, video]).toEqual([[], { id: videoId }]);
    const [result] = results;
    expect(result).toMatchObject({ targetId: bob.globalId, alreadyShared: false, error: null });
    expect(await shares(bob, result?.share?.conversation.id ?? "")).toEqual([
      {
        id: result?.share?.id,
        note: "Look!",
        replyCount: 0,
        unreadCount: 0,
        sharedBy: { id: ann.globalId },
        video: { id: videoId },
        unavailable: null,
        message: { position: 1, kind: "SHARE", body: null },
        replies: { nodes: [] },
      },
    ]);
  });

  test("is one in each conversation: again, by whomever, it is the same one, and the note becomes a reply", async () => {
    const { ann, bob, cat, group } = await circle();
    const videoId = await videoOf(ann);
    const first = await share(ann, videoId, { conversationIds: [group], note: "Look!" });
    const again = await share(bob, videoId, { conversationIds: [group], note: "Have you seen?" });
    expect(again.results).toMatchObject([
      {
        alreadyShared: true,
        error: null,
        share: { id: first.results[0]?.share?.id, note: "Look!", replyCount: 1 },
      },
    ]);
    const [seen] = await shares(cat, group);
    expect(seen).toMatchObject({ sharedBy: { id: ann.globalId }, replyCount: 1, unreadCount: 1 });
    expect(seen?.replies.nodes).toEqual([{ position: 2, body: "Have you seen?", topic: { id: seen?.id } }]);
    const silent = await share(cat, videoId, { conversationIds: [group] });
    expect(silent.results).toMatchObject([{ alreadyShared: true, share: { replyCount: 1 } }]);
    expect(await messageCount(cat, group)).toBe(2);
  });

  test("is one also when ten people share at once, on two nodes: nine notes become replies", async () => {
    const crowd = await world.people(...Array.from({ length: 10 }, (_, at) => `sharer${at}`));
    const [owner, ...others] = crowd as [Person, ...Person[]];
    const group = globalId("conversation", await world.group(owner, others));
    const videoId = await videoOf(owner);
    const answers = await Promise.all(
      crowd.map((person, at) =>
        share(person, videoId, { conversationIds: [group], note: `${at}` }, at % 2 === 0 ? world : otherNode),
      ),
    );
    const results = answers.flatMap((answer) => answer.results);
    expect(results.filter(({ error, share }) => error !== null || share === null)).toEqual([]);
    expect(results.filter(({ alreadyShared }) => !alreadyShared)).toHaveLength(1);
    const [only, ...more] = await shares(owner, group);
    expect(more).toEqual([]);
    expect([only?.replyCount, only?.replies.nodes.length]).toEqual([9, 9]);
  });

  test("counts what was said about it and not read", async () => {
    const { ann, bob, cat, group } = await circle();
    const { results } = await share(ann, await videoOf(ann), { conversationIds: [group] });
    const about = { conversationId: group, topicId: results[0]?.share?.id, body: "Ha!" };
    for (const nonce of ["1", "2"]) await mutate(world, bob, "sendMessage", { ...about, nonce });
    await mutate(world, cat, "sendMessage", { conversationId: group, body: "Something else", nonce: "3" });
    expect((await shares(ann, group))[0]).toMatchObject({ replyCount: 2, unreadCount: 2 });
    await mutate(world, ann, "markRead", { conversationId: group, upTo: 2 });
    expect((await shares(ann, group))[0]).toMatchObject({ replyCount: 2, unreadCount: 1 });
    expect((await shares(cat, group))[0]).toMatchObject({ replyCount: 2, unreadCount: 0 });
  });

  test("is listed with the newest first, and paged", async () => {
    const { ann, bob, group } = await circle();
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) {
      const { results } = await share(ann, await videoOf(ann), { conversationIds: [group] });
      ids.unshift(results[0]?.share?.id ?? "");
    }
    const question = `query ($id: ID!, $after: String) { conversation(id: $id) { shares(first: 2, after: $after) {
      nodes { id } pageInfo { hasNextPage endCursor }
    } } }`;
    type Page = {
      conversation: {
        shares: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      };
    };
    const read: string[][] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const { nodes, pageInfo }: Page["conversation"]["shares"] = (
        await world.read<Page>(bob, question, { id: group, after })
      ).conversation.shares;
      read.push(nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(read).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });
});

describe("sharing with many at once", () => {
  test("has an outcome for each, in the order in which they were named", async () => {
    const { ann, bob, cat, group } = await circle();
    const closed = await world.person(`closed${circles}`);
    await world.privacy(closed, { messagesFrom: "NO_ONE" });
    const elsewhere = globalId("conversation", await world.direct(bob, cat));
    const userIds = [bob.globalId, closed.globalId, ann.globalId, bob.globalId];
    const { results } = await share(ann, await videoOf(ann), {
      userIds,
      conversationIds: [group, elsewhere],
    });
    expect(
      results.map(({ targetId, share, error }) => [targetId, share === null ? error?.code : "SENT"]),
    ).toEqual([
      [bob.globalId, "SENT"],
      [closed.globalId, "UNAVAILABLE"],
      [ann.globalId, "INVALID"],
      [group, "SENT"],
      [elsewhere, "NOT_FOUND"],
    ]);
  });

  test("again with the same nonce sends only what is missing", async () => {
    const { ann, bob, cat, group } = await circle();
    await world.privacy(cat, { messagesFrom: "NO_ONE" });
    await world.unfriend(ann, cat);
    const videoId = await videoOf(ann);
    const input = {
      userIds: [bob.globalId, cat.globalId],
      conversationIds: [group],
      note: "Look!",
      nonce: "retry",
    };
    const first = await share(ann, videoId, input);
    expect(first.results.map(({ error }) => error?.code)).toEqual([undefined, "UNAVAILABLE", undefined]);
    await world.privacy(cat, { messagesFrom: "EVERYONE" });
    const second = await share(ann, videoId, input);
    expect(second.results.map(({ error, alreadyShared }) => [error, alreadyShared])).toEqual(
      Array(3).fill([null, false]),
    );
    for (const { share } of second.results) {
      expect(await messageCount(ann, share?.conversation.id ?? "")).toBe(1);
      expect(share?.replyCount).toBe(0);
    }
    expect(await share(ann, videoId, input)).toEqual(second);
  });

  test("again with the same nonce adds the note as a reply only once", async () => {
    const { ann, bob, group } = await circle();
    const videoId = await videoOf(ann);
    await share(bob, videoId, { conversationIds: [group] });
    const input = { conversationIds: [group], note: "Look!", nonce: "retry" };
    const first = await share(ann, videoId, input);
    expect(first.results).toMatchObject([{ alreadyShared: true, share: { replyCount: 1 } }]);
    expect(await share(ann, videoId, input)).toEqual(first);
    expect(await messageCount(bob, group)).toBe(2);
  });

  test("ten times at once with the same nonce is one share and no reply", async () => {
    const { ann, group } = await circle();
    const videoId = await videoOf(ann);
    const input = { conversationIds: [group], note: "Look!", nonce: "rush" };
    const tries = Array.from({ length: 10 }, (_, at) =>
      share(ann, videoId, input, at % 2 === 0 ? world : otherNode),
    );
    for (const { results } of await Promise.all(tries)) {
      expect(results).toMatchObject([{ alreadyShared: false, error: null, share: { note: "Look!" } }]);
    }
    expect(await messageCount(ann, group)).toBe(1);
  });

  test.each([
    ["another video", async (ann: Person) => ({ videoId: await videoOf(ann), note: "Look!" })],
    ["another note", async (_: Person, videoId: string) => ({ videoId, note: "Look at this!" })],
    ["no note any more", async (_: Person, videoId: string) => ({ videoId, note: null })],
  ])("with a nonce that was used, and %s, is a CONFLICT", async (_, change) => {
    const { ann, group } = await circle();
    const videoId = await videoOf(ann);
    const input = { conversationIds: [group], nonce: "once" };
    await share(ann, videoId, { ...input, note: "Look!" });
    const other = await change(ann, videoId);
    const { results } = await share(ann, other.videoId, { ...input, note: other.note });
    expect(results.map(({ share, error }) => [share, error?.code])).toEqual([[null, "CONFLICT"]]);
    expect(await messageCount(ann, group)).toBe(1);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ["nobody", {}, ["INVALID"]],
    ["51 people", { userIds: Array.from({ length: 51 }, (_, at) => globalId("user", at + 1)) }, ["INVALID"]],
    [
      "50 people and a conversation",
      {
        userIds: Array.from({ length: 50 }, (_, at) => globalId("user", at + 1)),
        conversationIds: [globalId("conversation", 1)],
      },
      ["LIMIT_REACHED"],
    ],
    ["a note of 4,001 characters", { userIds: [globalId("user", 1)], note: "x".repeat(4_001) }, ["INVALID"]],
    ["an empty nonce", { userIds: [globalId("user", 1)], nonce: "" }, ["INVALID"]],
  ])("with %s is refused as a whole", async (_, input, expected) => {
    const { ann } = await circle();
    const answer = await share(ann, await videoOf(ann), input);
    expect([codes(answer), answer.results]).toEqual([expected, []]);
  });

  test("is for those who are signed in and see the video", async () => {
    const { ann, cat, group } = await circle();
    const stranger = await world.person(`stranger${circles}`);
    for (const [person, videoId] of [
      [cat, await videoOf(ann, "CLOSE_FRIENDS")],
      [cat, globalId("video", "12345")],
    ] as const) {
      const answer = await share(person, videoId, { conversationIds: [group] });
      expect(answer).toMatchObject({
        results: [],
        video: null,
        userErrors: [{ code: "NOT_FOUND", path: ["videoId"] }],
      });
    }
    const outside = await share(stranger, await videoOf(ann), { conversationIds: [group] });
    expect(outside.results).toMatchObject([{ share: null, error: { code: "NOT_FOUND" } }]);
    const input = { videoId: await videoOf(ann), conversationIds: [group], nonce: "1" };
    const { errors } = await world.ask(null, documentOf("shareVideo"), { input });
    expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
  });
});
