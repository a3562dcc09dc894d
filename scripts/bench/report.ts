/** What the bench has found, in words and numbers: on the terminal and in docs/bench.md. */
import os from "node:os";
import { ASKERS, type CircleResult } from "./circles.ts";
import type { ContestantName } from "./contestants.ts";
import type { FanOut, Pace } from "./fan-out.ts";
import type { Idle } from "./idle.ts";
import type { Measure } from "./load.ts";
import type { Each, OperationResult } from "./measure.ts";
import { FAN_OUT_GOAL, IDLE_GOAL_MB, PACE_GOAL_MS } from "./operations.ts";
import type { BenchOptions } from "./options.ts";
import { FILE_BYTES, PART_BYTES, type Uploads } from "./uploads.ts";
import type { WorldSize } from "./world/draw.ts";

export interface Findings {
  readonly options: BenchOptions;
  readonly size: WorldSize;
  readonly postgres: string;
  readonly compared: { readonly answers: number; readonly sends: number };
  readonly operations: readonly OperationResult[];
  readonly fanOut: Each<FanOut> | null;
  readonly pace: Each<Pace> | null;
  readonly idle: Idle | null;
  readonly people: readonly CircleResult[];
  readonly videos: readonly CircleResult[];
  readonly uploads: Uploads | null;
}

export const SHOWN: readonly { readonly name: ContestantName; readonly title: string }[] = [
  { name: "limit", title: "the limit" },
  { name: "kith", title: "this server" },
  { name: "usual", title: "the usual way" },
];

/** A number with thousands set apart. */
export function grouped(value: number, digits = 0): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

type Row = readonly string[];

function goal(reached: boolean, text: string): string {
  return `${reached ? "reached" : "**missed**"}: ${text}`;
}

function operationRows({ operation, measures, statements }: OperationResult): Row[] {
  const own = measures.kith.perSecond;
  return SHOWN.map(({ name, title }) => {
    const { perSecond, p50, p99 }: Measure = measures[name];
    const ratio = own / perSecond;
    const wanted = name === "limit" ? operation.goal.limit : name === "usual" ? operation.goal.usual : null;
    return [
      name === "limit" ? `${operation.title} (\`${operation.name}\`)` : "",
      title,
      grouped(perSecond),
      grouped(p50, 1),
      grouped(p99, 1),
      String(statements[name]),
      wanted === null ? "" : `${grouped(ratio, 2)} times`,
      wanted === null ? "" : goal(ratio >= wanted, `at least ${wanted}`),
    ];
  });
}

const OPERATION_HEADS = [
  "operation",
  "server",
  "requests/s",
  "p50 ms",
  "p99 ms",
  "SQL statements",
  "this server against it",
  "goal",
];
const FAN_OUT_HEADS = ["server", "deliveries/s", "this server against it", "goal"];

function fanOutRows(fanOut: Each<FanOut>): Row[] {
  return SHOWN.map(({ name, title }) => {
    const { deliveriesPerSecond } = fanOut[name];
    const isOwn = name === "kith";
    return [
      title,
      grouped(deliveriesPerSecond),
      isOwn ? "" : `${grouped(fanOut.kith.deliveriesPerSecond / deliveriesPerSecond, 2)} times`,
      isOwn ? goal(deliveriesPerSecond >= FAN_OUT_GOAL, `at least ${grouped(FAN_OUT_GOAL)}`) : "",
    ];
  });
}

const PACE_HEADS = ["server", "p50 ms", "p99 ms", "slowest ms", "goal"];

function paceRows(pace: Each<Pace>): Row[] {
  return SHOWN.map(({ name, title }) => {
    const { p50, p99, worst } = pace[name];
    const wanted = name === "kith" ? goal(p99 < PACE_GOAL_MS, `p99 under ${PACE_GOAL_MS} ms`) : "";
    return [title, grouped(p50, 1), grouped(p99, 1), grouped(worst, 1), wanted];
  });
}

const IDLE_HEADS = [
  "sockets",
  "MB before",
  "MB at rest",
  "MB at most",
  "KB for a socket",
  "busy at rest",
  "seconds to open",
  "goal",
];

