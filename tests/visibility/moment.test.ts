/** Who sees a moment of each audience and fate, by whatever door they come. */
import type { MomentKey } from "../../src/actions/moment-notification.ts";
import { globalId } from "../../src/ids.ts";
import { codes, mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, changesSince, cursorOf, everybody, row, seen } from "./cast.ts";

let world: World;
let cast: Cast;
/** Each moment of the owner's by its name. */
const moments = new Map<string, MomentKey>();
/** The messages in which those answered it who could, by its name. */
const answers = new Map<string, string[]>();
let cursors: Map<Person, string>;

const AUDIENCES = ["FRIENDS", "CLOSE_FRIENDS"] as const;
const FATES = ["live", "expired", "deleted"] as const;
const NAMES = AUDIENCES.flatMap((audience) => FATES.map((fate) => `${audience} ${fate}`));

const idOf = (name: string) => {
  const { authorId, id } = moments.get(name) as MomentKey;
  return globalId("moment", authorId, id);
};

beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  const { owner, people } = cast;
  // Who will block, or be blocked, is a friend until then, even a close one, and has seen and answered all of it.
  const { "somebody whom the owner blocks": blocked, "somebody who blocks the owner": blocker } =
    cast.viewers;
  for (const person of [blocked, blocker] as Person[]) {
    await world.befriend(owner, person);
    await world.close(owner, person);
  }
  for (const person of people) if (person !== owner) await closeIfFriend(person, owner);
  cursors = new Map(
    await Promise.all(people.map(async (person) => [person, await cursorOf(world, person)] as const)),
  );
  for (const name of NAMES) {
    const audience = AUDIENCES.find((each) => name.startsWith(each)) ?? "FRIENDS";
    moments.set(name, await world.moment(owner, { text: `Words of ${name}`, audience }));
    const sent: string[] = [];
    for (const person of people) {
      const input = { momentId: idOf(name), body: `About ${name}`, nonce: name };
      const { message } = await mutate(world, person, "sendMessage", input);
      if (message !== null) sent.push(message.id);
    }
    answers.set(name, sent);
  }
  await cast.block();
  for (const name of NAMES) {
    if (name.endsWith("deleted")) await mutate(world, owner, "deleteMoment", { momentId: idOf(name) });
    if (name.endsWith("expired"))
      await world.server.database.query(
        "update moments set expires_at = now() - interval '1 second' where id = $1",
        [moments.get(name)?.id],
      );
  }
});
afterAll(() => world.stop());

async function closeIfFriend(person: Person, friend: Person): Promise<void> {
  const { userErrors } = await mutate(world, person, "setCloseFriend", {
    userId: friend.globalId,
    close: true,
  });
  expect([[], ["FORBIDDEN"]]).toContainEqual(userErrors.map(({ code }) => code));
}

type Door = (viewer: Person | null, name: string) => Promise<unknown>;
const among = (nodes: unknown, name: string) =>
  ((nodes ?? []) as { id: string }[]).find(({ id }) => id === idOf(name));

/** Doors that the author has as well. */
const doors: [string, Door][] = [
  [
    "as a node",
    async (viewer, name) => at(await world.read(viewer, `{ node(id: "${idOf(name)}") { id } }`), "node"),
  ],
  [
    "among nodes",
    async (viewer, name) =>
      at(await world.read(viewer, `{ nodes(ids: ["${idOf(name)}"]) { id } }`), "nodes", 0),
  ],
  [
    "among the author's moments",
    async (viewer, name) =>
      among(
        at(await world.read(viewer, `{ user(handle: "owner") { moments { id } } }`), "user", "moments"),
        name,
      ),
  ],
  [
    "in the message that answers it",
    async (viewer, name) => {
      // Each answer is read by the two who talk, the author and whoever answered.
      const question = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Message { moment { id } } } }";
      const nodes = at(await world.read(viewer, question, { ids: answers.get(name) ?? [] }), "nodes");
      return (nodes as ({ moment: object | null } | null)[]).find((node) => node?.moment)?.moment;
    },
  ],
  [
    "in the event of such a message",
    async (viewer, name) => {
      if (viewer === null) return null;
      type Change = { message?: { moment: { id: string } | null } | null };
      const changes = await changesSince<Change>(
        world,
        viewer,
        cursors.get(viewer) ?? "",
        "... on MessageSent { message { moment { id } } }",
      );
      return among(
        changes.flatMap(({ message }) => message?.moment ?? []),
        name,
      );
    },
  ],
];
/** Doors through which one comes to what others show. */
const friendsDoors: [string, Door][] = [
  [
    "in the tray",
    async (viewer, name) =>
      viewer === null
        ? null
        : among(
            at(
              await world.read(viewer, "{ viewer { momentTray { nodes { id } } } }"),
              "viewer",
              "momentTray",
              "nodes",
            ),
            name,
          ),
  ],
  [
    "in a notification",
    async (viewer, name) => {
      if (viewer === null) return null;
      const question = "{ viewer { notifications(first: 100) { nodes { kind subject { id } } } } }";
      const nodes = at(await world.read(viewer, question), "viewer", "notifications", "nodes");
      return among(
        (nodes as { subject: { id: string } | null }[]).flatMap(({ subject }) => subject ?? []),
        name,
      );
    },
  ],
  [
    "in the event of a notification",
    async (viewer, name) => {
      if (viewer === null) return null;
      type Change = { notification?: { subject: { id: string } | null } | null };
      const changes = await changesSince<Change>(
        world,
        viewer,
        cursors.get(viewer) ?? "",
        "... on NotificationAdded { notification { subject { id } } }",
      );
      return among(
        changes.flatMap(({ notification }) => notification?.subject ?? []),
        name,
      );
    },
  ],
  [
    "to be marked as seen",
    async (viewer, name) => {
      if (viewer === null || viewer === cast.owner) return null;
      const answer = await mutate(world, viewer, "markMomentSeen", { momentId: idOf(name) });
      expect(codes(answer)).toEqual(answer.moment === null ? ["NOT_FOUND"] : []);
      return answer.moment;
    },
  ],
  [
    "to be answered",
    async (viewer, name) => {
      if (viewer === null || viewer === cast.owner) return null;
      const input = { momentId: idOf(name), body: "Again", nonce: `again ${name}` };
      const answer = await mutate(world, viewer, "sendMessage", input);
      expect(codes(answer)).toEqual(answer.message === null ? ["NOT_FOUND"] : []);
      return answer.message;
    },
  ],
];

