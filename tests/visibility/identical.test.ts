/** What may not be seen and what does not exist get the same answer, to the byte. */
import { globalId } from "../../src/ids.ts";
import { documentOf, type MutationName, mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { NOTHING } from "./cast.ts";

let world: World;
let viewer: Person;
/** Things that exist and that the viewer may not see. */
let unseen: Record<keyof typeof NOTHING, string>;
let more: Record<string, [keyof typeof NOTHING, string]>;

beforeAll(async () => {
  world = await World.start();
  const [one, blocker, gone, friend] = await world.people("viewer", "blocker", "gone", "friend");
  viewer = one;
  await world.befriend(viewer, friend);
  await world.request(blocker, friend);
  const open = await world.video(friend);
  const [commentOfBlocker, deleted] = [await world.comment(blocker, open), await world.comment(friend, open)];
  await mutate(world, friend, "deleteComment", { commentId: deleted });
  await world.block(blocker, viewer);
  await world.set(gone, "deleted_at", new Date());
  const [theirs, removed, blockers] = [
    await world.video(friend, "ONLY_ME"),
    await world.video(friend),
    await world.video(blocker),
  ];
  await world.server.database.query("update videos set status = 'REMOVED' where id = $1", [removed]);
  const conversation = await world.direct(friend, blocker);
  await world.say(blocker, conversation, "Between us");
  await world.share(friend, blockers, conversation);
  const closer = await world.moment(friend, { audience: "CLOSE_FRIENDS" });
  const over = await world.moment(friend);
  await world.server.database.query(
    "update moments set expires_at = now() - interval '1 second' where id = $1",
    [over.id],
  );
  unseen = {
    user: blocker.globalId,
    video: globalId("video", theirs),
    comment: await world.comment(friend, theirs),
    conversation: globalId("conversation", conversation),
    message: globalId("message", conversation, 1),
    share: globalId("share", conversation, blockers),
    request: globalId("request", blocker.id, friend.id),
    moment: globalId("moment", closer.authorId, closer.id),
  };
  more = {
    "a deleted account": ["user", gone.globalId],
    "a removed video": ["video", globalId("video", removed)],
    "a video of who blocks the viewer": ["video", globalId("video", blockers)],
    "a moment that is over": ["moment", globalId("moment", over.authorId, over.id)],
    "a comment of who blocks the viewer": ["comment", commentOfBlocker],
    "a comment that was deleted": ["comment", deleted],
    "a message that was never sent in a conversation of others": [
      "message",
      globalId("message", conversation, 99),
    ],
  };
});
afterAll(() => world.stop());

/** The answer as it goes over the wire, with the id that was asked for taken out. */
async function answer(query: string, id: string, variables: Record<string, unknown>): Promise<string> {
  const response = await fetch(`${world.server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${viewer.token}` },
    body: JSON.stringify({ query, variables }),
  });
  const headers = [...response.headers]
    .filter(([name]) => name !== "date")
    .map(([name, value]) => `${name}: ${value}`);
  return [response.status, ...headers, await response.text()].join("\n").replaceAll(id, "<id>");
}
const questions: [keyof typeof NOTHING, string][] = [
  ["user", "query ($id: ID!) { user(id: $id) { id handle relationship { state } videos { nodes { id } } } }"],
  ["video", "query ($id: ID!) { video(id: $id) { id author { id } likeCount likers { nodes { id } } } }"],
  ["conversation", "query ($id: ID!) { conversation(id: $id) { id messages { nodes { id } } } }"],
];
const kinds = Object.keys(NOTHING) as (keyof typeof NOTHING)[];

describe("a query", () => {
  test.each(questions)("for a %s by its id", async (kind, query) => {
    const nothing = await answer(query, NOTHING[kind], { id: NOTHING[kind] });
    expect(await answer(query, unseen[kind], { id: unseen[kind] })).toBe(nothing);
    for (const [what, [of, id]] of Object.entries(more)) {
      if (of === kind) expect([what, await answer(query, id, { id })]).toEqual([what, nothing]);
    }
  });

  test.each(kinds)("for a %s as a node, alone and among others", async (kind) => {
    for (const query of [
      "query ($id: ID!) { node(id: $id) { id } }",
      "query ($id: ID!) { nodes(ids: [$id]) { id } }",
    ]) {
      const nothing = await answer(query, NOTHING[kind], { id: NOTHING[kind] });
      expect(await answer(query, unseen[kind], { id: unseen[kind] })).toBe(nothing);
      for (const [what, [of, id]] of Object.entries(more)) {
        if (of === kind) expect([what, await answer(query, id, { id })]).toEqual([what, nothing]);
      }
    }
  });

  test("for a person by handle", async () => {
    const query = "query ($id: String!) { user(handle: $id) { id handle } }";
    const nothing = await answer(query, "nobody", { id: "nobody" });
    for (const handle of ["blocker", "gone"])
      expect(await answer(query, handle, { id: handle })).toBe(nothing);
  });
});

