/** Deleting one's account: gone at once, back within thirty days by signing in, and after that erased. */

import { countersThatDrift } from "../../scripts/check-counters.ts";
import { eraseDeleted } from "../../src/actions/erasure/erase.ts";
import { freeHandles } from "../../src/actions/erasure/handle.ts";
import { globalId } from "../../src/ids.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterEach(async () => expect(await countersThatDrift(world.database)).toEqual([]));
afterAll(() => world.stop());

const erase = () => eraseDeleted(world.as(null), new AbortController().signal);
const signIn = (handle: string, password = PASSWORD) => mutate(world, null, "signIn", { handle, password });
const leave = (person: Person, messages = "ERASE", password = PASSWORD) =>
  mutate(world, person, "deleteAccount", { password, messages });
/** As if somebody had deleted their account so many days ago. */
const daysPass = (person: Person, days: number) =>
  world.server.database.query(
    "update users set deleted_at = deleted_at - make_interval(days => $2) where id = $1",
    [person.id, days],
  );
/** Deletes somebody's account and erases it. */
async function eraseAfterAll(person: Person, messages: "ERASE" | "KEEP_WITHOUT_NAME"): Promise<void> {
  await leave(person, messages);
  await daysPass(person, 30);
  await erase();
}

/** What somebody sees of a conversation. */
async function seen(person: Person, conversation: string) {
  const { conversation: found } = await world.read<{
    conversation: {
      title: string | null;
      participantCount: number;
      unreadCount: number;
      participants: { nodes: { role: string; user: { handle: string } | null }[] };
      messages: { nodes: { position: number; status: string; body: string | null; sender: object | null }[] };
      shares: { nodes: { note: string | null; replyCount: number; sharedBy: object | null }[] };
    };
  }>(
    person,
    `query ($id: ID!) {
      conversation(id: $id) {
        title participantCount unreadCount
        participants(first: 20) { nodes { role user { handle } } }
        messages(first: 20) { nodes { position status body sender { handle } } }
        shares(first: 20) { nodes { note replyCount sharedBy { handle } } }
      }
    }`,
    { id: globalId("conversation", conversation) },
  );
  return found;
}

