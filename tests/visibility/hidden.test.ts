/** What is left of the messages of somebody whom the reader blocks: placeholders, behind every door, that count as nothing. */
import { globalId } from "../../src/ids.ts";
import { connect, subscribe } from "../support/socket.ts";
import { type Person, World } from "../support/world.ts";
import { at, changesSince, cursorOf } from "./cast.ts";

let world: World;
let blocker: Person;
let blocked: Person;
let other: Person;
let group: string;
let id: string;
let cursors: Map<Person, string>;
let videos: { blocked: string; other: string };
const message = (position: number) => globalId("message", group, position);

beforeAll(async () => {
  world = await World.start();
  [blocker, blocked, other] = await world.people("blocker", "blocked", "other");
  group = await world.group(other, [blocker, blocked]);
  id = globalId("conversation", group);
  videos = { blocked: await world.video(other), other: await world.video(other) };
  cursors = new Map([
    [blocker, await cursorOf(world, blocker)],
    [other, await cursorOf(world, other)],
  ]);
  await world.say(other, group, "One");
  await world.say(blocked, group, "SECRET two", { replyTo: 1, nonce: "SECRET nonce" });
  await world.share(blocked, videos.blocked, group, "SECRET three");
  await world.share(other, videos.other, group, "Four");
  await world.say(blocked, group, "SECRET five", { topic: videos.other });
  await world.say(other, group, "Six", { replyTo: 2, topic: videos.blocked });
  await world.say(blocked, group, "SECRET seven");
  await world.block(blocker, blocked);
});
afterAll(() => world.stop());

const FIELDS = `
  id position status body nonce videoAtMs createdAt sender { id }
  replyTo { id status body } topic { id note } share { id note video { id } }`;
interface Message {
  id: string;
  position: number;
  status: string;
  body: string | null;
  sender: { id: string } | null;
  replyTo: { id: string; status: string; body: string | null } | null;
  topic: { id: string; note: string } | null;
  share: { id: string; note: string } | null;
}
const placeholder = (position: number) => ({
  id: message(position),
  position,
  status: "HIDDEN",
  body: null,
  nonce: null,
  videoAtMs: null,
  createdAt: expect.any(String),
  sender: { id: blocked.globalId },
  replyTo: null,
  topic: null,
  share: null,
});
const messages = async (viewer: Person, door: string) => {
  const data = await world.read(viewer, `{ conversation(id: "${id}") { ${door} } }`);
  return at(data, "conversation");
};

describe("who blocks finds placeholders, of old messages too", () => {
  test.each<[string, () => Promise<unknown[]>, number[]]>([
    [
      "as nodes",
      async () => {
        const ids = [2, 3, 5, 7].map((position) => `"${message(position)}"`);
        const data = await world.read(blocker, `{ nodes(ids: [${ids}]) { ... on Message { ${FIELDS} } } }`);
        return at(data, "nodes") as Message[];
      },
      [2, 3, 5, 7],
    ],
    [
      "in a page",
      async () => {
        const page = at(
          await messages(blocker, `messages(first: 100) { nodes { ${FIELDS} } }`),
          "messages",
          "nodes",
        ) as Message[];
        return page.filter(({ sender }) => sender?.id === blocked.globalId);
      },
      [2, 3, 5, 7],
    ],
    [
      "as the last message",
      async () => [at(await messages(blocker, `lastMessage { ${FIELDS} }`), "lastMessage")],
      [7],
    ],
    [
      "as the last message in the inbox",
      async () => {
        const inbox = `{ viewer { conversations(first: 1) { nodes { lastMessage { ${FIELDS} } } } } }`;
        return [at(await world.read(blocker, inbox), "viewer", "conversations", "nodes", 0, "lastMessage")];
      },
      [7],
    ],
    [
      "as what another answers",
      async () => {
        const data = await world.read(
          blocker,
          `{ node(id: "${message(6)}") { ... on Message { replyTo { ${FIELDS} } } } }`,
        );
        return [at(data, "node", "replyTo")];
      },
      [2],
    ],
    [
      "among the replies to a share",
      async () => {
        const share = globalId("share", group, videos.other);
        const data = await world.read(
          blocker,
          `{ node(id: "${share}") { ... on Share { replies { nodes { ${FIELDS} } } } } }`,
        );
        return at(data, "node", "replies", "nodes") as Message[];
      },
      [5],
    ],
    [
      "in events",
      async () => {
        const change = `... on MessageSent { message { ${FIELDS} } }`;
        const changes = await changesSince<{ message?: Message }>(
          world,
          blocker,
          cursors.get(blocker) ?? "",
          change,
        );
        return changes.flatMap(({ message }) => (message?.sender?.id === blocked.globalId ? [message] : []));
      },
      [2, 3, 5, 7],
    ],
  ])("%s", async (_, look, positions) => {
    expect(await look()).toEqual(positions.map(placeholder));
  });

  test("and nowhere a word of what was said", async () => {
    const everything = `{
      viewer { conversations(first: 1) { nodes {
        lastMessage { ${FIELDS} }
        messages { nodes { ${FIELDS} } }
        shares(first: 2) { nodes { id note message { ${FIELDS} } replies(first: 9) { nodes { ${FIELDS} } } } }
      } } }
      nodes(ids: ["${globalId("share", group, videos.blocked)}", "${message(6)}"]) {
        ... on Share { note } ... on Message { ${FIELDS} }
      }
    }`;
    expect(JSON.stringify(await world.read(blocker, everything))).not.toContain("SECRET");
    expect(JSON.stringify(await world.read(other, everything))).toContain("SECRET three");
  });
});

