/** With whom a video is suggested to be shared: in what order, for what reasons, and what is said of it beforehand. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

interface Target {
  user: { handle: string } | null;
  conversation: { title: string } | null;
  reasons: string[];
  canSend: boolean;
  recipientsWhoCannotSee: number;
  alreadyShared: { id: string } | null;
}
async function targets(person: Person, video: string, first?: number): Promise<Target[]> {
  const question = `query ($id: ID!, $first: Int) { viewer { shareTargets(videoId: $id, first: $first) {
    user { handle } conversation { title } reasons canSend recipientsWhoCannotSee alreadyShared { id }
  } } }`;
  const found = await world.read<{ viewer: { shareTargets: Target[] } }>(person, question, {
    id: globalId("video", video),
    first,
  });
  return found.viewer.shareTargets;
}
const nameOf = ({ user, conversation }: Target) => user?.handle ?? conversation?.title;
const names = async (person: Person, video: string, first?: number) =>
  (await targets(person, video, first)).map(nameOf);
const targetOf = async (person: Person, video: string, name: string) => {
  const found = (await targets(person, video)).find((target) => nameOf(target) === name);
  if (found === undefined) throw new Error(`${name} is no target.`);
  return found;
};
const reasons = async (person: Person, video: string, name: string) =>
  (await targetOf(person, video, name)).reasons;
const age = (conversation: string, days: number) =>
  world.server.database.query(
    "update messages set created_at = now() - make_interval(days => $2) where conversation_id = $1",
    [conversation, days],
  );

let circles = 0;
async function circle() {
  circles++;
  const [me, ann, bob, cat, author] = await world.people(
    `me${circles}`,
    `ann${circles}`,
    `bob${circles}`,
    `cat${circles}`,
    `author${circles}`,
  );
  await world.befriend(me, ann, bob, cat);
  return { me, ann, bob, cat, author, video: await world.video(author) };
}

describe("whom a video can be shared with", () => {
  test("are friends, the newest first, each once, before anything was said", async () => {
    const { me, ann, bob, cat, video } = await circle();
    expect(await names(me, video)).toEqual([cat.handle, bob.handle, ann.handle]);
    for (const person of [ann, bob, cat]) expect(await reasons(me, video, person.handle)).toEqual(["FRIEND"]);
  });

  test("are, likeliest first, those whom one really talks to: people by themselves, and groups", async () => {
    const { me, ann, bob, cat, video } = await circle();
    const group = await world.group(me, [ann, bob], `Group ${circles}`);
    for (let at = 0; at < 12; at++) await world.say(me, group, "Hello");
    await world.say(me, await world.direct(me, ann), "Hello");
    await world.close(me, bob);
    expect(await names(me, video)).toEqual([`Group ${circles}`, ann.handle, bob.handle, cat.handle]);
    expect(await names(me, video, 2)).toEqual([`Group ${circles}`, ann.handle]);
    // What others say there is nothing that one does.
    const loud = await world.direct(me, cat);
    for (let at = 0; at < 30; at++) await world.say(cat, loud, "Hello?");
    expect((await names(me, video)).at(-1)).toBe(cat.handle);
    const again = await targets(me, video);
    expect(await targets(me, video)).toEqual(again);
  });

  test("is a close friend, who may not know that they are one", async () => {
    const { me, ann, cat, video } = await circle();
    await world.close(me, ann);
    await world.close(cat, me);
    expect((await names(me, video))[0]).toBe(ann.handle);
    expect(await reasons(me, video, ann.handle)).toEqual(["CLOSE_FRIEND", "FRIEND"]);
    expect(await reasons(me, video, cat.handle)).toEqual(["FRIEND"]);
  });

  test("is who was written to of late, for a week", async () => {
    const { me, ann, bob, video } = await circle();
    const [toAnn, toBob] = [await world.direct(me, ann), await world.direct(me, bob)];
    for (const conversation of [toAnn, toBob]) await world.say(me, conversation, "Hello");
    await age(toAnn, 6);
    await age(toBob, 8);
    expect(await reasons(me, video, ann.handle)).toEqual(["RECENT", "FRIEND"]);
    expect(await reasons(me, video, bob.handle)).toEqual(["FRIEND"]);
  });

  test("is who is written to often, by ten messages of the last thirty days", async () => {
    const { me, ann, bob, cat, video } = await circle();
    for (const [person, count, days] of [
      [ann, 10, 29],
      [bob, 9, 29],
      [cat, 20, 31],
    ] as const) {
      const conversation = await world.direct(me, person);
      for (let at = 0; at < count; at++) await world.say(me, conversation, "Hello");
      await age(conversation, days);
    }
    expect(await reasons(me, video, ann.handle)).toEqual(["FREQUENT", "FRIEND"]);
    expect(await reasons(me, video, bob.handle)).toEqual(["FRIEND"]);
    expect(await reasons(me, video, cat.handle)).toEqual(["FRIEND"]);
  });

  test("is with whom a video of the same author was talked about, as long as one may know whose it was", async () => {
    const { me, ann, bob, cat, author, video } = await circle();
    await world.befriend(author, me, ann);
    const theirs = await world.video(author, "FRIENDS");
    const [toAnn, toBob, group] = [
      await world.direct(me, ann),
      await world.direct(me, bob),
      await world.group(cat, [me], `About ${circles}`),
    ];
    await world.share(ann, theirs, toAnn);
    await world.say(ann, toAnn, "Have you seen?", { topic: theirs });
    // Shared, and nothing said about it; and one of another author.
    await world.share(me, theirs, toBob);
    const other = await world.video(cat);
    await world.share(cat, other, group);
    await world.say(cat, group, "Mine!", { topic: other });
    expect(await reasons(me, video, ann.handle)).toEqual(["TALKED_ABOUT_AUTHOR", "FRIEND"]);
    expect(await reasons(me, video, bob.handle)).toEqual(["RECENT", "FRIEND"]);
    expect(await reasons(me, video, `About ${circles}`)).toEqual([]);
    await world.unfriend(author, me);
    expect(await reasons(me, video, ann.handle)).toEqual(["FRIEND"]);
  });

  test("are also people who are no friends, once they have answered; not who has blocked one, nor who is gone", async () => {
    const { me, bob, video } = await circle();
    const [known, blocker, gone] = await world.people(
      `known${circles}`,
      `blocker${circles}`,
      `gone${circles}`,
    );
    for (const person of [known, blocker, gone]) {
      const conversation = await world.direct(me, person);
      await world.say(me, conversation, "Hello");
      expect(await names(me, video)).not.toContain(person.handle);
      await world.say(person, conversation, "Hello you");
    }
    expect((await names(me, video)).slice(0, 3).sort()).toEqual(
      [known.handle, blocker.handle, gone.handle].sort(),
    );
    expect(await reasons(me, video, known.handle)).toEqual(["RECENT"]);
    await world.block(blocker, me);
    await world.suspend(gone);
    const left = await names(me, video);
    expect(left).toContain(known.handle);
    expect(left).not.toContain(blocker.handle);
    expect(left).not.toContain(gone.handle);
    expect(left).toContain(bob.handle);
  });

  test("are not those friends to whom a message would be a request, whether one has written to them or not", async () => {
    const { me, ann, bob, cat, video } = await circle();
    for (const person of [ann, bob]) await world.privacy(person, { messagesFrom: "CLOSE_FRIENDS" });
    await world.say(me, await world.direct(me, ann), "Hello");
    expect(await names(me, video)).toEqual([cat.handle]);
    await world.close(bob, me);
    expect(await names(me, video)).toEqual([cat.handle, bob.handle]);
  });

  test("come last where one can't send to them, which says no more than that", async () => {
    const { me, ann, video } = await circle();
    const known = await world.person(`closed${circles}`);
    const conversation = await world.direct(me, known);
    for (let at = 0; at < 3; at++) await world.say(me, conversation, "Hello");
    await world.say(known, conversation, "Hello you");
    expect(await targetOf(me, video, known.handle)).toMatchObject({ canSend: true });
    await world.privacy(known, { messagesFrom: "NO_ONE" });
    await world.block(me, ann);
    const found = await targets(me, video);
    expect(found.map(({ canSend }) => canSend)).toEqual([true, true, false]);
    expect(found.at(-1)).toMatchObject({ user: { handle: known.handle }, recipientsWhoCannotSee: 0 });
  });

  test("leave out what was put away, left, or is asked for only", async () => {
    const { me, ann, bob, cat, video } = await circle();
    const rooms = [];
    for (const name of ["away", "left"]) rooms.push(await world.group(ann, [me, bob], `${name} ${circles}`));
    const [away = "", left = ""] = rooms.map((id) => globalId("conversation", id));
    await mutate(world, me, "updateConversationSettings", { conversationId: away, archived: true });
    await mutate(world, me, "leaveConversation", { conversationId: left });
    const stranger = await world.person(`asking${circles}`);
    await world.say(stranger, await world.direct(stranger, me), "May I?");
    expect(await names(me, video)).toEqual([cat.handle, bob.handle, ann.handle]);
  });

  test("is nobody where there is no such video, and where it can't be seen or watched: all look the same", async () => {
    const { me, author, video } = await circle();
    expect(await targets(me, "12345")).toEqual([]);
    expect(await targets(me, await world.video(author, "FRIENDS"))).toEqual([]);
    await world.server.database.query("update videos set status = 'PROCESSING' where id = $1", [video]);
    expect(await targets(me, video)).toEqual([]);
  });

  test.each([0, -1, 51])("are from 1 to 50: not %d", async (first) => {
    const { me, video } = await circle();
    const question = `{ viewer { shareTargets(videoId: "${globalId("video", video)}", first: ${first}) { canSend } } }`;
    const { errors } = await world.ask(me, question);
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

describe("before sharing it is said", () => {
  test("how many of those who would get it are outside its audience", async () => {
    const { me, ann, bob, cat } = await circle();
    await world.close(me, ann);
    const group = await world.group(me, [ann, bob, cat], `All ${circles}`);
    await world.say(me, group, "Hello");
    const blind = async (audience: "PUBLIC" | "FRIENDS" | "CLOSE_FRIENDS" | "ONLY_ME", by = me) => {
      const video = await world.video(by, audience);
      const found = await targets(me, video);
      const of = (name: string) => found.find((each) => nameOf(each) === name)?.recipientsWhoCannotSee;
      return [of(`All ${circles}`), of(ann.handle), of(bob.handle)];
    };
    expect(await blind("PUBLIC")).toEqual([0, 0, 0]);
    expect(await blind("FRIENDS")).toEqual([0, 0, 0]);
    expect(await blind("CLOSE_FRIENDS")).toEqual([2, 0, 1]);
    expect(await blind("ONLY_ME")).toEqual([3, 1, 1]);
    await world.befriend(bob, ann);
    // Cat is no friend of Bob's, who sees his own.
    expect(await blind("FRIENDS", bob)).toEqual([1, 0, 0]);
    await world.suspend(cat);
    expect(await blind("FRIENDS", bob)).toEqual([0, 0, 0]);
  });

  test("and who was let in by name sees it", async () => {
    const { me, ann, bob } = await circle();
    const group = await world.group(me, [ann, bob], `Two ${circles}`);
    await world.say(me, group, "Hello");
    const video = await world.video(me, "ONLY_ME");
    const videoId = globalId("video", video);
    expect(await targetOf(me, video, `Two ${circles}`)).toMatchObject({ recipientsWhoCannotSee: 2 });
    await mutate(world, me, "grantVideoAccess", { videoId, userId: ann.globalId, granted: true });
    expect(await targetOf(me, video, `Two ${circles}`)).toMatchObject({ recipientsWhoCannotSee: 1 });
    expect(await targetOf(me, video, ann.handle)).toMatchObject({ recipientsWhoCannotSee: 0 });
  });

  test("nothing of a block between the author and others, but to the author", async () => {
    const { me, ann, bob, author, video } = await circle();
    const group = await world.group(me, [ann, bob], `Quiet ${circles}`);
    await world.say(me, group, "Hello");
    await world.block(author, ann);
    await world.block(bob, author);
    for (const name of [`Quiet ${circles}`, ann.handle, bob.handle])
      expect(await targetOf(me, video, name)).toMatchObject({ recipientsWhoCannotSee: 0 });
    const own = await world.video(me);
    await world.block(me, ann);
    expect(await targetOf(me, own, `Quiet ${circles}`)).toMatchObject({ recipientsWhoCannotSee: 1 });
  });

  test("and to the author of their own blocks alone: who has blocked them counts as anybody else", async () => {
    const { me, ann, bob, cat } = await circle();
    const group = await world.group(me, [ann, bob, cat], `Own ${circles}`);
    await world.say(me, group, "Hello");
    const video = await world.video(me);
    const blind = async () => (await targetOf(me, video, `Own ${circles}`)).recipientsWhoCannotSee;
    await world.block(ann, me);
    expect(await blind()).toBe(0);
    await world.block(me, bob);
    expect(await blind()).toBe(1);
  });

  test("where it was shared already, as far as one sees that", async () => {
    const { me, ann, bob, cat, video } = await circle();
    const [direct, group] = [
      await world.direct(me, ann),
      await world.group(me, [bob, cat], `There ${circles}`),
    ];
    await world.share(ann, video, direct);
    await world.share(cat, video, group);
    const shared = async () =>
      Object.fromEntries(
        (await targets(me, video)).map((each) => [nameOf(each), each.alreadyShared?.id ?? null]),
      );
    expect(await shared()).toEqual({
      [ann.handle]: globalId("share", direct, video),
      [`There ${circles}`]: globalId("share", group, video),
      [bob.handle]: null,
      [cat.handle]: null,
    });
    await world.block(me, cat);
    expect(await shared()).toMatchObject({ [`There ${circles}`]: null });
  });
});