describe("somebody who deletes their account", () => {
  test("says who they are, or stays", async () => {
    const ann = await world.person("ann");
    const refused = await leave(ann, "ERASE", "not the password");
    expect([codes(refused), refused.deletesAt]).toEqual([["INVALID"], null]);
    expect(await world.read(ann, "{ viewer { user { handle } } }")).toEqual({
      viewer: { user: { handle: "ann" } },
    });
  });

  test("is told when it will be erased, in thirty days, and is gone and signed out everywhere at once", async () => {
    const [bea, friend] = await world.people("bea", "beas.friend");
    await world.befriend(bea, friend);
    const elsewhere = (await signIn("bea")).credentials?.accessToken ?? "";
    const left = await leave(bea);
    expect(codes(left)).toEqual([]);
    expect(Math.round((Date.parse(left.deletesAt ?? "") - Date.now()) / DAY_MS)).toBe(30);
    for (const token of [bea.token, elsewhere]) {
      const { errors } = await world.ask({ ...bea, token }, "{ viewer { country } }");
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(["UNAUTHENTICATED"]);
    }
    const look = `{ user(handle: "bea") { id } viewer { user { friendCount } friends(first: 5) { nodes { id } } } }`;
    expect(await world.read(friend, look)).toEqual({
      user: null,
      viewer: { user: { friendCount: 0 }, friends: { nodes: [] } },
    });
  });

  test("and signs in within thirty days, has everything back: friends, counts, likes and conversations", async () => {
    const [cem, friend, asker] = await world.people("cem", "cems.friend", "asks.cem");
    await world.befriend(cem, friend);
    await world.request(asker, cem);
    const video = await world.video(friend);
    await world.like(cem, video);
    const group = await world.group(cem, [friend]);
    await world.say(cem, group, "Hello");
    await world.say(friend, group, "Welcome");
    const own = `{ viewer {
      user { handle displayName friendCount }
      friends(first: 5) { nodes { handle } }
      friendRequests(direction: INCOMING, first: 5) { nodes { from { handle } } }
      unread { conversations friendRequests }
      conversations(first: 5) { nodes { id unreadCount lastMessage { body } } }
    } }`;
    const theirs = `query ($video: ID!) {
      user(handle: "cem") { id friendCount relationship { state friendsSince } }
      video(id: $video) { likeCount }
      viewer { user { friendCount } }
    }`;
    const look = async (token: string) => ({
      own: await world.read({ ...cem, token }, own),
      theirs: await world.read(friend, theirs, { video: globalId("video", video) }),
      talk: await seen(friend, group),
    });
    const before = await look(cem.token);
    await leave(cem);
    expect(await world.read(friend, theirs, { video: globalId("video", video) })).toMatchObject({
      user: null,
      video: { likeCount: 0 },
      viewer: { user: { friendCount: 0 } },
    });
    await daysPass(cem, 29);
    await erase();
    expect(codes(await signIn("cem", "not the password"))).toEqual(["INVALID"]);
    expect(await world.read(friend, `{ user(handle: "cem") { id } }`)).toEqual({ user: null });
    const back = await signIn("cem");
    expect(codes(back)).toEqual([]);
    expect(await look(back.credentials?.accessToken ?? "")).toEqual(before);
    const [{ erasure } = { erasure: "" }] = await world.server.database.query<{ erasure: string | null }>(
      "select erasure from accounts where user_id = $1",
      [cem.id],
    );
    expect(erasure).toBeNull();
  });

  test("can't sign in after thirty days, as if nobody had that handle; which is nobody else's for another ninety", async () => {
    const dan = await world.person("dan");
    await leave(dan);
    await daysPass(dan, 30);
    const nobody = await signIn("nobody.has.this");
    expect(await signIn("dan")).toEqual(nobody);
    await erase();
    expect(await signIn("dan")).toEqual(nobody);
    const account = { displayName: "Dan", password: PASSWORD, birthDate: "1995-06-15", country: "DE" };
    const again = () => mutate(world, null, "signUp", { handle: "dan", ...account });
    expect(codes(await again())).toEqual(["CONFLICT"]);
    const free = () => freeHandles(world.as(null), new AbortController().signal);
    const held = () => world.server.database.query("select from handles where handle = 'dan'");
    await free();
    expect(await held()).toHaveLength(1);
    await world.server.database.query(
      "update handles set freed_at = now() - interval '90 days' where handle = 'dan'",
    );
    await free();
    expect(await held()).toHaveLength(0);
    expect(codes(await again())).toEqual([]);
  });
});

