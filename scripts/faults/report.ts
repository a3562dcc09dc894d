/** What a fault run found, for the terminal and as Markdown. */
import os from "node:os";
import type { Recovery } from "./journal.ts";
import { type Verdict, VIOLATIONS } from "./oracle.ts";
import { FAULT_KINDS, FAULTS, type FaultKind } from "./plan.ts";

export interface Findings {
  readonly minutes: number;
  readonly seed: number;
  readonly senders: number;
  readonly subscribers: number;
  readonly conversations: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly recoveries: readonly Recovery[];
  readonly acknowledged: number;
  readonly resent: number;
  readonly deliveries: number;
  readonly resumptions: number;
  readonly resets: number;
  readonly wakeupsLost: number;
  readonly removed: number;
  /** Whether clocks were set by libfaketime; otherwise by what the servers load first. */
  readonly faketime: boolean;
  readonly verdict: Verdict;
}

const HEADINGS: Readonly<Record<(typeof VIOLATIONS)[number], string>> = {
  lost: "lost",
  twice: "twice",
  moved: "acknowledged in another place",
  gap: "gaps in positions",
  "out of order": "out of order",
  uncommitted: "delivered but not committed",
  "after removal": "after removal",
  unexpected: "unexpected refusals, errors, ends",
};

/** Whether every promise was kept. */
export function isFlawless({ verdict }: Findings): boolean {
  return Object.values(verdict.counts).every((count) => count === 0);
}

/** The value below which so many of 100 lie; 0 for none at all. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

const count = (value: number) => value.toLocaleString("en");

function figures(findings: Findings): [string, string][] {
  const { recoveries } = findings;
  const recovery = (of: (recovery: Recovery) => number) => {
    const values = recoveries.map(of);
    return `p50 ${count(Math.round(percentile(values, 50)))} ms, p99 ${count(Math.round(percentile(values, 99)))} ms`;
  };
  return [
    ["seed", String(findings.seed)],
    ["minutes of faults", String(findings.minutes)],
    ["conversations", count(findings.conversations)],
    ["senders, subscribers", `${findings.senders}, ${findings.subscribers}`],
    ["faults", count(Object.values(findings.faults).reduce((sum, each) => sum + each, 0))],
    ["messages acknowledged", count(findings.acknowledged)],
    ["sent again on purpose", count(findings.resent)],
    ["deliveries", count(findings.deliveries)],
    ["streams resumed", count(findings.resumptions)],
    ["streams reset", count(findings.resets)],
    ["wake-ups lost", count(findings.wakeupsLost)],
    ["removed from a group", count(findings.removed)],
    ["recovery, next acknowledgement", recovery(({ acknowledged }) => acknowledged)],
    ["recovery, next delivery", recovery(({ delivered }) => delivered)],
  ];
}

function violations({ verdict }: Findings): [string, string][] {
  return VIOLATIONS.map((name) => [HEADINGS[name], count(verdict.counts[name])]);
}

function faults({ faults: counts, faketime }: Findings): [string, string][] {
  return FAULT_KINDS.map((kind) => {
    const by = faketime ? ", by libfaketime" : ", by a clock that Node loads first (no libfaketime here)";
    return [`${FAULTS[kind]}${kind === "clock" ? by : ""}`, count(counts[kind])];
  });
}

/** Aligned lines for the terminal. */
export function terminalReport(findings: Findings): string {
  const lines = (rows: readonly [string, string][]) => {
    const width = Math.max(...rows.map(([name]) => name.length));
    return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  };
  const { examples } = findings.verdict;
  return [
    "Faults",
    ...lines(faults(findings)),
    "",
    "What happened",
    ...lines(figures(findings)),
    "",
    "Violations",
    ...lines(violations(findings)),
    ...(examples.length === 0 ? [] : ["", "The first of them", ...examples.map((example) => `  ${example}`)]),
  ].join("\n");
}

/** The same as a document. */
export function markdownReport(findings: Findings): string {
  const table = (heading: readonly [string, string], rows: readonly [string, string][]) =>
    [`| ${heading.join(" | ")} |`, "| --- | ---: |", ...rows.map((row) => `| ${row.join(" | ")} |`)].join(
      "\n",
    );
  const { minutes, seed, senders, subscribers } = findings;
  const cores = os.availableParallelism();
  return `# Faults

\`npm run faults -- --minutes ${minutes} --seed ${seed} --out docs/faults.md\` wrote this, with Node ${process.versions.node} on ${cores} cores.

Two servers on one database; ${senders} people who send to either and try again with the same nonce until they are
answered; ${subscribers} subscribers who come back to either with their cursor. Faults come in rounds of one or two at a
time, each round when everybody has recovered from the last; the seed decides which, where and for how long. All of it,
the clients too, shares this machine.

${table(["fault", "times"], faults(findings))}

${table(["what happened", ""], figures(findings))}

Recovery is measured from the end of a round until every server that it befell has acknowledged a message, and has
delivered one. A fault ends when the network is whole, the process runs on, or is started again: how long a server and
the database take to start is part of the recovery.

${table(["violation", "times"], violations(findings))}

- **lost**: acknowledged and not there; or not delivered to a subscriber who was to have it.
- **twice**: one text at two positions, an event delivered again, a message sent again with its nonce and taken for new.
- **acknowledged in another place**: it stands elsewhere than its sender was told.
- **gaps**: positions of a conversation, or of a viewer's log, that are not 1, 2, 3 and so on.
- **delivered but not committed**: not in the database at the end, or with other words.
- **after removal**: from a group, to somebody whose removal from it was acknowledged before.
- **unexpected**: refusals other than SERVICE_UNAVAILABLE, unexpected errors in a server's log, a server that ended by
  itself, and a minute without recovery.

\`tests/faults/oracle.test.ts\` shows that each of these is found where it happens.
`;
}
