/** The one conversation of two people: who is let into it as long as one of them is silent, and what is sent to a person again. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { readLists } from "./lists.ts";
import { codes, mutate } from "./mutations.ts";

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

describe("whoever has not answered yet is asked anew, however early the conversation was opened", () => {
  const open = async (ann: Person, bob: Person) => globalId("conversation", await world.direct(ann, bob));
  const into = async (from: Person, conversationId: string, body = "Hello") =>
    codes(await mutate(world, from, "sendMessage", { conversationId, body, nonce: `${nonces++}` }));
  /** Where a conversation stands for somebody. */
  const placeFor = async (person: Person, id: string) => {
    const { inbox, requests } = await listsOf(person);
    if (inbox.includes(id)) return "inbox";
    return requests.some((request) => request.id === id) ? "request" : "nowhere";
  };

  test("who lets in friends alone by now gets a message request of at most three messages, also of twelve at once", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "EVERYONE" });
    const id = await open(ann, bob);
    await world.privacy(bob, { messagesFrom: "FRIENDS" });
    const answers = await Promise.all(Array.from({ length: 12 }, () => into(ann, id)));
    expect(answers.flat()).toEqual(Array(9).fill("LIMIT_REACHED"));
    expect(await placeFor(bob, id)).toBe("request");
    expect(await into(bob, id)).toEqual([]);
    expect([await placeFor(bob, id), await into(ann, id)]).toEqual(["inbox", []]);
  });

  test("who lets in nobody by now can't be reached, and finds nothing", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "EVERYONE" });
    const id = await open(ann, bob);
    await world.privacy(bob, { messagesFrom: "NO_ONE" });
    expect(await into(ann, id)).toEqual(["UNAVAILABLE"]);
    expect(codes(await write(ann, bob))).toEqual(["UNAVAILABLE"]);
    expect(await placeFor(bob, id)).toBe("nowhere");
  });

  test("who is a friend no more writes a message request, and what was said before goes there as well", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "FRIENDS" });
    await world.befriend(ann, bob);
    const id = await open(ann, bob);
    expect([await into(ann, id), await placeFor(bob, id)]).toEqual([[], "inbox"]);
    const settings = { conversationId: id, pinned: true };
    expect(codes(await mutate(world, bob, "updateConversationSettings", settings))).toEqual([]);
    await world.unfriend(bob, ann);
    expect([await into(ann, id), await placeFor(bob, id)]).toEqual([[], "request"]);
    expect((await listsOf(bob)).unread).toEqual({ conversations: 0, messageRequests: 1 });
  });

  test.each(["declined", "left unanswered"])(
    "a request that is %s ends when nobody is let in",
    async (how) => {
      const [ann, bob] = await strangers();
      await world.privacy(bob, { messagesFrom: "FRIENDS" });
      const id = await open(ann, bob);
      expect(await into(ann, id)).toEqual([]);
      if (how === "declined") await mutate(world, bob, "declineMessageRequest", { conversationId: id });
      await world.privacy(bob, { messagesFrom: "NO_ONE" });
      expect(await into(ann, id)).toEqual(["UNAVAILABLE"]);
      await world.privacy(bob, { messagesFrom: "FRIENDS" });
      expect(await into(ann, id)).toEqual([]);
    },
  );

  test("a request that is accepted goes on, whomever else its receiver lets in", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "FRIENDS" });
    const id = await open(ann, bob);
    expect(await into(ann, id)).toEqual([]);
    await mutate(world, bob, "acceptMessageRequest", { conversationId: id });
    await world.privacy(bob, { messagesFrom: "NO_ONE" });
    for (const body of ["Two", "Three", "Four"]) expect(await into(ann, id, body)).toEqual([]);
    expect(await placeFor(bob, id)).toBe("inbox");
  });

  test("accepting a conversation in which nothing was said opens nobody's inbox", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "FRIENDS" });
    const id = await open(ann, bob);
    await world.privacy(ann, { messagesFrom: "NO_ONE" });
    await mutate(world, bob, "acceptMessageRequest", { conversationId: id });
    expect(await into(bob, id)).toEqual(["UNAVAILABLE"]);
  });

  test("who has answered has let the other in, and is asked no more", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "EVERYONE" });
    const id = await open(ann, bob);
    expect([await into(ann, id), await into(bob, id)]).toEqual([[], []]);
    await world.privacy(bob, { messagesFrom: "NO_ONE" });
    for (const body of ["Two", "Three", "Four"]) expect(await into(ann, id, body)).toEqual([]);
    expect(await placeFor(bob, id)).toBe("inbox");
  });

  test("an answer that is refused answers nothing", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "EVERYONE" });
    const id = await open(ann, bob);
    expect(await into(ann, id)).toEqual([]);
    const nowhere = {
      conversationId: id,
      body: "Hi",
      nonce: "refused",
      mentionIds: [bob.globalId, globalId("user", "1")],
    };
    expect(codes(await mutate(world, bob, "sendMessage", nowhere))).toEqual(["INVALID"]);
    await world.privacy(bob, { messagesFrom: "NO_ONE" });
    expect(await into(ann, id)).toEqual(["UNAVAILABLE"]);
  });

  test("a video that is shared is asked for like a text", async () => {
    const [ann, bob] = await strangers();
    await world.privacy(bob, { messagesFrom: "EVERYONE" });
    const id = await open(ann, bob);
    await world.privacy(bob, { messagesFrom: "NO_ONE" });
    const videoId = globalId("video", await world.video(ann));
    const share = { videoId, userIds: [bob.globalId], conversationIds: [id], nonce: "share" };
    const { results } = await mutate(world, ann, "shareVideo", share);
    expect(results.map(({ error }) => error?.code)).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
  });
});

test.each<[string, (me: Person, other: Person) => Promise<void>]>([
  ["the other blocks the sender", (me, other) => world.block(other, me)],
  ["the sender blocks the other", (me, other) => world.block(me, other)],
  ["the other's account is suspended", (_, other) => world.suspend(other)],
  [
    "they are friends no more and the other lets nobody in",
    async (me, other) => {
      await world.unfriend(me, other);
      await world.privacy(other, { messagesFrom: "NO_ONE" });
    },
  ],
])(
  "sending to a person again with the same nonce gives the same message, also when %s since",
  async (_, part) => {
    const [me, other] = await strangers();
    await world.befriend(me, other);
    const text = { userId: other.globalId, body: "Hello", nonce: "lost" };
    const { message } = await mutate(world, me, "sendMessage", text);
    const share = {
      videoId: globalId("video", await world.video(me)),
      userIds: [other.globalId],
      nonce: "video",
    };
    const { results } = await mutate(world, me, "shareVideo", share);
    expect([message?.position, results[0]?.error]).toEqual([1, null]);
    await part(me, other);
    expect(await mutate(world, me, "sendMessage", text)).toMatchObject({
      message: { id: message?.id },
      duplicate: true,
      userErrors: [],
    });
    expect((await mutate(world, me, "shareVideo", share)).results).toEqual(results);
    expect(codes(await mutate(world, me, "sendMessage", { ...text, nonce: "new" }))).toHaveLength(1);
  },
);
