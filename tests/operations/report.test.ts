/** Reporting, and who sees a report. */
import { globalId } from "../../src/ids.ts";
import { RATES } from "../../src/rates.ts";
import { startTestServer } from "../support/server.ts";
import type { Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";
import { Moderated } from "./reports.ts";

let moderated: Moderated;
let world: World;
let maya: Person;
let leo: Person;
beforeAll(async () => {
  moderated = await Moderated.start();
  ({ world, maya, leo } = moderated);
});
afterAll(() => world.stop());

describe("anything that somebody sees can be reported", () => {
  test("a person, a video, a conversation, a message, and by a share its video; moderators see what it was then", async () => {
    const [ann, bob] = await moderated.strangers();
    await world.befriend(ann, bob);
    await mutate(world, bob, "updateProfile", { displayName: "Bobby", bio: "Buy this" });
    const video = await world.video(bob, "PUBLIC", "A bad caption");
    const group = await world.group(bob, [ann], "A bad title");
    const said = (await world.say(bob, group, "A bad word")).message.position;
    await world.share(bob, video, group, "A bad note");
    const hidden = await world.video(bob, "ONLY_ME", "Nobody's business");
    await world.share(bob, hidden, group, "A worse note");
    const ids = {
      user: bob.globalId,
      video: globalId("video", video),
      conversation: globalId("conversation", group),
      message: globalId("message", group, said),
      sharing: globalId("message", group, said + 1),
    };
    const subjects = [
      [ids.user, ids.user, "User", "Bobby\nBuy this"],
      [ids.video, ids.video, "Video", "A bad caption"],
      [ids.conversation, ids.conversation, "Conversation", "A bad title"],
      [ids.message, ids.message, "Message", "A bad word"],
      [ids.sharing, ids.sharing, "Message", "A bad note"],
      [globalId("share", group, video), ids.video, "Video", "A bad caption"],
      [globalId("share", group, hidden), globalId("message", group, said + 2), "Message", "A worse note"],
    ] as const;
    for (const [id, subject, type, excerpt] of subjects) {
      const made = await moderated.report(ann, id, "Look at this");
      expect(made).toEqual({
        id: expect.stringMatching(/^report_/),
        subject: { __typename: type, id: subject },
        reporter: { id: ann.globalId },
        reason: "SPAM",
        note: "Look at this",
        excerpt: null,
        status: "OPEN",
        createdAt: expect.any(String),
      });
      expect(await moderated.node(maya, made.id)).toMatchObject({ excerpt, reporter: { id: ann.globalId } });
    }
  });

  test("a share with the words that came with it alone, whoever has shared the same video since", async () => {
    const [ann, sharer, other] = await moderated.strangers();
    const group = await world.group(ann, [sharer, other]);
    await world.block(other, sharer);
    const video = await world.video(ann);
    const position = (await world.say(ann, group, "Look")).message.position + 1;
    await world.share(sharer, video, group);
    await world.share(other, video, group, "Another's words");
    const [first, second] = [position, position + 1].map((at) => globalId("message", group, at));
    const { id } = await moderated.report(ann, first ?? "");
    expect(await moderated.node(maya, id)).toMatchObject({ excerpt: null });
    const { id: others } = await moderated.report(ann, second ?? "");
    expect(await moderated.node(maya, others)).toMatchObject({ excerpt: "Another's words" });
  });

  test("and what they have hidden by blocking, too", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const group = await world.group(cat, [ann, bob]);
    const { position } = (await world.say(bob, group, "A threat")).message;
    await world.block(ann, bob);
    const { id } = await moderated.report(ann, globalId("message", group, position));
    expect(await moderated.node(maya, id)).toMatchObject({ excerpt: "A threat" });
    await moderated.report(ann, bob.globalId);
  });

  test("but nothing else: what they may not see is not found, like what is not there", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    await world.block(bob, ann);
    const conversation = await world.direct(cat, leo);
    await world.say(cat, conversation, "Between us");
    const secret = await world.video(cat, "ONLY_ME");
    const gone = await world.person("gone");
    await world.suspend(gone);
    for (const [hidden, nothing] of [
      [bob.globalId, globalId("user", 12345)],
      [gone.globalId, globalId("user", 12345)],
      [globalId("video", secret), globalId("video", 12345)],
      [globalId("conversation", conversation), globalId("conversation", 12345)],
      [globalId("message", conversation, 1), globalId("message", 12345, 1)],
      [globalId("share", conversation, secret), globalId("share", 12345, 12345)],
    ] as const) {
      const refused = await moderated.reporting(ann, hidden);
      expect(codes(refused)).toEqual(["NOT_FOUND"]);
      expect(refused).toEqual(await moderated.reporting(ann, nothing));
    }
  });

  test("nor themselves and what is their own", async () => {
    const [ann, bob] = await moderated.strangers();
    const video = await world.video(ann);
    const group = await world.group(ann, [bob]);
    await world.say(ann, group, "Mine");
    for (const id of [
      ann.globalId,
      globalId("video", video),
      globalId("conversation", group),
      globalId("message", group, 1),
    ]) {
      expect(codes(await moderated.reporting(ann, id))).toEqual(["INVALID"]);
    }
  });

  test("by somebody who is signed in, with a note of 1,000 characters at most", async () => {
    const [ann, bob] = await moderated.strangers();
    expect(codes(await moderated.reporting(ann, bob.globalId, { note: "x".repeat(1_001) }))).toEqual([
      "INVALID",
    ]);
    expect((await moderated.report(ann, bob.globalId, "\u{1F388}".repeat(1_000))).note).toHaveLength(2_000);
    const document = `mutation { report(input: { subjectId: "${bob.globalId}", reason: SPAM }) { report { id } } }`;
    const { errors } = await world.ask(null, document);
    expect(errors[0]?.extensions.code).toBe("UNAUTHENTICATED");
  });
});