function idleRow({ sockets, opening, before, after, most, busy }: Idle): Row {
  const megabytes = [before, after, most].map((bytes) => grouped(bytes / 1e6));
  const each = grouped((after - before) / sockets / 1e3, 1);
  const reached = goal(most < IDLE_GOAL_MB * 1e6, `at most under ${IDLE_GOAL_MB} MB`);
  return [grouped(sockets), ...megabytes, each, `${grouped(busy * 100)}%`, grouped(opening, 1), reached];
}

const CIRCLE_HEADS = [
  "query",
  "friends of who asks",
  "requests/s",
  "p50 ms",
  "p99 ms",
  "SQL statements",
  "database ms",
  "at worst",
];

function circleRow({ title, friends, measure, statements, database }: CircleResult): Row {
  const figures = [grouped(measure.perSecond), grouped(measure.p50, 1), grouped(measure.p99, 1)];
  const inside = [grouped(database.p50, 1), grouped(database.worst, 1)];
  return [title, grouped(friends), ...figures, String(statements), ...inside];
}

const UPLOAD_HEADS = ["clients", "this server MB/s", "a bare server MB/s", "this server against it"];

const uploadRows = ({ sent }: Uploads): Row[] =>
  sent.map(({ clients, kith, least }) => [
    String(clients),
    grouped(kith),
    grouped(least),
    `${grouped(kith / least, 2)} times`,
  ]);

const PLAY_HEADS = ["requests/s", "MB/s", "p50 ms", "p99 ms"];

const playRow = ({ played: { perSecond, p50, p99 } }: Uploads): Row => [
  grouped(perSecond),
  grouped((perSecond * PART_BYTES) / 1e6),
  grouped(p50, 1),
  grouped(p99, 1),
];

