/** The least that can take a file: a bare server of Node that writes what is sent to it, and waits until it is on the disk. */
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pipeline } from "node:stream/promises";

const [folder = "."] = process.argv.slice(2);

const server = createServer((request, response) => {
  void take(path.join(folder, path.basename(request.url ?? ""))).then(
    () => response.writeHead(204).end(),
    () => response.writeHead(500).end(),
  );

  async function take(file: string): Promise<void> {
    await pipeline(request, createWriteStream(file));
    const handle = await open(file, "r+");
    await handle.sync();
    await handle.close();
  }
});

server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
