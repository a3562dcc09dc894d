/** Who is told of being mentioned in a message, and when that is taken back. */
import { write } from "../../src/actions/context.ts";
import { takeBack } from "../../src/actions/message-unsend.ts";
import { muteUser } from "../../src/actions/mute.ts";
import { globalId, keyOf } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { inGroup } from "./groups.ts";
import { codes, mutate } from "./mutations.ts";
import { notificationsOf, toldSince } from "./notifications.ts";

let world: World;
let ann: Person;
let bob: Person;
let cat: Person;
let dan: Person;
/** A group of the first three, by its row. */
let group: string;
let round = 0;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(async () => {
  round++;
  [ann, bob, cat, dan] = await world.people(`ann${round}`, `bob${round}`, `cat${round}`, `dan${round}`);
  group = await world.group(ann, [bob, cat]);
  await world.privacy(dan, { groupInvitesFrom: "EVERYONE" });
});
afterAll(() => world.stop());

const naming = (...people: readonly Person[]) => people.map((person) => person.globalId);
/** Says something that mentions people; returns the id of the message. */
async function say(person: Person, people: readonly Person[], more: { nonce?: string } = {}) {
  const { message } = await world.say(person, group, "You!", { mentions: people, ...more });
  return globalId("message", message.conversationId, message.position);
}
const edit = (messageId: string, people: readonly Person[] | null, body = "You, and you!") =>
  mutate(world, ann, "editMessage", {
    messageId,
    body,
    ...(people === null ? {} : { mentionIds: naming(...people) }),
  });
const leave = (person: Person) => mutate(world, person, "leaveConversation", inGroup(group));
const add = (...people: readonly Person[]) =>
  mutate(world, ann, "addParticipants", inGroup(group, { userIds: naming(...people) }));
const remove = (person: Person) =>
  mutate(world, ann, "removeParticipant", inGroup(group, { userId: person.globalId }));
/** By which messages a person is told that they are mentioned, newest first. */
const told = async (person: Person) =>
  (await notificationsOf(world, person)).list
    .filter(({ kind }) => kind === "MENTION")
    .map(({ subject }) => subject?.id ?? "a message that they can't see");
/** What a person's devices were told since a cursor: of mentions that came, and of notifications that went. */
const heard = async (person: Person, cursor: string) =>
  (await toldSince(world, person, cursor)).flatMap(({ notification, ids }) =>
    ids === undefined ? [`+${notification?.subject?.id}`] : ids.map((id) => `-${id.split("_")[0]}`),
  );

describe("a mention in a message", () => {
  test("tells who is mentioned, with who said it and where, and neither the others nor the sender", async () => {
    const cursors = await Promise.all([ann, bob, cat].map((person) => cursorOf(world, person)));
    const id = await say(ann, [ann, bob]);
    const { list, unread } = await notificationsOf(world, bob);
    expect(list[0]).toMatchObject({
      kind: "MENTION",
      seen: false,
      actorCount: 1,
      actors: [{ id: ann.globalId }],
      subject: { __typename: "Message", id },
    });
    // The group that Bob was brought into, and this.
    expect(unread).toBe(2);
    for (const [at, person] of [ann, bob, cat].entries()) {
      expect(await told(person)).toEqual(person === bob ? [id] : []);
      expect(await heard(person, cursors[at] ?? "")).toEqual(person === bob ? [`+${id}`] : []);
    }
  });

  test("comes through where the conversation is muted, but not from a person who is", async () => {
    const soon = new Date(Date.now() + 3_600_000);
    await mutate(
      world,
      bob,
      "updateConversationSettings",
      inGroup(group, { mutedUntil: soon.toISOString() }),
    );
    await muteUser(world.as(cat), ann.id, soon);
    const cursor = await cursorOf(world, cat);
    const id = await say(ann, [bob, cat]);
    expect([await told(bob), await told(cat), await heard(cat, cursor)]).toEqual([[id], [], []]);
    await muteUser(world.as(cat), ann.id, null);
    expect(await told(cat)).toEqual([]);
  });

  test("is told with each message, and each of them by itself", async () => {
    const ids = [await say(ann, [bob]), await say(cat, [bob]), await say(ann, [bob])];
    expect(await told(bob)).toEqual(ids.reverse());
  });

  test("that is sent again, later or at the same moment, tells once", async () => {
    const cursor = await cursorOf(world, bob);
    const sent = await Promise.all(Array.from({ length: 5 }, () => say(ann, [bob, cat], { nonce: "once" })));
    sent.push(await say(ann, [bob, cat], { nonce: "once" }));
    expect(new Set(sent).size).toBe(1);
    expect(await heard(bob, cursor)).toEqual([`+${sent[0]}`]);
    expect([await told(bob), await told(cat)]).toEqual([[sent[0]], [sent[0]]]);
  });

  test("by many at the same moment tells of each of them", async () => {
    const cursor = await cursorOf(world, bob);
    const ids = await Promise.all(
      Array.from({ length: 12 }, (_, nr) => say(nr % 2 === 0 ? ann : cat, [bob, nr % 2 === 0 ? cat : ann])),
    );
    expect((await told(bob)).sort()).toEqual(ids.sort());
    expect((await heard(bob, cursor)).sort()).toEqual(ids.map((id) => `+${id}`).sort());
  });

  test("that is refused tells nobody: of who does not take part nothing is sent", async () => {
    const cursor = await cursorOf(world, bob);
    await expect(say(ann, [bob, dan])).rejects.toMatchObject({ code: "INVALID" });
    expect([await told(bob), await told(dan), await heard(bob, cursor)]).toEqual([[], [], []]);
  });

  test("in a message request tells nobody before or after it is answered, but every later one does", async () => {
    group = await world.direct(ann, dan);
    await say(ann, [dan]);
    expect(await told(dan)).toEqual([]);
    await world.say(dan, group, "Oh");
    expect(await told(dan)).toEqual([]);
    const id = await say(ann, [dan]);
    expect(await told(dan)).toEqual([id]);
  });
});

