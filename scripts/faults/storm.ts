/** Sets faults on a cluster, waits until everybody has recovered, and measures how long that took. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import type { Journal, Recovery } from "./journal.ts";
import { FAULT_KINDS, type Fault, type FaultKind, planRounds, type Round } from "./plan.ts";
import type { Chance } from "./random.ts";

const RECOVERY_MS = 180_000;
const CUT_EVERY_MS = 150;
const MOST_DELAY_MS = 280;
const LEAST_DELAY_MS = 20;
const MOST_SKEW_SECONDS = 180;

export interface Weather {
  /** How often each fault came. */
  readonly counts: Record<FaultKind, number>;
  readonly recoveries: Recovery[];
}

/** Sets one round of faults after the other on the cluster until the time is over. */
export async function storm(
  cluster: Cluster,
  journal: Journal,
  chance: Chance,
  untilMs: number,
  onRound: (round: Round, recovery: Recovery | null) => void,
): Promise<Weather> {
  const counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const recoveries: Recovery[] = [];
  for (const round of planRounds(chance)) {
    if (Date.now() >= untilMs) break;
    for (const { kind } of round.faults) counts[kind]++;
    await Promise.all(
      round.faults
        .map((fault) => ({ fault, own: chance.fork() }))
        .map(async ({ fault, own }) => {
          await sleep(fault.afterMs);
          await befall(cluster, fault, own);
        }),
    );
    const nodes = [...new Set(round.faults.flatMap(({ nodes }) => nodes))];
    const recovery = await journal.recovery(nodes, RECOVERY_MS);
    if (recovery === null) {
      const kinds = round.faults.map(({ kind }) => kind).join(" and ");
      journal.unexpected.push(`after ${kinds}, nobody was answered for ${RECOVERY_MS / 1000} s`);
    } else recoveries.push(recovery);
    onRound(round, recovery);
    await sleep(round.quietMs);
  }
  return { counts, recoveries };
}

/**
 * Brings a fault about; resolves when it is over. A process is over with it when it was started again, not when it is
 * ready: the start is part of the recovery.
 */
async function befall(cluster: Cluster, fault: Fault, chance: Chance): Promise<void> {
  const { kind, lastsMs, degree } = fault;
  const nodes = fault.nodes.map((at) => cluster.node(at));
  switch (kind) {
    case "kill":
    case "killAll":
      await Promise.all(nodes.map((node) => node.kill()));
      await sleep(lastsMs);
      for (const node of nodes) void node.start().catch((error) => cluster.unexpected.push(String(error)));
      return;
    case "freeze":
      for (const node of nodes) node.freeze();
      await sleep(lastsMs);
      for (const node of nodes) node.thaw();
      return;
    case "database":
      await cluster.crashDatabase();
      await sleep(lastsMs);
      await cluster.startDatabase();
      return;
    case "cutDatabase":
      for (const end = Date.now() + lastsMs; Date.now() < end; await sleep(CUT_EVERY_MS)) {
        cluster.toDatabase.cut(degree, chance);
      }
      return;
    case "deaf":
      cluster.isDeaf = true;
      await sleep(lastsMs);
      cluster.isDeaf = false;
      return;
    case "clock":
      for (const node of nodes) node.clock.set(Math.round((degree * 2 - 1) * MOST_SKEW_SECONDS));
      await sleep(lastsMs);
      return;
    case "cut":
      for (const end = Date.now() + lastsMs; Date.now() < end; await sleep(CUT_EVERY_MS)) {
        for (const { network } of nodes) network.cut(degree, chance);
      }
      return;
    case "pause":
      for (const { network } of nodes) network.pause();
      await sleep(lastsMs);
      for (const { network } of nodes) network.resume();
      return;
    case "delay":
      for (const { network } of nodes) network.delayMs = LEAST_DELAY_MS + degree * MOST_DELAY_MS;
      await sleep(lastsMs);
      for (const { network } of nodes) network.delayMs = 0;
      return;
    case "answers":
      for (const { network } of nodes) network.losesAnswers = true;
      await sleep(lastsMs);
      for (const { network } of nodes) network.losesAnswers = false;
      return;
  }
}
