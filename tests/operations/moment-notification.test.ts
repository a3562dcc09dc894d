/** Being told of moments: by whom one has marked as a close friend, as long as the moment is there; and reporting one. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { setCloseFriend } from "../../src/actions/friendship.ts";
import { dropExpiredMoments } from "../../src/actions/moment-end.ts";
import type { MomentKey } from "../../src/actions/moment-notification.ts";
import { muteUser } from "../../src/actions/mute.ts";
import type { Person, World } from "../support/world.ts";
import { cursorOf } from "../visibility/cast.ts";
import { expire, idOf } from "./moments.ts";
import { codes, mutate, type Report } from "./mutations.ts";
import { notificationsOf, toldSince } from "./notifications.ts";
import { Moderated } from "./reports.ts";

let moderated: Moderated;
let world: World;
beforeAll(async () => {
  moderated = await Moderated.start();
  ({ world } = moderated);
});
afterAll(() => world.stop());

/** Two friends, and a third who is a friend of the first; the second has marked the first as close. */
async function circle(): Promise<{ ann: Person; bob: Person; cat: Person }> {
  const [ann, bob, cat] = await moderated.strangers();
  await world.befriend(ann, bob, cat);
  await world.close(bob, ann);
  return { ann, bob, cat };
}
/** What somebody is told of moments. */
const told = async (person: Person) =>
  (await notificationsOf(world, person)).list.filter(({ kind }) => kind === "MOMENT");
const subjects = async (person: Person) => (await told(person)).map(({ subject }) => subject?.id);

describe("of a new moment are told", () => {
  test("those who have marked its author as a close friend, and no other friend", async () => {
    const { ann, bob, cat } = await circle();
    const [sinceBob, sinceCat] = [await cursorOf(world, bob), await cursorOf(world, cat)];
    const { unread } = await notificationsOf(world, bob);
    const moment = await world.moment(ann);
    const [notification] = await told(bob);
    expect(notification).toMatchObject({
      kind: "MOMENT",
      actorCount: 1,
      seen: false,
      actors: [{ id: ann.globalId }],
      subject: { __typename: "Moment", id: idOf(moment) },
    });
    expect(await toldSince(world, bob, sinceBob)).toEqual([
      { __typename: "NotificationAdded", notification },
    ]);
    expect((await notificationsOf(world, bob)).unread).toBe(unread + 1);
    expect([await told(cat), await told(ann)]).toEqual([[], []]);
    expect(await toldSince(world, cat, sinceCat)).toEqual([]);
  });

  test("those alone who may see it: of one for close friends, those whom the author has marked too", async () => {
    const { ann, bob, cat } = await circle();
    await world.close(cat, ann);
    await world.close(ann, cat);
    const since = await cursorOf(world, bob);
    const moment = await world.moment(ann, { audience: "CLOSE_FRIENDS" });
    expect([await subjects(bob), await subjects(cat)]).toEqual([[], [idOf(moment)]]);
    expect(await toldSince(world, bob, since)).toEqual([]);
  });

  test("once, however often it is posted with one nonce; and nobody who has muted its author", async () => {
    const { ann, bob, cat } = await circle();
    await world.close(cat, ann);
    await muteUser(world.as(cat), ann.id, new Date(Date.now() + 3_600_000));
    const since = await cursorOf(world, bob);
    for (let turn = 0; turn < 3; turn++) await world.moment(ann, { nonce: "n" });
    expect(await toldSince(world, bob, since)).toHaveLength(1);
    expect(await told(cat)).toEqual([]);
  });
});

