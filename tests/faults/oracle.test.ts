/** The oracle of the fault run has teeth: what is wrong on purpose is found, and what is right is not blamed. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { gather } from "../../scripts/faults/circles.ts";
import { Crowd, type CrowdSetting } from "../../scripts/faults/crowd.ts";
import { Journal } from "../../scripts/faults/journal.ts";
import { Network } from "../../scripts/faults/network.ts";
import {
  type History,
  judge,
  type Subscribed,
  VIOLATIONS,
  type Violation,
} from "../../scripts/faults/oracle.ts";
import { planRounds } from "../../scripts/faults/plan.ts";
import { chanceFrom } from "../../scripts/faults/random.ts";
import { EarlyFront, TimeReader } from "../../scripts/faults/variants.ts";
import { startTestServer, TEST_SECRET, type TestServer } from "../support/server.ts";

const CUTS = 4;
const ENOUGH = 50;
/** Two deliveries that everybody got. */
const [MIDDLE, LATER] = [10, 11];

let server: TestServer;
const histories = new Map<string, History>();
const found = (name: string) => judge(histories.get(name) ?? nothing).counts;
const nothing: History = {
  acknowledged: [],
  resent: [],
  kept: new Map(),
  subscribed: [],
  unexpected: ["nothing happened"],
};

/** While it lasts, sends into these conversations have begun and can't end. */
async function holdUp(conversations: readonly string[], ms: number): Promise<void> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  await client.query("begin");
  await client.query("select from conversations where id = any($1) order by id for update", [conversations]);
  await sleep(ms);
  await client.query("commit");
  await client.end();
}

/** How many messages were read while the send that is held up could not be committed: more than are under way at a time. */
const READ_ON = 5;

/** Lets a send into this conversation begin, and be committed only when `reader` has read on in other conversations. */
async function commitLate(conversation: string, reader: TimeReader): Promise<void> {
  const client = new pg.Client({ connectionString: server.database.url });
  await client.connect();
  await client.query("begin");
  await client.query("select from conversations where id = $1 for update", [conversation]);
  // Not pg_stat_activity, which stays as it was first seen as long as a transaction lasts.
  const waiting = "select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))";
  while ((await client.query(waiting)).rowCount === 0) await sleep(10);
  const before = reader.deliveries.length;
  while (reader.deliveries.length < before + READ_ON) await sleep(10);
  await client.query("commit");
  await client.end();
}

/** One storm for all: those who make no mistake and those who make one each live through the same. */
beforeAll(async () => {
  server = await startTestServer({ demo: false });
  const network = await Network.open(Number(new URL(server.url).port));
  const chance = chanceFrom(1);
  const node = { node: 0, url: `http://127.0.0.1:${network.port}` };
  const front = await EarlyFront.open(server.url);
  const circles = await gather(server.url, TEST_SECRET, {
    groups: 5,
    senders: 2,
    listeners: 2,
    guests: 0,
    pairs: 1,
  });
  const groups = circles.filter(({ isGroup }) => isGroup);
  const crowds = new Map<string, Crowd>();
  const begin = async (name: string, flaw: Partial<CrowdSetting> = {}, journal = new Journal()) => {
    const group = groups[crowds.size];
    const pair = group === undefined ? undefined : circles[circles.indexOf(group) + 1];
    if (group === undefined || pair === undefined) throw new Error("There are too few groups.");
    // One speaks in the group alone, the other in the pair alone: while the group is held up, the pair goes on.
    const own = [{ ...group, senders: group.senders.slice(0, 1) }, pair];
    const setting: CrowdSetting = {
      circles: own,
      nodes: [node],
      journal,
      chance: chance.fork(),
      query: (text, values) => server.database.query(text, [...(values ?? [])]),
      pause: [5, 30],
      secondDevices: 1,
      faithful: 0,
      ...flaw,
    };
    crowds.set(name, await Crowd.begin(setting));
    return own.map(({ conversation }) => conversation);
  };
  const right = new Journal();
  await begin("right", {}, right);
  await begin("live only", { subscriberFlaw: "live only" });
  await begin("new nonce", { senderFlaw: "new nonce" });
  await begin("acknowledged before commit", { sendTo: [{ node: 0, url: front.url }] });
  const timed = await begin("time cursor");
  const reader = new TimeReader((text, values) => server.database.query(text, [...(values ?? [])]), timed);

  for (let nr = 0; nr < CUTS; nr++) {
    await sleep(200);
    network.cut(1, chance);
    front.kill();
    network.losesAnswers = true;
    await sleep(200);
    network.losesAnswers = false;
    await holdUp(
      groups.map(({ conversation }) => conversation),
      300,
    );
  }
  await commitLate(timed[0] ?? "", reader);
  while (right.acknowledged.length < ENOUGH || right.resent.length === 0) await sleep(20);
  for (const [name, crowd] of crowds) histories.set(name, await crowd.end());
  await front.close();
  await reader.stop();
  const history = histories.get("time cursor");
  const [subscribed] = history?.subscribed ?? [];
  if (history === undefined || subscribed === undefined) throw new Error("Nobody has subscribed.");
  const byTime = { ...subscribed, deliveries: reader.deliveries, log: null };
  histories.set("time cursor", { ...history, subscribed: [byTime] });
  await network.close();
});
afterAll(() => server.stop());

