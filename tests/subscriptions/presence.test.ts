/** Presence on real sockets and two nodes: who is seen to type and to be there, by whom, and until when. */
import { signIn } from "../../src/actions/account.ts";
import { unblockUser } from "../../src/actions/block.ts";
import { removeParticipant } from "../../src/actions/group.ts";
import { leaveConversation } from "../../src/actions/leaving.ts";
import { signOut } from "../../src/actions/session.ts";
import { globalId } from "../../src/ids.ts";
import { codes, mutate } from "../operations/mutations.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Subscription, subscribe } from "../support/socket.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { codesOf, received, Streams } from "./streams.ts";

interface Sight {
  readonly typing: readonly { handle: string }[];
  readonly active: readonly { handle: string }[];
}

const PRESENCE = /* GraphQL */ `
  subscription ($conversationId: ID!) {
    conversationPresence(conversationId: $conversationId) { typing { handle } active { handle } }
  }`;

let world: World;
/** Another node on the same database. */
let far: TestServer;
let streams: Streams;
let maya: Person;
let leo: Person;
let ana: Person;
let group: string;
beforeAll(async () => {
  world = await World.start();
  far = await startTestServer({ demo: false, database: world.server.database });
  streams = new Streams(world);
  [maya, leo, ana] = await world.people("maya", "leo", "ana");
  await world.befriend(maya, leo, ana);
});
beforeEach(async () => {
  group = await world.group(maya, [leo, ana]);
});
afterEach(() => streams.close());
afterAll(async () => {
  await far.stop();
  await world.stop();
});

type Watching = Subscription<Sight>;
function watch(person: Person | null, conversation = group, node: TestServer = world.server): Watching {
  const conversationId = globalId("conversation", conversation);
  return subscribe<Sight>(streams.socket(person, node.url), "conversationPresence", PRESENCE, {
    conversationId,
  });
}

const handles = (people: readonly { handle: string }[]) =>
  people
    .map(({ handle }) => handle)
    .sort()
    .join(" ");
/** Resolves when this is what is shown: the handles of those who type, and of those who are there. */
const shows = (stream: Watching, typing: string, active: string) =>
  stream.latest(
    (sight) => handles(sight.typing) === typing && handles(sight.active) === active,
    `"${typing}" typing and "${active}" there`,
  );
const type = (person: Person, typing = true, conversation = group, node: TestServer = world.server) =>
  mutate({ server: node }, person, "setTyping", {
    conversationId: globalId("conversation", conversation),
    typing,
  });
/** Whether a stream has ever shown somebody. */
const hasShown = ({ items }: Watching, person: Person) =>
  items.some(({ typing, active }) => [...typing, ...active].some(({ handle }) => handle === person.handle));

describe("presence begins with how things stand", () => {
  test("and each item replaces the last, across nodes", async () => {
    const mayas = watch(maya);
    expect(await received(mayas, 1)).toEqual([{ typing: [], active: [] }]);
    const leos = watch(leo, group, far);
    await shows(mayas, "", "leo");
    await shows(leos, "", "maya");
    const anas = watch(ana);
    expect((await received(anas, 1))[0]).toMatchObject({
      active: expect.arrayContaining([{ handle: "maya" }]),
    });
    await Promise.all([
      shows(mayas, "", "ana leo"),
      shows(leos, "", "ana maya"),
      shows(anas, "", "leo maya"),
    ]);

    await type(leo, true, group, far);
    await type(maya);
    await Promise.all([
      shows(mayas, "leo", "ana leo"),
      shows(leos, "maya", "ana maya"),
      shows(anas, "leo maya", "leo maya"),
    ]);
    await type(leo, false);
    await Promise.all([shows(anas, "maya", "leo maya"), shows(mayas, "", "ana leo")]);
    leos.stop();
    await Promise.all([shows(anas, "maya", "maya"), shows(mayas, "", "ana")]);
  });

  test("so whoever comes later finds who types already, also on another node", async () => {
    const mayas = watch(maya);
    await type(leo);
    await shows(mayas, "leo", "");
    await type(leo);
    const anas = watch(ana, group, far);
    await shows(anas, "leo", "maya");
  });

  test("and nobody is shown twice, who has the conversation open on several devices", async () => {
    const mayas = watch(maya);
    const leos = [watch(leo), watch(leo, group, far), watch(leo)];
    await Promise.all(leos.map((each) => shows(each, "", "maya")));
    await shows(mayas, "", "leo");
    for (const each of leos.slice(0, 2)) each.stop();
    const anas = watch(ana);
    await Promise.all([shows(anas, "", "leo maya"), shows(mayas, "", "ana leo")]);
  });
});

