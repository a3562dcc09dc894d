/** Proves that the three servers do the same before they are measured: equal answers, and equal effects of a send. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { DataSource } from "typeorm";
import { parseGlobalId } from "../../src/ids.ts";
import type { Contestant } from "./contestants.ts";
import { Line } from "./line.ts";
import { type Operation, operations } from "./operations.ts";
import type { Ask, Asks } from "./requests.ts";

const QUERIES_COMPARED = 40;
const SENDS_COMPARED = 8;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** An answer without what may differ: how ids are written, and what a cursor says. */
function normalise(value: Json, name = ""): Json {
  if (Array.isArray(value)) return value.map((item) => normalise(item, name));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalise(item, key)]));
  }
  if (name === "id" && typeof value === "string" && /^[a-z]/.test(value))
    return parseGlobalId(value).key.join("_");
  return name.endsWith("Cursor") && value !== null ? "a cursor" : value;
}

/** Where two values differ first, in words; null when they are equal. */
function difference(left: Json, right: Json, where = "answer"): string | null {
  if (isDeepStrictEqual(left, right)) return null;
  const isBranch = (value: Json) => value !== null && typeof value === "object";
  if (!isBranch(left) || !isBranch(right))
    return `${where}: ${JSON.stringify(left)} and ${JSON.stringify(right)}`;
  const a = left as Record<string, Json>;
  const b = right as Record<string, Json>;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(a[key] ?? null, b[key] ?? null, `${where}.${key}`);
    if (found !== null) return found;
  }
  return `${where}: one has names that the other has not`;
}

function insist(
  operation: Operation,
  ask: Ask,
  contestant: Contestant,
  reference: Contestant,
  found: string | null,
) {
  if (found === null) return;
  throw new Error(
    `The servers do not do the same, so there is nothing to measure. ${operation.name} ${JSON.stringify(ask)}: ` +
      `${reference.title} and ${contestant.title} differ in ${found}`,
  );
}

const NO_DRAFT = { body: "", nonce: "" };

async function answerOf(
  contestant: Contestant,
  line: Line,
  operation: Operation,
  ask: Ask,
  draft = NO_DRAFT,
) {
  const { status, body } = await line.ask(await contestant.request(operation, ask, draft));
  const text = body.toString();
  if (status !== 200 || text.includes('"errors"')) {
    throw new Error(
      `${contestant.title} answered ${operation.name} ${JSON.stringify(ask)} with ${status} ${text}`,
    );
  }
  return normalise(JSON.parse(text) as Json);
}

/** Throws unless the contestants answer a sample of queries, and the doors that must stay shut, alike. */
export async function compareAnswers(
  contestants: readonly Contestant[],
  asks: Asks,
  only: readonly Operation[],
): Promise<number> {
  const lines = new Map<Contestant, Line>();
  for (const contestant of contestants) lines.set(contestant, await Line.open(contestant.port));
  let compared = 0;
  try {
    for (const operation of only.filter(({ name }) => name !== "send")) {
      const sample = [
        ...asks[operation.name].slice(0, QUERIES_COMPARED),
        ...(asks.shut[operation.name] ?? []),
      ];
      for (const ask of sample) {
        const answers = await Promise.all(
          [...lines].map(async ([contestant, line]) => {
            return { contestant, answer: await answerOf(contestant, line, operation, ask) };
          }),
        );
        const [reference, ...others] = answers;
        if (reference === undefined) continue;
        for (const { contestant, answer } of others) {
          const found = difference(reference.answer, answer);
          insist(operation, ask, contestant, reference.contestant, found);
        }
        compared += 1;
      }
    }
  } finally {
    for (const line of lines.values()) line.close();
  }
  return compared;
}

interface State {
  lastPosition: number;
  message: Json;
  inboxes: Record<
    string,
    { unread: number; readUpTo: number; state: string; isNewest: boolean; log: number }
  >;
}

