/** Another address of a server, by a line that can be cut. */
import { type AddressInfo, connect as connectTo, createServer, type Socket } from "node:net";

export interface Line {
  readonly url: string;
  /** Breaks every connection, and takes no new one until it is mended. */
  cut(): void;
  mend(): Promise<void>;
  /** Brings nothing more by the connections that there are, and breaks none. */
  hush(): void;
}

/** A line to where `address` leads; the port is the usual one where the address says none. */
export async function lineTo(address: string, usualPort: number): Promise<Line> {
  const { hostname, port } = new URL(address);
  const sockets = new Set<Socket>();
  const between = createServer((socket) => {
    const onward = connectTo(Number(port) || usualPort, hostname);
    for (const end of [socket, onward]) sockets.add(end.on("error", () => end.destroy()));
    socket.pipe(onward).pipe(socket);
  });
  const listen = (at: number) =>
    new Promise<void>((resolve) => between.listen(at, "127.0.0.1", () => resolve()));
  await listen(0);
  const { port: own } = between.address() as AddressInfo;
  const url = new URL(address);
  url.host = `127.0.0.1:${own}`;
  return {
    url: url.href,
    cut() {
      if (between.listening) between.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    mend: () => listen(own),
    hush() {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