describe("a share by whom one blocks does not exist", () => {
  test.each<[string, () => string, (string | number)[], unknown]>([
    ["as a node", () => `{ node(id: "${globalId("share", group, videos.blocked)}") { id } }`, ["node"], null],
    [
      "among nodes",
      () => `{ nodes(ids: ["${globalId("share", group, videos.blocked)}"]) { id } }`,
      ["nodes", 0],
      null,
    ],
    [
      "as a topic",
      () => `{ node(id: "${message(6)}") { ... on Message { body topic { id } } } }`,
      ["node"],
      { body: "Six", topic: null },
    ],
    [
      "from its message",
      () => `{ node(id: "${message(3)}") { ... on Message { share { id } } } }`,
      ["node", "share"],
      null,
    ],
    [
      "among the shares",
      () => `{ conversation(id: "${id}") { shares { nodes { note } } } }`,
      ["conversation", "shares", "nodes"],
      [{ note: "Four" }],
    ],
  ])("%s", async (_, question, path, expected) => {
    expect(at(await world.read(blocker, question()), ...path)).toEqual(expected);
  });
});

describe("what is hidden counts as nothing", () => {
  const counts = async (viewer: Person) => {
    const question = `{
      conversation(id: "${id}") { unreadCount lastActivityAt shares { nodes { unreadCount } } }
      viewer { unread { conversations } }
    }`;
    return (await world.read(viewer, question)) as {
      conversation: {
        unreadCount: number;
        lastActivityAt: string;
        shares: { nodes: { unreadCount: number }[] };
      };
      viewer: { unread: { conversations: number } };
    };
  };

  test("in unread counts: one's own, a share's and the badge", async () => {
    const { conversation, viewer } = await counts(blocker);
    expect(conversation).toMatchObject({ unreadCount: 3, shares: { nodes: [{ unreadCount: 0 }] } });
    expect(viewer.unread.conversations).toBe(1);
  });

  test("neither moves the conversation in the inbox nor is told", async () => {
    const before = await counts(blocker);
    const client = connect(world.server.url, blocker.token);
    const after = await cursorOf(world, blocker);
    const events = subscribe<{ message: Message }>(
      client,
      "messageReceived",
      `subscription ($after: EventCursor) { messageReceived(after: $after) { message { position body } } }`,
      { after },
    );
    await world.say(blocked, group, "SECRET eight");
    expect(await counts(blocker)).toEqual(before);
    await world.say(other, group, "Nine");
    await events.until(({ message }) => message.position === 9, "the message after the hidden one");
    expect(events.items.map(({ message }) => message)).toEqual([{ position: 9, body: "Nine" }]);
    await client.dispose();
    expect((await counts(blocker)).conversation.unreadCount).toBe(4);
  });
});

describe("everybody else reads on", () => {
  test("the one who is blocked reads what the blocker says, from nobody", async () => {
    await world.say(blocker, group, "Ten");
    const page = at(
      await messages(blocked, `messages(first: 100) { nodes { ${FIELDS} } }`),
      "messages",
      "nodes",
    ) as Message[];
    expect(page.map(({ status }) => status)).toEqual(Array(page.length).fill("SENT"));
    expect(page.at(-1)).toMatchObject({ body: "Ten", sender: null });
    expect(page.slice(0, 2)).toMatchObject([
      { body: "One", sender: { id: other.globalId } },
      { body: "SECRET two" },
    ]);
  });

  test("others in the group see it all", async () => {
    const page = at(
      await messages(other, `messages(first: 100) { nodes { ${FIELDS} } }`),
      "messages",
      "nodes",
    ) as Message[];
    expect(page.map(({ body, share }) => body ?? share?.note)).toEqual([
      "One",
      "SECRET two",
      "SECRET three",
      "Four",
      "SECRET five",
      "Six",
      "SECRET seven",
      "SECRET eight",
      "Nine",
      "Ten",
    ]);
    expect(page[5]).toMatchObject({ replyTo: { body: "SECRET two" }, topic: { note: "SECRET three" } });
  });

  test("and so does who has lifted the block", async () => {
    const question = `{ conversation(id: "${id}") { shares { nodes { note } } messages(first: 2) { nodes { body } } } }`;
    const { unblockUser } = await import("../../src/actions/block.ts");
    await unblockUser(world.as(blocker), blocked.id);
    expect(await world.read(blocker, question)).toEqual({
      conversation: {
        shares: { nodes: [{ note: "Four" }, { note: "SECRET three" }] },
        messages: { nodes: [{ body: "One" }, { body: "SECRET two" }] },
      },
    });
  });
});
