/** Who takes a message back: whoever said it, also when they have left since, or have come back later. */
import { setTimeout as sleep } from "node:timers/promises";
import { addParticipants, removeParticipant } from "../../src/actions/group.ts";
import { leaveConversation } from "../../src/actions/leaving.ts";
import { globalId } from "../../src/ids.ts";
import type { Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, MESSAGE, mutate } from "./mutations.ts";
import { Moderated } from "./reports.ts";

let moderated: Moderated;
let world: World;
beforeAll(async () => {
  moderated = await Moderated.start();
  ({ world } = moderated);
});
afterAll(() => world.stop());

const messageOf = (person: Person, group: string, position: number) =>
  moderated.node(person, globalId("message", group, position), MESSAGE, "Message");
const unreadCount = async (person: Person, group: string) =>
  at(
    await world.read(person, "query ($id: ID!) { conversation(id: $id) { unreadCount } }", {
      id: globalId("conversation", group),
    }),
    "conversation",
    "unreadCount",
  );
const unsend = (person: Person, group: string, position: number) =>
  mutate(world, person, "unsendMessage", { messageId: globalId("message", group, position) });
const CHANGED = "... on MessageChanged { message { position status body } }";

test.each<[string, (ann: Person, bob: Person, group: string) => Promise<unknown>]>([
  ["has left", (_ann, bob, group) => leaveConversation(world.as(bob), group)],
  ["was removed", (ann, bob, group) => removeParticipant(world.as(ann), group, bob.id)],
  [
    "was removed and added again",
    async (ann, bob, group) => {
      await removeParticipant(world.as(ann), group, bob.id);
      await addParticipants(world.as(ann), group, [bob.id]);
    },
  ],
])(
  "whoever %s takes back what they said before: everybody else is told, and has the tombstone",
  async (_what, part) => {
    const [ann, bob, cat] = await moderated.strangers();
    const group = await world.group(ann, [bob, cat]);
    await world.say(bob, group, "Awful");
    await world.say(cat, group, "Why?", { replyTo: 1 });
    await part(ann, bob, group);
    expect(await messageOf(bob, group, 1)).toBeNull();
    expect(await unreadCount(ann, group)).toBe(2);
    const cursors = await Promise.all([ann, bob, cat].map((person) => cursorOf(world, person)));

    // Once more changes nothing, and nobody is told.
    for (let turn = 0; turn < 2; turn++) {
      expect(await unsend(bob, group, 1)).toEqual({ message: null, userErrors: [] });
    }
    for (const person of [ann, cat]) {
      expect(await messageOf(person, group, 1)).toMatchObject({ status: "UNSENT", body: null });
    }
    expect(await unreadCount(ann, group)).toBe(1);
    const told = { __typename: "MessageChanged", message: { position: 1, status: "UNSENT", body: null } };
    for (const [nr, expected] of [[told], [], [told]].entries()) {
      const person = [ann, bob, cat][nr] ?? ann;
      expect(await changesSince(world, person, cursors[nr] ?? "", CHANGED)).toEqual(expected);
    }
    expect(await moderated.drift()).toEqual([]);
  },
);

test("nobody takes back another's, whether they stay, have left or never came; nor a notice", async () => {
  const [ann, bob, cat] = await moderated.strangers();
  const [dan] = await moderated.strangers();
  const group = await world.group(ann, [bob, cat]);
  await world.say(bob, group, "Awful");
  await world.say(cat, group, "Why?");
  await leaveConversation(world.as(bob), group);
  expect(codes(await unsend(ann, group, 1))).toEqual(["FORBIDDEN"]);
  expect(codes(await unsend(ann, group, 3))).toEqual(["FORBIDDEN"]);
  // Another's, the notice of their leaving, and what is not there are the same to who has left.
  for (const position of [2, 3, 4]) expect(codes(await unsend(bob, group, position))).toEqual(["NOT_FOUND"]);
  for (const position of [1, 2]) expect(codes(await unsend(dan, group, position))).toEqual(["NOT_FOUND"]);
  expect(await messageOf(ann, group, 1)).toMatchObject({ status: "SENT", body: "Awful" });
  expect(await messageOf(ann, group, 2)).toMatchObject({ status: "SENT", body: "Why?" });
  expect(await messageOf(ann, group, 3)).toMatchObject({ kind: "NOTICE", status: "SENT" });
});

test("a share that nobody who is left could read goes back to who had brought the video before, and all are told", async () => {
  const [ann, bob, cat] = await moderated.strangers();
  const group = await world.group(ann, [bob, cat]);
  const video = await world.video(cat);
  await world.share(ann, video, group, "Ann's note");
  await mutate(world, bob, "hideMessage", { messageId: globalId("message", group, 1) });
  await world.share(bob, video, group, "Bob's note");
  for (const person of [ann, cat]) await world.block(person, bob);
  await leaveConversation(world.as(bob), group);
  const cursor = await cursorOf(world, cat);
  expect(codes(await unsend(bob, group, 2))).toEqual([]);
  const told = await changesSince(world, cat, cursor, "... on MessageChanged { message { position } }");
  expect(told).toEqual([{ __typename: "MessageChanged", message: { position: 1 } }]);
  const share = "kind body share { note sharedBy { id } }";
  expect(await moderated.node(cat, globalId("message", group, 1), share, "Message")).toEqual({
    kind: "SHARE",
    body: null,
    share: { note: "Ann's note", sharedBy: { id: ann.globalId } },
  });
  expect(await moderated.drift()).toEqual([]);
});

test("a share that goes back to who had brought the video before is dated by what was said about it since", async () => {
  const [ann, bob, cat] = await moderated.strangers();
  const group = await world.group(ann, [bob, cat]);
  const video = await world.video(cat);
  await world.share(ann, video, group, "Ann's note");
  await mutate(world, bob, "hideMessage", { messageId: globalId("message", group, 1) });
  // In the same millisecond neither is later.
  await sleep(2);
  await world.share(bob, video, group, "Bob's note");
  expect(codes(await unsend(bob, group, 2))).toEqual([]);
  const share = "createdAt share { lastActivityAt }";
  const first = await moderated.node(cat, globalId("message", group, 1), share, "Message");
  expect(at(first, "share", "lastActivityAt")).toBe(at(first, "createdAt"));
});
