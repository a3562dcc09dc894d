/** One video that is shared anew by several at the same moment: one of them has its share, and no note is lost. */
import { setTimeout as sleep } from "node:timers/promises";
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { write } from "../../src/actions/context.ts";
import { lockConversation } from "../../src/actions/seen-message.ts";
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { mutate, type Node } from "./mutations.ts";

const ROUNDS = 20;

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

async function share(node: Node, person: Person, video: string, group: string, note: string) {
  const { results } = await mutate(node, person, "shareVideo", {
    videoId: globalId("video", video),
    conversationIds: [globalId("conversation", group)],
    note,
    nonce: "once",
  });
  return results[0];
}

/** Resolves once so many statements of this database wait for a lock. */
async function waiting(count: number): Promise<void> {
  const locked =
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await world.server.database.query(locked)).length < count) await sleep(5);
}

interface Read {
  readonly shares: {
    readonly nodes: {
      note: string;
      sharedBy: { id: string };
      replyCount: number;
      replies: { nodes: { body: string; sender: { id: string } }[] };
    }[];
  };
  readonly messages: { readonly nodes: { kind: string; body: string | null }[] };
}
async function open(person: Person, group: string): Promise<Read> {
  const question = `query ($id: ID!) { conversation(id: $id) {
    shares { nodes { note sharedBy { id } replyCount replies { nodes { body sender { id } } } } }
    messages(first: 10) { nodes { kind body } }
  } }`;
  const id = globalId("conversation", group);
  return (await world.read<{ conversation: Read }>(person, question, { id })).conversation;
}

test("of two who share a video that was shared unseen by them, one has the share, and the other's note is a reply to it", async () => {
  const [ann, cat, dan, eve] = await world.people("ann", "cat", "dan", "eve");
  const video = await world.video(cat);
  for (const person of [dan, eve]) await world.block(person, ann);
  for (let round = 0; round < ROUNDS; round++) {
    const group = await world.group(cat, [ann, dan, eve]);
    await world.share(ann, video, group, "Ann's note");
    const sharers = [
      { person: dan, note: "Dan's note", node: world },
      { person: eve, note: "Eve's note", node: otherNode },
    ];
    const { sharing } = await write(world.as(cat), async (queries) => {
      await lockConversation(queries, group);
      const sharing = sharers.map(({ person, note, node }) => share(node, person, video, group, note));
      await waiting(2);
      return { sharing };
    });
    const results = await Promise.all(sharing);
    expect(results.map((result) => result?.error)).toEqual([null, null]);
    expect(new Set(results.map((result) => result?.alreadyShared))).toEqual(new Set([false, true]));
    const [first, second] = results[0]?.alreadyShared ? sharers.toReversed() : sharers;
    const seen = await open(cat, group);
    expect(seen.shares.nodes).toEqual([
      {
        note: first?.note,
        sharedBy: { id: first?.person.globalId },
        replyCount: 1,
        replies: { nodes: [{ body: second?.note, sender: { id: second?.person.globalId } }] },
      },
    ]);
    expect(seen.messages.nodes).toEqual([
      { kind: "SHARE", body: "Ann's note" },
      { kind: "SHARE", body: null },
      { kind: "TEXT", body: second?.note },
    ]);
    for (const { person } of sharers) expect((await open(person, group)).shares).toEqual(seen.shares);
  }
  expect(await countersThatDrift(world.database)).toEqual([]);
});
