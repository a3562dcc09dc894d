/** Messages from people who have not been let in, and people who can't be reached at all. */
import { sendMessage } from "../../src/actions/message.ts";
import { shareVideo } from "../../src/actions/share.ts";
import { databaseRates } from "../../src/db/rates.ts";
import { globalId } from "../../src/ids.ts";
import { RATES } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { send } from "../support/ask.ts";
import { TEST_SECRET } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { readLists } from "./lists.ts";
import { codes, documentOf, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let pairs = 0;
const strangers = () => {
  pairs++;
  return world.people(`ann${pairs}`, `bob${pairs}`);
};
let nonces = 0;
const write = (from: Person, to: Person, body = "Hello") =>
  mutate(world, from, "sendMessage", { userId: to.globalId, body, nonce: `${nonces++}` });

const listsOf = (person: Person) => readLists(world, person);

describe("a message from somebody who has not been let in", () => {
  test("is a message request: not in the inbox, and counted apart", async () => {
    const [ann, bob] = await strangers();
    const { conversation, userErrors } = await write(ann, bob);
    expect(userErrors).toEqual([]);
    expect(await listsOf(bob)).toEqual({
      inbox: [],
      requests: [{ id: conversation?.id, unreadCount: 1, viewerSettings: { state: "REQUEST" } }],
      unread: { conversations: 0, messageRequests: 1 },
    });
    expect((await listsOf(ann)).inbox).toEqual([conversation?.id]);
  });

  test("may be followed by two more, and then it is LIMIT_REACHED until it is answered", async () => {
    const [ann, bob] = await strangers();
    for (const body of ["One", "Two", "Three"]) expect(codes(await write(ann, bob, body))).toEqual([]);
    expect(await write(ann, bob, "Four")).toMatchObject({
      message: null,
      conversation: null,
      userErrors: [{ code: "LIMIT_REACHED" }],
    });
    expect((await listsOf(bob)).requests[0]?.unreadCount).toBe(3);
    expect((await write(bob, ann, "Hi Ann")).message?.position).toBe(4);
    expect((await write(ann, bob, "Four")).message?.position).toBe(5);
  });

  test("sent many times at once is three messages", async () => {
    const [ann, bob] = await strangers();
    const answers = await Promise.all(Array.from({ length: 12 }, () => write(ann, bob)));
    expect(answers.flatMap(codes)).toEqual(Array(9).fill("LIMIT_REACHED"));
    const positions = answers.flatMap(({ message }) => message?.position ?? []);
    expect(positions.sort()).toEqual([1, 2, 3]);
  });

  test("is accepted by answering it", async () => {
    const [ann, bob] = await strangers();
    const { conversation } = await write(ann, bob);
    await write(bob, ann, "Hi Ann");
    expect(await listsOf(bob)).toEqual({
      inbox: [conversation?.id],
      requests: [],
      unread: { conversations: 0, messageRequests: 0 },
    });
  });

  test("is let in by becoming friends", async () => {
    const [ann, bob] = await strangers();
    for (const body of ["One", "Two", "Three"]) await write(ann, bob, body);
    await world.befriend(ann, bob);
    expect(codes(await write(ann, bob, "Four"))).toEqual([]);
    expect((await listsOf(bob)).requests).toEqual([]);
  });

  test("is read without a receipt, until it is answered", async () => {
    const [ann, bob] = await strangers();
    const { conversation } = await write(ann, bob);
    const receipt = async () => {
      const question = `query ($id: ID!) { conversation(id: $id) { participants { nodes { user { id } readUpTo } } } }`;
      type Participants = { nodes: { user: { id: string }; readUpTo: number | null }[] };
      const answer = await world.read<{ conversation: { participants: Participants } }>(ann, question, {
        id: conversation?.id,
      });
      return answer.conversation.participants.nodes.find(({ user }) => user.id === bob.globalId)?.readUpTo;
    };
    const read = { conversationId: conversation?.id, upTo: 1 };
    expect((await mutate(world, bob, "markRead", read)).conversation?.unreadCount).toBe(0);
    expect(await receipt()).toBeNull();
    await write(bob, ann, "Hi Ann");
    expect(await receipt()).toBe(2);
  });

  test.each([
    ["EVERYONE", ["inbox", "inbox", "inbox", "inbox"]],
    ["FRIENDS_OF_FRIENDS", ["inbox", "inbox", "inbox", "request"]],
    ["FRIENDS", ["inbox", "inbox", "request", "request"]],
    ["CLOSE_FRIENDS", ["inbox", "request", "request", "request"]],
    ["NO_ONE", [null, null, "UNAVAILABLE", "UNAVAILABLE"]],
  ])(
    "arrives where messagesFrom %s says: from a close friend, a friend, a friend's friend, a stranger",
    async (reach, expected) => {
      const [bob, between] = await strangers();
      await world.befriend(bob, between);
      await world.set(bob, "messages_from", reach);
      const people = await world.people(...[0, 1, 2, 3].map((at) => `${reach.toLowerCase()}.${at}`));
      const [close, friend, friendOfFriend] = people as [Person, Person, Person];
      await world.befriend(bob, close, friend);
      await world.befriend(between, friendOfFriend);
      await world.close(bob, close);
      for (const [at, ann] of people.entries()) {
        // Of friends of somebody who takes messages from nobody nothing is promised.
        if (expected[at] === null) continue;
        const answer = await write(ann, bob);
        const { inbox, requests } = await listsOf(bob);
        const id = answer.conversation?.id ?? "";
        const place = inbox.includes(id)
          ? "inbox"
          : requests.some((request) => request.id === id)
            ? "request"
            : null;
        expect([at, place ?? codes(answer)[0]]).toEqual([at, expected[at]]);
        const question = `{ user(id: "${bob.globalId}") { relationship { canMessage } } }`;
        const canMessage = expected[at] !== "UNAVAILABLE";
        expect(await world.read(ann, question)).toEqual({ user: { relationship: { canMessage } } });
      }
    },
  );
});

describe("a message request takes texts alone until it is answered", () => {
  const share = (from: Person, video: string, target: { userId?: string; conversationId?: string }) =>
    mutate(world, from, "shareVideo", {
      videoId: globalId("video", video),
      nonce: `${nonces++}`,
      ...(target.userId !== undefined && { userIds: [target.userId] }),
      ...(target.conversationId !== undefined && { conversationIds: [target.conversationId] }),
    });
  const refused = [{ share: null, error: { code: "FORBIDDEN", retryAt: null } }];

  test("a video is refused by the target, and begins nothing where there was no conversation", async () => {
    const [ann, bob] = await strangers();
    const video = await world.video(ann);
    expect((await share(ann, video, { userId: bob.globalId })).results).toMatchObject(refused);
    expect([(await listsOf(ann)).inbox, (await listsOf(bob)).requests]).toEqual([[], []]);
    const { conversation } = await write(ann, bob);
    const conversationId = conversation?.id ?? "";
    for (const target of [{ conversationId }, { userId: bob.globalId }])
      expect((await share(ann, video, target)).results).toMatchObject(refused);
    await write(bob, ann, "Hi Ann");
    expect((await share(ann, video, { conversationId })).results).toMatchObject([{ error: null }]);
  });

  test("and a video answers it as well as a text", async () => {
    const [ann, bob] = await strangers();
    const { conversation } = await write(ann, bob);
    const conversationId = conversation?.id ?? "";
    expect((await share(bob, await world.video(bob), { conversationId })).results).toMatchObject([
      { error: null },
    ]);
    expect((await listsOf(bob)).inbox).toEqual([conversationId]);
    expect((await share(ann, await world.video(ann), { conversationId })).results).toMatchObject([
      { error: null },
    ]);
  });

  test("what is said to a moment is a text", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    await world.privacy(bob, { messagesFrom: "CLOSE_FRIENDS" });
    const { authorId, id } = await world.moment(bob);
    const momentId = globalId("moment", authorId, id);
    const input = { momentId, body: "Ha!", nonce: `${nonces++}` };
    expect(codes(await mutate(world, ann, "sendMessage", input))).toEqual([]);
    expect((await listsOf(bob)).requests).toHaveLength(1);
  });
});

