/** What friends do at the same moment: whoever commits first wins, and both sides always agree. */
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, type Node } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
  await world.people(...crowd);
});
afterAll(async () => {
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
type Move =
  | "sendFriendRequest"
  | "acceptFriendRequest"
  | "cancelFriendRequest"
  | "removeFriend"
  | "blockUser";
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

test("two people who ask each other at the same time are friends: one friendship, since the same moment, one event each", async () => {
  await often(100, async () => {
    const [cat, dog] = await strangers();
    const answers = await Promise.all([
      act(world, cat, "sendFriendRequest", dog),
      act(otherNode, dog, "sendFriendRequest", cat),
    ]);
    expect(answers.flatMap(codes)).toEqual([]);
    const [one, other] = await bothSides(cat, dog);
    expect(one).toEqual({ state: "FRIENDS", friendsSince: expect.any(String) });
    expect(other).toEqual(one);
    // The asking and the friendship are two changes, told once to each.
    const events = await world.server.database.query(
      `select from viewer_events
      where kind = 'RELATIONSHIP_CHANGED' and ((viewer_id = $1 and ids = array[$2::bigint])
        or (viewer_id = $2 and ids = array[$1::bigint]))`,
      [cat.id, dog.id],
    );
    expect(events).toHaveLength(4);
  });
  await expectConsistency();
});

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

test("accept against cancel: one of them wins, the other gets CONFLICT and how they stand now, and both sides agree", async () => {
  const winners = new Set<string>();
  let races = 0;
  await often(50, async () => {
    const [cat, dog] = await strangers();
    await world.request(cat, dog);
    const accept = () => act(otherNode, dog, "acceptFriendRequest", cat);
    const cancel = () => act(world, cat, "cancelFriendRequest", dog);
    const acceptsFirst = races++ % 2 === 0;
    const [first, second] = await Promise.all(acceptsFirst ? [accept(), cancel()] : [cancel(), accept()]);
    const [accepted, cancelled] = acceptsFirst ? [first, second] : [second, first];
    const outcome = codes(accepted).length === 0 ? "FRIENDS" : "NONE";
    winners.add(outcome);
    expect([codes(accepted), codes(cancelled)].sort()).toEqual([[], ["CONFLICT"]]);
    expect([accepted.relationship?.state, cancelled.relationship?.state]).toEqual([outcome, outcome]);
    const sides = await bothSides(cat, dog);
    expect(sides.map((side) => side?.state)).toEqual([outcome, outcome]);
    expect(sides[0]).toEqual(sides[1]);
  });
  expect(winners.size).toBe(2);
  await expectConsistency();
});

test("block against accept: whoever is first, nobody ends up a friend of somebody who has blocked them", async () => {
  await often(30, async () => {
    const [cat, dog] = await strangers();
    await world.request(cat, dog);
    const [blocked, accepted] = await Promise.all([
      act(world, cat, "blockUser", dog),
      act(otherNode, dog, "acceptFriendRequest", cat),
    ]);
    expect(codes(blocked)).toEqual([]);
    expect([[], ["CONFLICT"], ["NOT_FOUND"]]).toContainEqual(codes(accepted));
    expect(blocked.relationship).toMatchObject({ state: "NONE", isBlocked: true });
    expect(await bothSides(cat, dog)).toEqual([{ state: "NONE", friendsSince: null }, null]);
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

describe("limits hold against haste as well", () => {
  let people = 0;
  const newcomers = () => world.people(`newcomer${people++}`, `newcomer${people++}`);
  test("50 requests a day, counted as they are sent: taking them back makes no room, and the next is told when to try again", async () => {
    const [cat, dog] = await newcomers();
    const others = await world.people("one.more", "two.more", "three.more");
    for (let sent = 0; sent < 49; sent++) {
      expect(codes(await act(world, cat, "sendFriendRequest", dog))).toEqual([]);
      expect(codes(await act(world, cat, "cancelFriendRequest", dog))).toEqual([]);
    }
    const answers = await Promise.all(others.map((other) => act(world, cat, "sendFriendRequest", other)));
    expect(answers.map(codes).sort()).toEqual([[], ["TOO_MANY_REQUESTS"], ["TOO_MANY_REQUESTS"]]);
    const [refusal] = (await act(world, cat, "sendFriendRequest", dog)).userErrors;
    const hours = (Date.parse(refusal?.retryAt ?? "") - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(0);
    expect(hours).toBeLessThanOrEqual(24);
    // Asking back is no request of one's own.
    await world.request(dog, cat);
    expect((await act(world, cat, "sendFriendRequest", dog)).relationship?.state).toBe("FRIENDS");
  });

  test("1,000 open requests: there is room again only when one is answered or taken back", async () => {
    const [cat, dog] = await newcomers();
    // To people who were made for it: there are too many of them to sign up.
    await world.server.database.query(
      `with people as (
        insert into users (id, handle, display_name, country)
        select n, 'made.' || n, 'Made', 'DE'
        from generate_series(1, 999) n
        returning id
      )
      insert into friend_requests (user_id, other_id, direction, created_at)
      select $1, id, 'OUTGOING', now() - interval '2 days' from people`,
      [cat.id],
    );
    const other = await world.person("five.more");
    expect(codes(await act(world, cat, "sendFriendRequest", other))).toEqual([]);
    expect(codes(await act(world, cat, "sendFriendRequest", dog))).toEqual(["LIMIT_REACHED"]);
    expect(codes(await act(world, cat, "sendFriendRequest", other))).toEqual([]);
    await act(world, other, "acceptFriendRequest", cat);
    expect(codes(await act(world, cat, "sendFriendRequest", dog))).toEqual([]);
  });
});
