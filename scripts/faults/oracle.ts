/** What was promised, held against what senders were told, what the database has, and what each subscriber saw. */

/** A message as somebody knows it; every text is said once only. */
export interface Said {
  /** The conversation's row id. */
  readonly conversation: string;
  readonly position: number;
  /** Null where nothing is said: a notice, a message that was taken back, one that may no longer be seen. */
  readonly body: string | null;
}

/** An answer to a message that was acknowledged before and sent once more, with the same nonce. */
export interface Resent {
  readonly first: Said;
  readonly again: Said & { readonly duplicate: boolean };
}

/** Something that came to a subscriber. */
export interface Delivery {
  /** Where it stands in the viewer's log; null for what is read without one. */
  readonly logPosition: number | null;
  /** Null for what is no message, or may no longer be seen. */
  readonly message: Said | null;
  /** Conversations that its viewer was known to be out of when this connection was opened. */
  readonly outOf: readonly string[];
}

/** An event as it stands in a viewer's log. */
export interface Logged {
  readonly position: number;
  readonly kind: string;
  /** What it is about, for MESSAGE_SENT. */
  readonly message: Pick<Said, "conversation" | "position"> | null;
}

/** What a subscriber is to have of a conversation. */
export interface Part {
  readonly conversation: string;
  /** After this position, */
  readonly from: number;
  /** everything up to this one, */
  readonly until: number;
  /** and nothing after this one; null for who still takes part. */
  readonly never: number | null;
}

export interface Subscribed {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly deliveries: readonly Delivery[];
  /** The events after where the subscriber began; null for who reads without a log. */
  readonly log: readonly Logged[] | null;
  /** Stretches of the log that a StreamReset has let them leave out: after the first position, up to the second. */
  readonly resets: readonly (readonly [after: number, upTo: number])[];
  /** What was read of the world instead. */
  readonly reread: readonly Said[];
}

export interface History {
  readonly acknowledged: readonly Said[];
  readonly resent: readonly Resent[];
  /** What each conversation has, in the order of positions. */
  readonly kept: ReadonlyMap<string, readonly Said[]>;
  readonly subscribed: readonly Subscribed[];
  /** What should not have happened beside: codes of refusals, unexpected errors, processes that ended by themselves. */
  readonly unexpected: readonly string[];
}

export const VIOLATIONS = [
  "lost",
  "twice",
  "moved",
  "gap",
  "out of order",
  "uncommitted",
  "after removal",
  "unexpected",
] as const;
export type Violation = (typeof VIOLATIONS)[number];

