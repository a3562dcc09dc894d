/** Mentions: what of a text names somebody, who of them is told, and when. */
import { write } from "../../src/actions/context.ts";
import { updateVideo } from "../../src/actions/video.ts";
import { appear } from "../../src/actions/video-publish.ts";
import type { Audience } from "../../src/entities/video.ts";
import { globalId } from "../../src/ids.ts";
import { RATES } from "../../src/rates.ts";
import { mentionsOf } from "../../src/text.ts";
import { startTestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { at, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";
import { notificationsOf, toldSince } from "./notifications.ts";

describe("in a text", () => {
  test.each([
    ["@ann", "ann"],
    ["Look @Ann, @ben. And @ANN again!", "ann ben"],
    ["(@ann) “@ben” –@cat: @dan's", "ann ben cat dan"],
    ["@ann.ben.", "ann.ben"],
    ["@ann...", "ann"],
    ["＠ann in full width", "ann"],
    ["😀@ann😀", "ann"],
    ["看@ann你好", "ann"],
    ["mail ann@ben.example or @ann@ben.example", ""],
    ["https://kith.example/@ann www.kith.example/@ann kith.example/@ann?by=@ann", ""],
    ["süß@ann @annä @ann_ @_ann", ""],
    ["@ab @a..b @ @@ann", ""],
    [`@${"x".repeat(30)} @${"x".repeat(31)}`, "x".repeat(30)],
    // The long s and the sign of Kelvin are letters of no handle, though they fold into some.
    ["@\u017fam @\u212aim", ""],
  ])("%j mentions %j", (text, handles) => {
    expect(mentionsOf(text)).toEqual(handles === "" ? [] : handles.split(" "));
  });

  test("at most fifty count", () => {
    const text = Array.from({ length: 60 }, (_, nr) => `@person${nr}`).join(" ");
    expect(mentionsOf(text)).toHaveLength(50);
  });

  test("a long one is gone through at once, whatever it is made of", () => {
    for (const part of ["@", "@a", "@a.", "a@", "@a_", "＠.", "@_"])
      expect(mentionsOf(part.repeat(50_000)).length).toBeLessThanOrEqual(50);
  });
});

let world: World;
let ann: Person;
let bob: Person;
let cat: Person;
let dan: Person;
let round = 0;
beforeAll(async () => {
  world = await World.start();
});
beforeEach(async () => {
  round++;
  [ann, bob, cat, dan] = await world.people(`ann${round}`, `bob${round}`, `cat${round}`, `dan${round}`);
  await world.befriend(ann, bob, cat);
  await world.close(ann, cat);
});
afterAll(() => world?.stop());

const naming = (...people: readonly Person[]) => people.map(({ handle }) => `@${handle}`).join(" and ");
const change = (id: string, changes: { caption?: string; audience?: Audience }) =>
  updateVideo(world.as(ann), id, { caption: null, audience: null, commentsFrom: null, ...changes });
const told = async (person: Person) =>
  (await notificationsOf(world, person)).list
    .filter(({ kind }) => kind === "MENTION")
    .map(({ subject }) => subject?.id);
const mentioned = async (person: Person | null, id: string) => {
  const question = "query ($id: ID!) { video(id: $id) { mentions { handle } } }";
  const people = at(await world.read(person, question, { id: globalId("video", id) }), "video", "mentions");
  return (people as { handle: string }[] | null)?.map(({ handle }) => handle);
};

describe("a caption", () => {
  test("mentions people by their handles, in its order, and tells each of them", async () => {
    const id = await world.video(ann, "PUBLIC", `With ${naming(cat, bob)}, @nobody.here and ${naming(ann)}`);
    for (const person of [ann, dan, null])
      expect(await mentioned(person, id)).toEqual([cat.handle, bob.handle, ann.handle]);
    for (const person of [bob, cat]) expect(await told(person)).toEqual([globalId("video", id)]);
    for (const person of [ann, dan]) expect(await told(person)).toEqual([]);
  });

  test("shows nobody whom its reader may not see, and finds nobody whom its author may not", async () => {
    await world.block(dan, ann);
    const id = await world.video(ann, "PUBLIC", naming(bob, cat, dan));
    expect(await mentioned(ann, id)).toEqual([bob.handle, cat.handle]);
    expect(await mentioned(cat, id)).toEqual([bob.handle, cat.handle]);
    expect(await told(dan)).toEqual([]);
    await world.block(bob, cat);
    expect(await mentioned(cat, id)).toEqual([cat.handle]);
    await world.suspend(cat);
    expect(await mentioned(null, id)).toEqual([bob.handle]);
  });

  test("that is edited tells new people alone, and takes back what those were told whom it mentions no longer", async () => {
    const id = await world.video(ann, "PUBLIC", naming(bob));
    const cursors = [await cursorOf(world, bob), await cursorOf(world, cat)];
    await change(id, { caption: `Now ${naming(bob, cat)}` });
    expect([await told(bob), await told(cat)]).toEqual([[globalId("video", id)], [globalId("video", id)]]);
    expect(await toldSince(world, bob, cursors[0] ?? "")).toEqual([]);
    expect(await toldSince(world, cat, cursors[1] ?? "")).toHaveLength(1);
    await change(id, { caption: `Only ${naming(cat)}` });
    expect([await told(bob), await mentioned(null, id)]).toEqual([[], [cat.handle]]);
    // Mentioned once more, it is there again, and rings no second time.
    const cursor = await cursorOf(world, bob);
    await change(id, { caption: naming(bob) });
    expect(await told(bob)).toEqual([globalId("video", id)]);
    expect(await toldSince(world, bob, cursor)).toEqual([]);
  });

  test("tells those alone who may see the video; when it is for more people, those who may now", async () => {
    const id = await world.video(ann, "ONLY_ME", naming(bob, cat, dan));
    const all = async () => [bob, cat, dan].map(async (person) => (await told(person)).length);
    const counts = async () => Promise.all(await all());
    expect(await counts()).toEqual([0, 0, 0]);
    const cursor = await cursorOf(world, cat);
    await change(id, { audience: "CLOSE_FRIENDS" });
    expect(await counts()).toEqual([0, 1, 0]);
    await change(id, { audience: "FRIENDS" });
    expect(await counts()).toEqual([1, 1, 0]);
    await change(id, { audience: "PUBLIC" });
    expect(await counts()).toEqual([1, 1, 1]);
    await change(id, { audience: "ONLY_ME" });
    expect(await counts()).toEqual([0, 0, 0]);
    await change(id, { audience: "PUBLIC" });
    expect(await counts()).toEqual([1, 1, 1]);
    const news = await toldSince(world, cat, cursor);
    expect(news.filter(({ __typename }) => __typename === "NotificationAdded")).toHaveLength(1);
  });

  test("of a video that is not ready tells nobody until it is", async () => {
    const id = await world.video(ann, "PUBLIC", "Soon");
    const { query } = world.server.database;
    await query("update videos set status = 'PROCESSING' where id = $1", [id]);
    await change(id, { caption: naming(bob) });
    expect(await told(bob)).toEqual([]);
    await query("update videos set status = 'READY' where id = $1", [id]);
    const video = {
      id,
      authorId: ann.id,
      caption: naming(bob),
      commentHashtags: null,
      audience: "PUBLIC",
      status: "READY",
    } as const;
    await write(world.as(ann), (queries, tell) => appear(queries, tell, video));
    expect(await told(bob)).toEqual([globalId("video", id)]);
  });
});

test.each([
  ["published", "publishVideo", { caption: "Look @ann", sourceUrl: "https://media.example/video.mp4" }],
  ["changed", "updateVideo", { caption: "Look @ann" }],
] as const)(
  "captions, each of which may tell fifty strangers, are %s so often in an hour, on all nodes together",
  async (_, name, input) => {
    const { database } = world.server;
    const config = { rateLimits: true };
    const [one, two] = await Promise.all(
      [1, 2].map(async () => ({ server: await startTestServer({ demo: false, database, config }) })),
    );
    const author = await world.person(`${name.toLowerCase()}.often`);
    const videoId = name === "updateVideo" ? globalId("video", await world.video(author)) : undefined;
    const act = (node = one) => mutate(node ?? world, author, name, { ...input, videoId });
    for (let at = 0; at < RATES[name].points; at++) {
      expect(codes(await act(at % 2 === 0 ? one : two))).toEqual([]);
    }
    expect((await act(two)).userErrors).toMatchObject([
      { code: "TOO_MANY_REQUESTS", retryAt: expect.any(String) },
    ]);
    for (const node of [one, two]) await node?.server.stop();
  },
);
