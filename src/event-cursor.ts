/** Cursors of the viewers' logs: a position, opaque outside and checked on the way in. */
import { RequestError } from "./errors.ts";

const EVENT_CURSOR = /^(\d{1,19})\.(\d{1,9})\.(\d{1,15})$/;

/** A position in a viewer's log; `epoch` tells apart logs whose positions began anew. */
export interface EventCursor {
  readonly viewerId: string;
  readonly epoch: number;
  readonly position: number;
}

/** The opaque form of a position in a viewer's log. */
export function encodeEventCursor({ viewerId, epoch, position }: EventCursor): string {
  return Buffer.from(`${viewerId}.${epoch}.${position}`).toString("base64url");
}

/** The position inside an event cursor; throws BAD_USER_INPUT for anything else. */
export function decodeEventCursor(cursor: string): EventCursor {
  const match = EVENT_CURSOR.exec(Buffer.from(cursor, "base64url").toString());
  if (match === null) throw new RequestError("BAD_USER_INPUT", "This is not an event cursor.");
  return { viewerId: match[1] ?? "", epoch: Number(match[2]), position: Number(match[3]) };
}
