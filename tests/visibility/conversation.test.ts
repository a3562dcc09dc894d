/** Who sees a conversation, its messages and its shares, by whatever door they come. */
import { globalId } from "../../src/ids.ts";
import { codes, mutate } from "../operations/mutations.ts";
import { connect, subscribe } from "../support/socket.ts";
import { type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf, seen } from "./cast.ts";

const WHO = [
  "the owner",
  "a member",
  "a newcomer",
  "who left",
  "who was removed",
  "a stranger",
  "somebody signed out",
] as const;
type Who = (typeof WHO)[number];
const row = (words: string): Record<Who, string> => {
  const found = words.trim().split(/\s+/);
  return Object.fromEntries(WHO.map((who, at) => [who, found[at]])) as Record<Who, string>;
};

let world: World;
let viewers: Record<Who, Person | null>;
let group: string;
let id: string;
let videos: [string, string];
let cursors: Map<Person, string>;
const message = (position: number) => globalId("message", group, position);
const share = (at: 0 | 1) => globalId("share", group, videos[at]);

/** Lets somebody see what came after a position alone, as if they had joined then. */
const joinedAt = (person: Person, historyFrom: number) =>
  world.server.database.query(
    "update participants set history_from = $3 where user_id = $1 and conversation_id = $2",
    [person.id, group, historyFrom],
  );

beforeAll(async () => {
  world = await World.start();
  const [owner, member, newcomer, left, removed, stranger] = await world.people(
    "owner",
    "member",
    "newcomer",
    "left",
    "removed",
    "stranger",
  );
  viewers = {
    "the owner": owner,
    "a member": member,
    "a newcomer": newcomer,
    "who left": left,
    "who was removed": removed,
    "a stranger": stranger,
    "somebody signed out": null,
  };
  group = await world.group(owner, [member, newcomer, left, removed]);
  id = globalId("conversation", group);
  videos = [await world.video(owner), await world.video(owner)];
  const people = [owner, member, newcomer, left, removed, stranger];
  cursors = new Map(
    await Promise.all(people.map(async (person) => [person, await cursorOf(world, person)] as const)),
  );
  await world.share(owner, videos[0], group);
  await world.say(owner, group, "Early", { topic: videos[0] });
  await world.share(owner, videos[1], group);
  await world.say(owner, group, "Late", { topic: videos[1], replyTo: 2 });
  await world.say(owner, group, "Later", { topic: videos[0] });
  await joinedAt(newcomer, 2);
  await mutate(world, left, "leaveConversation", { conversationId: id });
  await mutate(world, owner, "removeParticipant", { conversationId: id, userId: removed.globalId });
});
afterAll(() => world.stop());

type Door = (viewer: Person | null) => Promise<unknown>;
const everybody = async (look: Door): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(WHO.map(async (who) => [who, seen(await look(viewers[who]))])));
const ask =
  (question: () => string, ...path: (string | number)[]): Door =>
  async (viewer) =>
    at(await world.read(viewer, question()), ...path);
const among =
  (wanted: () => string, question: () => string, ...path: (string | number)[]): Door =>
  async (viewer) => {
    const nodes = (at(await world.read(viewer, question()), ...path) ?? []) as { id: string }[];
    return nodes.find((node) => node.id === wanted());
  };
/** Something of a message, found by its id. */
const ofMessage = (position: number, fields: string, ...path: string[]) =>
  ask(() => `{ node(id: "${message(position)}") { ... on Message { ${fields} } } }`, "node", ...path);
const inEvents =
  (position: number): Door =>
  async (viewer) => {
    const cursor = viewer === null ? undefined : cursors.get(viewer);
    if (viewer === null || cursor === undefined) return null;
    const change = "... on MessageSent { message { id } }";
    const changes = await changesSince<{ message?: { id: string } | null }>(world, viewer, cursor, change);
    return changes.find((change) => change.message?.id === message(position));
  };

//                          owner member newcomer left removed stranger out
const INSIDE = row("        yes   yes    yes      -    -       -        -");
const FROM_THE_START = row("yes   yes    -        -    -       -        -");