test("reporting the same again is the same report with the new reason and note, until it is resolved; also at once", async () => {
  const [ann, bob, cat] = await moderated.strangers();
  const all = await Promise.all(
    ["One", "Two", "Three", "Four"].map((note) => moderated.report(ann, bob.globalId, note)),
  );
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  const { report: again } = await moderated.reporting(ann, bob.globalId, {
    reason: "VIOLENCE",
    note: "Worse",
  });
  expect(again).toMatchObject({
    id: all[0]?.id,
    reason: "VIOLENCE",
    note: "Worse",
    createdAt: all[0]?.createdAt,
  });
  const other = await moderated.report(cat, bob.globalId);
  expect(other.id).not.toBe(again?.id);
  expect(codes(await moderated.resolve(maya, again?.id ?? "", "DISMISS"))).toEqual([]);
  expect((await moderated.report(ann, bob.globalId)).id).not.toBe(again?.id);
});

test("what was reported stays as it was then, whatever its author makes of it since", async () => {
  const [ann, bob] = await moderated.strangers();
  const video = globalId("video", await world.video(bob, "PUBLIC", "Something awful"));
  const { id } = await moderated.report(ann, video);
  await mutate(world, bob, "updateVideo", { videoId: video, caption: "Something nice" });
  await moderated.report(ann, video, "It was different");
  expect(await moderated.node(maya, id)).toMatchObject({
    excerpt: "Something awful",
    note: "It was different",
  });
});

test("nobody reports more than 30 times an hour: then they are told when to come back", async () => {
  const [ann, bob] = await moderated.strangers();
  const { database } = world.server;
  const server = await startTestServer({ demo: false, database, config: { rateLimits: true } });
  try {
    const again = () => mutate({ server }, ann, "report", { subjectId: bob.globalId, reason: "SPAM" });
    for (let time = 1; time <= RATES.report.points; time++) expect(codes(await again())).toEqual([]);
    const { report, userErrors } = await again();
    expect(report).toBeNull();
    expect(userErrors).toMatchObject([{ code: "TOO_MANY_REQUESTS", retryAt: expect.any(String) }]);
    expect(RATES.report).toMatchObject({ points: 30, seconds: 3_600 });
  } finally {
    await server.stop();
  }
});