test("so many people are written to by message request in an hour; friends, and who lets everybody in, are not counted", async () => {
  const [ann, friend] = await world.people("counted", "counted.friend");
  const strangers = await world.people("counted.one", "counted.two", "counted.open");
  const [one, two, open] = strangers;
  await world.befriend(ann, friend);
  await world.privacy(friend, { messagesFrom: "CLOSE_FRIENDS" });
  await world.privacy(open, { messagesFrom: "EVERYONE" });
  const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
  for (let nr = 1; nr < RATES.messageRequest.points; nr++) await rates.take("messageRequest", ann.id);
  const context = () => ({ ...world.as(ann), rates });
  const said = { conversationId: null, body: "Hello", replyTo: null, topic: null, videoAtMs: null };
  const say = ({ id }: Person) =>
    sendMessage(context(), { ...said, userId: id, nonce: `${nonces++}` }).then(
      () => "SENT",
      ({ code, details }) => [code, details.retryAt instanceof Date],
    );
  expect([await say(one), await say(two), await say(one)]).toEqual([
    "SENT",
    ["TOO_MANY_REQUESTS", true],
    "SENT",
  ]);
  expect([await say(friend), await say(open)]).toEqual(["SENT", "SENT"]);
  const targets = [{ id: "two", userId: two.id, conversationId: null }];
  const [outcome] = await shareVideo(context(), {
    videoId: await world.video(ann),
    targets,
    note: null,
    nonce: `${nonces++}`,
  });
  expect(outcome?.error?.code).toBe("FORBIDDEN");
  await rates.stop();
});

