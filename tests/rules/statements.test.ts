/** The number of SQL statements of every operation depends on its depth, never on how much there is to answer. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { getOperationAST, parse } from "graphql";
import pg from "pg";
import { projectRoot } from "../../src/config.ts";
import { globalId } from "../../src/ids.ts";
import { connect, subscribe } from "../support/socket.ts";
import { World } from "../support/world.ts";
import { ASKED_BY, BUDGETS, VARIABLES, WIDE } from "./budgets.ts";
import { makeScene, type Scene } from "./scene.ts";

const folder = path.join(projectRoot, "schema/operations");
const operations = readdirSync(folder).map((file) => {
  const source = readFileSync(path.join(folder, file), "utf8");
  const type = getOperationAST(parse(source))?.operation;
  return { name: path.basename(file, ".graphql"), source, type };
});

/** The names of the statements that this process has sent since the last look. */
const sent: string[] = [];
/** All that were ever sent: their names by their texts. */
const everSent = new Map<string, string>();

// What every node does from time to time, the wake-ups between nodes, background jobs, and what frames a transaction.
const BESIDE =
  /^(sessions_ended_of_late|presence_memberships|activity_write|log_purge|notify|job_\w+|begin|commit|rollback)$|\bpgboss\b|^SELECT round\(date/;

type Callback = (...results: unknown[]) => void;
const originalQuery = pg.Client.prototype.query;
let isMeasuring = false;
let underWay = 0;
let answered: (() => void)[] = [];

/**
 * Notes every statement. While an operation is measured, the answers to what was asked together are handed over
 * together: what is then asked is one batch, not two by chance when one answer came later than the other.
 */
function watchedQuery(this: pg.Client, ...args: unknown[]): unknown {
  const [query, , callback] = args as [string | { name?: string; text: string }, unknown, Callback?];
  const { name = "", text } = typeof query === "string" ? { text: query } : query;
  if (BESIDE.test(name || text)) return Reflect.apply(originalQuery, this, args);
  sent.push(name || text);
  everSent.set(text, name);
  if (!isMeasuring || callback === undefined) return Reflect.apply(originalQuery, this, args);
  underWay++;
  args[2] = (...results: unknown[]) => {
    answered.push(() => callback(...results));
    if (--underWay > 0) return;
    const together = answered;
    answered = [];
    for (const answer of together) answer();
  };
  return Reflect.apply(originalQuery, this, args);
}

/** The names of the statements that `work` sends. */
async function statementsOf(work: () => Promise<void>): Promise<string[]> {
  sent.length = 0;
  isMeasuring = true;
  try {
    await work();
  } finally {
    isMeasuring = false;
  }
  return [...sent].sort();
}

let small: Scene;
let large: Scene;

beforeAll(async () => {
  pg.Client.prototype.query = watchedQuery as typeof originalQuery;
  small = await makeScene(await World.start(), 1);
  large = await makeScene(await World.start(), 10);
}, 900_000);

afterAll(async () => {
  pg.Client.prototype.query = originalQuery;
  await Promise.all([small, large].map((scene) => scene?.world.stop()));
});

/** Opens every connection: one that has to be opened first answers later than the others. */
async function connectAll(scene: Scene): Promise<void> {
  await Promise.all(Array.from({ length: 20 }, () => ask(scene, "06-inbox", 0)));
}

async function ask(scene: Scene, name: string, turn: number): Promise<unknown> {
  const source = operations.find((operation) => operation.name === name)?.source ?? "";
  const person = ASKED_BY[name]?.(scene) ?? scene.viewer;
  const { data, errors } = await scene.world.ask<Record<string, { userErrors?: unknown[] }>>(
    person,
    source,
    VARIABLES[name]?.(scene, turn),
  );
  expect({ errors, refusals: Object.values(data).flatMap((root) => root.userErrors ?? []) }).toEqual({
    errors: [],
    refusals: [],
  });
  return data;
}

test("every operation has a budget, and every budget an operation", () => {
  expect(Object.keys(BUDGETS)).toEqual(operations.map(({ name }) => name));
});

const shortest = (turns: readonly string[][]) => turns.toSorted((a, b) => a.length - b.length)[0] ?? [];

/** The statements of an operation, and how long its answer is. */
async function measure(scene: Scene, { name, type }: (typeof operations)[number]) {
  const turns: string[][] = [];
  let length = 0;
  // A query may be asked again, in case a connection had to be opened for it; a mutation does its work once.
  for (const turn of type === "query" ? [1, 2, 3] : [1]) {
    if (type === "mutation") await connectAll(scene);
    turns.push(
      await statementsOf(async () => {
        length = JSON.stringify(await ask(scene, name, turn)).length;
      }),
    );
  }
  return { statements: shortest(turns), length };
}

const asked = operations
  .filter(({ type }) => type !== "subscription")
  .map((each) => [each.name, each] as const);

test.each(asked)(
  "%s takes its budget of statements, also in a world ten times larger",
  async (name, operation) => {
    const few = await measure(small, operation);
    const many = await measure(large, operation);
    expect(many.statements).toEqual(few.statements);
    expect(few.statements).toHaveLength(BUDGETS[name] ?? 0);
    if (WIDE.test(name)) expect(many.length).toBeGreaterThan(2 * few.length);
  },
);

interface Item {
  readonly message?: { body: string };
  readonly change?: { message?: { body: string } };
}

/** The statements by which one message reaches so many who listen live. */
async function statementsOfDelivery({ world, viewer, friends }: Scene, name: string, listeners: number) {
  const operation = operations.find((each) => each.name === name);
  const people = friends.slice(0, listeners);
  expect(people).toHaveLength(listeners);
  const room = await world.group(viewer, people);
  const streams = await Promise.all(
    people.map(async (person) => {
      const { viewer: own } = await world.read<{ viewer: { eventCursor: string } }>(
        person,
        "{ viewer { eventCursor } }",
      );
      const client = connect(world.server.url, person.token);
      const field = name === "10-message-received" ? "messageReceived" : "viewerEvents";
      const after = own.eventCursor;
      return { client, ...subscribe<Item>(client, field, operation?.source ?? "", { after }) };
    }),
  );
  const sayToAll = async (body: string) => {
    await world.say(viewer, room, body);
    const says = ({ message, change }: Item) => (message ?? change?.message)?.body === body;
    await Promise.all(streams.map(({ until }) => until(says, body)));
  };
  // From the cursor on nothing is missed: whoever has had this one is live.
  await sayToAll("Is everybody here?");
  const turns: string[][] = [];
  for (const turn of [1, 2, 3]) {
    const names = await statementsOf(() => sayToAll(`Message ${turn}`));
    // The sending itself, and the sweep that looks for lost wake-ups once a second.
    turns.push(names.filter((each) => each !== "message_deliver" && each !== "log_heads"));
  }
  for (const { stop, client } of streams) {
    stop();
    await client.dispose();
  }
  return shortest(turns);
}

test.each(["10-message-received", "12-viewer-events"])(
  "%s takes its budget of statements, for one who listens as for ten",
  async (name) => {
    const one = await statementsOfDelivery(small, name, 1);
    const ten = await statementsOfDelivery(large, name, 10);
    expect(ten).toEqual(one);
    expect(one).toHaveLength(BUDGETS[name] ?? 0);
  },
);

/** The statements by which so many who have a conversation open see that somebody types. */
async function statementsOfTyping({ world, viewer, friends }: Scene, watchers: number) {
  const people = friends.slice(0, watchers);
  const source = operations.find(({ name }) => name === "41-presence")?.source ?? "";
  const conversationId = globalId("conversation", await world.group(viewer, people));
  const typing = "mutation ($typing: SetTypingInput!) { setTyping(input: $typing) { until } }";
  const type = (isTyping: boolean) =>
    world.read(viewer, typing, { typing: { conversationId, typing: isTyping } });
  type Sight = { typing: object[]; active: object[] };
  // Whoever types is there as well, so that everybody sees somebody who is.
  const clients = [viewer, ...people].map(({ token }) => connect(world.server.url, token));
  const [own, ...sights] = clients.map((client) =>
    subscribe<Sight>(client, "conversationPresence", source, { conversationId }),
  );
  const seeAll = (typists: number) => (sight: (typeof sights)[number]) =>
    sight.latest(({ typing, active }) => typing.length === typists && active.length === watchers);
  await Promise.all([own, ...sights].map((sight) => sight && seeAll(0)(sight)));
  const turns: string[][] = [];
  for (const _ of [1, 2, 3]) {
    const names = await statementsOf(async () => {
      await type(true);
      await Promise.all(sights.map(seeAll(1)));
    });
    // Whoever types is let through by the same look at who takes part.
    expect(names).toContain("presence_people");
    names.splice(names.indexOf("presence_people"), 1);
    turns.push(names);
    await type(false);
    await Promise.all(sights.map(seeAll(0)));
  }
  await Promise.all(clients.map((client) => client.dispose()));
  return shortest(turns);
}

test("41-presence takes its budget of statements when somebody types, for one who watches as for ten", async () => {
  const one = await statementsOfTyping(small, 1);
  const ten = await statementsOfTyping(large, 10);
  expect(ten).toEqual(one);
  expect(one).toHaveLength(BUDGETS["41-presence"] ?? 0);
});

test("the server's own counter counts these statements", async () => {
  const counts: number[] = [];
  // Now and then the look for ended sessions, twice a second, falls in between.
  for (let turn = 1; turn <= 20; turn++) {
    const before = await small.world.server.statements();
    await ask(small, "04-friends", turn);
    counts.push((await small.world.server.statements()) - before);
  }
  expect(Math.min(...counts)).toBe(BUDGETS["04-friends"]);
});

const PEOPLE =
  /^(users|accounts|handles|sessions|last_active|friendships|friend_requests|blocks|videos|likes|notifications|notification_actors|invites|invite_redemptions|invite_bars|used_friend_codes|reports|mutes|dismissed_suggestions|contacts|contact_points|hashtags|video_hashtags|identities|saves|reposts|views|comments|comment_likes|sharings|video_access|share_links|video_uploads|discarded_uploads|moments|moment_views|trending_videos)$/;
const TALK =
  /^(conversations|direct_conversations|conversation_nonces|participants|messages|reactions|pins|shares|inbox|viewer_logs|viewer_events)$/;

test("no statement joins people and videos with conversations and events, which may move to another database", () => {
  const mixed = [...everSent].filter(([text]) => {
    const tables = [...text.matchAll(/\b(?:from|join|into|update)\s+(\w+)/g)].map(([, table]) => table ?? "");
    return tables.some((table) => PEOPLE.test(table)) && tables.some((table) => TALK.test(table));
  });
  expect(everSent.size).toBeGreaterThan(50);
  expect(mixed.map(([, name]) => name)).toEqual([]);
});
