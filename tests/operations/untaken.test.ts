/** Answers that nobody takes: how many are made, and for how long they are kept. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { makeExports } from "../../src/actions/export/make.ts";
import { World } from "../support/world.ts";
import { askForExport, exportMade } from "./exports.ts";

const TIMES = 50;
const PATIENCE_MS = 150_000;

let world: World;
/** An export of eight megabytes, which is more than a connection holds on the way. */
let url: URL;
beforeAll(async () => {
  world = await World.start();
  const [ann, bob] = await world.people("ann", "bob");
  await world.befriend(ann, bob);
  await world.server.database.query(
    `insert into messages (conversation_id, position, sender_id, kind, body, nonce)
     select $1, nr, $2, 'TEXT', repeat('x', 4000), nr from generate_series(1, 2000) as nr`,
    [await world.direct(ann, bob), ann.id],
  );
  await askForExport(world, ann);
  await makeExports(world.as(null), new AbortController().signal);
  url = new URL((await exportMade(world, ann)).url ?? "");
});
afterAll(() => world.stop());

/** Asks for it so often on one connection, and takes nothing yet. */
async function ask(times: number): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname).on("error", () => {});
  await once(socket, "connect");
  socket.pause();
  socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`.repeat(times));
  return socket;
}

/** Whether the server holds a connection open on which nothing is closing, and that is no test's own. */
function holds(socket: Socket): boolean {
  const hex = (port: number | undefined) => Number(port).toString(16).toUpperCase().padStart(4, "0");
  const [here, there] = [hex(socket.remotePort), hex(socket.localPort)];
  return new RegExp(`: [0-9A-F]+:${here} [0-9A-F]+:${there} 01 `).test(
    readFileSync("/proc/self/net/tcp", "utf8"),
  );
}

test("of what is asked for before the first answer is taken little is made, and whoever takes nothing is let go", async () => {
  const before = await world.server.statements();
  const socket = await ask(TIMES);
  await sleep(5_000);
  // Two for each that is made; and what the server looks after meanwhile.
  expect((await world.server.statements()) - before).toBeLessThan(TIMES);
  expect(holds(socket)).toBe(true);
  for (const end = Date.now() + PATIENCE_MS; holds(socket) && Date.now() < end; ) await sleep(500);
  expect(holds(socket)).toBe(false);
  socket.destroy();
});

test("who takes what they have asked for is given all of it", async () => {
  const socket = await ask(3);
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  socket.resume();
  for (const end = Date.now() + PATIENCE_MS; bytes < 3 * 8_000_000 && Date.now() < end; ) await sleep(50);
  expect(bytes).toBeGreaterThan(3 * 8_000_000);
  socket.destroy();
});

test("more than fifty that wait for one answer, however well it is taken, break their connection off", async () => {
  const query = encodeURIComponent("subscription { viewerEvents { __typename } }");
  const socket = connect(Number(url.port), url.hostname).on("error", () => {});
  const closed = once(socket, "close");
  const maya = await world.person("maya");
  socket.write(
    `GET /graphql/stream?query=${query} HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n` +
      `authorization: Bearer ${maya.token}\r\n\r\n`,
  );
  await once(socket, "data");
  socket.on("data", () => {});
  const request = `GET /healthz HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`;
  socket.write(request.repeat(50));
  await sleep(1_000);
  expect(socket.closed).toBe(false);
  socket.write(request);
  await closed;
});