describe("who can't be reached", () => {
  let ann: Person;
  let closed: Person;
  let unreachable: [string, string][];
  beforeAll(async () => {
    const [blocker, gone] = await world.people("blocker", "gone");
    [ann, closed] = await world.people("ann", "closed");
    await world.block(blocker, ann);
    await world.privacy(closed, { messagesFrom: "NO_ONE" });
    await world.set(gone, "deleted_at", new Date());
    unreachable = [
      ["somebody who has blocked the sender", blocker.globalId],
      ["a deleted account", gone.globalId],
      ["nobody at all", globalId("user", "12345")],
    ];
  });

  /** The answer as it goes over the wire, but for the id that was asked with. */
  async function answerTo(
    name: "sendMessage" | "startConversation" | "shareVideo",
    userId: string,
    videoId: string,
  ) {
    const input = {
      sendMessage: { userId, body: "Hello", nonce: "1" },
      startConversation: { userIds: [userId] },
      shareVideo: { videoId, userIds: [userId], nonce: "1" },
    }[name];
    const answer = await send(world.server.url, ann.token, documentOf(name), { input });
    return JSON.stringify(answer).replaceAll(userId, "<person>");
  }

  test.each(["sendMessage", "startConversation", "shareVideo"] as const)(
    "%s: UNAVAILABLE, in the same words whether the person blocks, is gone, is closed or never was",
    async (name) => {
      const videoId = globalId("video", await world.video(ann));
      const expected = await answerTo(name, closed.globalId, videoId);
      expect(expected).toContain("UNAVAILABLE");
      for (const [who, userId] of unreachable) {
        expect([who, await answerTo(name, userId, videoId)]).toEqual([who, expected]);
      }
    },
  );

  test("an existing conversation with somebody who blocks since is UNAVAILABLE, by conversation and by person", async () => {
    const [bob, cat] = await strangers();
    await world.befriend(bob, cat);
    const { conversation } = await write(bob, cat);
    await world.block(cat, bob);
    expect(codes(await write(bob, cat))).toEqual(["UNAVAILABLE"]);
    const again = { conversationId: conversation?.id, body: "Hello?", nonce: "again" };
    expect(codes(await mutate(world, bob, "sendMessage", again))).toEqual(["UNAVAILABLE"]);
    const videoId = globalId("video", await world.video(bob));
    const share = { videoId, userIds: [cat.globalId], conversationIds: [conversation?.id], nonce: "share" };
    const { results } = await mutate(world, bob, "shareVideo", share);
    expect(results.map(({ error }) => error?.code)).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
  });

  test("somebody whose account is deleted since can't be reached in the existing conversation either", async () => {
    const [bob, cat] = await strangers();
    await world.befriend(bob, cat);
    await write(bob, cat);
    await world.set(cat, "deleted_at", new Date());
    expect(codes(await write(bob, cat))).toEqual(["UNAVAILABLE"]);
  });
});
