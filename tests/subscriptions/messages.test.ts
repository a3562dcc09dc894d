/** Messages that arrive by themselves: to whom, in which order, and after what was missed. */
import { sendMessage } from "../../src/actions/message.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { codesOf, received, Streams } from "./streams.ts";

let world: World;
let streams: Streams;
let maya: Person;
let leo: Person;
let ana: Person;
/** The three together, and two of them alone. */
let group: string;
let pair: string;
beforeAll(async () => {
  world = await World.start();
  streams = new Streams(world);
  [maya, leo, ana] = await world.people("maya", "leo", "ana");
  await world.befriend(maya, leo, ana);
  group = await world.group(maya, [leo, ana]);
  pair = await world.direct(maya, leo);
});
afterEach(() => streams.close());
afterAll(() => world.stop());

const bodies = (items: readonly { message: { body: string | null } | null }[]) =>
  items.map(({ message }) => message?.body);
const positions = (items: readonly { message: { position: number } | null }[]) =>
  items.map(({ message }) => message?.position);

/** From here on, all that is said reaches the stream, however long it takes to open. */
async function listen(person: Person, conversation?: string) {
  return streams.messages(person, { in: conversation, after: await streams.cursorOf(person) });
}

test("a message reaches everyone else in the conversation once and in order, and never its sender", async () => {
  const everyone = await Promise.all([maya, leo, ana].map((person) => listen(person)));
  const says = [maya, leo, ana, leo, maya, ana, ana, leo, maya] as const;
  for (const [at, person] of says.entries()) await world.say(person, group, `${at} by ${person.handle}`);

  for (const [at, person] of [maya, leo, ana].entries()) {
    const stream = everyone[at] ?? streams.messages(person);
    const others = says.flatMap((who, nr) => (who === person ? [] : `${nr} by ${who.handle}`));
    expect(bodies(await received(stream, others.length))).toEqual(others);
    expect(new Set(stream.items.map(({ cursor }) => cursor)).size).toBe(others.length);
    expect(stream.errors).toEqual([]);
  }
});

test("a message sent again with its nonce arrives no second time", async () => {
  const stream = await listen(leo);
  const first = await world.say(maya, pair, "once", { nonce: "the same" });
  expect(await world.say(maya, pair, "once", { nonce: "the same" })).toMatchObject({
    duplicate: true,
    message: { position: first.message.position },
  });
  await world.say(maya, pair, "and on");
  expect(bodies(await received(stream, 2))).toEqual(["once", "and on"]);
});

test("who asks for one conversation gets the messages of that one alone", async () => {
  const [one, all] = [await listen(leo, pair), await listen(leo)];
  await world.say(maya, group, "to all of you");
  await world.say(maya, pair, "to you");
  await world.say(ana, group, "to all again");
  await world.say(maya, pair, "to you again");
  expect(bodies(await received(one, 2))).toEqual(["to you", "to you again"]);
  expect(one.items.map(({ conversation }) => conversation?.id)).toEqual(
    Array(2).fill(globalId("conversation", pair)),
  );
  expect(await received(all, 4)).toHaveLength(4);
});

test("without a cursor a stream begins now: nothing that was said before comes", async () => {
  const before = await world.say(maya, pair, "before");
  const stream = streams.messages(leo);
  let last = before.message.position;
  while (stream.items.length < 3) last = (await world.say(maya, pair, "now or later")).message.position;
  await stream.until(({ message }) => message?.position === last, "the last");
  const first = positions(stream.items)[0] ?? 0;
  expect(first).toBeGreaterThan(before.message.position);
  expect(positions(stream.items)).toEqual(Array.from({ length: last - first + 1 }, (_, at) => first + at));
});

test("with a cursor, exactly what was missed comes first, then what is said from now on", async () => {
  const stream = await listen(leo);
  await world.say(maya, pair, "seen");
  const [seen] = await received(stream, 1);
  stream.stop();
  for (let nr = 1; nr <= 150; nr++) await world.say(nr % 3 === 0 ? leo : maya, pair, `missed ${nr}`);
  const resumed = streams.messages(leo, { after: seen?.cursor ?? "" });
  for (let nr = 1; nr <= 10; nr++) await world.say(maya, pair, `live ${nr}`);

  const missed = Array.from({ length: 150 }, (_, at) => at + 1).filter((nr) => nr % 3 !== 0);
  expect(bodies(await received(resumed, 110))).toEqual([
    ...missed.map((nr) => `missed ${nr}`),
    ...Array.from({ length: 10 }, (_, at) => `live ${at + 1}`),
  ]);
});