test("whoever makes no mistake is blamed for none, through cuts, lost answers and commits out of order", () => {
  const history = histories.get("right") ?? nothing;
  expect(judge(history)).toEqual({
    counts: Object.fromEntries(VIOLATIONS.map((name) => [name, 0])),
    examples: [],
  });
  expect(history.resent.length).toBeGreaterThan(0);
  expect(history.subscribed.every(({ deliveries }) => deliveries.length > LATER)).toBe(true);
});

describe("the oracle finds", () => {
  test.each([
    ["a subscriber that comes back without its cursor, and is live only", "live only", "lost"],
    ["a sender that takes a new nonce for each attempt", "new nonce", "twice"],
    ["a server that acknowledges before it commits", "acknowledged before commit", "lost"],
    ["a reader that goes on from a time, while commits come in another order", "time cursor", "lost"],
  ] as const)("%s", (_mistake, name, violation) => {
    expect(found(name)[violation]).toBeGreaterThan(0);
  });
});

describe("in a history that was right, the oracle finds", () => {
  const right = () => histories.get("right") ?? nothing;
  /** The same history for one who follows the group, with other deliveries or another part in it. */
  const seenAs = (change: (subscribed: Subscribed) => Partial<Subscribed>): History => {
    const history = right();
    const [first, ...others] = history.subscribed;
    if (first === undefined) throw new Error("Nobody has subscribed.");
    return { ...history, subscribed: [{ ...first, ...change(first) }, ...others] };
  };
  const keptWithout = (at: number): History["kept"] => {
    const { kept } = right();
    const [[conversation, messages] = ["", []]] = kept;
    return new Map([...kept, [conversation, messages.filter((_, each) => each !== at)]]);
  };
  const messagesAt = ({ deliveries }: Subscribed) => deliveries.filter(({ message }) => message !== null);

  const changes: readonly (readonly [what: string, violation: Violation, change: () => History])[] = [
    ["a row that is gone", "gap", () => ({ ...right(), kept: keptWithout(MIDDLE) })],
    ["an acknowledged message that is gone", "lost", () => ({ ...right(), kept: keptWithout(MIDDLE) })],
    [
      "an acknowledgement that names another place",
      "moved",
      () => {
        const [first, ...others] = right().acknowledged;
        if (first === undefined) throw new Error("Nothing was acknowledged.");
        return { ...right(), acknowledged: [{ ...first, position: first.position + 1 }, ...others] };
      },
    ],
    [
      "a message that was sent again and taken for new",
      "twice",
      () => ({
        ...right(),
        resent: right().resent.map(({ first, again }) => ({ first, again: { ...again, duplicate: false } })),
      }),
    ],
    [
      "a delivery that never came",
      "lost",
      () => seenAs(({ deliveries }) => ({ deliveries: deliveries.filter((_, at) => at !== MIDDLE) })),
    ],
    [
      "a delivery that came twice",
      "twice",
      () => seenAs(({ deliveries }) => ({ deliveries: [...deliveries, ...deliveries.slice(MIDDLE, LATER)] })),
    ],
    [
      "two deliveries that changed places",
      "out of order",
      () => seenAs(({ deliveries: [first, ...rest] }) => ({ deliveries: first ? [...rest, first] : rest })),
    ],
    [
      "a message that came again under another position",
      "twice",
      () =>
        seenAs((subscribed) => {
          const [first, second, ...rest] = messagesAt(subscribed);
          if (first?.message == null || second?.message == null) throw new Error("Too little was seen.");
          const again = { ...second, message: { ...second.message, body: first.message.body } };
          return { deliveries: [first, again, ...rest] };
        }),
    ],
    [
      "a delivery with other words than the database has",
      "uncommitted",
      () =>
        seenAs(({ deliveries }) => ({
          deliveries: deliveries.map(({ message, ...rest }, at) => ({
            ...rest,
            message: message !== null && at === MIDDLE ? { ...message, body: "something else" } : message,
          })),
        })),
    ],
    [
      "a delivery from a group that its reader was removed from before",
      "after removal",
      () => seenAs(({ parts }) => ({ parts: parts.map((part) => ({ ...part, never: 5, until: 5 })) })),
    ],
    [
      "a delivery on a connection that was opened after the removal",
      "after removal",
      () =>
        seenAs(({ deliveries, parts }) => {
          const outOf = parts.map(({ conversation }) => conversation);
          return { deliveries: deliveries.map((delivery) => ({ ...delivery, outOf })) };
        }),
    ],
    ["a refusal that nobody expects", "unexpected", () => ({ ...right(), unexpected: ["CONFLICT"] })],
  ];

  test.each(changes)("%s", (_what, violation, change) => {
    expect(judge(change()).counts[violation]).toBeGreaterThan(0);
  });
});

test("a seed plans the same faults each time, and every kind of them in each run of a minute", () => {
  const plan = (seed: number) => {
    const rounds = planRounds(chanceFrom(seed));
    return Array.from({ length: 11 }, () => rounds.next().value);
  };
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
  for (const seed of [1, 2, 3]) {
    expect(new Set(plan(seed).flatMap(({ faults }) => faults.map(({ kind }) => kind))).size).toBe(11);
  }
});