describe("a conversation is seen by those who take part in it", () => {
  const inbox = () => "{ viewer { conversations { nodes { id } } } }";
  test.each<[string, Door]>([
    ["by id", ask(() => `{ conversation(id: "${id}") { id } }`, "conversation")],
    ["as a node", ask(() => `{ node(id: "${id}") { id } }`, "node")],
    ["among nodes", ask(() => `{ nodes(ids: ["${id}"]) { id } }`, "nodes", 0)],
    ["in the inbox", among(() => id, inbox, "viewer", "conversations", "nodes")],
    ["from a message", ofMessage(4, "conversation { id }", "conversation")],
    [
      "from a share",
      ask(
        () => `{ node(id: "${share(1)}") { ... on Share { conversation { id } } } }`,
        "node",
        "conversation",
      ),
    ],
    [
      "with its participants",
      ask(
        () => `{ conversation(id: "${id}") { participants { nodes { role } } } }`,
        "conversation",
        "participants",
      ),
    ],
  ])("%s", async (_, door) => {
    expect(await everybody(door)).toEqual(INSIDE);
  });

  test("and nobody else can say anything in it, read in it, or listen to it", async () => {
    for (const who of WHO) {
      const viewer = viewers[who];
      if (viewer === null || INSIDE[who] === "yes") continue;
      const said = await mutate(world, viewer, "sendMessage", {
        conversationId: id,
        body: "Hello",
        nonce: "1",
      });
      const read = await mutate(world, viewer, "markRead", { conversationId: id, upTo: 0 });
      const shared = await mutate(world, viewer, "shareVideo", {
        conversationIds: [id],
        videoId: globalId("video", videos[0]),
        nonce: "1",
      });
      expect([codes(said), codes(read), shared.results[0]?.error?.code]).toEqual([
        ["NOT_FOUND"],
        ["NOT_FOUND"],
        "NOT_FOUND",
      ]);
      const client = connect(world.server.url, viewer.token);
      const listening = subscribe(
        client,
        "messageReceived",
        `subscription { messageReceived(conversationId: "${id}") { cursor } }`,
      );
      await listening.done;
      expect(listening.errors.flat()).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
      await client.dispose();
    }
  });
});

const messages = () => `{ conversation(id: "${id}") { messages(first: 100) { nodes { id } } } }`;
const path = ["conversation", "messages", "nodes"] as const;
const shares = () => `{ conversation(id: "${id}") { shares(first: 100) { nodes { id } } } }`;
const sharesPath = ["conversation", "shares", "nodes"] as const;
const replies = (video: 0 | 1) => () =>
  `{ node(id: "${share(video)}") { ... on Share { replies { nodes { id } } } } }`;

const searched = (query: string) => () => `{ viewer { searchMessages(query: "${query}") { nodes { id } } } }`;
const searchedHere = (query: string) => () =>
  `{ viewer { searchMessages(query: "${query}", conversationId: "${id}") { nodes { id } } } }`;
const searchedPath = ["viewer", "searchMessages", "nodes"] as const;

describe("a message from before one joined is not seen", () => {
  test.each<[string, Door]>([
    ["as a node", ofMessage(2, "body", "body")],
    ["among nodes", ask(() => `{ nodes(ids: ["${message(2)}"]) { id } }`, "nodes", 0)],
    ["in a page", among(() => message(2), messages, ...path)],
    ["as what another answers", ofMessage(4, "replyTo { body }", "replyTo")],
    ["in message search", among(() => message(2), searched("Early"), ...searchedPath)],
    ["in message search here", among(() => message(2), searchedHere("Early"), ...searchedPath)],
    ["among the replies to a share", among(() => message(2), replies(0), "node", "replies", "nodes")],
    [
      "as what brought a share",
      ask(() => `{ node(id: "${share(0)}") { ... on Share { message { id } } } }`, "node", "message"),
    ],
    ["in an event", inEvents(2)],
  ])("%s", async (_, door) => {
    expect(await everybody(door)).toEqual(FROM_THE_START);
  });
});

describe("a message from after one joined is seen", () => {
  test.each<[string, Door]>([
    ["as a node", ofMessage(4, "body", "body")],
    ["among nodes", ask(() => `{ nodes(ids: ["${message(4)}"]) { id } }`, "nodes", 0)],
    ["in a page", among(() => message(4), messages, ...path)],
    ["in message search", among(() => message(4), searched("Late"), ...searchedPath)],
    ["in message search here", among(() => message(4), searchedHere("Late"), ...searchedPath)],
    ["among the replies to a share", among(() => message(4), replies(1), "node", "replies", "nodes")],
    [
      "as what brought a share",
      ask(() => `{ node(id: "${share(1)}") { ... on Share { message { id } } } }`, "node", "message"),
    ],
    [
      "as the last one",
      ask(() => `{ conversation(id: "${id}") { lastMessage { body } } }`, "conversation", "lastMessage"),
    ],
    ["in an event", inEvents(4)],
  ])("%s", async (_, door) => {
    expect(await everybody(door)).toEqual(INSIDE);
  });
});

