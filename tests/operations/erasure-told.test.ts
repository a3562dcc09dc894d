/** What those who stay are told when an account is erased, and what becomes of what they have counted and in which order. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { eraseDeleted } from "../../src/actions/erasure/erase.ts";
import { leaveConversation } from "../../src/actions/leaving.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { globalId } from "../../src/ids.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterEach(async () => expect(await countersThatDrift(world.database)).toEqual([]));
afterAll(() => world.stop());

let circles = 0;
/** Somebody who is to be erased, and their friends. */
async function circle() {
  circles++;
  const [gone, ann, bob] = await world.people(`gone${circles}`, `ann${circles}`, `bob${circles}`);
  await world.befriend(gone, ann, bob);
  return { gone, ann, bob };
}

type Messages = "ERASE" | "KEEP_WITHOUT_NAME";
interface Told {
  readonly __typename: string;
  readonly message?: { readonly id: string } | null;
  readonly conversation?: { readonly id: string } | null;
}

const CHANGE = `
  ... on MessageChanged { message { id status body sender { id } } }
  ... on ConversationChanged { conversation { id unreadCount } }`;

/** Erases an account that was deleted thirty days ago, and gives what each of these people is told of it. */
async function toldOfErasure(gone: Person, messages: Messages, people: readonly Person[]): Promise<Told[][]> {
  expect(codes(await mutate(world, gone, "deleteAccount", { password: PASSWORD, messages }))).toEqual([]);
  await world.server.database.query(
    "update users set deleted_at = deleted_at - interval '30 days' where id = $1",
    [gone.id],
  );
  const cursors = await Promise.all(people.map((person) => cursorOf(world, person)));
  await eraseDeleted(world.as(null), new AbortController().signal);
  return Promise.all(
    people.map((person, nr) => changesSince<Told>(world, person, cursors[nr] ?? "", CHANGE)),
  );
}

/** What of it is about one conversation. */
const about = (told: readonly Told[] | undefined, conversation: string) => {
  const [, key = ""] = globalId("conversation", conversation).split("_");
  return told?.filter(({ message, conversation }) => (message ?? conversation)?.id.split("_")[1] === key);
};

const changed = (id: string, unreadCount: number) => ({
  __typename: "ConversationChanged",
  conversation: { id: globalId("conversation", id), unreadCount },
});

