/** The viewer's own conversations about a video, how often it was shared, and what of the talk about it counts. */
import { randomUUID } from "node:crypto";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let circles = 0;
async function circle() {
  circles++;
  const [ann, bob, cat] = await world.people(`ann${circles}`, `bob${circles}`, `cat${circles}`);
  await world.befriend(ann, bob, cat);
  await world.befriend(bob, cat);
  return { ann, bob, cat, video: await world.video(ann) };
}

interface Discussion {
  id: string;
  replyCount: number;
  conversation: { id: string } | null;
}
/** Somebody's conversations about a video, as row ids of the conversations. */
async function discussions(person: Person | null, video: string, first = 50): Promise<Discussion[]> {
  const question = `query ($id: ID!, $first: Int) { video(id: $id) { discussions(first: $first) {
    nodes { id replyCount conversation { id } } } } }`;
  type Found = { video: { discussions: { nodes: Discussion[] } } };
  return (await world.read<Found>(person, question, { id: globalId("video", video), first })).video
    .discussions.nodes;
}
const where = async (person: Person | null, video: string) =>
  (await discussions(person, video)).map(({ conversation }) => conversation?.id);
/** When each was last talked about, as somebody is told. */
async function liveliness(person: Person, video: string): Promise<string[]> {
  const question =
    "query ($id: ID!) { video(id: $id) { discussions(first: 50) { nodes { lastActivityAt } } } }";
  type Found = { video: { discussions: { nodes: { lastActivityAt: string }[] } } };
  const found = await world.read<Found>(person, question, { id: globalId("video", video) });
  return found.video.discussions.nodes.map(({ lastActivityAt }) => lastActivityAt);
}
const idsOf = (...conversations: string[]) => conversations.map((id) => globalId("conversation", id));