describe("a report is seen", () => {
  test("by who has made it and by moderators: to everybody else it does not exist", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const { id } = await moderated.report(ann, bob.globalId, "Secret");
    expect(await moderated.node(ann, id)).toMatchObject({
      id,
      status: "OPEN",
      note: "Secret",
      excerpt: null,
    });
    for (const person of [maya, leo])
      expect(await moderated.node(person, id)).toMatchObject({ id, excerpt: bob.handle });
    for (const person of [bob, cat, null]) expect(await moderated.node(person, id)).toBeNull();
  });

  test("in a list by moderators alone, newest first and by status; to everybody else the list is forbidden", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const made = [
      await moderated.report(ann, bob.globalId),
      await moderated.report(bob, cat.globalId),
      await moderated.report(cat, ann.globalId),
    ];
    const ids = made.map(({ id }) => id).reverse();
    const first = await moderated.reports(maya, "(first: 3)");
    expect(first.map(({ id }) => id)).toEqual(ids);
    await moderated.resolve(maya, made[1]?.id ?? "", "DISMISS");
    expect((await moderated.reports(leo, "(first: 2, status: OPEN)")).map(({ id }) => id)).toEqual([
      ids[0],
      ids[2],
    ]);
    expect((await moderated.reports(leo, "(first: 1, status: DISMISSED)")).map(({ id }) => id)).toEqual([
      ids[1],
    ]);
    type Page = { viewer: { reports: { pageInfo: { endCursor: string }; nodes: { id: string }[] } } };
    const question = `query ($after: String) { viewer { reports(first: 1, after: $after, status: OPEN) {
      nodes { id } pageInfo { endCursor }
    } } }`;
    const page = (await world.read<Page>(maya, question)).viewer.reports;
    const next = (await world.read<Page>(maya, question, { after: page.pageInfo.endCursor })).viewer.reports;
    expect([...page.nodes, ...next.nodes].map(({ id }) => id)).toEqual([ids[0], ids[2]]);

    const { data, errors } = await world.ask(ann, "{ viewer { reports { nodes { id } } } }");
    expect(data).toEqual({ viewer: null });
    expect(errors).toMatchObject([
      { extensions: { code: "FORBIDDEN" }, message: "Only moderators read what others have reported." },
    ]);
  });

  test("by a moderator whom it is about without a word on who has made it", async () => {
    const [ann] = await moderated.strangers();
    const { id } = await moderated.report(ann, leo.globalId, "Abuses power");
    expect(await moderated.node(leo, id)).toMatchObject({ reporter: null, note: null, status: "OPEN" });
    expect(await moderated.node(maya, id)).toMatchObject({
      reporter: { id: ann.globalId },
      note: "Abuses power",
    });
    expect(codes(await moderated.resolve(leo, id, "DISMISS"))).toEqual(["FORBIDDEN"]);
    expect(codes(await moderated.resolve(maya, id, "DISMISS"))).toEqual([]);
  });

  test("in as many statements for twenty as for two", async () => {
    const [ann] = await moderated.strangers();
    const people = await Promise.all(Array.from({ length: 20 }, (_, at) => world.person(`reported${at}`)));
    for (const { globalId } of people) await moderated.report(ann, globalId);
    const statements = async (first: number) => {
      const counts: number[] = [];
      // Now and then what the server does by itself falls in between.
      for (let turn = 0; turn < 40; turn++) {
        const before = await world.server.statements();
        expect(await moderated.reports(maya, `(first: ${first})`)).toHaveLength(first);
        counts.push((await world.server.statements()) - before);
      }
      return Math.min(...counts);
    };
    expect(await statements(20)).toBe(await statements(2));
  });
});
