/** A viewer's log as a stream that one subscription pulls from. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LoggedEvent } from "../../entities/event.ts";
import { RequestError, UserError } from "../../errors.ts";
import { decodeEventCursor, type EventCursor, encodeEventCursor } from "../../event-cursor.ts";
import { NOBODY, rowId } from "../../ids.ts";
import { MAX_REPLAYED_EVENTS } from "../../limits.ts";
import { conversationById } from "../../loaders/conversation.ts";
import type { Loads } from "../../loaders/kinds.ts";
import { receiptOf } from "../../loaders/receipt.ts";
import { requireViewer } from "../../viewer.ts";
import type { Context } from "../context.ts";
import { asType } from "../node.ts";

/** What an event becomes for a subscription; null for what is not for it. */
type Show = (event: LoggedEvent, cursor: string, loads: Loads) => object | null | Promise<object | null>;

interface Following {
  readonly show: Show;
  /** What a stream says that has lost what comes next; null where it has no word for it, and its socket is closed. */
  readonly reset: ((cursor: string) => object) | null;
  /** Whether the stream is over with this event. */
  readonly isOver: (event: LoggedEvent, loads: Loads) => boolean | Promise<boolean>;
}

type ResetReason = "CURSOR_EXPIRED" | "TOO_FAR_BEHIND";

/** A place in a log; no event after it is older than `since`, which is null where no such time is known. */
interface Place extends EventCursor {
  readonly since: string | null;
}

interface Start extends Place {
  readonly resumed: boolean;
  readonly reset: ResetReason | null;
}

/** A client that has asked for nothing for this long, though it was given something, is let go. */
const STALL_MS = 10_000;
const RETRY_MS = 500;

/** The end of the viewer's log. */
async function findEnd(context: Context): Promise<Place> {
  const head = await context.services.feed.head(requireViewer(context).userId);
  if (head === null) throw new RequestError("UNAUTHENTICATED", "This account is gone.");
  const { viewerId, epoch, position, movedAt } = head;
  return { viewerId, epoch, position, since: movedAt };
}

/** Where a stream begins: at the cursor if all that came after it is still there, otherwise at the log's end. */
async function findStart(context: Context, after: string | null | undefined): Promise<Start> {
  requireViewer(context);
  const cursor = typeof after === "string" ? decodeEventCursor(after) : null;
  const head = await findEnd(context);
  const end = { ...head, resumed: false };
  if (cursor === null) return { ...end, reset: null };
  const isOfThisLog = cursor.viewerId === head.viewerId && cursor.epoch === head.epoch;
  if (!isOfThisLog || cursor.position > head.position) return { ...end, reset: "CURSOR_EXPIRED" };
  if (head.position - cursor.position > MAX_REPLAYED_EVENTS) return { ...end, reset: "TOO_FAR_BEHIND" };
  if (head.position === cursor.position) return { ...head, resumed: true, reset: null };
  const [next] = await context.services.feed.peek(head.viewerId, cursor.position);
  if (next?.position !== cursor.position + 1) return { ...end, reset: "CURSOR_EXPIRED" };
  return { ...cursor, since: next.createdAt, resumed: true, reset: null };
}

/**
 * Pulls: it reads on only when the last items were taken, and keeps no more than one read's worth. What one read brings
 * is handed out together, to be resolved together. So a client that stops reading costs little; when it has not read for
 * ten seconds, its socket is told to resume.
 */
class ViewerStream implements AsyncIterableIterator<object[]> {
  readonly #context: Context;
  readonly #following: Following;
  #reader: ReturnType<Context["services"]["feed"]["follow"]>;
  #opening: object | null;
  #place: Place;
  #isOver = false;

  constructor(context: Context, start: Start, opening: object | null, following: Following) {
    this.#context = context;
    this.#following = following;
    this.#place = start;
    this.#opening = opening;
    this.#reader = this.#follow(start);
  }

