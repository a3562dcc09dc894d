/** Asking to be let in to a video, and letting in, as the shares section of the rules promises it. */
import { setTimeout as sleep } from "node:timers/promises";
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { write } from "../../src/actions/context.ts";
import { suspend } from "../../src/actions/departure.ts";
import { databaseRates } from "../../src/db/rates.ts";
import { globalId } from "../../src/ids.ts";
import { RATES } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { startTestServer, TEST_SECRET } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";
import { notificationsOf } from "./notifications.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let circles = 0;
async function circle() {
  circles++;
  const [author, friend, other, stranger] = await world.people(
    `author${circles}`,
    `friend${circles}`,
    `other${circles}`,
    `stranger${circles}`,
  );
  await world.befriend(author, friend, other);
  const video = await world.video(author, "ONLY_ME");
  const group = await world.group(author, [friend, other, stranger]);
  await world.share(author, video, group);
  const id = globalId("video", video);
  const ask = (person: Person) => mutate(world, person, "requestVideoAccess", { videoId: id });
  const grant = (person: Person, granted = true, by = author) =>
    mutate(world, by, "grantVideoAccess", { videoId: id, userId: person.globalId, granted });
  const sees = async (person: Person) =>
    (await world.read<{ video: object | null }>(person, `{ video(id: "${id}") { id } }`)).video !== null;
  return { author, friend, other, stranger, group, video, id, ask, grant, sees };
}

/** The notifications of a kind that somebody has, each as those who cause it. */
const told = async (person: Person, kind: string) =>
  (await notificationsOf(world, person)).list
    .filter((each) => each.kind === kind)
    .map(({ actors, subject, actorCount }) => ({
      by: actors.map(({ id }) => id),
      about: subject?.id,
      actorCount,
    }));

type Change = {
  __typename: string;
  video?: { id: string } | null;
  message?: { id: string } | null;
  ids?: string[];
};
const CHANGE =
  "... on VideoChanged { video { id } } ... on MessageChanged { message { id } } ... on AccessRevoked { ids }";
/** What somebody is told while something is done. */
async function toldWhile(person: Person, work: () => Promise<unknown>): Promise<Change[]> {
  const cursor = await cursorOf(world, person);
  await work();
  return changesSince<Change>(world, person, cursor, CHANGE);
}

describe("asking to be let in", () => {
  test("rings at the author's once, grouped with others, and asking again is the same request", async () => {
    const { author, friend, other, id, ask } = await circle();
    for (let time = 0; time < 3; time++) {
      expect(await ask(friend)).toMatchObject({ requested: true, userErrors: [] });
      expect(await told(author, "ACCESS_REQUESTED")).toEqual([
        { by: [friend.globalId], about: id, actorCount: 1 },
      ]);
    }
    await ask(other);
    expect(await told(author, "ACCESS_REQUESTED")).toEqual([
      { by: [other.globalId, friend.globalId], about: id, actorCount: 2 },
    ]);
  });

  test("is one request also when it is made ten times at once", async () => {
    const { author, friend, ask } = await circle();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(friend)));
    expect(answers.map(codes)).toEqual(Array(10).fill([]));
    expect(await told(author, "ACCESS_REQUESTED")).toMatchObject([{ actorCount: 1 }]);
  });

  test("is for friends of the author alone: to others there is no such video, as if it had never been", async () => {
    const { author, friend, stranger, id, ask } = await circle();
    const refused = await ask(stranger);
    const never = await mutate(world, stranger, "requestVideoAccess", {
      videoId: globalId("video", "12345"),
    });
    expect(refused).toEqual(never);
    expect(refused).toMatchObject({
      requested: false,
      userErrors: [{ code: "NOT_FOUND", path: ["videoId"] }],
    });
    await world.block(author, friend);
    expect(await ask(friend)).toEqual(refused);
    await mutate(world, author, "deleteVideo", { videoId: id });
    expect(await ask((await circle()).friend)).toEqual(refused);
    expect(await told(author, "ACCESS_REQUESTED")).toEqual([]);
  });

  test("for what one sees already is a CONFLICT", async () => {
    const { author, friend, ask, grant } = await circle();
    expect(codes(await ask(author))).toEqual(["CONFLICT"]);
    await grant(friend);
    expect(codes(await ask(friend))).toEqual(["CONFLICT"]);
  });

  test.each<[string, (made: Awaited<ReturnType<typeof circle>>) => Promise<unknown>]>([
    ["it is granted", ({ friend, grant }) => grant(friend)],
    ["it is refused", ({ friend, grant }) => grant(friend, false)],
    ["the friendship ends", ({ author, friend }) => world.unfriend(friend, author)],
    ["the author blocks who asks", ({ author, friend }) => world.block(author, friend)],
    ["who asks is suspended", ({ friend }) => world.suspend(friend)],
    [
      "the audience takes in who asks",
      ({ author, id }) => mutate(world, author, "updateVideo", { videoId: id, audience: "FRIENDS" }),
    ],
    ["the video is removed", ({ author, id }) => mutate(world, author, "deleteVideo", { videoId: id })],
  ])("is told no more once %s", async (_, end) => {
    const made = await circle();
    await made.ask(made.friend);
    expect(await told(made.author, "ACCESS_REQUESTED")).toHaveLength(1);
    await end(made);
    expect(await told(made.author, "ACCESS_REQUESTED")).toEqual([]);
  });

  test("shows no refusal to who asks, and rings no more at who has refused", async () => {
    const { author, friend, ask, grant, sees } = await circle();
    const first = await ask(friend);
    const changes = await toldWhile(friend, () => grant(friend, false));
    expect(changes).toEqual([]);
    expect(await ask(friend)).toEqual(first);
    expect(await told(author, "ACCESS_REQUESTED")).toEqual([]);
    expect(await told(friend, "ACCESS_GRANTED")).toEqual([]);
    await grant(friend);
    expect(await sees(friend)).toBe(true);
  });
});