test("whatever is said between reading the world and subscribing is delivered", async () => {
  const { data, errors } = await world.ask<{ viewer: { eventCursor: string }; conversation: object }>(
    leo,
    `query ($id: ID!) {
      conversation(id: $id) { messages(last: 20) { nodes { body } } }
      viewer { eventCursor }
    }`,
    { id: globalId("conversation", pair) },
  );
  expect(errors).toEqual([]);
  await world.say(maya, pair, "in between");
  const stream = streams.messages(leo, { after: data.viewer.eventCursor });
  expect(JSON.stringify(data.conversation)).not.toContain("in between");
  expect(bodies(await received(stream, 1))).toEqual(["in between"]);
});

test("what is shown is read at the moment of delivery, with the reader's rights of that moment", async () => {
  const [noor, sam] = await world.people("noor", "sam");
  const talk = await world.group(noor, [sam, maya], "Three more");
  const cursor = await streams.cursorOf(maya);
  await world.say(noor, talk, "from Noor, who takes a new name");
  await world.say(sam, talk, "from Sam, who is blocked");
  await world.set(noor, "display_name", "Noor the Second");
  await world.block(maya, sam);

  const stream = streams.messages(maya, { after: cursor });
  const [fromNoor, fromSam] = await received(stream, 2);
  expect(fromNoor?.message).toMatchObject({ status: "SENT", sender: { displayName: "Noor the Second" } });
  expect(fromNoor?.conversation?.unreadCount).toBe(1);
  expect(fromSam?.message).toMatchObject({ status: "HIDDEN", body: null });

  await world.say(sam, talk, "never to be seen");
  await world.say(noor, talk, "and on");
  expect(bodies(await received(stream, 3))).toEqual([expect.any(String), null, "and on"]);
});

test("a viewer who has left the conversation gets nothing of it any more, not even what was said before", async () => {
  const yuki = await world.person("yuki");
  const talk = await world.group(maya, [yuki, leo], "Left");
  const cursor = await streams.cursorOf(yuki);
  await world.say(maya, talk, "while still there");
  for (const table of ["participants", "inbox"]) {
    const sql = `update ${table} set state = 'LEFT' where user_id = $1 and conversation_id = $2`;
    await world.server.database.query(sql, [yuki.id, talk]);
  }
  await world.befriend(maya, yuki);
  await world.say(maya, await world.direct(maya, yuki), "elsewhere");
  const [gone, elsewhere] = await received(streams.messages(yuki, { after: cursor }), 2);
  expect(gone).toMatchObject({ message: null, conversation: null });
  expect(elsewhere?.message?.body).toBe("elsewhere");
});