function markdownTable(heads: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

function plainTable(heads: Row, rows: readonly Row[]): string {
  const all = [heads, ...rows].map((row) => row.map((cell) => cell.replaceAll(/[*`]/g, "")));
  const widths = heads.map((_, at) => Math.max(...all.map((row) => (row[at] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The findings as tables for a terminal. */
export function terminalReport(findings: Findings): string {
  const { operations, fanOut, pace, idle, people, videos, uploads } = findings;
  const parts: string[] = [];
  if (operations.length > 0) parts.push(plainTable(OPERATION_HEADS, operations.flatMap(operationRows)));
  if (fanOut !== null) {
    parts.push(`fan-out of one message to ${fanOut.kith.listeners} live listeners`);
    parts.push(plainTable(FAN_OUT_HEADS, fanOutRows(fanOut)));
  }
  if (pace !== null) {
    parts.push(`20 messages a second to ${pace.kith.listeners} live listeners`);
    parts.push(plainTable(PACE_HEADS, paceRows(pace)));
  }
  if (idle !== null) parts.push(plainTable(IDLE_HEADS, [idleRow(idle)]));
  for (const asked of [people, videos]) {
    if (asked.length > 0) parts.push(plainTable(CIRCLE_HEADS, asked.map(circleRow)));
  }
  if (uploads !== null) {
    parts.push(plainTable(UPLOAD_HEADS, uploadRows(uploads)), plainTable(PLAY_HEADS, [playRow(uploads)]));
  }
  return parts.join("\n\n");
}

const byWhom = `by people with about 30 friends, with about 1,000, and with the most that anybody has: this server alone. Requests a second and their times with 16 connections; and for one request alone the milliseconds for which PostgreSQL executes its statements, by \`explain (analyze)\`: of the middle one of ${ASKERS} who ask, and of the slowest.`;

/** The findings as the page docs/bench.md. */
export function markdownReport(findings: Findings): string {
  const { options, size, postgres, compared, operations, fanOut, pace, idle, people, videos, uploads } =
    findings;
  const cpus = os.cpus();
  const machine = `${cpus.length} cores (${cpus[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}, PostgreSQL ${postgres}`;
  const world = [
    `${grouped(size.people)} people with ${grouped((size.friendships * 2) / size.people, 0)} friends each on average, by a power law`,
    `${grouped(size.videos)} videos with ${grouped(size.likes)} likes, ${grouped(size.reposts)} reposts, ${grouped(size.comments)} comments and ${grouped(size.views)} views`,
    `${grouped(size.conversations)} conversations, ${grouped(size.messages)} messages`,
  ].join("; ");
  const parts = [
    "# Bench",
    "Written by `npm run bench`. Three servers answer the same requests from the same database, in turns, in one run. The ratios hold from machine to machine; the absolute figures do not travel.",
    `![Requests a second of the three servers, as a part of the limit's](bench.svg)`,
  ];
  if (operations.length > 0) parts.push(markdownTable(OPERATION_HEADS, operations.flatMap(operationRows)));
  if (fanOut !== null) {
    parts.push(
      "## Fan-out",
      `One message to ${fanOut.kith.listeners} live subscriptions of \`messageReceived\`. Deliveries a second with four messages on their way at a time, from the first send to the last delivery.`,
      markdownTable(FAN_OUT_HEADS, fanOutRows(fanOut)),
    );
  }
  if (pace !== null) {
    parts.push(
      "## Pace",
      `20 messages a second to ${pace.kith.listeners} live subscriptions of one group: the time from when a message was due to be sent until each of them has it, whether or not the ones before it have arrived.`,
      markdownTable(PACE_HEADS, paceRows(pace)),
    );
  }
  if (idle !== null) {
    parts.push(
      "## Idle sockets",
      "Sockets of different people who have subscribed to `viewerEvents` and hear nothing, in one fresh process of this server. Resident memory as the process itself reports it: before the first of them, at rest when every socket has been pinged, and at most in all the time from opening them on; and the part of one core that it is busy for while nothing happens.",
      markdownTable(IDLE_HEADS, [idleRow(idle)]),
    );
  }
  if (people.length > 0) {
    parts.push(
      "## People",
      `What the friend graph is asked, ${byWhom}`,
      markdownTable(CIRCLE_HEADS, people.map(circleRow)),
    );
  }
  if (videos.length > 0) {
    parts.push(
      "## Videos",
      `What is asked of feeds, and of the videos on them, ${byWhom}`,
      markdownTable(CIRCLE_HEADS, videos.map(circleRow)),
    );
  }
  if (uploads !== null) {
    parts.push(
      "## Uploads",
      `Files of ${FILE_BYTES / 1e6} MB that come in by the tus protocol, each in one request, into a folder of this machine: this server, which counts what has come and whose answer means that it is on the disk, against a bare server of \`node:http\` that writes the same bytes and waits for the disk. And videos that go out: parts of ${PART_BYTES / 1024} KiB of one, with 16 connections, each decided anew.`,
      markdownTable(UPLOAD_HEADS, uploadRows(uploads)),
      markdownTable(PLAY_HEADS, [playRow(uploads)]),
    );
  }
  parts.push(
    "## The three servers",
    [
      "- **The limit**: `node:http`, one hand-written prepared SQL statement for each request, whose JSON text is sent as it is. There is no GraphQL, no token and no validation; visibility is in the SQL. Nothing on this stack can be faster, so it says what all the rest costs.",
      "- **This server**: as `npm start` runs it.",
      "- **The usual way**: Apollo Server, type-graphql, TypeORM repositories with a DataLoader for each edge, subscriptions by graphql-ws and type-graphql's PubSub: what tutorials teach, written with care. It has no tokens, no limits, and no log of events from which a client could resume.",
    ].join("\n"),
    `Before anything is measured their answers are compared: ${compared.answers} queries, the ones that must find nothing among them, and ${compared.sends} sends with what each left in the database. If anything differed but how ids and cursors are written, there would be no figures here.`,
    "## How it was measured",
    [
      `- ${machine}.`,
      `- ${world} (scale ${options.scale}).`,
      `- 16 connections, ${options.rounds} ${options.rounds === 1 ? "round" : "rounds"} of ${options.seconds} s for each server and operation, each after a warm-up; medians. Server, database and load share the machine.`,
      "- The database is a throw-away one of its own: durable as by default, with checkpoints and autovacuum put off so that they fall into nobody's round.",
    ].join("\n"),
  );
  return `${parts.join("\n\n")}\n`;
}