/** How often each promise was broken, and examples. */
export interface Verdict {
  readonly counts: Readonly<Record<Violation, number>>;
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 40;
/** What a reader's rights decide at the moment of delivery: it may be left out. */
const OPTIONAL = new Set(["READ_MOVED"]);

type Blame = (violation: Violation, example: string) => void;

const placeOf = ({ conversation, position }: Pick<Said, "conversation" | "position">) =>
  `${conversation}/${position}`;

/** Every promise that a history breaks; all counts are 0 when each was kept. */
export function judge(history: History): Verdict {
  const counts = Object.fromEntries(VIOLATIONS.map((name) => [name, 0])) as Record<Violation, number>;
  const examples: string[] = [];
  const blame: Blame = (violation, example) => {
    counts[violation]++;
    if (examples.length < MOST_EXAMPLES) examples.push(`${violation}: ${example}`);
  };
  for (const what of history.unexpected) blame("unexpected", what);
  judgeConversations(history, blame);
  judgeSenders(history, blame);
  const kept = new Map([...history.kept.values()].flat().map((said) => [placeOf(said), said]));
  for (const subscribed of history.subscribed) {
    for (const said of subscribed.reread) {
      if (kept.get(placeOf(said))?.body !== said.body) {
        blame("uncommitted", `${subscribed.name} read "${said.body}" at ${placeOf(said)}`);
      }
    }
    judgeOrder(subscribed, kept, blame);
    judgeCompleteness(subscribed, history, blame);
    judgeLog(subscribed, kept, blame);
  }
  return { counts, examples };
}

/** Positions are 1 to n, and no text stands twice. */
function judgeConversations({ kept }: History, blame: Blame): void {
  const places = new Map<string, string>();
  for (const messages of kept.values()) {
    for (const [at, said] of messages.entries()) {
      if (said.position !== at + 1) blame("gap", `${placeOf(said)} stands where ${at + 1} should`);
      if (said.body === null) continue;
      const before = places.get(said.body);
      if (before !== undefined) blame("twice", `"${said.body}" stands at ${before} and ${placeOf(said)}`);
      places.set(said.body, placeOf(said));
    }
  }
}

/** What was acknowledged stands where it was said to, and sending it again finds it there. */
function judgeSenders({ acknowledged, resent, kept }: History, blame: Blame): void {
  const places = new Map([...kept.values()].flat().map((said) => [said.body, placeOf(said)]));
  for (const said of acknowledged) {
    const place = places.get(said.body);
    if (place === undefined) blame("lost", `"${said.body}" was acknowledged at ${placeOf(said)}`);
    else if (place !== placeOf(said)) {
      blame("moved", `"${said.body}" was acknowledged at ${placeOf(said)} and stands at ${place}`);
    }
  }
  for (const { first, again } of resent) {
    if (!again.duplicate) blame("twice", `"${first.body}" was sent again and taken for new`);
    if (placeOf(first) !== placeOf(again) || first.body !== again.body) {
      blame("moved", `"${first.body}" at ${placeOf(first)} was sent again and found at ${placeOf(again)}`);
    }
  }
}

/** Everything came once, in order, as it is committed, and only to those who were to have it. */
function judgeOrder(
  { name, parts, deliveries }: Subscribed,
  kept: ReadonlyMap<string, Said>,
  blame: Blame,
): void {
  const never = new Map(parts.map((part) => [part.conversation, part.never ?? Number.POSITIVE_INFINITY]));
  const last = new Map<string, number>();
  const places = new Map<string, string>();
  const logPositions = new Set<number>();
  let lastLogged = -1;
  for (const { logPosition, message, outOf } of deliveries) {
    if (logPosition !== null) {
      if (logPositions.has(logPosition)) blame("twice", `${name} got event ${logPosition} again`);
      else if (logPosition < lastLogged) {
        blame("out of order", `${name} got event ${logPosition} after ${lastLogged}`);
      }
      logPositions.add(logPosition);
      lastLogged = Math.max(lastLogged, logPosition);
    }
    if (message === null) continue;
    const { conversation, position, body } = message;
    const place = placeOf(message);
    const truth = kept.get(place);
    if (truth === undefined || truth.body !== body) blame("uncommitted", `${name} got "${body}" at ${place}`);
    if (position > (never.get(conversation) ?? -1) || outOf.includes(conversation)) {
      blame("after removal", `${name} got ${place}`);
    }
    const before = places.get(body ?? place);
    const latest = last.get(conversation) ?? 0;
    if (before !== undefined) blame("twice", `${name} got "${body}" at ${before} and at ${place}`);
    else if (position < latest) blame("out of order", `${name} got ${place} after ${latest}`);
    places.set(body ?? place, place);
    last.set(conversation, Math.max(latest, position));
  }
}

/** Nothing that a subscriber was to have is missing. */
function judgeCompleteness(
  { name, parts, deliveries, log, reread }: Subscribed,
  { kept }: History,
  blame: Blame,
): void {
  const inLog = new Map((log ?? []).map(({ position, message }) => [position, message]));
  const streamed = deliveries.flatMap(({ message }) => message ?? []);
  const seen = new Set([...streamed, ...reread].map(placeOf));
  const had = new Set(seen);
  for (const { logPosition } of deliveries) {
    // What may no longer be seen came without its text: which it was stands in the log.
    const logged = logPosition === null ? null : inLog.get(logPosition);
    if (logged !== null && logged !== undefined) had.add(placeOf(logged));
  }
  for (const { conversation, from, until, never } of parts) {
    for (const said of kept.get(conversation) ?? []) {
      if (said.position <= from || said.position > until) continue;
      const isThere = never === null ? seen.has(placeOf(said)) : had.has(placeOf(said));
      if (!isThere) blame("lost", `${name} never got ${placeOf(said)}`);
    }
  }
}

/** The log has each message once, none that is not committed, and every event of it was delivered. */
function judgeLog(
  { name, parts, deliveries, log, resets }: Subscribed,
  kept: ReadonlyMap<string, Said>,
  blame: Blame,
): void {
  if (log === null) return;
  const never = new Map(parts.map((part) => [part.conversation, part.never ?? Number.POSITIVE_INFINITY]));
  const came = new Map(deliveries.map((delivery) => [delivery.logPosition, delivery]));
  const places = new Set<string>();
  let last: number | null = null;
  for (const { position, kind, message } of log) {
    if (last !== null && position !== last + 1) blame("gap", `${name}'s log has ${position} after ${last}`);
    last = position;
    const delivery = came.get(position);
    const isExcused = resets.some(([after, upTo]) => position > after && position <= upTo);
    if (delivery === undefined && !isExcused && !OPTIONAL.has(kind)) {
      blame("lost", `${name} never got event ${position} (${kind})`);
    }
    if (message === null) continue;
    const place = placeOf(message);
    if (places.has(place)) blame("twice", `${name}'s log has ${place} twice`);
    places.add(place);
    if (!kept.has(place)) blame("uncommitted", `${name}'s log has ${place}`);
    if (message.position > (never.get(message.conversation) ?? -1)) {
      blame("after removal", `${name}'s log has ${place}`);
    }
    if (delivery?.message != null && placeOf(delivery.message) !== place) {
      blame(
        "uncommitted",
        `${name} got ${placeOf(delivery.message)} as event ${position}, which is ${place}`,
      );
    }
  }
}
