/** Two servers on one database, and the networks between all of them. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../../src/db/embedded/embedded.ts";
import { clockIn, findFaketime } from "./clock.ts";
import { Network, withoutNotifications } from "./network.ts";
import { ServerNode } from "./node.ts";

const NODES = 2;
const RETRY_MS = 100;
const PATIENCE_MS = 60_000;

export class Cluster {
  readonly secret = randomBytes(48).toString("base64url");
  readonly nodes: ServerNode[] = [];
  /** Whether a library sets the clocks. */
  readonly faketime = findFaketime();
  /** No wake-up reaches any server. */
  isDeaf = false;
  wakeupsLost = 0;
  readonly unexpected: string[] = [];
  readonly #folder: string;
  #database: EmbeddedDatabase | null = null;
  #toDatabase: Network | null = null;

  constructor() {
    // The database's account has to reach it, and a temporary folder is its maker's alone.
    this.#folder = mkdtempSync(path.join(os.tmpdir(), "kith-faults-"));
    chmodSync(this.#folder, 0o755);
  }

  /** The servers' connections to the database. */
  get toDatabase(): Network {
    if (this.#toDatabase === null) throw new Error("There is no database yet.");
    return this.#toDatabase;
  }

  async start(): Promise<void> {
    const database = await startEmbeddedDatabase({ dir: this.#databaseFolder });
    this.#database = database;
    const url = new URL(database.url);
    const filter = withoutNotifications(
      () => this.isDeaf,
      () => {
        this.wakeupsLost++;
      },
    );
    this.#toDatabase = await Network.open(Number(url.port), filter);
    url.port = String(this.#toDatabase.port);
    for (let nr = 1; nr <= NODES; nr++) {
      const node = await ServerNode.make({
        nr,
        databaseUrl: url.href,
        secret: this.secret,
        folder: this.#folder,
        clock: clockIn(path.join(this.#folder, `clock-${nr}`), this.faketime),
        onUnexpected: (what) => this.unexpected.push(what),
      });
      this.nodes.push(node);
      await node.start();
    }
  }

  node(at: number): ServerNode {
    const node = this.nodes[at];
    if (node === undefined) throw new Error(`There is no server ${at}.`);
    return node;
  }

  /** Ends the database as a crash of it would: nothing is written down, nobody is told. */
  async crashDatabase(): Promise<void> {
    const database = this.#database;
    if (database === null) return;
    process.kill(database.pid, "SIGQUIT");
    await database.stop();
  }

  /** Starts the database again, which finds out by itself what was committed. */
  async startDatabase(): Promise<void> {
    const { port } = new URL(this.#database?.url ?? "");
    this.#database = await startEmbeddedDatabase({ dir: this.#databaseFolder, settings: { port } });
  }

  /** Runs a statement beside the servers, again until the database answers. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(RETRY_MS)) {
      const client = new pg.Client({ connectionString: this.#database?.url ?? "" });
      client.on("error", () => {});
      try {
        await client.connect();
        return (await client.query<Row>(text, [...values])).rows;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#toDatabase?.close();
    await this.#database?.stop();
    const dir = this.#database?.dir;
    for (const folder of [this.#folder, ...(dir === undefined ? [] : [dir])]) {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  }

  get #databaseFolder(): string {
    return path.join(this.#folder, "postgres");
  }
}