async function stateOf(source: DataSource, conversationId: string): Promise<State> {
  const rows = (await source.query(
    `select c.last_position as "lastPosition",
      (select json_build_object('sender', m.sender_id::text, 'kind', m.kind, 'body', m.body, 'nonce', m.nonce,
          'createdAt', to_char(m.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        from messages m where m.conversation_id = c.id and m.position = c.last_position) as message,
      (select json_object_agg(i.user_id, json_build_object('unread', i.unread, 'readUpTo', i.read_up_to,
          'state', i.state, 'isNewest', i.last_activity_at = c.last_activity_at, 'log', l.position))
        from inbox i join viewer_logs l on l.viewer_id = i.user_id where i.conversation_id = c.id) as inboxes
    from conversations c
    where c.id = $1`,
    [conversationId],
  )) as State[];
  const [state] = rows;
  if (state === undefined) throw new Error(`There is no conversation ${conversationId}.`);
  return state;
}

/** What a send did: to the conversation, to each inbox, and to each viewer's log where the contestant keeps them. */
function effectOf(before: State, after: State, senderId: string, keepsLogs: boolean): Json {
  const inboxes = Object.entries(after.inboxes).map(([userId, now]): [string, Json] => {
    const was = before.inboxes[userId];
    const isSender = userId === senderId;
    const reads = isSender ? after.lastPosition - now.readUpTo : now.readUpTo - (was?.readUpTo ?? 0);
    const unread = isSender ? now.unread : now.unread - (was?.unread ?? 0);
    const events = keepsLogs ? now.log - (was?.log ?? 0) : null;
    return [userId, { state: now.state, isNewest: now.isNewest, reads, unread, events }];
  });
  return { messages: after.lastPosition - before.lastPosition, inboxes: Object.fromEntries(inboxes) };
}

/** Throws unless a send by each contestant is answered alike and leaves the same behind. */
export async function compareSends(
  contestants: readonly Contestant[],
  source: DataSource,
  asks: Asks,
): Promise<number> {
  const operation = operations.find(({ name }) => name === "send");
  if (operation === undefined) return 0;
  let compared = 0;
  for (const ask of asks.send.slice(0, SENDS_COMPARED)) {
    const done: { contestant: Contestant; answer: Json; effect: Json; bare: Json }[] = [];
    for (const contestant of contestants) {
      const { conversationId = "" } = ask;
      const draft = { body: "the same for all 🐚", nonce: randomUUID() };
      const line = await Line.open(contestant.port);
      const before = await stateOf(source, conversationId);
      const answer = await answerOf(contestant, line, operation, ask, draft).finally(() => line.close());
      const after = await stateOf(source, conversationId);
      const { createdAt, ...message } = after.message as { createdAt: string };
      const expected = {
        data: {
          sendMessage: {
            message: {
              id: `${conversationId}_${after.lastPosition}`,
              position: after.lastPosition,
              createdAt,
            },
            duplicate: false,
            userErrors: [],
          },
        },
      };
      insist(operation, ask, contestant, contestant, difference(expected, answer));
      const written = { sender: ask.viewerId, kind: "TEXT", ...draft };
      insist(operation, ask, contestant, contestant, difference(written, message, "message"));
      done.push({
        contestant,
        answer,
        effect: effectOf(before, after, ask.viewerId, true),
        bare: effectOf(before, after, ask.viewerId, false),
      });
    }
    const [reference, ...others] = done;
    if (reference === undefined) continue;
    for (const { contestant, effect, bare } of others) {
      // The usual way has no logs of events: it publishes in memory alone.
      const isBare = [contestant.name, reference.contestant.name].includes("usual");
      const found = isBare
        ? difference(reference.bare, bare, "effect")
        : difference(reference.effect, effect, "effect");
      insist(operation, ask, contestant, reference.contestant, found);
    }
    compared += 1;
  }
  return compared;
}
