/** Who sees a comment, by whatever door they come: whoever sees the video and its author. */
import { globalId } from "../../src/ids.ts";
import { COMMENT, codes, mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf, NOTHING } from "./cast.ts";

/** How the author of a comment stands to the viewer, and whether the viewer sees the comment. */
const AUTHORS = {
  themselves: true,
  "a friend": true,
  "a stranger": true,
  "somebody whom the viewer has blocked": false,
  "somebody who has blocked the viewer": false,
  "somebody who is suspended": false,
  "somebody whose account is deleted": false,
} as const;
type Author = keyof typeof AUTHORS;
const authors = Object.keys(AUTHORS) as Author[];
const seen = authors.filter((author) => AUTHORS[author]);
const hidden = authors.filter((author) => !AUTHORS[author]);

let world: World;
let viewer: Person;
let owner: Person;
/** Somebody whom everybody sees. */
let answerer: Person;
const people = new Map<Author, Person>();
/** A video with nothing but each author's comment that nobody has answered. */
let plain: string;
const plainComments = new Map<Author, string>();
/** One with each author's comment that somebody has answered whom the viewer sees; and one that was deleted. */
let answered: string;
const answeredComments = new Map<Author | "deleted", string>();
/** A comment that everybody answers. */
let top: string;
const replies = new Map<Author, string>();
let cursor: string;

const by = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key) => map.get(key) as Value;
const read = async (question: string, variables: Record<string, unknown>, ...path: (string | number)[]) =>
  at(await world.read(viewer, question, variables), ...path);
const idsOf = (comments: unknown) => ((comments ?? []) as { id: string }[]).map(({ id }) => id);
const listed = async (videoId: string, order: string) =>
  idsOf(
    await read(
      `query ($id: ID!) { video(id: $id) { comments(first: 100, order: ${order}) { nodes { id } } } }`,
      { id: videoId },
      "video",
      "comments",
      "nodes",
    ),
  );

beforeAll(async () => {
  world = await World.start();
  [viewer, owner, answerer] = await world.people("viewer", "owner", "answerer");
  for (const [nr, author] of authors.entries())
    people.set(author, author === "themselves" ? viewer : await world.person(`author${nr}`));
  await world.befriend(viewer, by(people, "a friend"), by(people, "somebody who is suspended"));
  const rows = [await world.video(owner), await world.video(owner), await world.video(viewer)];
  [plain, answered] = rows.map((row) => globalId("video", row)) as [string, string, string];
  const [plainRow, answeredRow, threadRow] = rows as [string, string, string];
  cursor = await cursorOf(world, viewer);
  top = await world.comment(viewer, threadRow, "Top");
  for (const author of authors) {
    const person = by(people, author);
    plainComments.set(author, await world.comment(person, plainRow, author));
    const id = await world.comment(person, answeredRow, `${author} of @${answerer.handle}`);
    answeredComments.set(author, id);
    await world.comment(answerer, answeredRow, "Answer", id);
    for (const liker of [answerer, by(people, "a stranger")]) await world.likeComment(liker, id);
    replies.set(author, await world.comment(person, threadRow, author, top));
    await world.likeComment(person, top);
  }
  const deleted = await world.comment(answerer, answeredRow, "Deleted");
  await world.comment(answerer, answeredRow, "Answer", deleted);
  await mutate(world, answerer, "deleteComment", { commentId: deleted });
  answeredComments.set("deleted", deleted);
  await world.block(viewer, by(people, "somebody whom the viewer has blocked"));
  await world.block(by(people, "somebody who has blocked the viewer"), viewer);
  await world.suspend(by(people, "somebody who is suspended"));
  await mutate(world, by(people, "somebody whose account is deleted"), "deleteAccount", {
    password: "a password for tests",
    messages: "KEEP_WITHOUT_NAME",
  });
});
afterAll(() => world.stop());

