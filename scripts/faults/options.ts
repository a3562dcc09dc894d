/** The command line of the fault run. */
import { parseArgs } from "node:util";
import { StartError } from "../../src/errors.ts";

export interface FaultOptions {
  readonly minutes: number;
  readonly seed: number;
  /** The file that the report goes to; null for none. */
  readonly out: string | null;
}

export const USAGE = `npm run faults -- [options]

  --minutes <number>  how long faults come, 0.1 to 1,440 (1)
  --seed <number>     decides which faults come, and when: a whole number from 0 to 4294967295 (1)
  --out <file>        where the report goes as Markdown (nowhere)
  --help              this`;

/** Reads the command line; null when help is asked for. Throws a StartError that names every problem. */
export function readOptions(args: readonly string[]): FaultOptions | null {
  const text = { type: "string" } as const;
  let values: { minutes?: string; seed?: string; out?: string; help?: boolean };
  try {
    const options = { minutes: text, seed: text, out: text, help: { type: "boolean" } } as const;
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
  if (values.help === true) return null;
  const problems: string[] = [];
  const minutes = Number(values.minutes ?? "1");
  const seed = Number(values.seed ?? "1");
  if (!(minutes >= 0.1 && minutes <= 1_440)) problems.push("--minutes must be a number from 0.1 to 1,440");
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    problems.push("--seed must be a whole number from 0 to 4294967295");
  }
  if (values.out === "") problems.push("--out must be a file");
  if (problems.length > 0) throw new StartError(`${problems.join("; ")}.\n\n${USAGE}`);
  return { minutes, seed, out: values.out ?? null };
}