describe("the conversations about a video", () => {
  test("are those that one takes part in, the liveliest first", async () => {
    const { ann, bob, cat, video } = await circle();
    const [first, second, others] = [
      await world.direct(ann, bob),
      await world.group(ann, [bob, cat]),
      await world.direct(ann, cat),
    ];
    for (const conversation of [first, second, others]) await world.share(ann, video, conversation);
    expect(await where(bob, video)).toEqual(idsOf(second, first));
    await world.say(ann, first, "Well?", { topic: video });
    expect(await where(bob, video)).toEqual(idsOf(first, second));
    // Talk about other things does not count as talk about it.
    await world.say(ann, second, "By the way");
    expect(await where(bob, video)).toEqual(idsOf(first, second));
    expect(await where(ann, video)).toEqual(idsOf(first, others, second));
    expect(await where(null, video)).toEqual([]);
    expect(await where(await world.person("nobody"), video)).toEqual([]);
  });

  test("are as lively as what one can read of them: not by somebody blocked, hidden, or taken back", async () => {
    const { ann, bob, cat, video } = await circle();
    const [one, other] = [
      await world.group(ann, [bob, cat], "one"),
      await world.group(ann, [bob, cat], "two"),
    ];
    for (const conversation of [one, other]) await world.share(ann, video, conversation);
    const quiet = await liveliness(bob, video);
    expect(await where(bob, video)).toEqual(idsOf(other, one));

    const { message } = await world.say(ann, one, "Look", { topic: video });
    const messageId = globalId("message", one, message.position);
    expect(await where(bob, video)).toEqual(idsOf(one, other));
    expect(await liveliness(bob, video)).not.toEqual(quiet);
    await mutate(world, bob, "hideMessage", { messageId });
    expect([await where(bob, video), await liveliness(bob, video)]).toEqual([idsOf(other, one), quiet]);
    expect(await where(cat, video)).toEqual(idsOf(one, other));
    await mutate(world, ann, "unsendMessage", { messageId });
    expect([await where(cat, video), await liveliness(cat, video)]).toEqual([idsOf(other, one), quiet]);

    const last = await world.say(ann, other, "Well", { topic: video });
    const talked = await liveliness(bob, video);
    await world.block(bob, cat);
    await world.say(cat, one, "Unseen", { topic: video });
    const share = await world.read(
      bob,
      "query ($id: ID!) { node(id: $id) { ... on Share { lastActivityAt } } }",
      {
        id: globalId("share", one, video),
      },
    );
    expect(share).toEqual({ node: { lastActivityAt: quiet.at(1) } });
    expect([await where(bob, video), await liveliness(bob, video)]).toEqual([idsOf(other, one), talked]);
    expect(await where(ann, video)).toEqual(idsOf(one, other));
    await mutate(world, ann, "unsendMessage", {
      messageId: globalId("message", other, last.message.position),
    });
    await world.say(ann, one, "Seen", { topic: video });
    expect(await where(bob, video)).toEqual(idsOf(one, other));
  });

  test("are paged without a gap, each once", async () => {
    const { ann, bob, video } = await circle();
    for (let at = 0; at < 5; at++) await world.share(ann, video, await world.group(ann, [bob], `${at}`));
    const all = (await discussions(bob, video)).map(({ id }) => id);
    expect(all).toHaveLength(5);
    const read: string[] = [];
    const page = `query ($id: ID!, $after: String) { video(id: $id) { discussions(first: 2, after: $after) {
      nodes { id } pageInfo { hasNextPage endCursor } } } }`;
    type Page = {
      video: {
        discussions: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      };
    };
    for (let after: string | null = null, more = true; more; ) {
      const { nodes, pageInfo }: Page["video"]["discussions"] = (
        await world.read<Page>(bob, page, { id: globalId("video", video), after })
      ).video.discussions;
      read.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(read).toEqual(all);
  });

  test("are found the same where a video was shared in hundreds of others", async () => {
    const { ann, bob, video } = await circle();
    const [one, other] = [await world.direct(ann, bob), await world.group(ann, [bob])];
    for (const conversation of [one, other]) await world.share(ann, video, conversation);
    await world.server.database.query(
      `with made as (
        insert into conversations (id, kind, participant_count)
        select 900000 + n, 'GROUP', 0 from generate_series(1, 600) n
        returning id
      )
      insert into shares (conversation_id, video_id, position) select id, $1, 1 from made`,
      [video],
    );
    expect(await where(bob, video)).toEqual(idsOf(other, one));
  });

  test("leave out where the share can't be seen: from before one came, by somebody blocked, taken back, or hidden", async () => {
    const { ann, bob, cat, video } = await circle();
    const rooms: string[] = [];
    for (let at = 0; at < 4; at++) rooms.push(await world.group(ann, at === 0 ? [cat] : [bob, cat], `${at}`));
    const [before = "", blocked = "", unsent = "", hidden = ""] = rooms;
    const conversationId = globalId("conversation", before);
    for (const room of [before, unsent, hidden]) await world.share(ann, video, room);
    await world.share(cat, video, blocked);
    await world.privacy(bob, { groupInvitesFrom: "EVERYONE" });
    await mutate(world, ann, "addParticipants", { conversationId, userIds: [bob.globalId] });
    expect(await where(bob, video)).toHaveLength(3);
    await world.block(bob, cat);
    await mutate(world, ann, "unsendMessage", { messageId: globalId("message", unsent, 1) });
    await mutate(world, bob, "hideMessage", { messageId: globalId("message", hidden, 1) });
    expect(await where(bob, video)).toEqual([]);
    expect(await where(ann, video)).toHaveLength(3);
  });

  test("leave out message requests, and what one has left, until something is said there", async () => {
    const { ann, bob, video } = await circle();
    const stranger = await world.person(`stranger${circles}`);
    await world.privacy(bob, { messagesFrom: "EVERYONE" });
    const request = await world.direct(stranger, bob);
    await world.share(stranger, video, request);
    // A message request takes texts alone: it is made one behind its back.
    for (const table of ["participants", "inbox"]) {
      await world.server.database.query(
        `update ${table} set state = 'REQUEST' where conversation_id = $1 and user_id = $2`,
        [request, bob.id],
      );
    }
    expect(await where(bob, video)).toEqual([]);
    expect(await where(stranger, video)).toEqual(idsOf(request));
    const [direct, group] = [await world.direct(ann, bob), await world.group(ann, [bob])];
    for (const room of [direct, group]) await world.share(ann, video, room);
    expect(await where(bob, video)).toEqual(idsOf(group, direct));
    for (const id of idsOf(direct, group))
      await mutate(world, bob, "leaveConversation", { conversationId: id });
    expect(await where(bob, video)).toEqual([]);
    await world.say(ann, direct, "Still there?");
    expect(await where(bob, video)).toEqual(idsOf(direct));
  });
});

test("replies that the reader can't read are not counted: of whom they have blocked, and what they have hidden", async () => {
  const { ann, bob, cat, video } = await circle();
  const group = await world.group(ann, [bob, cat]);
  await world.share(ann, video, group);
  for (const person of [bob, cat, cat, ann]) await world.say(person, group, "Ha!", { topic: video });
  const counted = async (person: Person) => (await discussions(person, video))[0]?.replyCount;
  expect([await counted(ann), await counted(bob)]).toEqual([4, 4]);
  await world.block(bob, cat);
  expect([await counted(ann), await counted(bob)]).toEqual([4, 2]);
  await mutate(world, bob, "hideMessage", { messageId: globalId("message", group, 5) });
  expect([await counted(ann), await counted(bob)]).toEqual([4, 1]);
});

describe("how often a video was shared", () => {
  const shareCount = async (video: string) => {
    const question = `{ video(id: "${globalId("video", video)}") { shareCount } }`;
    return (await world.read<{ video: { shareCount: number } }>(null, question)).video.shareCount;
  };
  const share = (person: Person, video: string, conversations: string[], nonce: string = randomUUID()) =>
    mutate(world, person, "shareVideo", {
      videoId: globalId("video", video),
      conversationIds: idsOf(...conversations),
      note: "Look!",
      nonce,
    });

  test("counts each conversation that somebody has brought it into, and nothing twice", async () => {
    const { ann, bob, cat, video } = await circle();
    const [group, direct] = [await world.group(ann, [bob, cat]), await world.direct(ann, bob)];
    await share(ann, video, [group, direct], "once");
    expect(await shareCount(video)).toBe(2);
    await share(ann, video, [group, direct], "once");
    // Who shares it where it was shared already says something about it.
    await share(bob, video, [group]);
    expect(await shareCount(video)).toBe(2);
    await share(bob, video, [await world.direct(bob, cat)]);
    expect(await shareCount(video)).toBe(3);
  });

  test("goes on counting what was taken back, and counts it once when it is shared there again", async () => {
    const { ann, bob, video } = await circle();
    const direct = await world.direct(ann, bob);
    await share(ann, video, [direct]);
    await mutate(world, ann, "unsendMessage", { messageId: globalId("message", direct, 1) });
    expect(await shareCount(video)).toBe(1);
    await share(ann, video, [direct]);
    expect(await shareCount(video)).toBe(1);
    await mutate(world, ann, "unsendMessage", { messageId: globalId("message", direct, 2) });
    await share(bob, video, [direct]);
    expect(await shareCount(video)).toBe(2);
  });

  test("is made up for by a retry, when the process died between the message and the count", async () => {
    const { ann, bob, video } = await circle();
    const direct = await world.direct(ann, bob);
    await share(ann, video, [direct], "retry");
    await world.server.database.query("delete from sharings where video_id = $1", [video]);
    await world.server.database.query("update videos set share_count = 0 where id = $1", [video]);
    const { results } = await share(ann, video, [direct], "retry");
    expect(results).toMatchObject([{ alreadyShared: false, error: null }]);
    expect(await shareCount(video)).toBe(1);
  });

  test("is exact also when many share at once", async () => {
    const { ann, bob, cat, video } = await circle();
    const group = await world.group(ann, [bob, cat]);
    const directs = [
      await world.direct(ann, bob),
      await world.direct(ann, cat),
      await world.direct(bob, cat),
    ];
    await Promise.all(
      [ann, bob, cat].flatMap((person, at) =>
        [0, 1, 2].map(() => share(person, video, [group, ...directs.slice(at, at + 1)])),
      ),
    );
    const [{ count, kept } = { count: 0, kept: 0 }] = await world.server.database.query<{
      count: number;
      kept: number;
    }>(
      `select (select count(*)::integer from sharings where video_id = $1) as count,
        (select share_count from videos where id = $1) as kept`,
      [video],
    );
    expect([count, kept]).toEqual([kept, kept]);
    expect(kept).toBeGreaterThanOrEqual(1);
    expect(kept).toBeLessThanOrEqual(4);
  });

  test("is of what can be watched: what is not ready can't be shared", async () => {
    const { ann, bob, video } = await circle();
    const direct = await world.direct(ann, bob);
    await world.server.database.query("update videos set status = 'PROCESSING' where id = $1", [video]);
    const refused = await share(ann, video, [direct]);
    expect([codes(refused), refused.results]).toEqual([["CONFLICT"], []]);
    expect(codes(await share(bob, video, [direct]))).toEqual(["NOT_FOUND"]);
  });
});
