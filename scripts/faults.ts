/** `npm run faults`: two servers, many people, everything that can break; and whether each promise was kept. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StartError } from "../src/errors.ts";
import { gather } from "./faults/circles.ts";
import { Cluster } from "./faults/cluster.ts";
import { Crowd } from "./faults/crowd.ts";
import { Journal, type Recovery } from "./faults/journal.ts";
import { type FaultOptions, readOptions, USAGE } from "./faults/options.ts";
import { judge } from "./faults/oracle.ts";
import type { Round } from "./faults/plan.ts";
import { chanceFrom } from "./faults/random.ts";
import { type Findings, isFlawless, markdownReport, terminalReport } from "./faults/report.ts";
import { storm } from "./faults/storm.ts";

/** 40 senders; 60 subscribers, 12 of them the second devices of senders. */
const SIZE = { groups: 4, senders: 10, listeners: 12, guests: 4, pairs: 2 };
const SECOND_DEVICES = 3;
const FAITHFUL = 3;
const PAUSE = [300, 1_300] as const;
const WARM_UP_MS = 1_000;
/** The removals come somewhere in this part of the run. */
const REMOVALS = [0.1, 0.8] as const;

const began = performance.now();

function say(text: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
  console.log(`${seconds} s  ${text}`);
}

function told({ faults }: Round, recovery: Recovery | null): string {
  const what = faults.map(({ kind, nodes, lastsMs }) => {
    const where = nodes.length === 1 ? ` of server ${(nodes[0] ?? 0) + 1}` : "";
    return `${kind}${where} for ${Math.round(lastsMs)} ms`;
  });
  const after =
    recovery === null
      ? "no recovery"
      : `recovered in ${Math.round(Math.max(recovery.acknowledged, recovery.delivered))} ms`;
  return `${what.join(", ")}: ${after}`;
}

type OnEnd = (end: () => Promise<void>) => void;

async function run({ minutes, seed }: FaultOptions, onEnd: OnEnd): Promise<Findings> {
  const chance = chanceFrom(seed);
  const cluster = new Cluster();
  onEnd(() => cluster.stop());
  say("a database and two servers");
  await cluster.start();
  say("people and their conversations");
  const circles = await gather(cluster.node(0).url, cluster.secret, SIZE);

  const journal = new Journal();
  const crowd = await Crowd.begin({
    circles,
    nodes: cluster.nodes.map(({ url }, node) => ({ node, url })),
    journal,
    chance: chance.fork(),
    query: (text, values) => cluster.query(text, values),
    pause: PAUSE,
    secondDevices: SECOND_DEVICES,
    faithful: FAITHFUL,
  });
  onEnd(() => crowd.abandon());
  await sleep(WARM_UP_MS);
  say(`${crowd.senderCount} senders, ${crowd.subscriberCount} subscribers; seed ${seed}`);

  const lastsMs = minutes * 60_000;
  const groups = circles.filter(({ isGroup }) => isGroup);
  const removals = groups.map(async (group) => {
    await sleep(chance.between(...REMOVALS) * lastsMs);
    await crowd.remove(group);
    say("somebody was removed from a group");
  });
  const raging = storm(cluster, journal, chance.fork(), Date.now() + lastsMs, (round, recovery) =>
    say(told(round, recovery)),
  );
  const [weather] = await Promise.all([raging, ...removals]);
  say("the end: everybody catches up");
  const history = await crowd.end();
  const unexpected = [...history.unexpected, ...cluster.unexpected];
  return {
    minutes,
    seed,
    senders: crowd.senderCount,
    subscribers: crowd.subscriberCount,
    conversations: circles.length,
    faults: weather.counts,
    recoveries: weather.recoveries,
    acknowledged: history.acknowledged.length,
    resent: history.resent.length,
    deliveries: journal.deliveries,
    resumptions: journal.resumptions,
    resets: journal.resets,
    wakeupsLost: cluster.wakeupsLost,
    removed: crowd.removalCount,
    faketime: cluster.faketime !== null,
    verdict: judge({ ...history, unexpected }),
  };
}

/** Runs to the end, or until Ctrl-C; either way nothing is left behind. */
async function main(options: FaultOptions): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  // Whatever nobody has caught ends the run as well, and leaves no server behind.
  const interrupted = new Promise<null>((resolve, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => resolve(null));
    process.once("uncaughtException", reject);
  });
  try {
    const findings = await Promise.race([run(options, (end) => ends.push(end)), interrupted]);
    if (findings === null) {
      say("interrupted: cleaning up");
      process.exitCode = 130;
    } else {
      console.log(`\n${terminalReport(findings)}\n`);
      if (options.out !== null) {
        mkdirSync(path.dirname(path.resolve(options.out)), { recursive: true });
        writeFileSync(options.out, markdownReport(findings));
        say(`written to ${options.out}`);
      }
      process.exitCode = isFlawless(findings) ? 0 : 1;
    }
  } finally {
    for (const end of ends.reverse()) await end();
  }
  process.exit();
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else await main(options);
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}
