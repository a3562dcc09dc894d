/** What senders were told, what the database has, what subscribers saw; and the check that it all is one story. */

export interface History {
  /** What senders were told: that this text stands at this position. */
  readonly acknowledged: readonly { readonly body: string; readonly position: number }[];
  /** What was kept of the conversation, in the order of positions. */
  readonly kept: readonly { readonly body: string; readonly position: number }[];
  /** What each subscriber saw from the first message on, in the order in which it came. */
  readonly seen: Readonly<
    Record<string, readonly { readonly body: string | null; readonly position: number }[]>
  >;
  /** Codes of errors, where there should have been none. */
  readonly errors: readonly string[];
}

export type Fault =
  | "lost"
  | "twice"
  | "gap"
  | "moved"
  | "missed"
  | "repeated"
  | "out of order"
  | "altered"
  | "error";

/** Every fault of a history, each with the first example; none when what is promised was kept. Every text is unique. */
export function faultsOf({ acknowledged, kept, seen, errors }: History): Partial<Record<Fault, string>> {
  const faults: Partial<Record<Fault, string>> = {};
  const blame = (fault: Fault, example: string) => {
    faults[fault] ??= example;
  };
  for (const code of errors) blame("error", code);

  const places = new Map<string, number>();
  for (const [at, { body, position }] of kept.entries()) {
    const before = places.get(body);
    if (before !== undefined) blame("twice", `"${body}" is at ${before} and at ${position}`);
    if (position !== at + 1) blame("gap", `${position} comes where ${at + 1} should`);
    places.set(body, position);
  }
  for (const { body, position } of acknowledged) {
    const place = places.get(body);
    if (place === undefined) blame("lost", `"${body}" was acknowledged at ${position}`);
    else if (place !== position)
      blame("moved", `"${body}" was acknowledged at ${position} and is at ${place}`);
  }
  for (const [name, items] of Object.entries(seen)) {
    const came = new Set<number>();
    let last = 0;
    for (const { body, position } of items) {
      if (came.has(position)) blame("repeated", `${name} saw ${position} again`);
      else if (position < last) blame("out of order", `${name} saw ${position} after ${last}`);
      if (places.get(body ?? "") !== position) blame("altered", `${name} saw "${body}" at ${position}`);
      came.add(position);
      last = Math.max(last, position);
    }
    for (const { position } of kept)
      if (!came.has(position)) blame("missed", `${name} never saw ${position}`);
  }
  return faults;
}
