/** Which faults come, when, for how long, and to which server: all of it decided by the seed. */
import type { Chance } from "./random.ts";

export const FAULTS = {
  kill: "a server killed with -9, and started again",
  killAll: "both servers killed with -9, and started again",
  database: "the database stopped at once, and started again",
  freeze: "a server frozen with SIGSTOP for 1 to 5 s",
  cut: "clients' connections cut, several times in a row",
  pause: "clients' connections silent for 1 to 5 s",
  delay: "clients' connections slow, by 20 to 300 ms each way",
  answers: "answers thrown away, and the connections with them",
  cutDatabase: "the servers' connections to the database cut",
  deaf: "every wake-up lost for 2 to 6 s",
  clock: "a server's clock set up to 3 minutes ahead or back",
} as const;
export type FaultKind = keyof typeof FAULTS;
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

export interface Fault {
  readonly kind: FaultKind;
  /** The servers that it befalls, by number from 0. */
  readonly nodes: readonly number[];
  /** After the round began. */
  readonly afterMs: number;
  readonly lastsMs: number;
  /** How hard, where there is a degree: from 0 up to 1. */
  readonly degree: number;
}

/** Faults that come together, and the quiet after everybody has recovered from them. */
export interface Round {
  readonly faults: readonly Fault[];
  readonly quietMs: number;
}

/** What a fault takes away; two that take the same are not set on one another. */
const TAKES: Readonly<Record<FaultKind, "processes" | "clients" | "database" | "news" | "clock">> = {
  kill: "processes",
  killAll: "processes",
  freeze: "processes",
  database: "database",
  cutDatabase: "database",
  cut: "clients",
  pause: "clients",
  delay: "clients",
  answers: "clients",
  deaf: "news",
  clock: "clock",
};
const LASTS_MS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill: [0, 800],
  killAll: [0, 500],
  database: [0, 800],
  freeze: [1_000, 5_000],
  cut: [200, 1_500],
  pause: [1_000, 5_000],
  delay: [1_000, 4_000],
  answers: [300, 1_500],
  cutDatabase: [200, 1_000],
  deaf: [2_000, 6_000],
  clock: [1_500, 4_000],
};
const EVERYWHERE: ReadonlySet<FaultKind> = new Set(["killAll", "database", "cutDatabase", "deaf"]);
const TOGETHER = 1 / 3;

/** The rounds, without end. Every kind comes before any comes again. */
export function* planRounds(chance: Chance): Generator<Round, never> {
  let deck: FaultKind[] = [];
  const draw = (isFine: (kind: FaultKind) => boolean = () => true): FaultKind | undefined => {
    if (deck.length === 0) deck = chance.shuffle(FAULT_KINDS);
    const at = deck.findIndex(isFine);
    return deck.splice(at, at < 0 ? 0 : 1)[0];
  };
  for (;;) {
    const first = draw();
    if (first === undefined) throw new Error("There is no fault left.");
    const isTogether = chance.next() < TOGETHER;
    const second = isTogether ? draw((kind) => TAKES[kind] !== TAKES[first]) : undefined;
    const kinds = second === undefined ? [first] : [first, second];
    const faults = kinds.map((kind, at) => ({
      kind,
      nodes: EVERYWHERE.has(kind) ? [0, 1] : [chance.pick([0, 1])],
      afterMs: at === 0 ? 0 : chance.between(0, 1_500),
      lastsMs: chance.between(...LASTS_MS[kind]),
      degree: chance.next(),
    }));
    yield { faults, quietMs: chance.between(300, 1_500) };
  }
}
