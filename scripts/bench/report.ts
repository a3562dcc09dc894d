/** What the bench has found, in words and numbers: on the terminal and in docs/bench.md. */
import os from "node:os";
import type { ContestantName } from "./contestants.ts";
import type { FanOut } from "./fan-out.ts";
import type { Measure } from "./load.ts";
import type { Each, OperationResult } from "./measure.ts";
import { FAN_OUT_GOAL } from "./operations.ts";
import type { BenchOptions } from "./options.ts";
import type { WorldSize } from "./world/draw.ts";

export interface Findings {
  readonly options: BenchOptions;
  readonly size: WorldSize;
  readonly postgres: string;
  readonly compared: { readonly answers: number; readonly sends: number };
  readonly operations: readonly OperationResult[];
  readonly fanOut: Each<FanOut> | null;
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
const FAN_OUT_HEADS = ["server", "deliveries/s", "p50 ms", "p99 ms", "this server against it", "goal"];

function fanOutRows(fanOut: Each<FanOut>): Row[] {
  return SHOWN.map(({ name, title }) => {
    const { deliveriesPerSecond, p50, p99 } = fanOut[name];
    const isOwn = name === "kith";
    return [
      title,
      grouped(deliveriesPerSecond),
      grouped(p50, 1),
      grouped(p99, 1),
      isOwn ? "" : `${grouped(fanOut.kith.deliveriesPerSecond / deliveriesPerSecond, 2)} times`,
      isOwn ? goal(deliveriesPerSecond >= FAN_OUT_GOAL, `at least ${grouped(FAN_OUT_GOAL)}`) : "",
    ];
  });
}

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
export function terminalReport({ operations, fanOut }: Findings): string {
  const parts: string[] = [];
  if (operations.length > 0) parts.push(plainTable(OPERATION_HEADS, operations.flatMap(operationRows)));
  if (fanOut !== null) {
    parts.push(`fan-out of one message to ${fanOut.kith.listeners} live listeners`);
    parts.push(plainTable(FAN_OUT_HEADS, fanOutRows(fanOut)));
  }
  return parts.join("\n\n");
}

/** The findings as the page docs/bench.md. */
export function markdownReport(findings: Findings): string {
  const { options, size, postgres, compared, operations, fanOut } = findings;
  const cpus = os.cpus();
  const machine = `${cpus.length} cores (${cpus[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}, PostgreSQL ${postgres}`;
  const world = [
    `${grouped(size.people)} people with ${grouped((size.friendships * 2) / size.people, 0)} friends each on average, by a power law`,
    `${grouped(size.videos)} videos, ${grouped(size.likes)} likes`,
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
      `One message to ${fanOut.kith.listeners} live subscriptions of \`messageReceived\`. Deliveries a second with four messages on their way at a time, from the first send to the last delivery; the times from send to delivery at 20 messages a second.`,
      markdownTable(FAN_OUT_HEADS, fanOutRows(fanOut)),
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
