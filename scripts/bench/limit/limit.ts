/** The limit: a bare HTTP and WebSocket server that answers each request with one statement and sends what comes back. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { type WebSocket, WebSocketServer } from "ws";
import { listenForBench } from "../contestant.ts";
import { statements } from "./statements.ts";

type Keys = Record<string, unknown>;

interface Answer {
  answer: string;
  event?: string;
  listeners?: string[];
}

const keysOf: Record<string, (body: Keys) => unknown[]> = {
  profile: (body) => [body.handle],
  circle: () => [],
  inbox: () => [],
  messages: (body) => [body.id],
  send: (body) => [body.conversationId, body.body, body.nonce],
};

await listenForBench(async (databaseUrl) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const sockets = new Map<string, Set<WebSocket>>();

  const answer = async (operation: string, viewerId: string, body: Keys): Promise<string> => {
    const { name, text } =
      operation === "send" && sockets.size > 0 ? statements.live : statementOf(operation);
    const result = await pool.query<Answer>({
      name,
      text,
      values: [viewerId, ...(keysOf[operation]?.(body) ?? [])],
    });
    const [row] = result.rows;
    if (row === undefined) throw new Error("Nothing was sent.");
    for (const listener of row.listeners ?? []) {
      for (const socket of sockets.get(listener) ?? []) socket.send(row.event ?? "");
    }
    return row.answer;
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const operation = (request.url ?? "").slice(1);
      const viewerId = String(request.headers["x-viewer"]);
      const respond = (status: number, text: string) => {
        response.writeHead(status, {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
        });
        response.end(text);
      };
      answer(operation, viewerId, JSON.parse(Buffer.concat(chunks).toString()) as Keys).then(
        (text) => respond(200, text),
        (error: unknown) => respond(500, JSON.stringify({ errors: [String(error)] })),
      );
    });
  });

  // As much of graphql-transport-ws as one subscription needs.
  const listeners = new WebSocketServer({ server, perMessageDeflate: false });
  listeners.on("connection", (socket) => {
    let viewerId = "";
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type: string; payload?: { viewer?: string } };
      if (message.type === "connection_init") {
        viewerId = message.payload?.viewer ?? "";
        socket.send('{"type":"connection_ack"}');
      } else if (message.type === "subscribe") {
        sockets.set(viewerId, (sockets.get(viewerId) ?? new Set()).add(socket));
      }
    });
    socket.on("close", () => sockets.delete(viewerId));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, socketPort: port, statementCount: null };
});

function statementOf(operation: string) {
  if (!Object.hasOwn(statements, operation)) throw new Error(`There is no operation ${operation}.`);
  return statements[operation as keyof typeof statements];
}
