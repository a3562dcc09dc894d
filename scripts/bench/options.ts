/** The bench's command line. */
import { parseArgs } from "node:util";
import { StartError } from "../../src/errors.ts";
import { operations } from "./operations.ts";

export interface BenchOptions {
  /** The size of the world: 1 is 20,000 people. */
  readonly scale: number;
  /** Of one round. */
  readonly seconds: number;
  readonly rounds: number;
  /** The names of what is measured. */
  readonly only: readonly string[];
  /** The folder that the report goes to. */
  readonly out: string;
}

export const FAN_OUT = "fan-out";
export const PACE = "pace";
export const IDLE = "idle";
export const PEOPLE = "people";
export const VIDEOS = "videos";
export const UPLOADS = "uploads";
const NAMES = [...operations.map(({ name }) => name), FAN_OUT, PACE, IDLE, PEOPLE, VIDEOS, UPLOADS];

export const USAGE = `npm run bench -- [options]

  --scale <number>    size of the world, 0.002 to 100; 1 is 20,000 people (1)
  --seconds <number>  length of a round, 0.1 to 60 (3)
  --rounds <number>   rounds, of which the medians count, 1 to 50 (3)
  --only <names>      some of ${NAMES.join(",")} (all)
  --out <folder>      where bench.md and bench.svg go (docs)
  --help              this`;

/** Reads the command line; null when help is asked for. Throws a StartError that names every problem. */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const text = { type: "string" } as const;
  let values: Partial<Record<"scale" | "seconds" | "rounds" | "only" | "out", string>> & { help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { scale: text, seconds: text, rounds: text, only: text, out: text, help: { type: "boolean" } },
    }));
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
  if (values.help === true) return null;

  const problems: string[] = [];
  const number = (name: "scale" | "seconds" | "rounds", otherwise: number, least: number, most: number) => {
    const value = Number(values[name] ?? otherwise);
    if (!(value >= least && value <= most))
      problems.push(`--${name} must be a number from ${least} to ${most}`);
    return value;
  };
  const scale = number("scale", 1, 0.002, 100);
  const seconds = number("seconds", 3, 0.1, 60);
  const rounds = number("rounds", 3, 1, 50);
  if (!Number.isInteger(rounds)) problems.push("--rounds must be a whole number");
  const only = values.only?.split(",").map((name) => name.trim()) ?? NAMES;
  const unknown = only.filter((name) => !(NAMES as string[]).includes(name));
  if (unknown.length > 0) problems.push(`--only takes ${NAMES.join(", ")}, not ${unknown.join(", ")}`);
  if (values.out === "") problems.push("--out must be a folder");
  if (problems.length > 0) throw new StartError(`${problems.join("; ")}.\n\n${USAGE}`);
  return { scale, seconds, rounds, only, out: values.out ?? "docs" };
}