describe("editing a message", () => {
  test("tells those alone who are mentioned anew", async () => {
    const id = await say(ann, [bob]);
    const cursors = await Promise.all([bob, cat].map((person) => cursorOf(world, person)));
    expect(codes(await edit(id, null, "Other words"))).toEqual([]);
    expect(codes(await edit(id, [bob, cat]))).toEqual([]);
    expect([await told(bob), await told(cat)]).toEqual([[id], [id]]);
    expect(await heard(bob, cursors[0] ?? "")).toEqual([]);
    expect(await heard(cat, cursors[1] ?? "")).toEqual([`+${id}`]);
  });

  test("takes back what those were told whom it mentions no longer; mentioned once more it rings no second time", async () => {
    const id = await say(ann, [bob, cat]);
    const cursor = await cursorOf(world, bob);
    await edit(id, [cat]);
    expect([await told(bob), await told(cat)]).toEqual([[], [id]]);
    expect(await heard(bob, cursor)).toEqual(["-notification"]);
    await edit(id, [bob, cat]);
    expect(await told(bob)).toEqual([id]);
    expect(await heard(bob, cursor)).toEqual(["-notification"]);
    await edit(id, []);
    expect([await told(bob), await told(cat)]).toEqual([[], []]);
  });

  test("tells nobody who joined later: the message is not theirs to see", async () => {
    const id = await say(ann, []);
    await add(dan);
    const cursor = await cursorOf(world, dan);
    expect(codes(await edit(id, [bob, dan]))).toEqual([]);
    expect([await told(bob), await told(dan), await heard(dan, cursor)]).toEqual([[id], [], []]);
  });

  test("tells nobody who has hidden the message", async () => {
    const id = await say(ann, []);
    await mutate(world, bob, "hideMessage", { messageId: id });
    await edit(id, [bob, cat]);
    expect([await told(bob), await told(cat)]).toEqual([[], [id]]);
  });

  test("twice at once leaves those told whom it mentions in the end", async () => {
    for (let turn = 0; turn < 8; turn++) {
      const id = await say(ann, turn % 2 === 0 ? [] : [bob, cat]);
      const answers = await Promise.all([edit(id, [bob], "One"), edit(id, [cat], "Two"), edit(id, [], "No")]);
      expect(answers.flatMap(codes)).toEqual([]);
      const question = "query ($id: ID!) { node(id: $id) { ... on Message { mentions { id } } } }";
      const { node } = await world.read<{ node: { mentions: { id: string }[] } }>(ann, question, { id });
      for (const person of [bob, cat]) {
        const isMentioned = node.mentions.some((each) => each.id === person.globalId);
        expect([turn, (await told(person)).includes(id)]).toEqual([turn, isMentioned]);
      }
    }
  });
});