  async next(): Promise<IteratorResult<object[]>> {
    if (this.#opening !== null) {
      const value = [this.#opening];
      this.#opening = null;
      return { value, done: false };
    }
    while (!this.#isOver) {
      const events = await this.#reader.next();
      // None at all: the reader was closed.
      if (events.length === 0) return this.return();
      const isWhole = events.every(({ position }, at) => position === this.#place.position + 1 + at);
      const value = await (isWhole ? this.#untilRead(() => this.#shown(events)) : this.#lost());
      if (value.length > 0) return { value, done: false };
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<object[]>> {
    this.#isOver = true;
    this.#reader.close();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<object[]>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #follow({ viewerId, position, since }: Place) {
    const reader = this.#context.services.feed.follow(viewerId, position, since);
    reader.onBusy = () => {
      const { idleSince } = this.#context;
      if (idleSince !== null && Date.now() - idleSince > STALL_MS) this.#context.onStall();
    };
    return reader;
  }

  async #shown(events: readonly LoggedEvent[]): Promise<object[]> {
    const loads = { viewerId: this.#context.loads.viewerId, batch: this.#context.services.feed.batch() };
    const [shown, ends] = await Promise.all([
      Promise.all(
        events.map((event) => {
          const cursor = encodeEventCursor({ ...this.#place, position: event.position });
          return this.#following.show(event, cursor, loads);
        }),
      ),
      Promise.all(events.map((event) => this.#following.isOver(event, loads))),
    ]);
    this.#place = { ...this.#place, position: events.at(-1)?.position ?? this.#place.position };
    const end = ends.indexOf(true);
    if (end >= 0) await this.return();
    return shown.slice(0, end >= 0 ? end : shown.length).filter((item) => item !== null);
  }

  /** What came next is no longer kept: the stream says so and goes on from the end, or its client has to resume. */
  async #lost(): Promise<object[]> {
    const { reset } = this.#following;
    this.#reader.close();
    if (reset === null) {
      this.#isOver = true;
      this.#context.onStall();
      return [];
    }
    this.#place = await this.#untilRead(() => findEnd(this.#context));
    if (!this.#isOver) this.#reader = this.#follow(this.#place);
    return [reset(encodeEventCursor(this.#place))];
  }

  /** Tries again until the database can be read. */
  async #untilRead<Result>(read: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        const isUnavailable = error instanceof RequestError && error.code === "SERVICE_UNAVAILABLE";
        if (!isUnavailable || this.#isOver) throw error;
        await sleep(RETRY_MS);
      }
    }
  }
}

const changeTypes: Readonly<Record<LoggedEvent["kind"], string>> = {
  MESSAGE_SENT: "MessageSent",
  CONVERSATION_CHANGED: "ConversationChanged",
  READ_MOVED: "ReadMoved",
  RELATIONSHIP_CHANGED: "RelationshipChanged",
  VIDEO_CHANGED: "VideoChanged",
  ACCESS_REVOKED: "AccessRevoked",
  MESSAGE_CHANGED: "MessageChanged",
  NOTIFICATION_ADDED: "NotificationAdded",
  CONVERSATION_LEFT: "ConversationLeft",
};

/** What is behind the fields of a change: the keys, from which everything is read afresh. */
export interface ChangeRoot {
  readonly ids: readonly string[];
}

/** Whether the viewer may know that somebody has read on; whoever does it themselves is told in any case. */
async function isShownRead({ ids: [conversationId = NOBODY, readerId = NOBODY] }: LoggedEvent, loads: Loads) {
  return readerId === loads.viewerId || (await receiptOf(loads, conversationId, readerId)) !== null;
}

async function showChange(event: LoggedEvent, cursor: string, loads: Loads): Promise<object | null> {
  if (event.kind === "READ_MOVED" && !(await isShownRead(event, loads))) return null;
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
  return new ViewerStream(context, start, opening, {
    show: showChange,
    reset: (cursor) => asType("StreamReset", { cursor, reason: "CURSOR_EXPIRED" }),
    isOver: () => false,
  });
}

/**
 * The messages that others send to the viewer, in all conversations or in one, from a cursor or from now on; throws
 * CURSOR_EXPIRED where the log can't go on from the cursor, and NOT_FOUND for a conversation the viewer is not in. That
 * of one conversation is over when the viewer is out of it.
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
  return new ViewerStream(context, start, null, {
    show({ kind, ids }, cursor) {
      const [conversation, , sender] = ids;
      // A notice is sent by nobody.
      const isByAnother = kind === "MESSAGE_SENT" && sender !== undefined && sender !== userId;
      const isWanted = isByAnother && (only === null || conversation === only);
      return isWanted ? { cursor, ids } : null;
    },
    reset: null,
    async isOver({ kind, ids }, loads) {
      if (only === null || kind === "MESSAGE_SENT" || kind === "READ_MOVED" || ids[0] !== only) return false;
      return (await conversationById(loads, only)) === null;
    },
  });
}
