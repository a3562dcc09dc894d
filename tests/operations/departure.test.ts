/** How a person disappears, by suspension as by deletion, and comes back: what is left of them for others meanwhile. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { reinstateByHandle } from "../../scripts/reinstate.ts";
import { write } from "../../src/actions/context.ts";
import { hidePerson, showPerson } from "../../src/actions/departure.ts";
import { acceptFriendRequest, cancelFriendRequest, declineFriendRequest } from "../../src/actions/request.ts";
import { setLiked } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { RawSocket } from "../subscriptions/raw.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

const drift = () => countersThatDrift(world.database);
let crowds = 0;
const strangers = () => {
  crowds++;
  return world.people(`ann${crowds}`, `bob${crowds}`, `cat${crowds}`, `dan${crowds}`);
};

/** The numbers that others have of people, and the person among their lists. */
async function counts(viewer: Person, video: string) {
  type Counts = {
    viewer: {
      user: { friendCount: number; friends: { nodes: { id: string }[] } };
      unread: { friendRequests: number };
      friendRequests: { nodes: unknown[] };
    };
    video: { likeCount: number; likers: { nodes: unknown[] } };
  };
  const { viewer: own, video: liked } = await world.read<Counts>(
    viewer,
    `query ($video: ID!) {
      viewer {
        user { friendCount friends { nodes { id } } }
        unread { friendRequests }
        friendRequests(direction: INCOMING) { nodes { id } }
      }
      video(id: $video) { likeCount likers { nodes { id } } }
    }`,
    { video: globalId("video", video) },
  );
  return {
    friends: [own.user.friendCount, own.user.friends.nodes.length],
    requests: [own.unread.friendRequests, own.friendRequests.nodes.length],
    likes: [liked.likeCount, liked.likers.nodes.length],
  };
}

