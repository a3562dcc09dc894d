/** Rates of talk: what is told to everybody in a conversation is done so often, and no more; and an operation may do many things. */
import { databaseRates } from "../../src/db/rates.ts";
import { globalId } from "../../src/ids.ts";
import { OPERATION_RATE, RATES, type RateName, READ_RATE, SEND_RATE } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { send } from "../support/ask.ts";
import { startTestServer, TEST_SECRET, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";

/** As many as one operation has. */
const ALIASES = 30;
const OK = "";
const TOO_MANY = "TOO_MANY_REQUESTS";

let world: World;
/** Two nodes that keep to the rates. */
let one: TestServer;
let two: TestServer;
beforeAll(async () => {
  world = await World.start();
  const { database } = world.server;
  const start = () => startTestServer({ demo: false, database, config: { rateLimits: true } });
  [one, two] = await Promise.all([start(), start()]);
});
afterAll(async () => {
  for (const node of [one, two]) await node?.stop();
  await world?.stop();
});

/** Does the same many times, with `#` as the number of each, as many in an operation as there may be; the codes of each. */
async function times(count: number, person: Person, mutation: string, node = one): Promise<string[]> {
  const outcomes: string[] = [];
  for (let from = 0; from < count; from += ALIASES) {
    const numbers = Array.from({ length: Math.min(ALIASES, count - from) }, (_, at) => from + at);
    const fields = numbers.map(
      (nr) => `a${nr}: ${mutation.replaceAll("#", String(nr))} { userErrors { code } }`,
    );
    type Payload = { userErrors: { code: string }[] };
    const { data, errors } = await send<Record<string, Payload>>(
      node.url,
      person.token,
      `mutation { ${fields.join(" ")} }`,
    );
    expect(errors).toEqual([]);
    outcomes.push(...Object.values(data).map(({ userErrors }) => userErrors.map(({ code }) => code).join()));
  }
  return outcomes;
}

/** Expects that it can be done so many times on one node, and no more on either. */
async function expectRate(points: number, person: Person, mutation: string): Promise<void> {
  const outcomes = await times(points, person, mutation);
  expect([outcomes.length, ...new Set(outcomes)]).toEqual([points, OK]);
  expect(await times(1, person, mutation.replaceAll("#", "99999"))).toEqual([TOO_MANY]);
  expect(await times(1, person, mutation.replaceAll("#", "99998"), two)).toEqual([TOO_MANY]);
}

/** Has done something so often already. */
async function spend(rate: RateName, person: Person, count: number): Promise<void> {
  const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
  for (let at = 0; at < count; at++) await rates.take(rate, person.id);
  await rates.stop();
}

async function group(owner: Person, other: Person): Promise<string> {
  await world.befriend(owner, other);
  const { data } = await send<{ startConversation: { conversation: { id: string } } }>(
    world.server.url,
    owner.token,
    `mutation { startConversation(input: { userIds: ["${other.globalId}"], title: "Us", nonce: "us" }) { conversation { id } } }`,
  );
  return data.startConversation.conversation.id;
}

async function say(person: Person, conversationId: string): Promise<string> {
  const { data } = await send<{ sendMessage: { message: { id: string } } }>(
    world.server.url,
    person.token,
    `mutation { sendMessage(input: { conversationId: "${conversationId}", body: "Hello", nonce: "hello" }) { message { id } } }`,
  );
  return data.sendMessage.message.id;
}

describe("in a group", () => {
  let ann: Person;
  let bob: Person;
  let conversationId: string;
  let messageId: string;
  beforeAll(async () => {
    [ann, bob] = await world.people("ann", "bob");
    conversationId = await group(ann, bob);
    messageId = await say(ann, conversationId);
  });

  test("a message is edited so many times in ten minutes", () =>
    expectRate(
      RATES.editMessage.points,
      ann,
      `editMessage(input: { messageId: "${messageId}", body: "Edit #" })`,
    ));

  test("reactions are given and taken back so many times in ten minutes, and others go on reacting", async () => {
    const reacted = `(input: { messageId: "${messageId}", emoji: "👍" })`;
    await spend("react", ann, RATES.react.points - 4);
    for (const mutation of ["addReaction", "removeReaction"]) {
      expect(await times(2, ann, `${mutation}${reacted}`)).toEqual([OK, OK]);
    }
    expect(await times(1, ann, `addReaction${reacted}`)).toEqual([TOO_MANY]);
    expect(await times(1, ann, `removeReaction${reacted}`, two)).toEqual([TOO_MANY]);
    expect(await times(1, bob, `addReaction${reacted}`)).toEqual([OK]);
  });

  test("messages are pinned and unpinned so many times in ten minutes", async () => {
    const pinned = `(input: { messageId: "${messageId}" })`;
    for (const mutation of ["pinMessage", "unpinMessage"]) {
      expect(new Set(await times(RATES.pin.points / 2, ann, `${mutation}${pinned}`))).toEqual(new Set([OK]));
    }
    expect(await times(1, ann, `pinMessage${pinned}`)).toEqual([TOO_MANY]);
    expect(await times(1, ann, `unpinMessage${pinned}`)).toEqual([TOO_MANY]);
  });

  test("the title and the picture are changed so many times an hour", () =>
    expectRate(
      RATES.updateConversation.points,
      ann,
      `updateConversation(input: { conversationId: "${conversationId}", title: "Title #" })`,
    ));

  test("people are added and removed and have their roles changed so many times an hour, and leaving is never refused", async () => {
    const [kim, lea, max] = await world.people("kim", "lea", "max");
    const id = await group(kim, lea);
    await world.befriend(kim, max);
    const input = (more: string) => `(input: { conversationId: "${id}"${more} })`;
    const add = `addParticipants${input(`, userIds: ["${max.globalId}"]`)}`;
    const remove = `removeParticipant${input(`, userId: "${max.globalId}"`)}`;
    const promote = `setParticipantRole${input(`, userId: "${lea.globalId}", role: ADMIN`)}`;
    await spend("manageGroup", kim, RATES.manageGroup.points - 3);
    await spend("removeParticipant", kim, RATES.removeParticipant.points - 1);
    for (const mutation of [promote, add, remove, add]) {
      expect(await times(1, kim, mutation)).toEqual([OK]);
    }
    const messages = `{ conversation(id: "${id}") { participantCount messages(first: 100) { nodes { id } } } }`;
    const before = await world.read(lea, messages);
    for (const mutation of [promote, add, remove]) {
      expect(await times(1, kim, mutation)).toEqual([TOO_MANY]);
      expect(await times(1, kim, mutation, two)).toEqual([TOO_MANY]);
    }
    expect(await world.read(lea, messages)).toEqual(before);
    expect(await times(1, lea, remove)).toEqual([OK]);
    expect(await times(1, kim, `leaveConversation${input("")}`)).toEqual([OK]);
  });

  test("messages are taken back so many times in ten minutes", async () => {
    const [ned, ola] = await world.people("ned", "ola");
    const id = await say(ned, await group(ned, ola));
    await spend("unsendMessage", ned, RATES.unsendMessage.points - 1);
    const unsend = `unsendMessage(input: { messageId: "${id}" })`;
    expect(await times(1, ned, unsend)).toEqual([OK]);
    expect(await times(1, ned, unsend)).toEqual([TOO_MANY]);
    expect(await times(1, ned, unsend, two)).toEqual([TOO_MANY]);
  });

  test("how far somebody has read moves so many times a minute on a node", async () => {
    const [pam, quin] = await world.people("pam", "quin");
    const id = await group(pam, quin);
    await say(quin, id);
    const read = `markRead(input: { conversationId: "${id}", upTo: 1 })`;
    expect(new Set(await times(READ_RATE.points, pam, read))).toEqual(new Set([OK]));
    expect(await times(1, pam, read)).toEqual([TOO_MANY]);
    expect(await times(1, quin, read)).toEqual([OK]);
  });
});

test("groups are started so many times an hour, a retry finds its own, and one person is talked to all the same", async () => {
  const [rob, sue] = await world.people("rob", "sue");
  await world.befriend(rob, sue);
  const start = (more: string) => `startConversation(input: { userIds: ["${sue.globalId}"]${more} })`;
  const last = start(', title: "The last", nonce: "last"');
  await spend("startGroup", rob, RATES.startGroup.points - 1);
  expect(await times(1, rob, last)).toEqual([OK]);
  expect(await times(1, rob, start(', title: "One more", nonce: "more"'))).toEqual([TOO_MANY]);
  expect(await times(1, rob, start(', title: "One more"'), two)).toEqual([TOO_MANY]);
  expect(await times(1, rob, last)).toEqual([OK]);
  expect(await times(1, rob, start(""))).toEqual([OK]);
  const { viewer } = await world.read<{ viewer: { conversations: { nodes: { title: string | null }[] } } }>(
    sue,
    "{ viewer { conversations(first: 10) { nodes { title } } } }",
  );
  expect(viewer.conversations.nodes).toEqual([{ title: "The last" }]);
});

test("videos and comments are liked, and liked no longer, so many times in ten minutes", async () => {
  const [cleo, dan] = await world.people("cleo", "dan");
  const video = await world.video(dan);
  const [videoId, commentId] = [globalId("video", video), await world.comment(dan, video)];
  await spend("like", cleo, RATES.like.points - 4);
  for (const mutation of ["likeVideo", "unlikeVideo"]) {
    expect(await times(1, cleo, `${mutation}(input: { videoId: "${videoId}" })`)).toEqual([OK]);
  }
  for (const mutation of ["likeComment", "unlikeComment"]) {
    expect(await times(1, cleo, `${mutation}(input: { commentId: "${commentId}" })`, two)).toEqual([OK]);
  }
  expect(await times(1, cleo, `likeVideo(input: { videoId: "${videoId}" })`)).toEqual([TOO_MANY]);
  expect(await times(1, cleo, `likeComment(input: { commentId: "${commentId}" })`)).toEqual([TOO_MANY]);
});

describe("sending", () => {
  const message = (conversationId: string) =>
    `sendMessage(input: { conversationId: "${conversationId}", body: "Hello #", nonce: "#" })`;

  test("is so many messages a minute on a node, each of an operation's counted, and says when to come back", async () => {
    const [eve, fay] = await world.people("eve", "fay");
    const pair = await group(eve, fay);
    const outcomes = await times(SEND_RATE.points, eve, message(pair));
    expect(new Set(outcomes)).toEqual(new Set([OK]));
    const source = `mutation { ${message(pair)} { userErrors { code retryAt } } }`;
    type Answer = { sendMessage: { userErrors: { code: string; retryAt: string }[] } };
    const { data } = await send<Answer>(one.url, eve.token, source);
    expect(data.sendMessage.userErrors).toEqual([{ code: TOO_MANY, retryAt: expect.any(String) }]);
    expect(await times(1, fay, message(pair))).toEqual([OK]);
  });

  test("takes one statement, also where it is counted", async () => {
    const [gus, hal] = await world.people("gus", "hal");
    const pair = await group(gus, hal);
    const counts: number[] = [];
    for (let nr = 0; nr < 20; nr++) {
      const before = await one.statements();
      expect(await times(1, gus, message(pair).replaceAll("#", `${nr}`))).toEqual([OK]);
      counts.push((await one.statements()) - before);
    }
    expect(Math.min(...counts)).toBe(1);
  });
});

test("a mutation is as many operations as it has fields, however they are written", async () => {
  const [ivy, joe] = await world.people("ivy", "joe");
  const pair = await group(ivy, joe);
  const typing = `setTyping(input: { conversationId: "${pair}", typing: false })`;
  const fields = Array.from({ length: ALIASES }, (_, nr) => `a${nr}: ${typing} { userErrors { code } }`);
  const ways = [
    `mutation { ${fields.join(" ")} }`,
    `mutation { ...F } fragment F on Mutation { ${fields.join(" ")} }`,
  ];
  for (let asked = 0; asked < OPERATION_RATE.points; asked += ALIASES) {
    const { status, errors } = await send(one.url, ivy.token, ways[(asked / ALIASES) % 2] ?? "");
    expect([status, errors]).toEqual([200, []]);
  }
  expect((await send(one.url, ivy.token, "{ __typename }")).status).toBe(429);
  expect((await send(one.url, joe.token, "{ __typename }")).status).toBe(200);
});