describe("what can't be read any more is told of no longer", () => {
  test("a message that is taken back, by its sender or by a moderator", async () => {
    const ids = [await say(ann, [bob]), await say(ann, [bob, cat])];
    const cursor = await cursorOf(world, bob);
    expect(codes(await mutate(world, ann, "unsendMessage", { messageId: ids[0] }))).toEqual([]);
    expect([await told(bob), await told(cat)]).toEqual([[ids[1]], [ids[1]]]);
    const [conversationId = "", position] = keyOf("message", ids[1] ?? "");
    await write(world.as(null), (queries, tell) => takeBack(queries, tell, conversationId, Number(position)));
    expect([await told(bob), await told(cat)]).toEqual([[], []]);
    expect(await heard(bob, cursor)).toEqual(["-notification", "-notification"]);
  });

  test("a message that somebody hides for themselves; for the others it stays", async () => {
    const id = await say(ann, [bob, cat]);
    const cursor = await cursorOf(world, bob);
    await mutate(world, bob, "hideMessage", { messageId: id });
    expect([await told(bob), await told(cat)]).toEqual([[], [id]]);
    expect(await heard(bob, cursor)).toEqual(["-notification"]);
  });

  test("a group that somebody leaves or is removed from, for good, and no other one", async () => {
    const elsewhere = await world.group(ann, [bob, cat]);
    const { message } = await world.say(ann, elsewhere, "You!", { mentions: [bob, cat] });
    const other = globalId("message", elsewhere, message.position);
    await say(ann, [bob, cat]);
    await say(cat, [bob]);
    const cursor = await cursorOf(world, bob);
    await leave(bob);
    await remove(cat);
    expect([await told(bob), await told(cat)]).toEqual([[other], [other]]);
    // The conversation, being brought into it, and two mentions.
    expect((await heard(bob, cursor)).sort()).toEqual(["-conversation", ...Array(3).fill("-notification")]);
    await add(bob, cat);
    expect([await told(bob), await told(cat)]).toEqual([[other], [other]]);
    const id = await say(ann, [bob]);
    expect(await told(bob)).toEqual([id, other]);
  });

  test("what somebody says who is blocked, or blocks", async () => {
    await say(ann, [bob, cat]);
    await world.block(bob, ann);
    await world.block(ann, cat);
    expect([await told(bob), await told(cat)]).toEqual([[], []]);
    await mutate(world, bob, "unblockUser", { userId: ann.globalId });
    expect(await told(bob)).toEqual([]);
  });

  test("what somebody said who is suspended, until they are back; left meanwhile, it stays gone", async () => {
    const id = await say(ann, [bob, cat]);
    await world.suspend(ann);
    expect([await told(bob), await told(cat)]).toEqual([[], []]);
    await leave(cat);
    await world.reinstate(ann);
    expect([await told(bob), await told(cat)]).toEqual([[id], []]);
  });

  test("whatever comes first: leaving, being removed, hiding and taking back, while it is edited to mention them", async () => {
    for (let turn = 0; turn < 6; turn++) {
      const id = await say(ann, [cat]);
      const away = [
        () => leave(bob),
        () => remove(bob),
        () => mutate(world, bob, "hideMessage", { messageId: id }),
        () => mutate(world, ann, "unsendMessage", { messageId: id }),
        () => world.block(bob, ann),
      ][turn % 5];
      await Promise.all([edit(id, [bob, cat]), away?.()]);
      expect([turn, await told(bob)]).toEqual([turn, []]);
      await mutate(world, bob, "unblockUser", { userId: ann.globalId });
      if (turn % 5 < 2) await add(bob);
    }
  });

  test("and neither does sending at that moment tell who is on their way out", async () => {
    for (let turn = 0; turn < 6; turn++) {
      const [out] = await Promise.allSettled([turn % 2 === 0 ? leave(bob) : remove(bob), say(ann, [bob])]);
      expect(out.status).toBe("fulfilled");
      expect([turn, await told(bob)]).toEqual([turn, []]);
      await add(bob);
    }
  });

  test("who disappears at that moment, or whom they mention then, is told of when they are back, once", async () => {
    const sent: string[] = [];
    for (let turn = 0; turn < 8; turn++) {
      const gone = turn % 2 === 0 ? ann : cat;
      const [, said] = await Promise.allSettled([world.suspend(gone), say(ann, [bob, cat])]);
      if (said.status === "fulfilled") sent.unshift(said.value);
      if (gone === ann) expect(await told(bob)).toEqual([]);
      await world.reinstate(gone);
    }
    expect(await told(bob)).toEqual(sent);
  });
});