describe("a stream that can't be given says why", () => {
  const refused = async (...[person, options]: Parameters<Streams["messages"]>) => {
    const stream = streams.messages(person, options);
    const isGiven = stream.until(() => true, "an item").catch(() => {});
    await Promise.race([stream.done, isGiven]);
    return stream.items.length === 0 ? codesOf(stream) : [`${stream.items.length} items`];
  };
  const cursor = (text: string) => Buffer.from(text).toString("base64url");

  test("to somebody who is not signed in", async () => {
    expect(await refused(null)).toEqual(["UNAUTHENTICATED"]);
  });

  test("for a conversation the viewer is not in, and for one that does not exist", async () => {
    const stranger = await world.person("stranger");
    expect(await refused(stranger, { in: pair })).toEqual(["NOT_FOUND"]);
    expect(await refused(maya, { in: "1" })).toEqual(["NOT_FOUND"]);
  });

  test("for what is no event cursor, also for a cursor of a list", async () => {
    const { data } = await world.ask<{ viewer: { friends: { pageInfo: { endCursor: string } } } }>(
      maya,
      "{ viewer { friends(first: 1) { pageInfo { endCursor } } } }",
    );
    const wrong = [data.viewer.friends.pageInfo.endCursor, "", "nonsense", cursor("1.-1"), cursor("1.2\0")];
    for (const after of wrong)
      expect([after, ...(await refused(maya, { after }))]).toEqual([after, "BAD_USER_INPUT"]);
  });

  test("for a cursor of another person's log", async () => {
    const newcomer = await world.person("newcomer");
    const [long, short] = [await streams.cursorOf(leo), await streams.cursorOf(newcomer)];
    expect(await refused(newcomer, { after: long })).toEqual(["CURSOR_EXPIRED"]);
    expect(await refused(leo, { after: short })).toEqual(["CURSOR_EXPIRED"]);
  });

  test("for a cursor whose continuation is no longer kept, with the cursor to go on from", async () => {
    const old = await streams.cursorOf(ana);
    await world.say(maya, group, "will be forgotten");
    await world.server.database.query("delete from viewer_events where viewer_id = $1", [ana.id]);
    const stream = streams.messages(ana, { after: old });
    await stream.done;
    expect(stream.errors.flat()).toEqual([
      expect.objectContaining({
        extensions: { code: "CURSOR_EXPIRED", reason: "CURSOR_EXPIRED", cursor: await streams.cursorOf(ana) },
      }),
    ]);
  });
});

test("a message sent by another node, whose wake-up is lost, is found in the log within two seconds", async () => {
  const stream = await listen(leo);
  await world.say(maya, pair, "with a wake-up");
  await received(stream, 1);
  // Noted now, delivered by the sweep: three times, for it must not depend on when the last one was.
  for (let nr = 2; nr <= 4; nr++) {
    const sentAt = Date.now();
    await sendMessage(
      { ...world.as(maya), announce: () => {} },
      {
        conversationId: pair,
        userId: null,
        body: `without, ${nr}`,
        replyTo: null,
        topic: null,
        videoAtMs: null,
        nonce: `lost-${nr}`,
      },
    );
    await received(stream, nr);
    expect(Date.now() - sentAt).toBeLessThan(30_000);
  }
  expect(bodies(stream.items)).toEqual(["with a wake-up", "without, 2", "without, 3", "without, 4"]);
});

test("a person to whom eight friends write at once gets all of it, each friend's in order, on every device", async () => {
  const friends = await Promise.all(Array.from({ length: 8 }, (_, at) => world.person(`friend${at}`)));
  await world.befriend(maya, ...friends);
  const talks = await Promise.all(friends.map((friend) => world.direct(friend, maya)));
  const devices = await Promise.all(Array.from({ length: 5 }, () => listen(maya)));
  const each = 50;
  await Promise.all(
    friends.map(async (friend, at) => {
      for (let nr = 1; nr <= each; nr++) await world.say(friend, talks[at] ?? "", `${friend.handle} ${nr}`);
    }),
  );
  for (const device of devices) {
    const all = bodies(await received(device, each * friends.length));
    for (const { handle } of friends) {
      const theirs = all.filter((body) => body?.startsWith(`${handle} `));
      expect(theirs).toEqual(Array.from({ length: each }, (_, at) => `${handle} ${at + 1}`));
    }
    expect(device.errors).toEqual([]);
  }
});

test("fifty people of one group, each on a socket of their own, all get every message once and in order", async () => {
  const crowd = await Promise.all(Array.from({ length: 50 }, (_, at) => world.person(`person${at}`)));
  const talk = await world.group(maya, crowd, "Fifty and one");
  const all = await Promise.all(crowd.map((person) => listen(person, talk)));
  const says = [maya, ...crowd.slice(0, 3)];
  await Promise.all(
    says.map(async (person) => {
      for (let nr = 1; nr <= 10; nr++) await world.say(person, talk, `${nr} by ${person.handle}`);
    }),
  );
  for (const [at, stream] of all.entries()) {
    const own = says.some(({ id }) => id === crowd[at]?.id) ? 10 : 0;
    const got = positions(await received(stream, 40 - own)).map(Number);
    expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
    expect(got).toHaveLength(40 - own);
    if (own === 0) expect(got).toEqual(Array.from({ length: 40 }, (_, nr) => nr + 1));
    expect(stream.errors).toEqual([]);
  }
});
