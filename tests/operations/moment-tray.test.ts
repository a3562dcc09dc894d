/** The tray: what friends show, in an order that holds while one reads on. */
import type { ActionContext } from "../../src/actions/context.ts";
import { markMomentSeen } from "../../src/actions/moment.ts";
import type { MomentKey } from "../../src/actions/moment-notification.ts";
import { muteUser } from "../../src/actions/mute.ts";
import type { Database } from "../../src/db/database.ts";
import { type Person, World } from "../support/world.ts";
import { at } from "../visibility/cast.ts";
import { expire, idOf } from "./moments.ts";
import { mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let circles = 0;
/** Somebody, and as many friends of theirs. */
async function friendsOf(count: number) {
  circles++;
  const ann = await world.person(`ann${circles}`);
  const friends = await Promise.all(
    Array.from({ length: count }, (_, nr) => world.person(`friend${circles}.${nr}`)),
  );
  await world.befriend(ann, ...friends);
  return { ann, friends };
}

interface Tray {
  readonly nodes: readonly { id: string; viewerHasSeen: boolean }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
const read = async (person: Person, first = 100, after: string | null = null): Promise<Tray> => {
  const question = `query ($first: Int, $after: String) {
    viewer { momentTray(first: $first, after: $after) { nodes { id viewerHasSeen } pageInfo { hasNextPage endCursor } } }
  }`;
  return at(await world.read(person, question, { first, after }), "viewer", "momentTray") as Tray;
};
const idsIn = ({ nodes }: Tray) => nodes.map(({ id }) => id);
/** All pages of the tray, with what happens between each two of them. */
async function pages(person: Person, first: number, between: (read: readonly string[]) => Promise<unknown>) {
  const found: string[] = [];
  for (let after: string | null = null, isMore = true; isMore; ) {
    const tray = await read(person, first, after);
    found.push(...idsIn(tray));
    isMore = tray.pageInfo.hasNextPage;
    after = tray.pageInfo.endCursor;
    if (isMore) expect(tray.nodes).toHaveLength(first);
    if (isMore) await between(found);
  }
  return found;
}
/** Each friend shows something, in turns: oldest to newest. */
async function showAll(friends: readonly Person[], rounds: number): Promise<MomentKey[]> {
  const shown: MomentKey[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const friend of friends) shown.push(await world.moment(friend));
  }
  return shown;
}

test("the tray has what friends show: first what was not seen, then what was, each newest first; nothing of one's own", async () => {
  const { ann, friends } = await friendsOf(3);
  await world.moment(ann);
  const shown = await showAll(friends, 2);
  const [, second, , fourth] = shown;
  for (const moment of [fourth, second]) if (moment !== undefined) await world.seeMoment(ann, moment);
  const seen = [idOf(fourth as MomentKey), idOf(second as MomentKey)];
  const unseen = shown
    .map(idOf)
    .reverse()
    .filter((id) => !seen.includes(id));
  const tray = await read(ann);
  expect(idsIn(tray)).toEqual([...unseen, ...seen]);
  expect(tray.nodes.map(({ viewerHasSeen }) => viewerHasSeen)).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
});

test("whom the viewer has muted is not in their tray, and is found where they look for them", async () => {
  const { ann, friends } = await friendsOf(2);
  const [ben, cat] = friends as [Person, Person];
  const [ofBen, ofCat] = [idOf(await world.moment(ben)), idOf(await world.moment(cat))];
  await muteUser(world.as(ann), ben.id, new Date(Date.now() + 3_600_000));
  expect(idsIn(await read(ann))).toEqual([ofCat]);
  const found = await world.read(
    ann,
    "query ($id: ID!) { node(id: $id) { ... on User { moments { id } } } }",
    {
      id: ben.globalId,
    },
  );
  expect(at(found, "node", "moments")).toEqual([{ id: ofBen }]);
  await muteUser(world.as(ann), ben.id, null);
  expect(idsIn(await read(ann))).toEqual([ofCat, ofBen]);
});

test("pages of the tray are full, and together are all of it", async () => {
  const { ann, friends } = await friendsOf(4);
  const shown = await showAll(friends, 3);
  for (const moment of shown.slice(2, 7)) await world.seeMoment(ann, moment);
  const all = idsIn(await read(ann));
  for (const size of [1, 2, 5, 11, 12]) expect(await pages(ann, size, async () => {})).toEqual(all);
  expect(new Set(all)).toEqual(new Set(shown.map(idOf)));
});

test("what is seen while one reads on comes neither twice nor not at all", async () => {
  const { ann, friends } = await friendsOf(4);
  const shown = await showAll(friends, 3);
  for (const moment of shown.slice(0, 4)) await world.seeMoment(ann, moment);
  const all = idsIn(await read(ann));
  const see = (momentId: string | undefined) => mutate(world, ann, "markMomentSeen", { momentId });
  // Everything on the page, and one that comes later.
  const found = await pages(ann, 2, async (past) => {
    await Promise.all(past.slice(-2).map(see));
    await see(all[past.length + 1]);
  });
  expect(found).toEqual(all);
  // The next time it is all seen.
  expect(idsIn(await read(ann))).toEqual(shown.map(idOf).reverse());
});

test("what is seen at the moment at which the first page is read comes once", async () => {
  for (let round = 0; round < 10; round++) {
    const { ann, friends } = await friendsOf(2);
    const shown = await showAll(friends, 3);
    const seeing = shown.map((moment) => world.seeMoment(ann, moment));
    const found = await pages(ann, 2, async () => {});
    await Promise.all(seeing);
    expect(found.toSorted()).toEqual(shown.map(idOf).toSorted());
  }
});

/** A context in which a transaction has done its work, and is not committed before it is let go. */
function holding(person: Person, letGo: Promise<void>, onHeld: () => void): ActionContext {
  const context = world.as(person);
  const database: Pick<Database, "run" | "transaction"> = {
    run: (...args) => context.database.run(...args),
    transaction: (work) =>
      context.database.transaction(async (queries) => {
        const result = await work(queries);
        onHeld();
        await letGo;
        return result;
      }),
  };
  return { ...context, database: database as Database };
}

/** Whether somebody waits for a lock that another has. */
const somebodyWaits = async () =>
  (
    await world.server.database.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
  ).length > 0;

test("what a mark marks that is under way as the first page is read comes once: marks of one person are committed in the order of their times", async () => {
  const { ann, friends } = await friendsOf(3);
  const shown = await showAll(friends, 1);
  const [oldest, , newest] = shown as [MomentKey, MomentKey, MomentKey];
  let letGo = () => {};
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let first = Promise.resolve();
  await new Promise<void>((resolve) => {
    first = markMomentSeen(holding(ann, free, resolve), newest);
  });
  let isDone = false;
  const second = world.seeMoment(ann, oldest).then(() => {
    isDone = true;
  });
  while (!isDone && !(await somebodyWaits())) await new Promise((resolve) => setTimeout(resolve, 5));
  // As the first page is read, the first mark is under way, and the second one with it.
  const found = await pages(ann, 1, async (past) => {
    if (past.length > 1) return;
    letGo();
    await Promise.all([first, second]);
  });
  expect(found).toEqual(shown.map(idOf).reverse());
});

test("what is shown while one reads on waits for the next time, and what is over or deleted leaves no gap", async () => {
  const { ann, friends } = await friendsOf(3);
  const shown = await showAll(friends, 3);
  const all = idsIn(await read(ann));
  const [oldest, second] = shown as [MomentKey, MomentKey];
  let turn = 0;
  const found = await pages(ann, 3, async () => {
    for (const friend of friends) await world.moment(friend);
    if (turn++ > 0) return;
    await expire(world, second);
    await mutate(world, friends[0] as Person, "deleteMoment", { momentId: idOf(oldest) });
  });
  expect(found).toEqual(all.slice(0, -2));
  const anew = idsIn(await read(ann));
  expect(anew.slice(friends.length * turn)).toEqual(found);
});

test("each of a person's moments stays in its order among them, whatever others show", async () => {
  const { ann, friends } = await friendsOf(3);
  const shown = await showAll(friends, 4);
  const found = await pages(ann, 5, async () => void (await world.moment(friends[1] as Person)));
  for (const { id } of friends) {
    const theirs = shown.filter(({ authorId }) => authorId === id).map(idOf);
    expect(found.filter((each) => theirs.includes(each))).toEqual(theirs.reverse());
  }
});

test("a tray is read forwards, and its cursors are of no other list", async () => {
  const { ann, friends } = await friendsOf(1);
  await showAll(friends, 2);
  const { pageInfo } = await read(ann, 1);
  const ask = (query: string) => world.ask(ann, query);
  const refused = [
    await ask(`{ viewer { friends(after: "${pageInfo.endCursor}") { nodes { id } } } }`),
    await ask(`{ viewer { momentTray(after: "x") { nodes { id } } } }`),
    await ask(`{ viewer { momentTray(first: 0) { nodes { id } } } }`),
  ];
  for (const { errors } of refused)
    expect(errors).toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: "BAD_USER_INPUT" }) }),
    ]);
});