describe("being told of a moment ends with it", () => {
  const fates: [string, (ann: Person, bob: Person, moment: MomentKey) => Promise<unknown>][] = [
    [
      "when it is deleted",
      (ann, _bob, moment) => mutate(world, ann, "deleteMoment", { momentId: idOf(moment) }),
    ],
    ["when its time is over", (_ann, _bob, moment) => expire(world, moment)],
    ["when they are friends no more", (ann, bob) => world.unfriend(ann, bob)],
    ["when one blocks the other", (ann, bob) => world.block(ann, bob)],
    ["when the other blocks the one", (ann, bob) => world.block(bob, ann)],
    ["when its author is suspended", (ann) => world.suspend(ann)],
    [
      "when its author, who showed it to close friends, no longer counts them as one",
      (ann, bob) => setCloseFriend(world.as(ann), bob.id, false),
    ],
  ];
  test.each(fates)("%s: it is not in the list, not under its id, not in the badge", async (_, befall) => {
    const { ann, bob } = await circle();
    await world.close(ann, bob);
    const { unread } = await notificationsOf(world, bob);
    const moment = await world.moment(ann, { audience: "CLOSE_FRIENDS" });
    const [notification] = await told(bob);
    await befall(ann, bob, moment);
    expect(await told(bob)).toEqual([]);
    const question = `{ node(id: "${notification?.id}") { id } }`;
    expect(await world.read(bob, question)).toEqual({ node: null });
    expect((await notificationsOf(world, bob)).unread).toBeLessThanOrEqual(unread);
    await dropExpiredMoments(world.as(null), new AbortController().signal);
    expect(await countersThatDrift(world.database)).toEqual([]);
  });

  test("by its deletion, which tells whoever had it to forget both, its author too; who could not see it hears nothing", async () => {
    const { ann, bob, cat } = await circle();
    await world.close(ann, bob);
    const [friends, close] = [
      await world.moment(ann),
      await world.moment(ann, { audience: "CLOSE_FRIENDS" }),
    ];
    const notices = await told(bob);
    const cursors = [
      await cursorOf(world, bob),
      await cursorOf(world, cat),
      await cursorOf(world, ann),
    ] as const;
    for (const moment of [friends, close])
      await mutate(world, ann, "deleteMoment", { momentId: idOf(moment) });
    const revoked = async (person: Person, cursor: string) =>
      (await toldSince(world, person, cursor)).map(({ ids }) => ids);
    expect(await revoked(bob, cursors[0])).toEqual([
      [idOf(friends), notices[1]?.id],
      [idOf(close), notices[0]?.id],
    ]);
    expect(await revoked(cat, cursors[1])).toEqual([[idOf(friends)]]);
    // On their other devices.
    expect(await revoked(ann, cursors[2])).toEqual([[idOf(friends)], [idOf(close)]]);
  });

  test("and comes back with an author who comes back", async () => {
    const { ann, bob } = await circle();
    const moment = await world.moment(ann);
    await world.suspend(ann);
    await world.reinstate(ann);
    expect(await subjects(bob)).toEqual([idOf(moment)]);
    expect(await countersThatDrift(world.database)).toEqual([]);
  });
});

describe("reporting a moment", () => {
  test("keeps its words for moderators, who take it away from everybody", async () => {
    const { ann, bob, cat } = await circle();
    const { maya } = moderated;
    const moment = await world.moment(ann, { text: "Bad words" });
    const report = await moderated.report(bob, idOf(moment), "Look at this");
    expect(report).toMatchObject({
      subject: { __typename: "Moment", id: idOf(moment) },
      excerpt: null,
      status: "OPEN",
    });
    expect(await moderated.node(maya, report.id)).toMatchObject({ subject: null, excerpt: "Bad words" });
    const since = await cursorOf(world, cat);
    expect(codes(await moderated.resolve(maya, report.id, "REMOVE_CONTENT"))).toEqual([]);
    for (const person of [ann, bob])
      expect(await moderated.node(person, idOf(moment), "id", "Moment")).toBeNull();
    expect(await toldSince(world, cat, since)).toEqual([
      { __typename: "AccessRevoked", ids: [idOf(moment)] },
    ]);
    expect(((await moderated.node(bob, report.id)) as Report).status).toBe("ACTIONED");
  });

  test("is for who sees it, and not for its author; when it is over, removing it changes nothing", async () => {
    const { ann, bob, cat } = await circle();
    const stranger = (await moderated.strangers())[0];
    const moment = await world.moment(ann);
    expect(codes(await moderated.reporting(stranger, idOf(moment)))).toEqual(["NOT_FOUND"]);
    expect(codes(await moderated.reporting(ann, idOf(moment)))).toEqual(["INVALID"]);
    const { id } = await moderated.report(bob, idOf(moment));
    await expire(world, moment);
    const since = await cursorOf(world, cat);
    expect(codes(await moderated.resolve(moderated.maya, id, "REMOVE_CONTENT"))).toEqual([]);
    expect(await toldSince(world, cat, since)).toEqual([]);
  });

  test("can end with the suspension of its author", async () => {
    const { ann, bob } = await circle();
    const moment = await world.moment(ann);
    const { id } = await moderated.report(bob, idOf(moment));
    expect(codes(await moderated.resolve(moderated.leo, id, "SUSPEND_AUTHOR"))).toEqual([]);
    expect(await moderated.node(bob, idOf(moment), "id", "Moment")).toBeNull();
  });
});
