/** The measuring itself: every contestant in turn, round after round, so that what disturbs the machine disturbs them all. */
import type { Contestant, ContestantName } from "./contestants.ts";
import type { FanOut, ListenersProcess, Pace } from "./fan-out.ts";
import { Line } from "./line.ts";
import { drive, type Measure, medianOf, percentile } from "./load.ts";
import type { Operation } from "./operations.ts";
import type { Ask } from "./requests.ts";

export type Each<Value> = Record<ContestantName, Value>;

export interface OperationResult {
  readonly operation: Operation;
  readonly measures: Each<Measure>;
  /** SQL statements of one request. */
  readonly statements: Each<number>;
}

/** Told of each step: what is measured, and which round of how many. */
export type Progress = (what: string, round: string, contestant: string) => void;

const FIRST_WARM_UP_SECONDS = 2;
const WARM_UP_SECONDS = 0.3;
const FAN_OUT_WARM_UP_SECONDS = 1;
const COUNTED_REQUESTS = 9;

/**
 * An endless supply of requests of one operation, made beforehand as far as they do not differ each time. A send is
 * always a new one.
 */
async function supply(contestant: Contestant, operation: Operation, asks: readonly Ask[], mark: string) {
  const nonce = "nonce-placeholder-".padEnd(36, "-");
  const made = await Promise.all(
    asks.map((ask) => contestant.request(operation, ask, { body: "On my way, five minutes.", nonce })),
  );
  const places = made.map((request) => request.indexOf(nonce));
  let sent = 0;
  return (): Buffer => {
    const at = sent % made.length;
    sent += 1;
    const request = made[at];
    if (request === undefined) throw new Error(`Nobody asks for ${operation.name} in this world.`);
    const place = places[at] ?? -1;
    if (place < 0) return request;
    const fresh = Buffer.from(request);
    fresh.write(`${mark}-${sent}`.padEnd(nonce.length, "-"), place, "latin1");
    return fresh;
  };
}

/** How many statements one request takes: the middle of several, for a server may also have work of its own. */
async function countStatements(contestant: Contestant, next: () => Buffer): Promise<number> {
  if ((await contestant.statementCount()) === null) return 1;
  const line = await Line.open(contestant.port);
  const counts: number[] = [];
  try {
    for (let i = 0; i < COUNTED_REQUESTS; i++) {
      const before = (await contestant.statementCount()) ?? 0;
      await line.ask(next());
      counts.push(((await contestant.statementCount()) ?? 0) - before);
    }
  } finally {
    line.close();
  }
  return percentile(counts, 0.5);
}

function each<Value>(
  contestants: readonly Contestant[],
  make: (contestant: Contestant) => Value,
): Each<Value> {
  return Object.fromEntries(
    contestants.map((contestant) => [contestant.name, make(contestant)]),
  ) as Each<Value>;
}

/** Measures one operation on all contestants. */
export async function measureOperation(
  contestants: readonly Contestant[],
  operation: Operation,
  asks: readonly Ask[],
  { seconds, rounds }: { seconds: number; rounds: number },
  progress: Progress,
): Promise<OperationResult> {
  const measures = each<Measure[]>(contestants, () => []);
  const statements = each(contestants, () => 0);
  let supplies = 0;
  const run = async (contestant: Contestant, length: number) => {
    supplies += 1;
    const mark = `${Date.now().toString(36)}-${supplies}`;
    const next = await supply(contestant, operation, asks, mark);
    return drive(contestant.port, next, operation.expects, length);
  };
  for (const contestant of contestants) {
    progress(operation.name, "warm-up", contestant.title);
    await run(contestant, Math.min(FIRST_WARM_UP_SECONDS, seconds));
    const mark = `${Date.now().toString(36)}-count`;
    const next = await supply(contestant, operation, asks, mark);
    statements[contestant.name] = await countStatements(contestant, next);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      progress(operation.name, `round ${round} of ${rounds}`, contestant.title);
      await run(contestant, Math.min(WARM_UP_SECONDS, seconds));
      measures[contestant.name].push(await run(contestant, seconds));
    }
  }
  return { operation, measures: each(contestants, ({ name }) => medianOf(measures[name])), statements };
}

/** The middle of each figure. */
function middle<Result extends { readonly [Name in keyof Result]: number }>(
  results: readonly Result[],
): Result {
  const [first] = results;
  if (first === undefined) throw new Error("Nothing was measured.");
  const names = Object.keys(first) as (keyof Result)[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      percentile(
        results.map((result) => result[name]),
        0.5,
      ),
    ]),
  ) as Result;
}

/** Measures how all contestants speak to many: as fast as they can, at a pace, or both. */
export async function measureListening(
  contestants: readonly Contestant[],
  listeners: ListenersProcess,
  wanted: { fanOut: boolean; pace: boolean },
  { seconds, rounds }: { seconds: number; rounds: number },
  progress: Progress,
): Promise<{ fanOut: Each<FanOut> | null; pace: Each<Pace> | null }> {
  const fanOuts = each<FanOut[]>(contestants, () => []);
  const paces = each<Pace[]>(contestants, () => []);
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const { name, title } = contestant;
      const mark = `${name[0]}${round}.`;
      const step = (what: string) => progress(what, `round ${round} of ${rounds}`, title);
      step(wanted.fanOut ? "fan-out" : "pace");
      await listeners.listenTo(contestant, Math.min(FAN_OUT_WARM_UP_SECONDS, seconds));
      if (wanted.fanOut) fanOuts[name].push(await listeners.rush(seconds, mark));
      if (wanted.fanOut && wanted.pace) step("pace");
      if (wanted.pace) paces[name].push(await listeners.pace(seconds, mark));
    }
  }
  return {
    fanOut: wanted.fanOut ? each(contestants, ({ name }) => middle(fanOuts[name])) : null,
    pace: wanted.pace ? each(contestants, ({ name }) => middle(paces[name])) : null,
  };
}
