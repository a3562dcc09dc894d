/** Puts load on a server and measures what comes back. */
import { Line } from "./line.ts";

/** Requests that wait for an answer at the same time, each on a connection of its own. */
export const CONNECTIONS = 16;

export interface Measure {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** The value below which the part `part` of the numbers lies; 0 for none. Sorts them. */
export function percentile(numbers: number[], part: number): number {
  numbers.sort((a, b) => a - b);
  return numbers[Math.min(numbers.length - 1, Math.floor(numbers.length * part))] ?? 0;
}

/** The middle one of several measures, each figure for itself. */
export function medianOf(measures: readonly Measure[]): Measure {
  const middle = (figure: keyof Measure) =>
    percentile(
      measures.map((measure) => measure[figure]),
      0.5,
    );
  return { perSecond: middle("perSecond"), p50: middle("p50"), p99: middle("p99") };
}

/** Asks `next()` again and again for `seconds`; throws at the first answer that is not one with `expects` in it. */
export async function drive(
  port: number,
  next: () => Buffer,
  expects: string,
  seconds: number,
): Promise<Measure> {
  const lines = await Promise.all(Array.from({ length: CONNECTIONS }, () => Line.open(port)));
  const latencies: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  try {
    await Promise.all(
      lines.map(async (line) => {
        for (let sent = performance.now(); sent < end; ) {
          const { status, body } = await line.ask(next());
          if ((status !== 200 && status !== 206) || !body.includes(expects) || body.includes('"errors"')) {
            throw new Error(`A request went wrong (${status}): ${body.toString().slice(0, 500)}`);
          }
          const now = performance.now();
          latencies.push(now - sent);
          sent = now;
        }
      }),
    );
  } finally {
    for (const line of lines) line.close();
  }
  const elapsed = (performance.now() - began) / 1000;
  return {
    perSecond: latencies.length / elapsed,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}
