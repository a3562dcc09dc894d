/** Posting moments: what is shown, to whom, and how much of it. */
import { globalId } from "../../src/ids.ts";
import { MAX_LIVE_MOMENTS } from "../../src/limits.ts";
import { RULES, type Rule } from "../../src/policy.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { World } from "../support/world.ts";
import { exportOf, ofType } from "./exports.ts";
import { expire, findMoment, idOf, momentCircle, momentKeyOf, momentsOf, post } from "./moments.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});
const circle = () => momentCircle(world);

describe("posting a moment", () => {
  test("shows words, a video, or both, to friends unless told otherwise, for 24 hours", async () => {
    const { ann } = await circle();
    const video = globalId("video", await world.video(ann, "FRIENDS"));
    const { moment } = await post(world, ann, { text: "  Good\r\nmorning " });
    expect(moment).toMatchObject({
      text: "Good\nmorning",
      audience: "FRIENDS",
      video: null,
      author: { id: ann.globalId },
    });
    expect(Date.parse(moment?.expiresAt ?? "") - Date.parse(moment?.createdAt ?? "")).toBe(24 * 3_600_000);
    expect((await post(world, ann, { videoId: video, audience: "CLOSE_FRIENDS" })).moment).toMatchObject({
      text: null,
      audience: "CLOSE_FRIENDS",
      video: { id: video },
    });
    expect((await post(world, ann, { videoId: video, text: "Look" })).moment).toMatchObject({
      text: "Look",
      video: { id: video },
    });
    expect((await momentsOf(world, ann, ann)).map(({ text }) => text)).toEqual([
      "Good\nmorning",
      null,
      "Look",
    ]);
  });

  test.each([
    ["nothing at all", {}, "text"],
    ["words of blanks alone", { text: " \n " }, "text"],
    ["words of 501 characters", { text: "x".repeat(501) }, "text"],
    ["a control character", { text: "a\u0007b" }, "text"],
    ["an audience of everybody", { text: "Hello", audience: "PUBLIC" }, "audience"],
    ["an audience of nobody", { text: "Hello", audience: "ONLY_ME" }, "audience"],
  ])("of %s is INVALID", async (_, input, path) => {
    const { ann } = await circle();
    const { moment, userErrors } = await post(world, ann, input);
    expect([moment, userErrors]).toEqual([
      null,
      [expect.objectContaining({ code: "INVALID", path: [path] })],
    ]);
  });

  test("takes 500 characters, of which an emoji is one", async () => {
    const { ann } = await circle();
    expect((await post(world, ann, { text: "🎈".repeat(500) })).moment?.text).toHaveLength(1_000);
  });

  test("of a video that the viewer may not see, or that there is not, is NOT_FOUND; of one that is not ready, CONFLICT", async () => {
    const { ann, bob } = await circle();
    const theirs = globalId("video", await world.video(bob, "ONLY_ME"));
    const own = await world.video(ann);
    await world.server.database.query("update videos set status = 'PROCESSING' where id = $1", [own]);
    const answers = [
      await post(world, ann, { videoId: theirs }),
      await post(world, ann, { videoId: globalId("video", "12345") }),
      await post(world, ann, { videoId: globalId("video", own), text: "Soon" }),
    ];
    expect(answers.map(codes)).toEqual([["NOT_FOUND"], ["NOT_FOUND"], ["CONFLICT"]]);
    expect(answers[0]).toEqual(answers[1]);
    expect(await momentsOf(world, ann, ann)).toEqual([]);
  });

  test("never shows a video to whom it is not for: the words are there, and the video is not", async () => {
    const { ann, bob, cat } = await circle();
    const videoId = globalId("video", await world.video(ann, "CLOSE_FRIENDS"));
    const { moment } = await post(world, ann, { videoId, text: "For you" });
    const id = moment?.id ?? "";
    expect((await findMoment(world, bob, id))?.video).toEqual({ id: videoId });
    expect(await findMoment(world, cat, id)).toMatchObject({ text: "For you", video: null });
    await mutate(world, ann, "deleteVideo", { videoId });
    expect(await findMoment(world, bob, id)).toMatchObject({ text: "For you", video: null });
  });

  test("again with the same nonce finds the same moment, on any node and whatever it says, while it is shown", async () => {
    const { ann, bob } = await circle();
    const first = await post(world, ann, { text: "First", nonce: "n" });
    const again = await post(otherNode, ann, { text: "Second", nonce: "n" });
    expect(again.moment).toEqual(first.moment);
    // Another's nonce is another's.
    expect((await post(world, bob, { text: "Mine", nonce: "n" })).moment?.text).toBe("Mine");
    const key = momentKeyOf(first.moment?.id);
    await expire(world, key);
    const anew = await post(world, ann, { text: "Third", nonce: "n" });
    expect(anew.moment).toMatchObject({ text: "Third" });
    expect(anew.moment?.id).not.toBe(first.moment?.id);
    await mutate(world, ann, "deleteMoment", { momentId: anew.moment?.id });
    expect((await post(world, ann, { text: "Fourth", nonce: "n" })).moment).toMatchObject({ text: "Fourth" });
  });

  test("twice at once with the same nonce, from two nodes, is one moment", async () => {
    const { ann } = await circle();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, nr) =>
        post(nr % 2 === 0 ? world : otherNode, ann, { text: `Try ${nr}`, nonce: "n" }),
      ),
    );
    expect(new Set(answers.map(({ moment }) => moment?.id)).size).toBe(1);
    expect(await momentsOf(world, ann, ann)).toHaveLength(1);
  });

  test("50 are shown at a time, also when the last are posted at once; there is room again when one is over, or deleted", async () => {
    const { ann } = await circle();
    for (let nr = 2; nr < MAX_LIVE_MOMENTS; nr++) await world.moment(ann, { text: String(nr) });
    const answers = await Promise.all([1, 2, 3, 4].map((nr) => post(world, ann, { text: `Last ${nr}` })));
    expect(answers.map(codes).sort()).toEqual([[], [], ["LIMIT_REACHED"], ["LIMIT_REACHED"]]);
    const shown = await momentsOf(world, ann, ann);
    expect(shown).toHaveLength(MAX_LIVE_MOMENTS);
    await expire(world, momentKeyOf(shown[0]?.id));
    expect(codes(await post(world, ann, { text: "One more" }))).toEqual([]);
    expect(codes(await post(world, ann, { text: "Too many" }))).toEqual(["LIMIT_REACHED"]);
    await mutate(world, ann, "deleteMoment", { momentId: shown[1]?.id });
    expect(codes(await post(world, ann, { text: "And one more" }))).toEqual([]);
  });

  test("is refused where a rule of the viewer's market does not allow it, with the rule's name", async () => {
    const { ann } = await circle();
    const rule: Rule = {
      id: "moments-test",
      feature: "MOMENTS",
      allowed: false,
      because: "Not here.",
      countries: ["DE"],
    };
    const rules = RULES as Rule[];
    rules.unshift(rule);
    try {
      expect((await post(world, ann, { text: "Hello" })).userErrors).toEqual([
        expect.objectContaining({ code: "NOT_ALLOWED_BY_POLICY", ruleId: "moments-test" }),
      ]);
    } finally {
      rules.shift();
    }
    expect(codes(await post(world, ann, { text: "Hello" }))).toEqual([]);
  });
});

test("an export says what a person shows, and what they have seen", async () => {
  const { ann, bob } = await circle();
  const video = await world.video(ann);
  await world.moment(ann, { videoId: video, text: "Mine", audience: "CLOSE_FRIENDS" });
  const theirs = await world.moment(bob, { text: "Words of another" });
  await world.seeMoment(ann, theirs);
  await world.say(ann, await world.direct(ann, bob), "Before");
  await mutate(world, ann, "sendMessage", { momentId: idOf(theirs), body: "An answer", nonce: "1" });
  const lines = await exportOf(world, ann);
  expect(ofType(lines, "moment")).toEqual([
    expect.objectContaining({ text: "Mine", video: globalId("video", video), audience: "CLOSE_FRIENDS" }),
  ]);
  expect(ofType(lines, "moment_view")).toEqual([expect.objectContaining({ moment: idOf(theirs) })]);
  expect(ofType(lines, "message").map(({ body, moment }) => [body, moment])).toEqual([
    ["Before", null],
    ["An answer", idOf(theirs)],
  ]);
  expect(JSON.stringify(lines)).not.toContain("Words of another");
});
