/** A client's end of graphql-transport-ws with one subscription, with as little work as can be. */
import { WebSocket } from "ws";

interface Hears {
  /** The subscription was asked for. */
  subscribed(): void;
  next(data: Buffer): void;
}

/** Opens a socket that says `params` of its viewer and subscribes; errors and closes are the caller's to hear. */
export function subscribeOn(
  socketUrl: string,
  params: Readonly<Record<string, string>>,
  subscription: string,
  { subscribed, next }: Hears,
): WebSocket {
  const socket = new WebSocket(socketUrl, "graphql-transport-ws", { perMessageDeflate: false });
  socket.once("open", () => socket.send(JSON.stringify({ type: "connection_init", payload: params })));
  socket.on("message", (data: Buffer) => {
    if (data.includes('"connection_ack"')) {
      const payload = { query: subscription };
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }), subscribed);
    } else if (data.includes('"ping"')) socket.send('{"type":"pong"}');
    else next(data);
  });
  return socket;
}