describe("typing", () => {
  test("answers until when it holds, and null when it is over", async () => {
    const before = Date.now();
    const { until, userErrors } = await type(leo);
    expect(userErrors).toEqual([]);
    expect(Date.parse(until ?? "")).toBeGreaterThanOrEqual(before + 6_000);
    expect(Date.parse(until ?? "")).toBeLessThanOrEqual(Date.now() + 6_000);
    expect(await type(leo, false)).toEqual({ until: null, userErrors: [] });
  });

  test("ends by itself on every node", async () => {
    const [near, distant] = [watch(maya), watch(ana, group, far)];
    await type(leo);
    await Promise.all([shows(near, "leo", "ana"), shows(distant, "leo", "maya")]);
    await Promise.all([shows(near, "", "ana"), shows(distant, "", "maya")]);
  });

  test("ends with the person's own message at once, and nobody else's", async () => {
    const [near, distant] = [watch(maya), watch(maya, group, far)];
    await type(leo);
    await type(ana);
    await Promise.all([near, distant].map((each) => shows(each, "ana leo", "")));
    // Sent by way of the node where nobody was said to type.
    const input = { conversationId: globalId("conversation", group), body: "There", nonce: "there" };
    expect(codes(await mutate({ server: far }, ana, "sendMessage", input))).toEqual([]);
    // Leo began before her.
    await Promise.all([near, distant].map((each) => shows(each, "leo", "")));
  });

  test("is not stored: neither a row nor an event comes of it", async () => {
    const mayas = watch(maya);
    const read = () =>
      world.server.database.query(
        "select viewer_id, position from viewer_logs where viewer_id = any($1) order by viewer_id",
        [[maya.id, leo.id, ana.id]],
      );
    const before = await read();
    await type(leo);
    await shows(mayas, "leo", "");
    expect(await read()).toEqual(before);
  });
});

describe("who is there is mutual", () => {
  afterEach(() => world.privacy(maya, { showLastActive: true }));

  test("who does not let it be known when they are active neither shows it nor sees it, and is still seen to type", async () => {
    await world.privacy(maya, { showLastActive: false });
    const [mayas, leos, anas] = [watch(maya), watch(leo), watch(ana)];
    await Promise.all([shows(leos, "", "ana"), shows(anas, "", "leo")]);
    await type(leo);
    await type(maya);
    await Promise.all([shows(mayas, "leo", ""), shows(leos, "maya", "ana"), shows(anas, "leo maya", "leo")]);
    expect(mayas.items.every(({ active }) => active.length === 0)).toBe(true);
  });
});

describe("between two of whom one blocks the other", () => {
  test("neither sees the other, whichever of them it was, and the rest see both", async () => {
    const [blocker, blocked] = await world.people("blocker", "blocked");
    const talk = await world.group(maya, [blocker, blocked]);
    await world.block(blocker, blocked);
    const [theirs, others, mayas] = [watch(blocker, talk), watch(blocked, talk, far), watch(maya, talk)];
    await shows(mayas, "", "blocked blocker");
    await type(blocked, true, talk);
    await type(blocker, true, talk);
    await shows(mayas, "blocked blocker", "blocked blocker");
    await type(maya, true, talk);
    await Promise.all([shows(theirs, "maya", "maya"), shows(others, "maya", "maya")]);
    expect([hasShown(theirs, blocked), hasShown(others, blocker)]).toEqual([false, false]);
    await unblockUser(world.as(blocker), blocked.id);
    await theirs.latest(({ active }) => handles(active) === "blocked maya");
  });

  test("a block takes effect on what is open, with the stream going on for both", async () => {
    const [mayas, leos] = [watch(maya), watch(leo, group, far)];
    await Promise.all([shows(mayas, "", "leo"), shows(leos, "", "maya")]);
    await type(maya);
    await shows(leos, "maya", "maya");
    await world.block(leo, maya);
    await Promise.all([shows(mayas, "", ""), shows(leos, "", "")]);
    await type(ana);
    await Promise.all([shows(mayas, "ana", ""), shows(leos, "ana", "")]);
    await unblockUser(world.as(leo), maya.id);
    await world.befriend(maya, leo);
  });

  test("who is suspended is there for nobody", async () => {
    const sam = await world.person("sam");
    const talk = await world.group(maya, [sam]);
    const mayas = watch(maya, talk);
    watch(sam, talk);
    await type(sam, true, talk);
    await shows(mayas, "sam", "sam");
    await world.suspend(sam);
    await shows(mayas, "", "");
  });
});