describe("letting in", () => {
  test("heals the card in place: the friend is told of the video, and of the messages that shared it where they take part", async () => {
    const { author, friend, other, group, video, id, grant, sees } = await circle();
    const together = await world.group(author, [friend, other]);
    const apart = await world.direct(author, other);
    const direct = await world.direct(author, friend);
    await world.say(author, direct, "Look at this.");
    for (const conversation of [together, apart, direct]) await world.share(author, video, conversation);
    const changes = await toldWhile(friend, () => grant(friend));
    expect(await sees(friend)).toBe(true);
    const healed = changes.flatMap(({ message }) => message?.id ?? []);
    expect(healed.sort()).toEqual(
      [
        globalId("message", group, 1),
        globalId("message", together, 1),
        globalId("message", direct, 2),
      ].sort(),
    );
    expect(changes.flatMap(({ video }) => video?.id ?? [])).toEqual([id]);
    expect(await told(friend, "ACCESS_GRANTED")).toEqual([
      { by: [author.globalId], about: id, actorCount: 1 },
    ]);
    // Again it is no news.
    expect(await toldWhile(friend, () => grant(friend))).toEqual([]);
  });

  test("needs no request, and can be taken back: who loses sight is told to forget the video, and of nothing else", async () => {
    const { friend, id, grant, sees } = await circle();
    await grant(friend);
    const changes = await toldWhile(friend, () => grant(friend, false));
    expect(changes).toContainEqual({ __typename: "AccessRevoked", ids: [id] });
    expect(changes.every(({ __typename }) => __typename === "AccessRevoked")).toBe(true);
    expect(await sees(friend)).toBe(false);
    expect(await told(friend, "ACCESS_GRANTED")).toEqual([]);
    expect(await toldWhile(friend, () => grant(friend, false))).toEqual([]);
  });

  test("who was let in without asking may ask once it is taken back, which rings", async () => {
    const { author, friend, ask, grant } = await circle();
    await grant(friend);
    await grant(friend, false);
    await ask(friend);
    expect(await told(author, "ACCESS_REQUESTED")).toHaveLength(1);
  });

  test.each([
    ["let in", true],
    ["refused", false],
  ])(
    "whoever is %s at the moment they disappear is counted once as somebody who has asked",
    async (_, granted) => {
      const { author, friend, other, ask, grant } = await circle();
      await ask(friend);
      await ask(other);
      let answered: Promise<unknown> = Promise.resolve();
      await write(world.as(null), async (queries, tell) => {
        await suspend(queries, tell, friend.id);
        answered = grant(friend, granted);
        const waiting =
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        while ((await world.server.database.query(waiting)).length === 0) await sleep(5);
      });
      await answered;
      expect(await countersThatDrift(world.database)).toEqual([]);
      expect(await told(author, "ACCESS_REQUESTED")).toMatchObject([{ actorCount: 1 }]);
    },
  );

  test("is the author's alone, and for friends alone", async () => {
    const { author, friend, other, stranger, id, grant } = await circle();
    expect(codes(await grant(stranger))).toEqual(["NOT_FOUND"]);
    expect(codes(await grant(author))).toEqual(["NOT_FOUND"]);
    const nobody = { videoId: id, userId: globalId("user", "12345"), granted: true };
    expect(await mutate(world, author, "grantVideoAccess", nobody)).toEqual(await grant(stranger));
    expect(codes(await grant(other, true, friend))).toEqual(["NOT_FOUND"]);
    await grant(friend);
    expect(codes(await grant(other, true, friend))).toEqual(["FORBIDDEN"]);
    expect(codes(await grant(friend, false, friend))).toEqual(["FORBIDDEN"]);
  });

  test("tells who sees the video by its audience of nothing, and nobody when it is taken back", async () => {
    const { author, friend, id, grant } = await circle();
    await mutate(world, author, "updateVideo", { videoId: id, audience: "FRIENDS" });
    expect(await toldWhile(friend, () => grant(friend))).toEqual([]);
    expect(await toldWhile(friend, () => grant(friend, false))).toEqual([]);
    expect(await told(friend, "ACCESS_GRANTED")).toEqual([]);
  });
});