describe("a comment that nobody has answered is there for who sees its author, and for nobody else", () => {
  test.each(authors)("of %s: by id, among ids, and to be liked, answered and reported", async (author) => {
    const id = by(plainComments, author);
    const nodes = await read("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: [id] }, "nodes", 0);
    const node = await read("query ($id: ID!) { node(id: $id) { id } }", { id }, "node");
    expect([nodes, node]).toEqual(AUTHORS[author] ? [{ id }, { id }] : [null, null]);
    const expected = AUTHORS[author] ? [] : ["NOT_FOUND"];
    for (const name of ["likeComment", "unlikeComment"] as const)
      expect([name, ...codes(await mutate(world, viewer, name, { commentId: id }))]).toEqual([
        name,
        ...expected,
      ]);
    const reported = await mutate(world, viewer, "report", { subjectId: id, reason: "SPAM" });
    expect(codes(reported)).toEqual(author === "themselves" ? ["INVALID"] : expected);
    if (AUTHORS[author]) return;
    const answer = await mutate(world, viewer, "addComment", { videoId: plain, text: "x", replyToId: id });
    expect(codes(answer)).toEqual(["NOT_FOUND"]);
    expect(codes(await mutate(world, viewer, "deleteComment", { commentId: id }))).toEqual(["NOT_FOUND"]);
  });

  test.each(["NEWEST", "OLDEST", "FRIENDS_FIRST"])("in the page %s", async (order) => {
    const expected = seen.map((author) => by(plainComments, author));
    expect((await listed(plain, order)).sort()).toEqual(expected.sort());
  });

  test("in the count", async () => {
    for (const [id, count] of [
      [plain, seen.length],
      [answered, seen.length + authors.length + 1],
    ])
      expect(
        await read("query ($id: ID!) { video(id: $id) { commentCount } }", { id }, "video", "commentCount"),
      ).toBe(count);
  });
});

describe("an answer is there for who sees its author, and for nobody else", () => {
  test.each(authors)("of %s: by id", async (author) => {
    const id = by(replies, author);
    const node = await read(
      "query ($id: ID!) { node(id: $id) { ... on Comment { id replyTo { id } } } }",
      { id },
      "node",
    );
    expect(node).toEqual(AUTHORS[author] ? { id, replyTo: { id: top } } : null);
  });

  test("among the answers, and in their number; whoever likes it counts as they are seen", async () => {
    const question =
      "query ($id: ID!) { node(id: $id) { ... on Comment { replyCount likeCount replies(first: 100) { nodes { id } } } } }";
    const found = (await read(question, { id: top }, "node")) as Record<string, unknown>;
    expect(found.replyCount).toBe(seen.length);
    expect(idsOf(at(found, "replies", "nodes"))).toEqual(seen.map((author) => by(replies, author)));
    // Whom the viewer has blocked is seen in lists of people.
    expect(found.likeCount).toBe(seen.length + 1);
  });
});

describe("a comment that somebody has answered", () => {
  const FIELDS = `${COMMENT} replies { nodes { text author { handle } } }`;
  const find = async (id: string) =>
    (await read(
      `query ($id: ID!) { node(id: $id) { ... on Comment { ${FIELDS} } } }`,
      { id },
      "node",
    )) as Record<string, unknown>;
  /** What is the same of two tombstones that were written on the same day. */
  const shape = ({ id: _id, createdAt: _createdAt, ...rest }: Record<string, unknown>) => rest;

  test.each(hidden)("of %s looks like one that was deleted, in words and in counts", async (author) => {
    const [found, deleted] = [
      await find(by(answeredComments, author)),
      await find(by(answeredComments, "deleted")),
    ];
    expect(found).toMatchObject({
      text: null,
      author: null,
      mentions: [],
      likeCount: 0,
      replyCount: 1,
      deletedAt: `${String(found.createdAt).slice(0, 10)}T00:00:00.000Z`,
    });
    expect(shape(found)).toEqual(shape(deleted));
  });

  test.each(hidden)("of %s is refused in the words of one that was deleted", async (author) => {
    const [one, other] = [by(answeredComments, author), by(answeredComments, "deleted")];
    const refusals = async (commentId: string) => [
      await mutate(world, viewer, "likeComment", { commentId }),
      await mutate(world, viewer, "unlikeComment", { commentId }),
      await mutate(world, viewer, "deleteComment", { commentId }),
      await mutate(world, viewer, "addComment", { videoId: answered, text: "x", replyToId: commentId }),
      await mutate(world, viewer, "report", { subjectId: commentId, reason: "SPAM" }),
    ];
    const refused = await refusals(one);
    expect(refused.flatMap(codes)).toEqual(["CONFLICT", "CONFLICT", "CONFLICT", "CONFLICT", "INVALID"]);
    expect(refused).toEqual(await refusals(other));
  });

  test("stands where a deleted one does: among the rest, though a friend has written it", async () => {
    const friend = by(answeredComments, "a friend");
    const own = by(answeredComments, "themselves");
    const rest = (await listed(answered, "NEWEST")).filter((id) => id !== friend && id !== own);
    expect(rest).toHaveLength(authors.length + 1 - 2);
    expect(await listed(answered, "FRIENDS_FIRST")).toEqual([friend, own, ...rest]);
  });

  test("is not there for who sees none of the answers", async () => {
    const [loner] = await world.people("loner");
    await world.block(loner, answerer);
    const question =
      "query ($id: ID!) { video(id: $id) { commentCount comments(first: 100) { nodes { replyCount } } } }";
    const found = at(await world.read(loner, question, { id: answered }), "video") as Record<string, unknown>;
    // All but those who are not here, for nobody else is hidden from the loner.
    expect(found.commentCount).toBe(5);
    expect(at(found, "comments", "nodes")).toEqual(Array(5).fill({ replyCount: 0 }));
    const ids = [by(answeredComments, "deleted"), by(answeredComments, "somebody who is suspended")];
    const nodes = await world.read(loner, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
    expect(nodes).toEqual({ nodes: [null, null] });
  });
});

test("a comment on a video that one may not see is what never was", async () => {
  const row = await world.video(owner, "FRIENDS");
  const id = await world.comment(owner, row);
  const nothing = NOTHING.comment;
  const question = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  expect(await world.read(viewer, question, { ids: [id, nothing] })).toEqual({ nodes: [null, null] });
  for (const commentId of [id, nothing]) {
    const { userErrors } = await mutate(world, viewer, "likeComment", { commentId });
    expect(userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["commentId"] }]);
  }
  expect(await world.read(owner, question, { ids: [id] })).toEqual({ nodes: [{ id }] });
});

test("in a notification and in an event: of answers, those of whom the viewer sees", async () => {
  const FIELDS = "kind actorCount actors { id } subject { id }";
  type Told = { notification?: { actors: { id: string }[] } | null };
  const list = (await read(
    `{ viewer { notifications(first: 100) { nodes { ${FIELDS} } } } }`,
    {},
    "viewer",
    "notifications",
    "nodes",
  )) as { kind: string; actorCount: number; subject: { id: string } | null }[];
  const answers = list.find(({ kind, subject }) => kind === "COMMENT" && subject?.id === top);
  const others = seen.filter((author) => author !== "themselves");
  expect(answers?.actorCount).toBe(others.length);
  const changes = await changesSince<Told>(
    world,
    viewer,
    cursor,
    `... on NotificationAdded { notification { ${FIELDS} } }`,
  );
  const shown = new Set(
    changes.flatMap(({ notification }) => notification?.actors.map(({ id }) => id) ?? []),
  );
  for (const author of hidden) expect(shown.has(by(people, author).globalId)).toBe(false);
  for (const author of others) expect(shown.has(by(people, author).globalId)).toBe(true);
});