describe("after thirty days", () => {
  test("messages that are to go leave a place and a time; unread counts and replies follow, the share with them", async () => {
    const [eve, friend] = await world.people("eve", "eves.friend");
    await world.befriend(eve, friend);
    const group = await world.group(friend, [eve]);
    const [own, theirs] = [await world.video(eve), await world.video(friend)];
    await world.say(friend, group, "Hello");
    await world.share(eve, own, group, "Mine");
    await world.share(friend, theirs, group, "Theirs");
    await world.say(eve, group, "About theirs", { topic: theirs });
    await world.say(friend, group, "About mine", { topic: own });
    await world.say(eve, group, "Bye", { replyTo: 1 });
    expect((await seen(friend, group)).unreadCount).toBe(1);
    await eraseAfterAll(eve, "ERASE");
    expect(await seen(friend, group)).toEqual({
      title: "A group",
      participantCount: 1,
      unreadCount: 0,
      participants: { nodes: [{ role: "OWNER", user: { handle: "eves.friend" } }] },
      messages: {
        nodes: [
          ["SENT", "Hello"],
          ["UNSENT", null],
          ["SENT", null],
          ["UNSENT", null],
          ["SENT", "About mine"],
          ["UNSENT", null],
        ].map(([status, body], at) => ({
          position: at + 1,
          status,
          body,
          sender: status === "UNSENT" ? null : { handle: "eves.friend" },
        })),
      },
      shares: { nodes: [{ note: "Theirs", replyCount: 0, sharedBy: { handle: "eves.friend" } }] },
    });
  });

  test("messages that are to stay have no sender any more; a shared video is gone", async () => {
    const [fay, friend] = await world.people("fay", "fays.friend");
    await world.befriend(fay, friend);
    const direct = await world.direct(fay, friend);
    await world.say(fay, direct, "Hello");
    await world.share(fay, await world.video(fay), direct, "Look at this");
    await eraseAfterAll(fay, "KEEP_WITHOUT_NAME");
    const { messages, shares } = await seen(friend, direct);
    expect(messages.nodes.map(({ status, body, sender }) => [status, body, sender])).toEqual([
      ["SENT", "Hello", null],
      ["SENT", null, null],
    ]);
    expect(shares.nodes).toEqual([{ note: "Look at this", replyCount: 0, sharedBy: null }]);
    expect(
      codes(
        await mutate(world, friend, "sendMessage", {
          conversationId: globalId("conversation", direct),
          body: "Are you there?",
          nonce: "1",
        }),
      ),
    ).toEqual(["UNAVAILABLE"]);
  });

  test("a group goes on with its oldest admin as the owner, else with its oldest member", async () => {
    const [gil, first, admin, last] = await world.people("gil", "first", "admin", "last");
    const [withAdmin, without, alone] = [
      await world.group(gil, [first, admin, last]),
      await world.group(gil, [first, last]),
      await world.group(gil, [first], "Nobody is left in this one"),
    ];
    await world.server.database.query(
      "update participants set role = 'ADMIN' where conversation_id = $1 and user_id = $2",
      [withAdmin, admin.id],
    );
    await world.server.database.query(
      "update participants set joined_at = joined_at + interval '1 hour' where user_id = $1",
      [last.id],
    );
    await world.server.database.query(
      `with left_group as (update participants set state = 'LEFT' where conversation_id = $1 and user_id = $2),
        left_inbox as (update inbox set state = 'LEFT' where conversation_id = $1 and user_id = $2)
       update conversations set participant_count = 1 where id = $1`,
      [alone, first.id],
    );
    await eraseAfterAll(gil, "ERASE");
    const roles = async (person: Person, group: string) =>
      Object.fromEntries(
        (await seen(person, group)).participants.nodes.map(({ role, user }) => [user?.handle, role]),
      );
    expect(await roles(first, withAdmin)).toEqual({ first: "MEMBER", admin: "OWNER", last: "MEMBER" });
    expect(await roles(first, without)).toEqual({ first: "OWNER", last: "MEMBER" });
    const [{ title } = { title: "" }] = await world.server.database.query<{ title: string | null }>(
      "select title from conversations where id = $1",
      [alone],
    );
    expect(title).toBeNull();
  });

  test("whoever had blocked them finds their counts right", async () => {
    const [hal, blocker] = await world.people("hal", "blocks.hal");
    const group = await world.group(blocker, [hal]);
    await world.block(blocker, hal);
    for (const body of ["One", "Two"]) await world.say(hal, group, body);
    expect((await seen(blocker, group)).unreadCount).toBe(0);
    await eraseAfterAll(hal, "KEEP_WITHOUT_NAME");
  });

  test("nobody is erased who is suspended and did not ask for it", async () => {
    const ida = await world.person("ida");
    await world.suspend(ida);
    await erase();
    await world.reinstate(ida);
    expect(codes(await signIn("ida"))).toEqual([]);
  });
});