describe("who is suspended", () => {
  test("is counted by nobody: not among friends, requests and likes; and again once they are back", async () => {
    const [ann, bob, cat, dan] = await strangers();
    const video = await world.video(bob);
    await world.befriend(ann, bob, cat);
    await world.request(ann, dan);
    await world.like(ann, video);
    await world.like(cat, video);
    const before = { friends: [1, 1], requests: [0, 0], likes: [2, 2] };
    expect(await counts(bob, video)).toEqual(before);
    expect((await counts(dan, video)).requests).toEqual([1, 1]);

    await world.suspend(ann);
    expect(await counts(bob, video)).toEqual({ friends: [0, 0], requests: [0, 0], likes: [1, 1] });
    expect((await counts(dan, video)).requests).toEqual([0, 0]);
    expect(await drift()).toEqual([]);
    await world.suspend(ann);
    expect(await drift()).toEqual([]);

    await world.reinstate(ann);
    await world.reinstate(ann);
    expect(await counts(bob, video)).toEqual(before);
    expect((await counts(dan, video)).requests).toEqual([1, 1]);
    expect(await drift()).toEqual([]);
  });

  test("is subtracted once where they have blocked the viewer as well", async () => {
    const [ann, bob, cat] = await strangers();
    const video = await world.video(bob);
    await world.like(ann, video);
    await world.like(bob, video);
    await world.block(ann, cat);
    expect((await counts(cat, video)).likes).toEqual([1, 1]);
    await world.suspend(ann);
    expect((await counts(cat, video)).likes).toEqual([1, 1]);
    expect((await counts(bob, video)).likes).toEqual([1, 1]);
  });

  test("stays hidden while something else hides them", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    const video = await world.video(bob);
    await write(world.as(null), (queries, tell) => hidePerson(queries, tell, ann.id));
    await world.set(ann, "deleted_at", new Date());
    await world.suspend(ann);
    await world.reinstate(ann);
    expect((await counts(bob, video)).friends).toEqual([0, 0]);
    expect(await drift()).toEqual([]);
    await world.set(ann, "deleted_at", null);
    await write(world.as(null), (queries, tell) => showPerson(queries, tell, ann.id));
    expect((await counts(bob, video)).friends).toEqual([1, 1]);
    expect(await drift()).toEqual([]);
  });

  test("takes the public videos of theirs out of what hashtags count", async () => {
    const [ann, bob] = await strangers();
    const tag = `departure${crowds}`;
    for (const person of [ann, bob]) {
      const id = await world.video(person, "PUBLIC", `Look #${tag}`);
      await world.comment(person, id, `And #said${tag}`);
    }
    await world.suspend(ann);
    expect(await drift()).toEqual([]);
    await world.reinstate(ann);
    expect(await drift()).toEqual([]);
  });

  test("is told of to friends and to who has a request of theirs, and so is their return; to nobody else", async () => {
    const [ann, bob, cat, dan] = await strangers();
    await world.befriend(ann, bob);
    await world.request(ann, cat);
    await world.request(dan, ann);
    await declineFriendRequest(world.as(ann), dan.id);
    const [eve, fay] = await world.people(`eve${crowds}`, `fay${crowds}`);
    await world.request(ann, eve);
    await declineFriendRequest(world.as(eve), ann.id);
    const people = [bob, cat, dan, eve, fay];
    const cursors = await Promise.all(people.map((person) => cursorOf(world, person)));
    await world.suspend(ann);
    await world.reinstate(ann);
    const told = await Promise.all(
      people.map(async (person, at) => {
        const change = "... on AccessRevoked { ids } ... on RelationshipChanged { user { id } }";
        type Change = { __typename: string; ids?: string[]; user?: { id: string } };
        const changes = await changesSince<Change>(world, person, cursors[at] ?? "", change);
        return changes.map(({ ids, user }) => ids?.[0] ?? user?.id).filter((id) => id?.startsWith("user"));
      }),
    );
    const both = [ann.globalId, ann.globalId];
    expect(told).toEqual([both, both, both, [], []]);
  });

  test("can be sent nothing, in the words that a block has; in groups the others talk on", async () => {
    const [ann, bob, cat, dan] = await strangers();
    await world.befriend(bob, ann, cat);
    await world.befriend(ann, dan);
    const direct = await world.direct(bob, ann);
    const blocked = await world.direct(bob, cat);
    const group = await world.group(bob, [ann, cat]);
    await world.say(bob, direct, "Hello");
    await world.suspend(ann);
    const sending = (conversation: string) =>
      mutate(world, bob, "sendMessage", {
        conversationId: globalId("conversation", conversation),
        body: "Are you there?",
        nonce: `to ${conversation}`,
      });
    const refused = await sending(direct);
    expect(codes(refused)).toEqual(["UNAVAILABLE"]);
    expect(codes(await sending(group))).toEqual([]);
    const begun = await mutate(world, dan, "sendMessage", { userId: ann.globalId, body: "Hi", nonce: "hi" });
    expect(codes(begun)).toEqual(["UNAVAILABLE"]);
    await world.block(cat, bob);
    expect((await sending(blocked)).userErrors).toEqual(refused.userErrors);

    await world.reinstate(ann);
    expect(codes(await sending(direct))).toEqual([]);
    expect(await drift()).toEqual([]);
  });

  test("says nothing more, with a token that is still good for a moment", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    const direct = await world.direct(ann, bob);
    const video = await world.video(bob);
    await world.suspend(ann);
    await expect(world.say(ann, direct, "One more thing")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await world.like(ann, video);
    await expect(world.block(ann, bob)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await counts(bob, video)).likes).toEqual([0, 0]);
    expect(await drift()).toEqual([]);
  });
});

