/** Inside a process of its own: thousands of sockets that subscribe and then have nothing to do. */
import { WebSocket } from "ws";
import { subscribeOn } from "./socket.ts";

/** The sockets that the process is to open. */
export interface SocketsPlan {
  readonly socketUrl: string;
  /** What each socket says of its viewer when it opens. */
  readonly sockets: readonly Readonly<Record<string, string>>[];
  readonly subscription: string;
}

const OPENING_AT_ONCE = 64;

const sockets: WebSocket[] = [];

/** Opens one socket; resolves when its subscription has brought the first item, by which it is known to be live. */
function open({ socketUrl, subscription }: SocketsPlan, params: Readonly<Record<string, string>>) {
  return new Promise<void>((resolve, reject) => {
    const socket = subscribeOn(socketUrl, params, subscription, {
      subscribed() {},
      next(data) {
        if (data.includes('"type":"next"')) resolve();
        else reject(new Error(`An idle socket was told: ${data.toString()}`));
      },
    });
    socket.once("error", reject);
    socket.once("close", (code) => reject(new Error(`An idle socket was closed with ${code}.`)));
    sockets.push(socket);
  });
}

async function openAll(plan: SocketsPlan): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: OPENING_AT_ONCE }, async () => {
      for (let params = plan.sockets[next++]; params !== undefined; params = plan.sockets[next++])
        await open(plan, params);
    }),
  );
}

process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message: { plan: SocketsPlan } | "count") => {
  const answer = async () => {
    if (message !== "count") await openAll(message.plan);
    return sockets.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
  };
  answer().then(
    (open) => process.send?.({ open }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
