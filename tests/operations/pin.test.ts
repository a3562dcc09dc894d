/** Pinning messages for everybody in a conversation. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
let ann: Person;
let bob: Person;
let cat: Person;
beforeAll(async () => {
  world = await World.start();
  [ann, bob, cat] = await world.people("ann", "bob", "cat");
  await world.befriend(ann, bob);
});
afterAll(() => world.stop());

const idAt = (group: string, position: number) => globalId("message", group, position);
const pin = (person: Person, messageId: string) => mutate(world, person, "pinMessage", { messageId });
const unpin = (person: Person, messageId: string) => mutate(world, person, "unpinMessage", { messageId });
const hide = (person: Person, messageId: string) => mutate(world, person, "hideMessage", { messageId });
const conversation = async (person: Person, group: string, selection: string) =>
  at(
    await world.read<object>(person, `query ($id: ID!) { conversation(id: $id) { ${selection} } }`, {
      id: globalId("conversation", group),
    }),
    "conversation",
  );
const pinned = async (person: Person, group: string) =>
  (at(await conversation(person, group, "pinnedMessages { id }"), "pinnedMessages") as { id: string }[]).map(
    ({ id }) => id,
  );
const changes = (person: Person, cursor: string) =>
  changesSince<object>(
    world,
    person,
    cursor,
    "... on MessageChanged { message { id status } } ... on ConversationChanged { conversation { id } }",
  );
/** A group of all three in which ann has said so much. */
async function talk(...bodies: string[]): Promise<string> {
  const group = await world.group(ann, [bob, cat]);
  for (const body of bodies) await world.say(ann, group, body);
  return group;
}

describe("a pinned message", () => {
  test("is at hand for everybody, the newest pin first, and everybody is told", async () => {
    const group = await talk("One", "Two", "Three");
    const cursor = await cursorOf(world, cat);
    for (const position of [2, 1, 3, 1]) expect(codes(await pin(ann, idAt(group, position)))).toEqual([]);
    expect(await pinned(cat, group)).toEqual([3, 1, 2].map((position) => idAt(group, position)));
    expect(codes(await unpin(ann, idAt(group, 1)))).toEqual([]);
    expect(codes(await unpin(ann, idAt(group, 1)))).toEqual([]);
    expect(await pinned(cat, group)).toEqual([3, 2].map((position) => idAt(group, position)));
    const told = await changes(cat, cursor);
    expect(told.filter((change) => at(change, "__typename") === "ConversationChanged")).toHaveLength(4);
    expect(told.filter((change) => at(change, "__typename") === "MessageChanged")).toHaveLength(4);
  });

  test("is chosen by a group's owner and admins, and by either of two", async () => {
    const group = await talk("One");
    expect(codes(await pin(bob, idAt(group, 1)))).toEqual(["FORBIDDEN"]);
    expect(codes(await unpin(bob, idAt(group, 1)))).toEqual(["FORBIDDEN"]);
    await mutate(world, ann, "setParticipantRole", {
      conversationId: globalId("conversation", group),
      userId: bob.globalId,
      role: "ADMIN",
    });
    expect(codes(await pin(bob, idAt(group, 1)))).toEqual([]);
    const direct = await world.direct(ann, bob);
    const { message } = await world.say(ann, direct, "Here");
    expect(codes(await pin(bob, idAt(direct, message.position)))).toEqual([]);
    expect(codes(await unpin(ann, idAt(direct, message.position)))).toEqual([]);
  });

  test("is no way to reach whoever has blocked one", async () => {
    const [eve, fay] = await world.people("eve", "fay");
    await world.befriend(eve, fay);
    const direct = await world.direct(eve, fay);
    const { message } = await world.say(eve, direct, "Before");
    await world.block(eve, fay);
    expect(codes(await pin(fay, idAt(direct, message.position)))).toEqual(["UNAVAILABLE"]);
    expect(await pinned(eve, direct)).toEqual([]);
  });

  test("is one of at most 50, however many pin at once, and leaves with being taken back", async () => {
    const group = await talk(...Array.from({ length: 53 }, (_, at) => `Message ${at}`));
    const answers = await Promise.all(
      Array.from({ length: 53 }, (_, position) => pin(ann, idAt(group, position + 1))),
    );
    expect(answers.flatMap(codes)).toEqual(Array(3).fill("LIMIT_REACHED"));
    const [newest = ""] = await pinned(bob, group);
    expect(codes(await pin(ann, newest))).toEqual([]);
    expect(codes(await mutate(world, ann, "unsendMessage", { messageId: newest }))).toEqual([]);
    expect(await pinned(bob, group)).toHaveLength(49);
    expect(codes(await pin(ann, newest))).toEqual(["CONFLICT"]);
  });

  test("is not there for who has hidden it, blocks its sender, or came later", async () => {
    const group = await talk("One", "Two");
    await world.say(cat, group, "Three");
    for (const position of [1, 2, 3]) await pin(ann, idAt(group, position));
    await hide(bob, idAt(group, 2));
    await world.block(bob, cat);
    expect(await pinned(bob, group)).toEqual([idAt(group, 1)]);
    expect(await pinned(ann, group)).toHaveLength(3);
    await mutate(world, bob, "unblockUser", { userId: cat.globalId });
    const dan = await world.person("dan");
    await world.befriend(ann, dan);
    await mutate(world, ann, "addParticipants", {
      conversationId: globalId("conversation", group),
      userIds: [dan.globalId],
    });
    expect(await pinned(dan, group)).toEqual([]);
  });
});