describe("the sessions of who is suspended", () => {
  const session = async (handle: string) => {
    const { credentials } = await mutate(world, null, "signIn", { handle, password: PASSWORD });
    if (credentials === null) throw new Error("There are no credentials.");
    return credentials;
  };

  test("end within a second, on every node, and take their sockets with them", async () => {
    const [ann, bob] = await strangers();
    const nodes = [world.server, otherNode.server];
    const sockets = await Promise.all(nodes.map(({ url }) => RawSocket.signIn(url, ann.token)));
    for (const socket of sockets) {
      socket.begin("events", "subscription { viewerEvents { __typename } }");
      await socket.answer("events");
    }
    const other = await RawSocket.signIn(world.server.url, bob.token);
    // On a third node: those that the sockets are on hear of it by themselves.
    await world.suspend(ann);
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401]);
    const { errors, status } = await world.ask(ann, "{ viewer { user { handle } } }");
    expect([status, errors[0]?.extensions.code]).toEqual([401, "UNAUTHENTICATED"]);
    other.begin("viewer", "{ viewer { user { handle } } }");
    expect((await other.answer("viewer")).payload?.data).toEqual({
      viewer: { user: { handle: bob.handle } },
    });
    other.terminate();
  });

  test("are not opened again: the right password is told why, the wrong one nothing, and no token is refreshed", async () => {
    const [ann] = await strangers();
    const { refreshToken } = await session(ann.handle);
    await world.suspend(ann);
    const signIn = (password: string) => mutate(world, null, "signIn", { handle: ann.handle, password });
    const { credentials, userErrors } = await signIn(PASSWORD);
    expect(credentials).toBeNull();
    expect(userErrors).toMatchObject([{ code: "FORBIDDEN", message: "This account is suspended." }]);
    expect(codes(await signIn("a password that is wrong"))).toEqual(["INVALID"]);
    expect(codes(await mutate(world, null, "refreshSession", { refreshToken }))).toEqual(["EXPIRED"]);
    expect(await reinstateByHandle(world.database, ann.handle)).toBe(true);
    expect(await reinstateByHandle(world.database, ann.handle)).toBe(false);
    expect(codes(await mutate(world, null, "refreshSession", { refreshToken }))).toEqual(["EXPIRED"]);
    await session(ann.handle);
  });
});

test("whatever is done to somebody at the very moment they disappear, every count stays right", async () => {
  const [ann, bob, cat, dan] = await strangers();
  await world.befriend(bob, cat);
  const videos = [await world.video(bob), await world.video(cat)];
  const direct = await world.direct(ann, bob).catch(() => world.direct(bob, ann));
  const settle = (...doings: Promise<unknown>[]) => Promise.allSettled(doings);
  for (let turn = 0; turn < 40; turn++) {
    await world.request(dan, ann).catch(() => {});
    await world.request(ann, cat).catch(() => {});
    const doings = [
      ...videos.map((video) => setLiked(world.as(ann), video, turn % 3 !== 0)),
      world.request(bob, ann),
      acceptFriendRequest(world.as(ann), bob.id),
      turn % 2 === 0
        ? acceptFriendRequest(world.as(ann), dan.id)
        : cancelFriendRequest(world.as(dan), ann.id),
      turn % 4 === 0 ? world.block(cat, ann) : acceptFriendRequest(world.as(cat), ann.id),
      world.say(bob, direct, `Turn ${turn}`),
      world.say(ann, direct, `Turn ${turn}`),
    ];
    await settle(...doings, turn % 5 === 4 ? world.suspend(cat) : world.suspend(ann));
    if (turn % 10 === 0) expect(await drift()).toEqual([]);
    await settle(
      world.unfriend(bob, ann),
      world.like(ann, videos[0] ?? ""),
      world.reinstate(ann),
      world.reinstate(cat),
      world.direct(dan, ann),
    );
    await settle(world.unfriend(ann, dan), world.unfriend(ann, bob), world.unfriend(cat, ann));
  }
  await world.reinstate(ann);
  expect(await drift()).toEqual([]);
  const gone = await world.server.database.query(`
    select from participants p join users u on u.id = p.user_id where p.is_gone = (u.suspended_at is null)`);
  expect(gone).toEqual([]);
});