describe.each([
  { messages: "ERASE", status: "UNSENT", bodyOf: () => null, unread: 0 },
  { messages: "KEEP_WITHOUT_NAME", status: "SENT", bodyOf: (body: string) => body, unread: 1 },
] as const)(
  "whoever talked with an account that is erased ($messages)",
  ({ messages, status, bodyOf, unread }) => {
    const message = (conversation: string, position: number, body: string) => ({
      __typename: "MessageChanged",
      message: { id: globalId("message", conversation, position), status, body: bodyOf(body), sender: null },
    });

    test("is told of each message, in a direct conversation and in a group, and that the conversations have changed", async () => {
      const { gone, ann, bob } = await circle();
      const direct = await world.direct(gone, ann);
      const group = await world.group(ann, [gone, bob]);
      await world.say(gone, direct, "One");
      await world.say(ann, direct, "Read so far");
      await world.say(gone, direct, "Two");
      await world.say(gone, group, "In the group");
      const [anns, bobs] = await toldOfErasure(gone, messages, [ann, bob]);
      const inGroup = [message(group, 1, "In the group"), changed(group, unread)];
      expect(about(anns, direct)).toEqual([
        message(direct, 1, "One"),
        message(direct, 3, "Two"),
        changed(direct, unread),
      ]);
      expect(about(anns, group)).toEqual(inGroup);
      expect(anns).toHaveLength(5);
      expect(bobs).toEqual(inGroup);
    });

    test("is told nothing where they have left or declined, nor of what was said before they came", async () => {
      const { gone, ann, bob } = await circle();
      const [decliner, late] = await world.people(`decliner${circles}`, `late${circles}`);
      await world.befriend(ann, late);
      await world.privacy(late, { groupInvitesFrom: "EVERYONE" });
      const group = await world.group(ann, [gone, bob]);
      const direct = await world.direct(gone, bob);
      await world.say(gone, group, "Before they left");
      await world.say(gone, direct, "Well");
      for (const conversation of [group, direct]) await leaveConversation(world.as(bob), conversation);
      const participants = { conversationId: globalId("conversation", group), userIds: [late.globalId] };
      expect(codes(await mutate(world, ann, "addParticipants", participants))).toEqual([]);
      const request = { userId: decliner.globalId, body: "Hello", nonce: "1" };
      const { conversation } = await mutate(world, gone, "sendMessage", request);
      const declined = { conversationId: conversation?.id };
      expect(codes(await mutate(world, decliner, "declineMessageRequest", declined))).toEqual([]);
      const [anns, bobs, decliners, lates] = await toldOfErasure(gone, messages, [ann, bob, decliner, late]);
      expect(anns).toEqual([message(group, 1, "Before they left"), changed(group, unread)]);
      expect([bobs, decliners, lates]).toEqual([[], [], [changed(group, 0)]]);
    });

    test("is told to read it again, once for each step, where more has changed than can be told of", async () => {
      const { gone, ann, bob } = await circle();
      const late = await world.person(`late${circles}`);
      await world.befriend(ann, late);
      await world.privacy(late, { groupInvitesFrom: "EVERYONE" });
      const group = await world.group(ann, [gone, bob]);
      await world.server.database.query(
        `with said as (
         insert into messages (conversation_id, position, sender_id, kind, body)
         select $1, n, $2, 'TEXT', 'Many words' from generate_series(1, 530) n
       ), counted as (
         update inbox set unread = 530 where conversation_id = $1 and user_id <> $2
       )
       update conversations set last_position = 530 where id = $1`,
        [group, gone.id],
      );
      const participants = { conversationId: globalId("conversation", group), userIds: [late.globalId] };
      expect(codes(await mutate(world, ann, "addParticipants", participants))).toEqual([]);
      const [anns, lates] = await toldOfErasure(gone, messages, [ann, late]);
      const left = unread * 530;
      expect(anns).toEqual([changed(group, left), changed(group, left)]);
      expect(lates).toEqual([changed(group, 0)]);
    });

    test("and has blocked them, or hidden what they said, is told as well, and counts what they can read", async () => {
      const { gone, ann, bob } = await circle();
      const group = await world.group(ann, [gone, bob]);
      for (const body of ["One", "Two", "Three"]) await world.say(gone, group, body);
      await mutate(world, ann, "hideMessage", { messageId: globalId("message", group, 2) });
      await markRead(world.as(ann), group, 1);
      await world.block(ann, gone);
      const [anns] = await toldOfErasure(gone, messages, [ann]);
      const hidden = { id: globalId("message", group, 2), status: "HIDDEN", body: null, sender: null };
      expect(anns).toEqual([
        message(group, 1, "One"),
        { __typename: "MessageChanged", message: hidden },
        message(group, 3, "Three"),
        changed(group, unread),
      ]);
    });
  },
);

test("talk about a video is as lively as what stays of it when somebody's messages are erased", async () => {
  const { gone, ann, bob } = await circle();
  const video = await world.video(ann);
  const discussions = async () =>
    at(
      await world.read(
        ann,
        `query ($id: ID!) { video(id: $id) { discussions(first: 9) {
          nodes { lastActivityAt replyCount conversation { id } }
        } } }`,
        { id: globalId("video", video) },
      ),
      "video",
      "discussions",
      "nodes",
    );
  const [quiet, taken, lively] = [
    await world.group(ann, [gone, bob], "quiet"),
    await world.group(ann, [gone, bob], "taken"),
    await world.group(ann, [gone, bob], "lively"),
  ];
  for (const group of [quiet, taken, lively]) await world.share(ann, video, group, "Ann's note");
  await world.say(bob, taken, "Hm", { topic: video });
  await world.say(bob, lively, "Well", { topic: video });
  const before = await discussions();
  expect(before).toMatchObject(
    [lively, taken, quiet].map((id) => ({ conversation: { id: globalId("conversation", id) } })),
  );

  await world.say(gone, taken, "Mine", { topic: video });
  await mutate(world, gone, "hideMessage", { messageId: globalId("message", taken, 1) });
  await world.share(gone, video, taken, "My note");
  for (const body of ["One", "Two"]) await world.say(gone, quiet, body, { topic: video });
  expect(await discussions()).not.toEqual(before);
  const [anns] = await toldOfErasure(gone, "ERASE", [ann]);
  expect(await discussions()).toEqual(before);
  // The share is hers again, and her message has its note.
  expect(about(anns, taken)).toMatchObject([
    ...[1, 3, 4].map((position) => ({ message: { id: globalId("message", taken, position) } })),
    changed(taken, 1),
  ]);
});
