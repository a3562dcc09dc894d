/** What friends do at the same moment: whoever commits first wins, and both sides always agree. */
import { blockUser, unblockUser } from "../../src/actions/block.ts";
import type { ActionContext } from "../../src/actions/context.ts";
import { removeFriend } from "../../src/actions/friendship.ts";
import { acceptFriendRequest, cancelFriendRequest, sendFriendRequest } from "../../src/actions/request.ts";
import { Database } from "../../src/db/database.ts";
import { createDataSource } from "../../src/db/source.ts";
import { UserError } from "../../src/errors.ts";
import { Batch } from "../../src/loaders/kinds.ts";
import { relationshipWith } from "../../src/loaders/relationship.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, type Node } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
/** Three ways to the database, as three nodes have them. */
let ways: Database[];
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
  ways = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const source = createDataSource(world.server.database.url);
      return new Database(await source.initialize());
    }),
  );
  await world.people(...crowd);
});
afterAll(async () => {
  await Promise.all(ways.map(({ source }) => source.destroy()));
  await otherNode.server.stop();
  await world.stop();
});

/** Every pair of a small crowd once: signing up costs more than all they do. */
const crowd = Array.from({ length: 24 }, (_, at) => `person${at}`);
const pairs = crowd.flatMap((one, at) => crowd.slice(at + 1).map((other) => [one, other] as const));
const strangers = () => {
  const pair = pairs.pop();
  if (pair === undefined) throw new Error("There are no strangers left.");
  return world.people(...pair);
};
type Move = "sendFriendRequest" | "acceptFriendRequest" | "cancelFriendRequest" | "removeFriend";
const act = (node: Node, person: Person, name: Move, other: Person) =>
  mutate(node, person, name, { userId: other.globalId });

/** How two people stand, each in the eyes of one, with the moment of their friendship. */
async function bothSides(one: Person, other: Person) {
  const question = `query ($id: ID!) { user(id: $id) { relationship { state friendsSince } } }`;
  type Side = { user: { relationship: { state: string; friendsSince: string | null } } | null };
  const sides = [
    await world.read<Side>(one, question, { id: other.globalId }),
    await world.read<Side>(other, question, { id: one.globalId }),
  ];
  return sides.map(({ user }) => user?.relationship ?? null);
}
/** What the database says of all pairs at once: lists that mirror each other, and counters that are exact. */
async function expectConsistency(): Promise<void> {
  const { query } = world.server.database;
  const drifted = await query(`
    select u.handle, u.friend_count, f.friends, u.waiting_request_count, r.requests
    from users u
    cross join lateral (select count(*)::integer as friends from friendships f where f.user_id = u.id) f
    cross join lateral (
      select count(*)::integer as requests
      from friend_requests r
      where r.user_id = u.id and r.direction = 'INCOMING' and r.declined_at is null
    ) r
    where u.friend_count <> f.friends or u.waiting_request_count <> r.requests`);
  expect(drifted).toEqual([]);
  const contradictions = await query(`
    select from friendships f
    where exists (select from friend_requests r where r.user_id = f.user_id and r.other_id = f.friend_id)
      or exists (select from blocks b where b.user_id = f.user_id and b.blocked_id = f.friend_id)
      or not exists (select from friendships m where m.user_id = f.friend_id and m.since = f.since)`);
  expect(contradictions).toEqual([]);
}