describe("a message request", () => {
  test("neither sends nor shows anything until it is accepted", async () => {
    const [asking, asked] = await world.people("asking", "asked");
    const talk = await world.direct(asking, asked);
    await world.say(asking, talk, "May I?");
    const refused = watch(asked, talk);
    await refused.done;
    expect(codesOf(refused)).toEqual(["NOT_FOUND"]);
    expect(codes(await type(asked, true, talk))).toEqual(["NOT_FOUND"]);
    const stream = watch(asking, talk);
    await type(asking, true, talk);
    expect(await received(stream, 1)).toEqual([{ typing: [], active: [] }]);

    await world.say(asked, talk, "You may.");
    const accepted = watch(asked, talk, far);
    await Promise.all([shows(stream, "", "asked"), accepted.latest(({ active }) => active.length === 1)]);
    await type(asked, true, talk, far);
    await shows(stream, "asked", "asked");
  });
});

describe("a stream ends", () => {
  test.each<[string, () => Promise<void>]>([
    ["leaves", () => leaveConversation(world.as(leo), group)],
    ["is removed", () => removeParticipant(world.as(maya), group, leo.id)],
  ])("for whoever %s, and they are there no longer", async (_, end) => {
    const [mayas, leos, elsewhere] = [watch(maya), watch(leo), watch(leo, group, far)];
    await type(leo);
    await shows(mayas, "leo", "leo");
    await Promise.all([received(leos, 1), received(elsewhere, 1)]);
    await end();
    await Promise.all([leos.done, elsewhere.done]);
    expect([leos.errors, elsewhere.errors]).toEqual([[], []]);
    await shows(mayas, "", "");
    expect(codes(await type(leo))).toEqual(["NOT_FOUND"]);
  });

  test("with the session that it was opened in", async () => {
    const { viewer, credentials } = await signIn(world.as(null), { handle: "leo", password: PASSWORD });
    const other = { ...leo, viewer, token: credentials.accessToken };
    const [mayas, leos] = [watch(maya), watch(other)];
    await shows(mayas, "", "leo");
    await signOut(world.as(other), {});
    await leos.done;
    await shows(mayas, "", "");
  });

  test("with the node, and whoever was there by way of it is not any more", async () => {
    const node = await startTestServer({ demo: false, database: world.server.database });
    const mayas = watch(maya);
    watch(leo, group, node);
    await shows(mayas, "", "leo");
    await node.stop();
    await shows(mayas, "", "");
  });
});

test("who does not take part is told that there is no such conversation, as of one that there never was", async () => {
  const stranger = await world.person("stranger");
  for (const [person, conversation] of [
    [stranger, group],
    [stranger, "12345"],
    [maya, "12345"],
  ] as const) {
    const stream = watch(person, conversation);
    await stream.done;
    expect([codesOf(stream), stream.items]).toEqual([["NOT_FOUND"], []]);
    expect(await type(person, true, conversation)).toMatchObject({
      until: null,
      userErrors: [{ code: "NOT_FOUND", path: ["conversationId"] }],
    });
  }
  const nobody = watch(null);
  await nobody.done;
  expect(codesOf(nobody)).toEqual(["UNAUTHENTICATED"]);
});
