/** What a message request keeps from whom it asks: everything but its texts, until it is answered. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { readLists } from "./lists.ts";
import { codes, mutate, type Payload } from "./mutations.ts";

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

type Done = Payload<"addReaction" | "removeReaction" | "pinMessage" | "unpinMessage" | "editMessage">;
const react = (person: Person, messageId: string): Promise<Done> =>
  mutate(world, person, "addReaction", { messageId, emoji: "\u{1F388}" });
const takeReactionBack = (person: Person, messageId: string): Promise<Done> =>
  mutate(world, person, "removeReaction", { messageId, emoji: "\u{1F388}" });
const pin = (person: Person, messageId: string): Promise<Done> =>
  mutate(world, person, "pinMessage", { messageId });
const unpin = (person: Person, messageId: string): Promise<Done> =>
  mutate(world, person, "unpinMessage", { messageId });
const edit = (person: Person, messageId: string): Promise<Done> =>
  mutate(world, person, "editMessage", { messageId, body: "Other words" });
const actions = { react, pin, edit };

/** What a message shows, with whether it is pinned. */
async function shown(person: Person, conversation: string, messageId: string) {
  type Conversation = {
    pinnedMessages: { id: string }[];
    messages: { nodes: { id: string; body: string; reactions: { count: number }[] }[] };
  };
  const question = `query ($id: ID!) { conversation(id: $id) {
    pinnedMessages { id }
    messages(first: 10) { nodes { id body reactions { count } } }
  } }`;
  const id = globalId("conversation", conversation);
  const found = (await world.read<{ conversation: Conversation }>(person, question, { id })).conversation;
  const message = found.messages.nodes.find((node) => node.id === messageId);
  return {
    body: message?.body,
    reactions: message?.reactions.length,
    isPinned: found.pinnedMessages.some((pinned) => pinned.id === messageId),
  };
}
const UNTOUCHED = { body: "Hello", reactions: 0, isPinned: false };
const TOUCHED = { body: "Other words", reactions: 1, isPinned: true };

/** A message request of the first to the second. */
async function request(ann: Person, bob: Person) {
  const conversation = await world.direct(ann, bob);
  const { message } = await world.say(ann, conversation, "Hello");
  return { conversation, id: globalId("message", conversation, message.position) };
}

const answers: [string, (ann: Person, bob: Person, conversation: string) => Promise<unknown>][] = [
  [
    "accepted",
    (_, bob, conversation) =>
      mutate(world, bob, "acceptMessageRequest", {
        conversationId: globalId("conversation", conversation),
      }),
  ],
  ["answered", (_, bob, conversation) => world.say(bob, conversation, "Hi Ann")],
  ["overtaken by a friendship", (ann, bob) => world.befriend(ann, bob)],
];

describe("whoever has made a message request", () => {
  test.each(answers)(
    "can't react, pin or edit there, of which nobody hears, until it is %s",
    async (_, answer) => {
      const [ann, bob] = await strangers();
      const { conversation, id } = await request(ann, bob);
      const cursors = [await cursorOf(world, ann), await cursorOf(world, bob)] as const;
      for (const act of Object.values(actions)) {
        expect(await act(ann, id)).toMatchObject({
          message: null,
          userErrors: [{ code: "FORBIDDEN", path: ["messageId"] }],
        });
      }
      for (const [at, person] of [ann, bob].entries()) {
        const told = await changesSince<{ __typename: string }>(world, person, cursors[at] ?? "", "");
        expect(told.filter(({ __typename }) => __typename !== "VideoChanged")).toEqual([]);
        expect(await shown(person, conversation, id)).toEqual(UNTOUCHED);
      }
      await answer(ann, bob, conversation);
      for (const act of Object.values(actions)) expect(codes(await act(ann, id))).toEqual([]);
      expect(await shown(bob, conversation, id)).toEqual(TOUCHED);
    },
  );

  test("is refused in the same words when it was declined, of which they are not told", async () => {
    const [ann, bob] = await strangers();
    const { conversation, id } = await request(ann, bob);
    const before = await Promise.all(Object.values(actions).map((act) => act(ann, id)));
    const declined = { conversationId: globalId("conversation", conversation) };
    expect(codes(await mutate(world, bob, "declineMessageRequest", declined))).toEqual([]);
    const after = await Promise.all(Object.values(actions).map((act) => act(ann, id)));
    expect(before.flatMap(codes)).toEqual(["FORBIDDEN", "FORBIDDEN", "FORBIDDEN"]);
    expect(after).toEqual(before);
  });

  test("takes back what they did while they were let in, and what they have said", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    const { conversation, id } = await request(ann, bob);
    for (const act of Object.values(actions)) expect(codes(await act(ann, id))).toEqual([]);
    await world.unfriend(bob, ann);
    // The one friend has said nothing: what the other says now asks again.
    await world.say(ann, conversation, "Are you there?");
    expect((await readLists(world, bob)).requests).toHaveLength(1);
    for (const act of Object.values(actions)) expect(codes(await act(ann, id))).toEqual(["FORBIDDEN"]);
    for (const takeBack of [takeReactionBack, unpin]) expect(codes(await takeBack(ann, id))).toEqual([]);
    expect(await shown(bob, conversation, id)).toEqual({ ...TOUCHED, reactions: 0, isPinned: false });
    expect(codes(await mutate(world, ann, "unsendMessage", { messageId: id }))).toEqual([]);
    expect((await shown(bob, conversation, id)).body).toBeNull();
  });
});