/** Runs `race` many times, a few at once, as on a busy evening. */
async function often(times: number, race: () => Promise<void>): Promise<void> {
  const worker = async () => {
    while (times-- > 0) await race();
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

type Deed = (context: ActionContext, other: string) => Promise<void>;
const ask: Deed = (context, userId) => sendFriendRequest(context, { userId });
/** What one of two people does to the other. */
type Turn = readonly [deed: Deed, by: Person, to: Person];

/** Does it on one of the three ways; says by which code it was refused, if it was. */
async function attempt([deed, by, to]: Turn, way = 0): Promise<string> {
  const database = ways[way] as Database;
  const loads = { viewerId: by.id, batch: new Batch(database) };
  try {
    await deed({ ...world.as(by), database, loads }, to.id);
    return "done";
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
}

/** How two people stand, each in the eyes of one. */
const stand = (cat: Person, dog: Person) =>
  Promise.all([relationshipWith(world.as(cat).loads, dog.id), relationshipWith(world.as(dog).loads, cat.id)]);

/** What two people are notified of, each because of the other. */
async function notices(cat: Person, dog: Person): Promise<{ cat: string[]; dog: string[] }> {
  const rows = await world.server.database.query<{ userId: string; kind: string }>(
    `select n.user_id as "userId", n.kind
    from notifications n
    join notification_actors a on a.user_id = n.user_id and a.notification_id = n.id and not a.is_withdrawn
    where (n.user_id, a.actor_id) in (($1::bigint, $2::bigint), ($2, $1))`,
    [cat.id, dog.id],
  );
  const of = ({ id }: Person) => rows.filter(({ userId }) => userId === id).map(({ kind }) => kind);
  return { cat: of(cat), dog: of(dog) };
}

const ROUNDS = 1_000;

interface Race {
  readonly before: readonly Turn[];
  /** What is done at once, each on another connection; who is the first to begin changes from round to round. */
  readonly atOnce: readonly [Turn, Turn, Turn];
  /** What makes strangers of them again. */
  readonly after: readonly Turn[];
}

/** Runs a race a thousand times, a few pairs of the crowd at a time; `judge` has the outcomes in the order of the turns. */
async function race(
  script: (cat: Person, dog: Person) => Race,
  judge: (
    outcomes: string[],
    sides: Awaited<ReturnType<typeof stand>>,
    told: Awaited<ReturnType<typeof notices>>,
  ) => void,
): Promise<void> {
  const people = await world.people(...crowd);
  const waiting = people.flatMap((cat, at) => people.slice(at + 1).map((dog) => [cat, dog] as const));
  let rounds = 0;
  await often(ROUNDS, async () => {
    const [cat, dog] = waiting.shift() as readonly [Person, Person];
    const { before, atOnce, after } = script(cat, dog);
    const first = rounds++ % 3;
    for (const turn of before) expect(await attempt(turn)).toBe("done");
    const order = [0, 1, 2].map((at) => (at + first) % 3);
    const outcomes: string[] = [];
    await Promise.all(
      order.map(async (at) => {
        outcomes[at] = await attempt(atOnce[at] as Turn, at);
      }),
    );
    judge(outcomes, await stand(cat, dog), await notices(cat, dog));
    for (const turn of after) expect(await attempt(turn)).toBe("done");
    await world.server.database.query("update accounts set requests_today = 0 where user_id in ($1, $2)", [
      cat.id,
      dog.id,
    ]);
    waiting.push([cat, dog]);
  });
  expect(rounds).toBe(ROUNDS);
  await expectConsistency();
}

test("two people who ask each other at the same time are friends: one friendship, since the same moment, one notification each", async () => {
  const told = async () => {
    const question =
      "select count(*)::integer as told from viewer_events where kind = 'RELATIONSHIP_CHANGED'";
    return (await world.server.database.query<{ told: number }>(question))[0]?.told ?? 0;
  };
  const before = await told();
  await race(
    (cat, dog) => ({
      before: [],
      // One of them has two devices.
      atOnce: [
        [ask, cat, dog],
        [ask, dog, cat],
        [ask, cat, dog],
      ],
      after: [[removeFriend, dog, cat]],
    }),
    (outcomes, [one, other], told) => {
      expect(outcomes).toEqual(["done", "done", "done"]);
      expect(told).toEqual({ cat: ["FRIEND_ACCEPTED"], dog: ["FRIEND_ACCEPTED"] });
      expect(one).toMatchObject({ state: "FRIENDS", friendsSince: expect.any(String) });
      expect(other).toMatchObject({ state: "FRIENDS", friendsSince: one?.friendsSince });
    },
  );
  // The asking, the friendship and its end are three changes, told once to each of the two.
  expect(await told()).toBe(before + 6 * ROUNDS);
}, 900_000);

test("accept against cancel: exactly one of them wins, the other gets CONFLICT, and both sides agree", async () => {
  const winners = new Set<string | undefined>();
  await race(
    (cat, dog) => ({
      before: [[ask, cat, dog]],
      atOnce: [
        [acceptFriendRequest, dog, cat],
        [cancelFriendRequest, cat, dog],
        [acceptFriendRequest, dog, cat],
      ],
      after: [[removeFriend, dog, cat]],
    }),
    ([accepted, cancelled, again], [one, other], told) => {
      const state = accepted === "done" ? "FRIENDS" : "NONE";
      winners.add(state);
      expect([cancelled, again]).toEqual(state === "FRIENDS" ? ["CONFLICT", "done"] : ["done", "CONFLICT"]);
      expect([one?.state, other?.state]).toEqual([state, state]);
      expect(told).toEqual({ cat: state === "FRIENDS" ? ["FRIEND_ACCEPTED"] : [], dog: [] });
      expect(one?.friendsSince).toEqual(other?.friendsSince);
    },
  );
  expect(winners.size).toBe(2);
}, 900_000);

test("block against accept: whoever is first, nobody ends up a friend of somebody who has blocked them", async () => {
  const first = new Set<string>();
  await race(
    (cat, dog) => ({
      before: [[ask, cat, dog]],
      atOnce: [
        [blockUser, cat, dog],
        [acceptFriendRequest, dog, cat],
        [acceptFriendRequest, dog, cat],
      ],
      after: [[unblockUser, cat, dog]],
    }),
    ([blocked, ...accepted], [one, other], told) => {
      expect(told).toEqual({ cat: [], dog: [] });
      expect(blocked).toBe("done");
      for (const outcome of accepted) expect(["done", "CONFLICT", "NOT_FOUND"]).toContain(outcome);
      first.add(accepted.includes("done") ? "accept" : "block");
      expect(one).toMatchObject({ state: "NONE", isBlocked: true, friendsSince: null });
      expect(other).toBeNull();
    },
  );
  expect(first).toEqual(new Set(["accept", "block"]));
}, 900_000);

test("many requests at once from one person to another, on two nodes, are one request", async () => {
  const [cat, dog] = await strangers();
  const asks = Array.from({ length: 20 }, (_, at) =>
    act(at % 2 === 0 ? world : otherNode, cat, "sendFriendRequest", dog),
  );
  expect((await Promise.all(asks)).flatMap(codes)).toEqual([]);
  expect(await world.read(dog, "{ viewer { unread { friendRequests } } }")).toEqual({
    viewer: { unread: { friendRequests: 1 } },
  });
  await expectConsistency();
});

test("who loses a race gets CONFLICT and how they stand now, on every node", async () => {
  let races = 0;
  await often(20, async () => {
    const [cat, dog] = await strangers();
    await world.request(cat, dog);
    const accept = () => act(otherNode, dog, "acceptFriendRequest", cat);
    const cancel = () => act(world, cat, "cancelFriendRequest", dog);
    const acceptsFirst = races++ % 2 === 0;
    const [first, second] = await Promise.all(acceptsFirst ? [accept(), cancel()] : [cancel(), accept()]);
    const [accepted, cancelled] = acceptsFirst ? [first, second] : [second, first];
    const outcome = codes(accepted).length === 0 ? "FRIENDS" : "NONE";
    expect([codes(accepted), codes(cancelled)].sort()).toEqual([[], ["CONFLICT"]]);
    expect([accepted.relationship?.state, cancelled.relationship?.state]).toEqual([outcome, outcome]);
    const sides = await bothSides(cat, dog);
    expect(sides.map((side) => side?.state)).toEqual([outcome, outcome]);
    expect(sides[0]).toEqual(sides[1]);
  });
  await expectConsistency();
});

test("accepting, ending and asking at once leave no trace that contradicts another", async () => {
  await often(20, async () => {
    const [cat, dog] = await strangers();
    await world.request(cat, dog);
    await Promise.all([
      act(world, dog, "acceptFriendRequest", cat),
      act(otherNode, cat, "removeFriend", dog),
      act(otherNode, dog, "sendFriendRequest", cat),
      act(world, cat, "cancelFriendRequest", dog),
    ]);
    const [one, other] = await bothSides(cat, dog);
    expect(one).not.toBeNull();
    const mirror = {
      FRIENDS: "FRIENDS",
      NONE: "NONE",
      REQUEST_SENT: "REQUEST_RECEIVED",
      REQUEST_RECEIVED: "REQUEST_SENT",
    };
    expect(other?.state).toBe(mirror[one?.state as keyof typeof mirror]);
    expect(other?.friendsSince).toBe(one?.friendsSince);
  });
  await expectConsistency();
});
