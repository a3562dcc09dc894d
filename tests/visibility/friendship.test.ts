/** Who sees a person's friends and requests, and who may come near them. */
import { globalId } from "../../src/ids.ts";
import { codes, mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row, seen } from "./cast.ts";

let world: World;
let cast: Cast;
beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  await cast.block();
});
afterAll(() => world.stop());

/** A field of the owner, as somebody sees it. */
async function ofOwner(viewer: Person | null, fields: string): Promise<unknown> {
  return at(await world.read(viewer, `{ user(id: "${cast.owner.globalId}") { ${fields} } }`), "user");
}
const seenBy = (fields: string, ...path: string[]) =>
  everybody(cast, async (viewer) => seen(at(await ofOwner(viewer, fields), ...path)));

describe("a list of friends is seen, and counted, by whom its owner lets see it", () => {
  test.each([
    //                     oneself close friend fof stranger out blocked blocks
    ["EVERYONE", row("          yes yes yes yes yes yes - yes")],
    ["FRIENDS_OF_FRIENDS", row("yes yes yes yes -   -   - -")],
    ["FRIENDS", row("           yes yes yes -   -   -   - -")],
    ["CLOSE_FRIENDS", row("     yes yes -   -   -   -   - -")],
    ["NO_ONE", row("            yes -   -   -   -   -   - -")],
  ])("%s", async (reach, expected) => {
    await world.set(cast.owner, "friend_list_visible_to", reach);
    expect(await seenBy("friends { nodes { id } }", "friends")).toEqual(expected);
    expect(await seenBy("friendCount", "friendCount")).toEqual(expected);
  });

  test("and how they met and who is close is for the owner's eyes alone", async () => {
    await world.privacy(cast.owner, { friendListVisibleTo: "EVERYONE" });
    const fields = "friends { edges { since metThrough isCloseFriend node { handle } } }";
    type Edges = { friends: { edges: { isCloseFriend: boolean | null; node: { handle: string } }[] } };
    const edges = await everybody(cast, async (viewer) => {
      const found = (await ofOwner(viewer, fields)) as Edges | null;
      const close = found?.friends.edges.find(({ node }) => node.handle === "close.friend");
      return String(close?.isCloseFriend);
    });
    expect(edges).toEqual(row("true null null null null null undefined null"));
  });

  test("with whom its reader may see, in full pages", async () => {
    await world.privacy(cast.owner, { friendListVisibleTo: "EVERYONE" });
    const reader = cast.viewers["a stranger"] as Person;
    const friends = await world.people(...Array.from({ length: 6 }, (_, at) => `newer.friend${at}`));
    await world.befriend(cast.owner, ...friends);
    const [, blocks, , gone] = friends as [Person, Person, Person, Person];
    await world.block(blocks, reader);
    await world.set(gone, "deleted_at", new Date());
    const read: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      type Page = { nodes: { handle: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      const fields = `friends(first: 2${after === null ? "" : `, after: "${after}"`}) { nodes { handle } pageInfo { hasNextPage endCursor } }`;
      const { nodes, pageInfo } = at(await ofOwner(reader, fields), "friends") as Page;
      read.push(...nodes.map(({ handle }) => handle));
      expect(nodes.length).toBe(pageInfo.hasNextPage ? 2 : read.length % 2 === 0 ? 2 : 1);
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    const newest = ["newer.friend5", "newer.friend4", "newer.friend2", "newer.friend0"];
    expect(read).toEqual([...newest, "between", "friend", "close.friend"]);
  });
});

describe("friends in common are seen, and counted alike, as far as both ends of the other friendship let it", () => {
  interface Mutual {
    relationship: { mutualFriendCount: number } | null;
    mutualFriends: { nodes: { id: string }[] };
  }
  /** How many friends each of the cast has in common with the owner; they have one. */
  const inCommon = () =>
    everybody(cast, async (viewer) => {
      const fields = "relationship { mutualFriendCount } mutualFriends { nodes { id } }";
      const found = (await ofOwner(viewer, fields)) as Mutual | null;
      if (found === null) return "-";
      const { relationship, mutualFriends } = found;
      const listed = mutualFriends.nodes.map(({ id }) => id);
      expect(listed).toEqual(listed.length === 0 ? [] : [cast.between.globalId]);
      expect(relationship?.mutualFriendCount ?? 0).toBe(listed.length);
      return String(listed.length);
    });
  const ends = ["owner", "between"] as const;
  afterEach(async () => {
    for (const end of ends) {
      await world.set(cast[end], "suspended_at", null);
      await world.privacy(cast[end], { friendListVisibleTo: "FRIENDS" });
    }
  });

  //                                  oneself close friend fof stranger out blocked blocks
  const known = row("                 0       1     1      1   0        0   -       0");
  const knownToClose = row("          0       1     0      0   0        0   -       0");
  const unknown = row("               0       0     0      0   0        0   -       0");
  test.each([
    ["EVERYONE", known, known],
    ["FRIENDS_OF_FRIENDS", known, known],
    ["FRIENDS", known, known],
    // The one has marked a close friend, and the friend whom they have in common has marked nobody.
    ["CLOSE_FRIENDS", knownToClose, unknown],
    ["NO_ONE", unknown, unknown],
  ])("%s, said by the person or by the friend in common", async (reach, byPerson, byFriend) => {
    await world.set(cast.owner, "friend_list_visible_to", reach);
    expect(await inCommon()).toEqual(byPerson);
    await world.privacy(cast.owner, { friendListVisibleTo: "FRIENDS" });
    await world.set(cast.between, "friend_list_visible_to", reach);
    expect(await inCommon()).toEqual(byFriend);
  });

  test.each(ends)("and nobody finds one while the %s is suspended", async (end) => {
    await world.set(cast[end], "suspended_at", new Date());
    expect(await inCommon()).toEqual(end === "owner" ? row("- - - - - - - -") : unknown);
  });

  test("and who is blocked by the friend in common finds none", async () => {
    const [viewer, blocks] = await world.people("knows.both", "blocks.viewer");
    await world.befriend(blocks, viewer, cast.owner);
    const count = async () => {
      const found = (await ofOwner(viewer, "mutualFriends { nodes { id } }")) as Mutual;
      return found.mutualFriends.nodes.length;
    };
    expect(await count()).toBe(1);
    await world.block(blocks, viewer);
    expect(await count()).toBe(0);
  });
});

describe("a friend request may be sent by whom its receiver lets send one", () => {
  test.each([
    //                     oneself close friend fof stranger out blocked blocks
    ["EVERYONE", row("          - - - yes yes - - -")],
    ["FRIENDS_OF_FRIENDS", row("- - - yes -   - - -")],
    ["FRIENDS", row("           - - - -   -   - - -")],
    ["NO_ONE", row("            - - - -   -   - - -")],
  ])("%s", async (reach, expected) => {
    await world.set(cast.owner, "friend_requests_from", reach);
    const can = await everybody(cast, async (viewer) => {
      const found = await ofOwner(viewer, "relationship { canRequestFriendship }");
      return at(found, "relationship", "canRequestFriendship") === true ? "yes" : "-";
    });
    expect(can).toEqual(expected);
    for (const who of ["a friend of a friend", "a stranger"] as const) {
      const viewer = cast.viewers[who] as Person;
      const answer = await mutate(world, viewer, "sendFriendRequest", { userId: cast.owner.globalId });
      expect([who, codes(answer)]).toEqual([who, expected[who] === "yes" ? [] : ["UNAVAILABLE"]]);
      await mutate(world, viewer, "cancelFriendRequest", { userId: cast.owner.globalId });
    }
  });
});

describe("a friend request", () => {
  let asker: Person;
  let asked: Person;
  let other: Person;
  let rounds = 0;
  let id: string;
  beforeEach(async () => {
    rounds++;
    [asker, asked, other] = await world.people(`asker${rounds}`, `asked${rounds}`, "other.person");
    await world.request(asker, asked);
    id = globalId("request", asker.id, asked.id);
  });

  /** Whether each of these people finds it, by every door. */
  async function found(...viewers: (Person | null)[]): Promise<string[]> {
    return Promise.all(
      viewers.map(async (viewer) => {
        const lists = `viewer {
          incoming: friendRequests(direction: INCOMING) { nodes { id } }
          outgoing: friendRequests(direction: OUTGOING) { nodes { id } }
        }`;
        type Lists = { viewer: Record<string, { nodes: { id: string }[] }> | null };
        const data = await world.read<Lists>(
          viewer,
          `{ node(id: "${id}") { id } nodes(ids: ["${id}"]) { id } ${lists} }`,
        );
        const listed = Object.values(data.viewer ?? {}).some(({ nodes }) =>
          nodes.some((node) => node.id === id),
        );
        const doors = [seen(at(data, "node")), seen(at(data, "nodes", 0)), listed ? "yes" : "-"];
        expect(new Set(doors).size).toBe(1);
        return doors[0] ?? "";
      }),
    );
  }

  test("is seen by its two people and nobody else", async () => {
    expect(await found(asker, asked, other, null)).toEqual(["yes", "yes", "-", "-"]);
  });
  test("that was declined is seen by the asker as if nothing had happened, and by nobody else", async () => {
    await mutate(world, asked, "declineFriendRequest", { userId: asker.globalId });
    expect(await found(asker, asked, other, null)).toEqual(["yes", "-", "-", "-"]);
  });
  test("that was taken back is seen by nobody", async () => {
    await mutate(world, asker, "cancelFriendRequest", { userId: asked.globalId });
    expect(await found(asker, asked, other, null)).toEqual(["-", "-", "-", "-"]);
  });
  test("that was accepted is seen by nobody", async () => {
    await mutate(world, asked, "acceptFriendRequest", { userId: asker.globalId });
    expect(await found(asker, asked, other, null)).toEqual(["-", "-", "-", "-"]);
  });
  test.each(["asker", "asked"])("is seen by nobody once its %s blocks the other", async (who) => {
    await (who === "asker" ? world.block(asker, asked) : world.block(asked, asker));
    expect(await found(asker, asked, other, null)).toEqual(["-", "-", "-", "-"]);
  });
  test("of an account that is deleted is seen by nobody", async () => {
    await world.set(asker, "deleted_at", new Date());
    expect(await found(asked, other, null)).toEqual(["-", "-", "-"]);
  });
});

test("who is hidden is no friend in common: friends of friends come no nearer by somebody suspended or deleted", async () => {
  const [owner, between, viewer] = await world.people("open.owner", "in.between", "comes.near");
  await world.befriend(between, owner, viewer);
  const reach = "FRIENDS_OF_FRIENDS";
  await world.privacy(owner, { friendListVisibleTo: reach, friendRequestsFrom: reach, messagesFrom: reach });
  const near = async () => {
    const door = `{ user(id: "${owner.globalId}") { friends { nodes { id } } relationship { canRequestFriendship } } }`;
    const found = at(await world.read(viewer, door), "user");
    return [seen(at(found, "friends")), at(found, "relationship", "canRequestFriendship")];
  };
  expect(await near()).toEqual(["yes", true]);
  for (const mark of ["suspended_at", "deleted_at"]) {
    await world.set(between, mark, new Date());
    expect([mark, ...(await near())]).toEqual([mark, "-", false]);
    const request = await mutate(world, viewer, "sendFriendRequest", { userId: owner.globalId });
    expect(codes(request)).toEqual(["UNAVAILABLE"]);
    await world.set(between, mark, null);
  }
  expect(await near()).toEqual(["yes", true]);
  await world.set(between, "suspended_at", new Date());
  await mutate(world, viewer, "sendMessage", { userId: owner.globalId, body: "Hello", nonce: "1" });
  const requests = await world.read(owner, "{ viewer { messageRequests { nodes { id } } } }");
  expect(at(requests, "viewer", "messageRequests", "nodes")).toHaveLength(1);
});
