/** Pages of comments: three orders, each comment once, whatever is written meanwhile, and for one price. */
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { pageOf } from "./comments.ts";

let world: World;
let ann: Person;
let viewer: Person;
let friends: readonly Person[];
let strangers: readonly Person[];
beforeAll(async () => {
  world = await World.start();
  [ann, viewer] = await world.people("ann", "viewer");
  friends = await world.people("friend1", "friend2");
  strangers = await world.people("stranger1", "stranger2", "stranger3");
  await world.befriend(viewer, ...friends);
});
afterAll(() => world.stop());

/** Everything that somebody finds page by page; `meanwhile` happens between two pages. */
async function walk(
  person: Person | null,
  videoId: string,
  order: string,
  size: number,
  meanwhile: (page: number) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const found: string[] = [];
  let after = "";
  for (let page = 1; ; page++) {
    const { nodes, pageInfo } = await pageOf(
      world,
      person,
      videoId,
      `first: ${size}, order: ${order}${after}`,
    );
    found.push(...nodes.map(({ id }) => id));
    expect(nodes.length).toBe(pageInfo.hasNextPage ? size : nodes.length);
    if (!pageInfo.hasNextPage) return found;
    after = `, after: "${pageInfo.endCursor}"`;
    await meanwhile(page);
  }
}

/** A video with comments by everybody in turn; returns them with their authors, oldest first. */
async function discussed(rounds: number) {
  const row = await world.video(ann);
  const written: { id: string; author: Person }[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const author of [strangers[0], friends[0], viewer, strangers[1], friends[1], ann] as Person[])
      written.push({ id: await world.comment(author, row, `${round}`), author });
  }
  return { row, videoId: globalId("video", row), written };
}

const newestFirst = (written: readonly { id: string }[]) => written.map(({ id }) => id).reverse();

test("NEWEST and OLDEST are by the time of writing, and FRIENDS_FIRST puts the viewer and their friends before the others", async () => {
  const { videoId, written } = await discussed(3);
  const circle = [viewer, ...friends];
  const near = written.filter(({ author }) => circle.includes(author));
  const rest = written.filter(({ author }) => !circle.includes(author));
  for (const size of [1, 4, 9, 100]) {
    expect(await walk(viewer, videoId, "NEWEST", size)).toEqual(newestFirst(written));
    expect(await walk(viewer, videoId, "OLDEST", size)).toEqual(written.map(({ id }) => id));
    expect(await walk(viewer, videoId, "FRIENDS_FIRST", size)).toEqual([
      ...newestFirst(near),
      ...newestFirst(rest),
    ]);
    expect(await walk(null, videoId, "FRIENDS_FIRST", size)).toEqual(newestFirst(written));
  }
  const { nodes } = await pageOf(world, viewer, videoId, "first: 1");
  expect(nodes[0]?.id).toBe(newestFirst(near)[0]);
});

test("FRIENDS_FIRST is the same for who has more friends than the video has comments, and for who has fewer", async () => {
  const { videoId, written } = await discussed(2);
  const circle = [viewer, ...friends];
  const expected = [
    ...newestFirst(written.filter(({ author }) => circle.includes(author))),
    ...newestFirst(written.filter(({ author }) => !circle.includes(author))),
  ];
  // Two friends and twelve comments: the friends are walked. A hundred, as far as the count says: the comments are.
  for (const count of [2, 100, 2]) {
    await world.set(viewer, "friend_count", count);
    expect(await walk(viewer, videoId, "FRIENDS_FIRST", 5)).toEqual(expected);
  }
});

test.each(["NEWEST", "OLDEST", "FRIENDS_FIRST"])(
  "while others comment, answer and delete, %s repeats nothing and leaves out nothing that stays",
  async (order) => {
    const { row, videoId, written } = await discussed(3);
    const found = await walk(viewer, videoId, order, 4, async (page) => {
      await world.comment(friends[page % 2] as Person, row, "By a friend");
      const id = await world.comment(strangers[page % 3] as Person, row, "By a stranger");
      await world.comment(ann, row, "An answer", id);
    });
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(written.map(({ id }) => id)));
  },
);

test("a cursor of one order is refused by the others, and pages go forwards", async () => {
  const { videoId } = await discussed(1);
  for (const [one, other] of [
    ["NEWEST", "OLDEST"],
    ["FRIENDS_FIRST", "NEWEST"],
    ["OLDEST", "FRIENDS_FIRST"],
  ]) {
    const { pageInfo } = await pageOf(world, viewer, videoId, `first: 1, order: ${one}`);
    const question = `{ video(id: "${videoId}") { comments(first: 1, order: ${other}, after: "${pageInfo.endCursor}") { nodes { id } } } }`;
    const { errors } = await world.ask(viewer, question);
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  }
});

test("what the viewer may not see takes no place on a page", async () => {
  const row = await world.video(ann);
  const [blocker] = await world.people("blocker");
  const seen: string[] = [];
  for (let round = 0; round < 6; round++) {
    await world.comment(blocker, row, "Hidden");
    seen.push(await world.comment(strangers[0] as Person, row, "Seen"));
  }
  await world.block(blocker, viewer);
  for (const order of ["NEWEST", "FRIENDS_FIRST"])
    expect(await walk(viewer, globalId("video", row), order, 3)).toEqual([...seen].reverse());
});

test("twenty videos with three comments each, their authors and two answers each, take as many statements as one", async () => {
  const [poster] = await world.people("poster");
  const question = (first: number) => `{ user(handle: "poster") { videos(first: ${first}) { nodes {
    commentCount viewerCanComment mentions { id }
    comments(first: 3) { nodes {
      text likeCount replyCount viewerHasLiked author { handle } mentions { handle } video { id }
      replies(first: 2) { nodes { text author { handle } replyTo { id } } }
    } }
  } } } }`;
  for (let video = 0; video < 20; video++) {
    const row = await world.video(poster, "PUBLIC", "With @ann");
    for (const author of [ann, friends[video % 2], strangers[video % 3]] as Person[]) {
      const top = await world.comment(author, row, "Top @viewer");
      for (const reply of [viewer, strangers[(video + 1) % 3]] as Person[])
        await world.comment(reply, row, "Reply", top);
    }
  }
  const statementsOf = async (first: number) => {
    const counts: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const began = Date.now();
      const before = await world.server.statements();
      const { data, errors } = await world.ask<object>(viewer, question(first));
      expect(errors).toEqual([]);
      expect(JSON.stringify(data).match(/"Reply"/g)).toHaveLength(6 * first);
      const count = (await world.server.statements()) - before;
      // The look for ended sessions, twice a second, may fall in between.
      counts.push(count - Math.ceil((Date.now() - began) / 500));
    }
    return Math.min(...counts);
  };
  // People are asked for at three depths; whether some of these meet is chance.
  for (const first of [1, 20]) {
    const count = await statementsOf(first);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(8);
  }
});
