/** A viewer's log as a stream that one subscription pulls from. */
import { RequestError, UserError } from "../../errors.ts";
import { rowId } from "../../ids.ts";
import { MAX_REPLAYED_EVENTS } from "../../limits.ts";
import { conversationById } from "../../loaders/conversation.ts";
import { decodeEventCursor, encodeEventCursor, type LoggedEvent } from "../../loaders/event.ts";
import type { Loads } from "../../loaders/kinds.ts";
import { maySeeReceipts } from "../../loaders/receipt.ts";
import { requireViewer } from "../../viewer.ts";
import type { Context } from "../context.ts";
import { asType } from "../node.ts";

/** What an event becomes for a subscription; null for what is not for it. */
type Show = (event: LoggedEvent, cursor: string, loads: Loads) => object | null | Promise<object | null>;

type ResetReason = "CURSOR_EXPIRED" | "TOO_FAR_BEHIND";

interface Start {
  readonly viewerId: string;
  readonly epoch: number;
  readonly position: number;
  readonly resumed: boolean;
  readonly reset: ResetReason | null;
}

/** Where a stream begins: at the cursor if all that came after it is still there, otherwise at the log's end. */
async function findStart(context: Context, after: string | null | undefined): Promise<Start> {
  const viewer = requireViewer(context);
  const { feed } = context.services;
  const cursor = typeof after === "string" ? decodeEventCursor(after) : null;
  const head = await feed.head(viewer.userId);
  if (head === null) throw new RequestError("UNAUTHENTICATED", "This account is gone.");
  const end = { ...head, resumed: false };
  if (cursor === null) return { ...end, reset: null };
  const isOfThisLog = cursor.viewerId === head.viewerId && cursor.epoch === head.epoch;
  if (!isOfThisLog || cursor.position > head.position) return { ...end, reset: "CURSOR_EXPIRED" };
  if (head.position - cursor.position > MAX_REPLAYED_EVENTS) return { ...end, reset: "TOO_FAR_BEHIND" };
  if (head.position > cursor.position) {
    const [next] = await feed.peek(viewer.userId, cursor.position);
    if (next?.position !== cursor.position + 1) return { ...end, reset: "CURSOR_EXPIRED" };
  }
  return { ...cursor, resumed: true, reset: null };
}

/**
 * Pulls: it reads on only when the last item was taken, and keeps no more than one read's worth of ids. So a client
 * that stops reading costs nothing; when it has not read for ten seconds, its socket is told to resume.
 */
class ViewerStream implements AsyncIterableIterator<object> {
  readonly #context: Context;
  readonly #start: Start;
  readonly #show: Show;
  readonly #reader: ReturnType<Context["services"]["feed"]["follow"]>;
  #opening: object | null;
  #read: LoggedEvent[] = [];
  #position: number;
  #isOver = false;

  constructor(context: Context, start: Start, opening: object | null, show: Show) {
    const { userId } = requireViewer(context);
    this.#context = context;
    this.#start = start;
    this.#position = start.position;
    this.#opening = opening;
    this.#show = show;
    this.#reader = context.services.feed.follow(userId, start.position);
    this.#reader.onStall = () => context.onStall();
  }

  async next(): Promise<IteratorResult<object>> {
    if (this.#opening !== null) {
      const value = this.#opening;
      this.#opening = null;
      return { value, done: false };
    }
    while (!this.#isOver) {
      const event = this.#read[0];
      if (event === undefined) {
        this.#read = await this.#reader.next();
        // None at all: the reader was closed. A gap: what came next is no longer kept, and resuming will say so.
        if (this.#read[0]?.position !== this.#position + 1) return this.return();
        continue;
      }
      const cursor = encodeEventCursor({ ...this.#start, position: event.position });
      const loads = { viewerId: this.#context.loads.viewerId, batch: this.#context.services.feed.batch() };
      const value = await this.#show(event, cursor, loads);
      this.#read.shift();
      this.#position = event.position;
      if (value !== null) return { value, done: false };
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<object>> {
    this.#isOver = true;
    this.#reader.close();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<object>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const changeTypes: Readonly<Record<LoggedEvent["kind"], string>> = {
  MESSAGE_SENT: "MessageSent",
  CONVERSATION_CHANGED: "ConversationChanged",
  READ_MOVED: "ReadMoved",
  RELATIONSHIP_CHANGED: "RelationshipChanged",
  VIDEO_CHANGED: "VideoChanged",
  ACCESS_REVOKED: "AccessRevoked",
};

/** What is behind the fields of a change: the keys, from which everything is read afresh. */
export interface ChangeRoot {
  readonly ids: readonly string[];
}

async function showChange(event: LoggedEvent, cursor: string, loads: Loads): Promise<object | null> {
  const reader = event.ids[1];
  if (event.kind === "READ_MOVED" && reader !== undefined && !(await maySeeReceipts(loads, reader)))
    return null;
  const change = asType(changeTypes[event.kind], { ids: event.ids });
  return asType("ViewerEvent", { cursor, at: event.createdAt, change });
}

/** Everything that changes the viewer's world, from a cursor or from now on. */
export async function viewerEvents(
  context: Context,
  after: string | null | undefined,
): Promise<AsyncIterator<object>> {
  const start = await findStart(context, after);
  const cursor = encodeEventCursor(start);
  const opening =
    start.reset === null
      ? asType("StreamOpened", { cursor, resumed: start.resumed })
      : asType("StreamReset", { cursor, reason: start.reset });
  return new ViewerStream(context, start, opening, showChange);
}

/**
 * The messages that others send to the viewer, in all conversations or in one, from a cursor or from now on; throws
 * CURSOR_EXPIRED where the log can't go on from the cursor, and NOT_FOUND for a conversation the viewer is not in.
 */
export async function messagesReceived(
  context: Context,
  conversationId: string | null | undefined,
  after: string | null | undefined,
): Promise<AsyncIterator<object>> {
  const only = typeof conversationId === "string" ? rowId("conversation", conversationId) : null;
  const { userId } = requireViewer(context);
  if (only !== null && (await conversationById(context.loads, only)) === null) {
    throw new UserError("NOT_FOUND", "There is no such conversation.");
  }
  const start = await findStart(context, after);
  if (start.reset !== null) {
    throw new RequestError(
      "CURSOR_EXPIRED",
      "Too much has happened since this cursor. Read the world again.",
      {
        reason: start.reset,
        cursor: encodeEventCursor(start),
      },
    );
  }
  return new ViewerStream(context, start, null, ({ kind, ids }, cursor) => {
    const [conversation, , sender] = ids;
    const isWanted = kind === "MESSAGE_SENT" && sender !== userId && (only === null || conversation === only);
    return isWanted ? { cursor, ids } : null;
  });
}