describe("whoever loses sight of a video is told to forget it, and whoever was let in keeps it", () => {
  const revoked = (changes: Change[]) => changes.flatMap(({ ids }) => ids ?? []);

  test("when its audience is narrowed, and when it is removed", async () => {
    const { author, friend, other, id, grant } = await circle();
    const change = (audience: string) => mutate(world, author, "updateVideo", { videoId: id, audience });
    await change("FRIENDS");
    await grant(friend);
    expect(revoked(await toldWhile(friend, () => change("ONLY_ME")))).toEqual([]);
    await change("FRIENDS");
    expect(revoked(await toldWhile(other, () => change("ONLY_ME")))).toEqual([id]);
    const remove = () => mutate(world, author, "deleteVideo", { videoId: id });
    const cursor = await cursorOf(world, other);
    expect(revoked(await toldWhile(friend, remove))).toEqual([id]);
    expect(revoked(await changesSince<Change>(world, other, cursor, CHANGE))).toEqual([]);
  });

  test("when a close friend is close no longer", async () => {
    const { author, friend, other, id, grant } = await circle();
    await mutate(world, author, "updateVideo", { videoId: id, audience: "CLOSE_FRIENDS" });
    for (const person of [friend, other]) await world.close(author, person);
    await grant(friend);
    const open = (person: Person) => () =>
      mutate(world, author, "setCloseFriend", { userId: person.globalId, close: false });
    expect(revoked(await toldWhile(friend, open(friend)))).toEqual([]);
    expect(revoked(await toldWhile(other, open(other)))).toEqual([id]);
  });

  test.each([
    ["ends the friendship", (friend: Person, author: Person) => world.unfriend(friend, author)],
    ["blocks the author", (friend: Person, author: Person) => world.block(friend, author)],
  ])("when the friend %s", async (_, part) => {
    const { author, friend, id, grant } = await circle();
    await grant(friend);
    expect(revoked(await toldWhile(friend, () => part(friend, author)))).toContain(id);
    expect(await told(friend, "ACCESS_GRANTED")).toEqual([]);
  });
});

test("a grant and the end of the friendship that come together leave no grant without a friendship", async () => {
  for (let time = 0; time < 10; time++) {
    const { author, friend, ask, grant, sees } = await circle();
    const answers = await Promise.all([grant(friend), world.unfriend(author, friend), ask(friend)]);
    for (const answer of [answers[0], answers[2]])
      expect(["", "NOT_FOUND", "CONFLICT"]).toContain(codes(answer).join());
    expect(await sees(friend)).toBe(false);
    const left = "select 1 from video_access where user_id = $1";
    expect(await world.server.database.query(left, [friend.id])).toEqual([]);
    expect(await told(author, "ACCESS_REQUESTED")).toEqual([]);
  }
});

test("nobody is let in and shut out without end: so often in an hour, for each is told", async () => {
  const { author, friend, id } = await circle();
  const { database } = world.server;
  const node = { server: await startTestServer({ demo: false, database, config: { rateLimits: true } }) };
  const grant = (granted: boolean) =>
    mutate(node, author, "grantVideoAccess", { videoId: id, userId: friend.globalId, granted });
  const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
  for (let at = 2; at < RATES.grantVideoAccess.points; at++) await rates.take("grantVideoAccess", author.id);
  for (const granted of [true, false]) expect(codes(await grant(granted))).toEqual([]);
  expect(codes(await grant(true))).toEqual(["TOO_MANY_REQUESTS"]);
  await node.server.stop();
});