describe("a mutation", () => {
  const onUsers = [
    "sendFriendRequest",
    "acceptFriendRequest",
    "declineFriendRequest",
    "cancelFriendRequest",
    "removeFriend",
    "blockUser",
    "unblockUser",
  ] as const;
  const onVideos = ["likeVideo", "unlikeVideo", "updateVideo", "deleteVideo"] as const;
  const onComments = ["likeComment", "unlikeComment", "deleteComment"] as const;
  type Row = [MutationName, keyof typeof NOTHING, (id: string) => Record<string, unknown>];
  const table: Row[] = [
    ...onUsers.map((name): Row => [name, "user", (userId) => ({ userId })]),
    ...onVideos.map((name): Row => [name, "video", (videoId) => ({ videoId })]),
    ...onComments.map((name): Row => [name, "comment", (commentId) => ({ commentId })]),
    ["addComment", "video", (videoId) => ({ videoId, text: "Hello" })],
    ["shareVideo", "video", (videoId) => ({ videoId, userIds: ["user_1"], nonce: "1" })],
    ["markRead", "conversation", (conversationId) => ({ conversationId, upTo: 1 })],
    ["sendMessage", "conversation", (conversationId) => ({ conversationId, body: "Hello", nonce: "1" })],
    ["sendMessage", "user", (userId) => ({ userId, body: "Hello", nonce: "1" })],
    ["postMoment", "video", (videoId) => ({ videoId, text: "Look" })],
    ["deleteMoment", "moment", (momentId) => ({ momentId })],
    ["markMomentSeen", "moment", (momentId) => ({ momentId })],
    ["sendMessage", "moment", (momentId) => ({ momentId, body: "Hello", nonce: "1" })],
    ["report", "moment", (subjectId) => ({ subjectId, reason: "SPAM" })],
    ["startConversation", "user", (userId) => ({ userIds: [userId] })],
    ["startConversation", "user", (userId) => ({ userIds: [userId, "user_1"], title: "Group" })],
  ];

  test.each(table)("%s of a %s", async (name, kind, input) => {
    const nothing = await answer(documentOf(name), NOTHING[kind], { input: input(NOTHING[kind]) });
    expect(nothing).toMatch(/NOT_FOUND|UNAVAILABLE/);
    expect(await answer(documentOf(name), unseen[kind], { input: input(unseen[kind]) })).toBe(nothing);
    for (const [what, [of, id]] of Object.entries(more)) {
      if (of === kind)
        expect([what, await answer(documentOf(name), id, { input: input(id) })]).toEqual([what, nothing]);
    }
  });

  test("into a conversation of others: as what is answered, and as a topic", async () => {
    const own = globalId("conversation", await world.direct(viewer, await world.person("friend")));
    for (const [kind, key] of [
      ["message", "replyToId"],
      ["share", "topicId"],
    ] as const) {
      const ask = (id: string) =>
        answer(documentOf("sendMessage"), id, {
          input: { conversationId: own, body: "Hello", nonce: "1", [key]: id },
        });
      expect(await ask(unseen[kind])).toBe(await ask(NOTHING[kind]));
    }
  });

  test("sharing with somebody, and into a conversation", async () => {
    const videoId = globalId("video", await world.video(viewer));
    for (const [kind, key] of [
      ["user", "userIds"],
      ["conversation", "conversationIds"],
    ] as const) {
      const ask = (id: string) =>
        answer(documentOf("shareVideo"), id, { input: { videoId, [key]: [id], nonce: "1" } });
      // The answer repeats the id, and ids differ in length.
      const unmeasured = (text: string) => text.replace(/content-length: \d+/, "");
      expect(unmeasured(await ask(unseen[kind]))).toBe(unmeasured(await ask(NOTHING[kind])));
    }
  });
});
