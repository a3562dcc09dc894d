/** Two who block each other: at the same moment one of them does, and no block is there for ever. */
import { globalId } from "../../src/ids.ts";
import { HeldTable } from "../support/held-table.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, RELATIONSHIP, type Relationship } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
});
afterAll(async () => {
  await otherNode?.server.stop();
  await world?.stop();
});

let pairs = 0;
const strangers = () => {
  pairs++;
  return world.people(`ann${pairs}`, `bob${pairs}`);
};
const block = (person: Person, other: Person) =>
  mutate(world, person, "blockUser", { userId: other.globalId });
const unblock = (person: Person, other: Person) =>
  mutate(world, person, "unblockUser", { userId: other.globalId });

type Seen = { id: string; friendCount: number | null; relationship: Relationship } | null;
/** A person as another sees them. */
async function seen(person: Person, other: Person): Promise<Seen> {
  const question = `query ($id: ID!) { user(id: $id) { id friendCount relationship { ${RELATIONSHIP} } } }`;
  return (await world.read<{ user: Seen }>(person, question, { id: other.globalId })).user;
}
const ids = (nodes: { id: string }[]) => nodes.map(({ id }) => id);
async function blockedBy(person: Person): Promise<string[]> {
  const question = "{ viewer { blockedUsers { nodes { id } } } }";
  const { viewer } = await world.read<{ viewer: { blockedUsers: { nodes: { id: string }[] } } }>(
    person,
    question,
  );
  return ids(viewer.blockedUsers.nodes);
}

test("two who block each other at the same moment: one block holds, and who made it can undo it", async () => {
  const { url, query } = world.server.database;
  const [ann, bob] = await strangers();
  for (let round = 0; round < 20; round++) {
    await world.befriend(ann, bob);
    const held = await HeldTable.hold(url, "users in exclusive mode");
    const both = Promise.all([
      mutate(world, ann, "blockUser", { userId: bob.globalId }),
      mutate(otherNode, bob, "blockUser", { userId: ann.globalId }),
    ]);
    // Each has found the other, and is about to lock the two.
    await held.waiting(2);
    await held.release();
    const answers = await both;
    expect(answers.map((answer) => codes(answer)).sort()).toEqual([[], ["NOT_FOUND"]]);
    const [holder, other] = codes(answers[0]).length === 0 ? [ann, bob] : [bob, ann];
    // Who comes too late has nobody left to block, and hears no more than a moment later.
    expect(answers.find((answer) => codes(answer).length > 0)).toEqual(await block(other, holder));
    expect(await query("select from friendships where user_id in ($1, $2)", [ann.id, bob.id])).toEqual([]);
    expect([await blockedBy(holder), await blockedBy(other)]).toEqual([[other.globalId], []]);
    expect((await unblock(holder, other)).relationship).toMatchObject({ state: "NONE", isBlocked: false });
    expect(await seen(other, holder)).toMatchObject({ relationship: { isBlocked: false } });
  }
});

describe("where two have blocked each other", () => {
  const bothWays = (one: Person, other: Person) =>
    world.server.database.query("insert into blocks (user_id, blocked_id) values ($1, $2), ($2, $1)", [
      one.id,
      other.id,
    ]);

  test("each has the other in their list, takes their own block back, and then sees the other again", async () => {
    const [ann, bob] = await strangers();
    await bothWays(ann, bob);
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      expect(await seen(one, other)).toBeNull();
      expect(await blockedBy(one)).toEqual([other.globalId]);
    }
    expect(await unblock(ann, bob)).toEqual({ relationship: null, user: null, userErrors: [] });
    expect([await blockedBy(ann), await blockedBy(bob)]).toEqual([[], [ann.globalId]]);
    // Bob has blocked her still: to her he does not exist, and there is nothing left to take back.
    expect(await seen(ann, bob)).toBeNull();
    expect(codes(await unblock(ann, bob))).toEqual(["NOT_FOUND"]);
    expect(await seen(bob, ann)).toMatchObject({ relationship: { isBlocked: true } });
    expect((await unblock(bob, ann)).relationship).toMatchObject({ state: "NONE", isBlocked: false });
    expect(await seen(ann, bob)).toMatchObject({ id: bob.globalId });
  });

  test("the list shows by what name to undo it, and nothing else of the other", async () => {
    const [ann, bob] = await strangers();
    const [cat] = await world.people("cat");
    await world.befriend(cat, ann, bob);
    await world.video(bob);
    const conversation = await world.group(cat, [ann, bob]);
    await world.say(bob, conversation, "Hello");
    await world.set(bob, "bio", "About Bob");
    await world.set(bob, "avatar_url", "https://example.com/bob.png");
    const question = `query ($id: ID!) {
      viewer { blockedUsers { nodes {
        id handle bio avatarUrl friendCount lastActiveAt relationship { isBlocked }
        friends { nodes { id } } mutualFriends { nodes { id } } videos { nodes { id } } moments { id }
      } } }
      conversation(id: $id) { messages(first: 9) { nodes { sender { id } } } }
    }`;
    type Shown = {
      viewer: { blockedUsers: { nodes: unknown[] } };
      conversation: { messages: { nodes: { sender: unknown }[] } };
    };
    const ask = () => world.read<Shown>(ann, question, { id: globalId("conversation", conversation) });
    await block(ann, bob);
    expect((await ask()).viewer.blockedUsers.nodes).toMatchObject([
      { bio: "About Bob", avatarUrl: "https://example.com/bob.png", mutualFriends: { nodes: [{}] } },
    ]);
    await unblock(ann, bob);
    await bothWays(ann, bob);
    const { viewer, conversation: talk } = await ask();
    expect(viewer.blockedUsers.nodes).toEqual([
      {
        id: bob.globalId,
        handle: bob.handle,
        bio: null,
        avatarUrl: null,
        friendCount: null,
        lastActiveAt: null,
        relationship: null,
        friends: null,
        mutualFriends: { nodes: [] },
        videos: { nodes: [] },
        moments: [],
      },
    ]);
    for (const { sender } of talk.messages.nodes) expect(sender).not.toEqual({ id: bob.globalId });
  });

  test("nobody is found who is not here", async () => {
    const [ann, bob] = await strangers();
    await bothWays(ann, bob);
    await world.set(bob, "suspended_at", new Date());
    expect(await blockedBy(ann)).toEqual([]);
    const nobody = await mutate(world, ann, "unblockUser", { userId: globalId("user", "12345") });
    expect(await unblock(ann, bob)).toEqual(nobody);
  });
});
