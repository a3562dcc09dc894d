/** Whose turn it is on a connection: of what a client asks for before it has its last answer, one thing is made at a time. */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How many requests may wait on a connection for the answers before theirs: no client asks for more ahead. */
const MAX_WAITING = 50;

const waiting = new WeakMap<Socket, number>();

/**
 * Resolves when it is the turn of an answer on its connection, so that nothing is made that nobody takes yet. A connection
 * on which too many wait is broken off: until their turn they are counted by nothing else.
 */
export async function turnOf({ socket }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (response.socket !== null) return;
  const count = (waiting.get(socket) ?? 0) + 1;
  waiting.set(socket, count);
  if (count > MAX_WAITING) socket.destroy();
  await once(response, "socket");
  waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
  // Node leaves it at how long the answer before could take.
  socket.setTimeout(0);
}
