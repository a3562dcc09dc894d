/** The limits of asking and of having friends, which hold against haste as well. */
import { type Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

type Move = "sendFriendRequest" | "acceptFriendRequest" | "declineFriendRequest" | "cancelFriendRequest";
const act = (person: Person, name: Move, other: Person) =>
  mutate(world, person, name, { userId: other.globalId });

let people = 0;
const newcomers = () => world.people(`newcomer${people++}`, `newcomer${people++}`);

test("50 requests a day, counted as they are sent: taking them back makes no room, and the next is told when to try again", async () => {
  const [cat, dog] = await newcomers();
  const others = await world.people("one.more", "two.more", "three.more");
  for (let sent = 0; sent < 49; sent++) {
    expect(codes(await act(cat, "sendFriendRequest", dog))).toEqual([]);
    expect(codes(await act(cat, "cancelFriendRequest", dog))).toEqual([]);
  }
  const answers = await Promise.all(others.map((other) => act(cat, "sendFriendRequest", other)));
  expect(answers.map(codes).sort()).toEqual([[], ["TOO_MANY_REQUESTS"], ["TOO_MANY_REQUESTS"]]);
  const [refusal] = (await act(cat, "sendFriendRequest", dog)).userErrors;
  const hours = (Date.parse(refusal?.retryAt ?? "") - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(0);
  expect(hours).toBeLessThanOrEqual(24);
  // Asking back is no request of one's own.
  await world.request(dog, cat);
  expect((await act(cat, "sendFriendRequest", dog)).relationship?.state).toBe("FRIENDS");
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
  expect(codes(await act(cat, "sendFriendRequest", other))).toEqual([]);
  expect(codes(await act(cat, "sendFriendRequest", dog))).toEqual(["LIMIT_REACHED"]);
  expect(codes(await act(cat, "sendFriendRequest", other))).toEqual([]);
  await act(other, "acceptFriendRequest", cat);
  expect(codes(await act(cat, "sendFriendRequest", dog))).toEqual([]);
});

test("5,000 friends: of two people who are let in at the same moment, one is the last, and the other's request stays", async () => {
  const [cat, dog] = await newcomers();
  const [bird] = await newcomers();
  for (const asker of [dog, bird]) await world.request(asker, cat);
  await world.set(cat, "friend_count", 4_999);
  const answers = await Promise.all([dog, bird].map((asker) => act(cat, "acceptFriendRequest", asker)));
  expect(answers.map(codes).sort()).toEqual([[], ["LIMIT_REACHED"]]);
  const question = "{ viewer { unread { friendRequests } user { friendCount } } }";
  expect(await world.read(cat, question)).toEqual({
    viewer: { unread: { friendRequests: 1 }, user: { friendCount: 5_000 } },
  });
});

describe("asking again when a declined request no longer holds it back", () => {
  /** A request that was declined a month and a day ago. */
  async function declinedLongAgo(asker: Person, decliner: Person): Promise<void> {
    await world.request(asker, decliner);
    await act(decliner, "declineFriendRequest", asker);
    await world.server.database.query(
      "update friend_requests set declined_at = now() - interval '31 days' where user_id = $1",
      [decliner.id],
    );
  }
  const waiting = async (person: Person) => {
    const { viewer } = await world.read<{ viewer: { unread: { friendRequests: number } } }>(
      person,
      "{ viewer { unread { friendRequests } } }",
    );
    return viewer.unread.friendRequests;
  };

  test("changes nothing where the person takes no requests by now, and tells the asker nothing", async () => {
    const [cat, dog] = await newcomers();
    await declinedLongAgo(cat, dog);
    await world.privacy(dog, { friendRequestsFrom: "NO_ONE" });
    const answer = await act(cat, "sendFriendRequest", dog);
    expect(codes(answer)).toEqual([]);
    expect(answer.relationship?.state).toBe("REQUEST_SENT");
    expect(await waiting(dog)).toBe(0);
    await world.privacy(dog, { friendRequestsFrom: "EVERYONE" });
    await act(cat, "sendFriendRequest", dog);
    expect(await waiting(dog)).toBe(1);
  });

  test("counts among the 50 of a day, and above them changes and tells nothing", async () => {
    const [cat, dog] = await newcomers();
    await declinedLongAgo(cat, dog);
    const today = (count: number) =>
      world.server.database.query(
        "update accounts set requests_today = $2, requests_day = (now() at time zone 'UTC')::date where user_id = $1",
        [cat.id, count],
      );
    await today(50);
    expect(codes(await act(cat, "sendFriendRequest", dog))).toEqual([]);
    expect(await waiting(dog)).toBe(0);
    await today(49);
    await act(cat, "sendFriendRequest", dog);
    expect(await waiting(dog)).toBe(1);
    expect(codes(await act(cat, "sendFriendRequest", await world.person("six.more")))).toEqual([
      "TOO_MANY_REQUESTS",
    ]);
  });
});