const NOBODY = row("                        -   -   -   -   -   -   -   -");
//                                       oneself close friend fof stranger out blocked blocks
const audience: Record<string, Record<string, string>> = {
  "FRIENDS live": row("                  yes yes yes -   -   -   -   -"),
  "FRIENDS expired": NOBODY,
  "FRIENDS deleted": NOBODY,
  "CLOSE_FRIENDS live": row("            yes yes -   -   -   -   -   -"),
  "CLOSE_FRIENDS expired": NOBODY,
  "CLOSE_FRIENDS deleted": NOBODY,
};

describe.each(NAMES)("a moment for %s is seen by its audience and nobody else", (name) => {
  test.each(doors)("%s", async (_, door) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer, name)))).toEqual(audience[name]);
  });
  // Nobody is shown their own.
  test.each(friendsDoors)("%s", async (_, door) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer, name)))).toEqual({
      ...audience[name],
      oneself: "-",
    });
  });
});

test("all of it was answered once by those who could see it", () => {
  expect(NAMES.map((name) => answers.get(name)?.length)).toEqual([4, 4, 4, 3, 3, 3]);
});

test("who has seen it is told to its author alone", async () => {
  const question = `{ node(id: "${idOf("FRIENDS live")}") { ... on Moment { viewers { nodes { id } } } } }`;
  const found = await everybody(cast, async (viewer) =>
    seen(at(await world.read(viewer, question), "node", "viewers")),
  );
  expect(found).toEqual(row("yes - - - - - - -"));
});

test("what an author shows goes dark with the author, and comes back with them", async () => {
  const { owner, viewers } = cast;
  const friend = viewers["a friend"] as Person;
  const look = async () => {
    const found: Record<string, string> = {};
    for (const [name, door] of [...doors.slice(0, 3), ...friendsDoors.slice(0, 2)])
      found[name] = seen(await door(friend, "FRIENDS live"));
    return new Set(Object.values(found));
  };
  await world.suspend(owner);
  expect(await look()).toEqual(new Set(["-"]));
  await world.reinstate(owner);
  expect(await look()).toEqual(new Set(["yes"]));
});

test("each read decides anew: who is no longer a friend, or a close one, sees it no more, and who has become one does", async () => {
  const [ann, bob] = await world.people("ann", "bob");
  const key = await world.moment(ann);
  const closer = await world.moment(ann, { audience: "CLOSE_FRIENDS" });
  const found = async () => {
    const ids = [key, closer].map(({ authorId, id }) => globalId("moment", authorId, id));
    const nodes = at(
      await world.read(bob, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids }),
      "nodes",
    );
    return (nodes as unknown[]).map(seen);
  };
  const close = (isClose: boolean) =>
    mutate(world, ann, "setCloseFriend", { userId: bob.globalId, close: isClose });
  expect(await found()).toEqual(["-", "-"]);
  await world.befriend(ann, bob);
  expect(await found()).toEqual(["yes", "-"]);
  await close(true);
  expect(await found()).toEqual(["yes", "yes"]);
  await close(false);
  expect(await found()).toEqual(["yes", "-"]);
  await world.unfriend(bob, ann);
  expect(await found()).toEqual(["-", "-"]);
});