describe("a notice is seen by those who take part when it is written, and not by whom it says to have gone", () => {
  test.each<[string, Door]>([
    ["as a node", ofMessage(6, "body", "body")],
    ["with what it says", ofMessage(6, "notice { kind }", "notice")],
    ["with those to whom it happened", ofMessage(7, "notice { people { id } }", "notice")],
    ["in a page", among(() => message(6), messages, ...path)],
    ["in an event", inEvents(6)],
  ])("%s", async (_, door) => {
    expect(await everybody(door)).toEqual(INSIDE);
  });
});

describe("a share is seen by whom the message that brought it is seen", () => {
  test.each<[string, Door, Record<Who, string>]>([
    ["an early one as a node", ask(() => `{ node(id: "${share(0)}") { id } }`, "node"), FROM_THE_START],
    ["a late one as a node", ask(() => `{ node(id: "${share(1)}") { id } }`, "node"), INSIDE],
    ["an early one in a page", among(() => share(0), shares, ...sharesPath), FROM_THE_START],
    ["a late one in a page", among(() => share(1), shares, ...sharesPath), INSIDE],
    ["an early one from its message", ofMessage(1, "share { id }", "share"), FROM_THE_START],
    ["a late one from its message", ofMessage(3, "share { id }", "share"), INSIDE],
    ["an early one as a topic", ofMessage(5, "topic { id }", "topic"), FROM_THE_START],
    ["a late one as a topic", ofMessage(4, "topic { id }", "topic"), INSIDE],
  ])("%s", async (_, door, expected) => {
    expect(await everybody(door)).toEqual(expected);
  });

  test("and who can't see it can't talk about it, nor answer what was said before they joined", async () => {
    const newcomer = viewers["a newcomer"] as Person;
    for (const more of [{ topicId: share(0) }, { replyToId: message(2) }]) {
      const input = { conversationId: id, body: "Hello", nonce: "1", ...more };
      expect(codes(await mutate(world, newcomer, "sendMessage", input))).toEqual(["NOT_FOUND"]);
    }
  });
});

test("a page of messages begins where one joined, and counts what is unread from there", async () => {
  const newcomer = viewers["a newcomer"] as Person;
  const question = `{ conversation(id: "${id}") { messages(last: 10) { nodes { position } pageInfo { hasPreviousPage } } } }`;
  const page = {
    nodes: [3, 4, 5, 6, 7].map((position) => ({ position })),
    pageInfo: { hasPreviousPage: false },
  };
  expect(await world.read(newcomer, question)).toEqual({ conversation: { messages: page } });
  const { conversation } = await mutate(world, newcomer, "markRead", { conversationId: id, upTo: 1 });
  expect(conversation?.unreadCount).toBe(3);
});

test("a message is the same by every door", async () => {
  const fields = `
    id position kind status body nonce videoAtMs createdAt
    sender { id } conversation { id } replyTo { id } topic { id } share { id }
    notice { kind people { id } title }`;
  const inbox = ["viewer", "conversations", "nodes", 0, "lastMessage"];
  const last = ["conversation", "lastMessage"];
  for (const who of ["the owner", "a newcomer"] as const) {
    const look = (question: string, ...path: (string | number)[]) =>
      ask(() => question, ...path)(viewers[who]);
    const alone = await look(`{ node(id: "${message(7)}") { ... on Message { ${fields} } } }`, "node");
    const people = [{ id: viewers["who was removed"]?.globalId }];
    expect(alone).toMatchObject({ body: "owner removed removed.", notice: { kind: "REMOVED", people } });
    // Each door in a request of its own: what one has read, the next would be given.
    for (const found of [
      await look(`{ viewer { conversations(first: 1) { nodes { lastMessage { ${fields} } } } } }`, ...inbox),
      await look(`{ conversation(id: "${id}") { lastMessage { ${fields} } } }`, ...last),
      await look(`{ conversation(id: "${id}") { messages(last: 1) { nodes { ${fields} } } } }`, ...path, 0),
    ]) {
      expect(found).toEqual(alone);
    }
  }
});

test("a direct conversation is seen by its two people alone", async () => {
  const [owner, member] = [viewers["the owner"] as Person, viewers["a member"] as Person];
  const direct = await world.direct(owner, member);
  await world.say(owner, direct, "Between us");
  const ids = JSON.stringify([globalId("conversation", direct), globalId("message", direct, 1)]);
  const question = `{ nodes(ids: ${ids}) { id } }`;
  for (const nr of [0, 1])
    expect(await everybody(ask(() => question, "nodes", nr))).toEqual(row("yes yes - - - - -"));
});
