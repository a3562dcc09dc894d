/** `npm run bench`: measures this server between the fastest that could be and what tutorials teach, and writes it down. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DataSource } from "typeorm";
import { startEmbeddedDatabase } from "../src/db/embedded/embedded.ts";
import { createDataSource } from "../src/db/source.ts";
import { StartError } from "../src/errors.ts";
import { type CircleQuery, type CircleResult, measureCircles } from "./bench/circles.ts";
import { compareAnswers, compareSends } from "./bench/compare.ts";
import { startKith, startLimit, startUsual } from "./bench/contestants.ts";
import { startListeners } from "./bench/fan-out.ts";
import { type Idle, measureIdle, SOCKETS, startSockets } from "./bench/idle.ts";
import { measureListening, measureOperation, type OperationResult } from "./bench/measure.ts";
import { operations } from "./bench/operations.ts";
import {
  type BenchOptions,
  FAN_OUT,
  IDLE,
  PACE,
  PEOPLE,
  readOptions,
  UPLOADS,
  USAGE,
  VIDEOS,
} from "./bench/options.ts";
import { peopleQueries } from "./bench/people.ts";
import { plot } from "./bench/plot.ts";
import { type Findings, markdownReport, terminalReport } from "./bench/report.ts";
import { chooseAsks, chooseCrowd, choosePeople } from "./bench/requests.ts";
import { measureUploads, type Uploads } from "./bench/uploads.ts";
import { videoQueries } from "./bench/videos.ts";
import { buildWorld } from "./bench/world.ts";

const DATABASE_SETTINGS = {
  shared_buffers: "512MB",
  max_wal_size: "8GB",
  checkpoint_timeout: "1h",
  autovacuum: "off",
};

/** Nobody has more than a few uploads at a time. */
const UPLOADERS = 100;

type OnEnd = (end: () => unknown) => void;

const began = performance.now();

function say(text: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
  console.log(`${seconds} s  ${text}`);
}

async function bench(options: BenchOptions, onEnd: OnEnd): Promise<Findings> {
  // The database's account has to reach it, and a temporary folder is its maker's alone.
  const folder = mkdtempSync(path.join(os.tmpdir(), "kith-bench-"));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);

  say("a database of its own");
  const database = await startEmbeddedDatabase({
    dir: path.join(folder, "postgres"),
    settings: DATABASE_SETTINGS,
  });
  onEnd(async () => {
    await database.stop();
    rmSync(database.dir, { recursive: true, force: true });
  });
  const migrating = createDataSource(database.url);
  await migrating.initialize();
  await migrating.runMigrations().finally(() => migrating.destroy());
  // The bench's own connection: this server's are set up for what it asks, which is nothing like building a world.
  const source = await new DataSource({
    type: "postgres",
    url: database.url,
    installExtensions: false,
  }).initialize();
  onEnd(() => source.destroy());
  const size = await buildWorld(source, options.scale, (phase) => say(`the world: ${phase}`));
  const asks = await chooseAsks(source);

  say("the three servers");
  const starting = [startLimit(database.url), startKith(database.url, folder), startUsual(database.url)];
  const contestants = await Promise.all(
    starting.map(async (start) => {
      const contestant = await start;
      onEnd(() => contestant.stop());
      return contestant;
    }),
  );

  const chosen = operations.filter(({ name }) => options.only.includes(name));
  const listening = { fanOut: options.only.includes(FAN_OUT), pace: options.only.includes(PACE) };
  const isListening = listening.fanOut || listening.pace;
  const sends = isListening || options.only.includes("send");
  say("whether they do the same");
  const compared = {
    answers: await compareAnswers(contestants, asks, chosen),
    sends: sends ? await compareSends(contestants, source, asks) : 0,
  };
  say(`they do: ${compared.answers} queries and ${compared.sends} sends compared`);

  const progress = (what: string, round: string, contestant: string) =>
    say(`${what}: ${round}, ${contestant}`);
  const measured: OperationResult[] = [];
  for (const operation of chosen) {
    measured.push(await measureOperation(contestants, operation, asks[operation.name], options, progress));
  }
  let heard: Awaited<ReturnType<typeof measureListening>> = { fanOut: null, pace: null };
  if (isListening) {
    const listeners = startListeners(await chooseCrowd(source));
    onEnd(() => listeners.stop());
    heard = await measureListening(contestants, listeners, listening, options, progress);
  }
  const kith = contestants.find(({ name }) => name === "kith");
  const circles = async (name: string, queries: readonly CircleQuery[]): Promise<CircleResult[]> => {
    if (!options.only.includes(name) || kith === undefined) return [];
    return measureCircles(kith, source, database.url, queries, options.seconds, (what) =>
      say(`${name}: ${what}`),
    );
  };
  const people = await circles(PEOPLE, peopleQueries);
  const videos = await circles(VIDEOS, videoQueries);
  let uploads: Uploads | null = null;
  if (options.only.includes(UPLOADS) && kith !== undefined) {
    const uploaders = await choosePeople(source, UPLOADERS);
    uploads = await measureUploads(kith, source, folder, uploaders, options, (what) =>
      say(`uploads: ${what}`),
    );
  }
  let idle: Idle | null = null;
  if (options.only.includes(IDLE)) {
    say("idle: a process of its own");
    const fresh = await startKith(database.url, folder);
    onEnd(() => fresh.stop());
    const sockets = startSockets();
    onEnd(() => sockets.stop());
    idle = await measureIdle(fresh, sockets, await choosePeople(source, SOCKETS), options.seconds);
    await sockets.stop();
    await fresh.stop();
  }
  const [{ server_version: postgres }] = (await source.query("show server_version")) as [
    { server_version: string },
  ];
  return {
    options,
    size,
    postgres,
    compared,
    operations: measured,
    ...heard,
    idle,
    people,
    videos,
    uploads,
  };
}

function write(findings: Findings): void {
  const { out } = findings.options;
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, "bench.md"), markdownReport(findings));
  writeFileSync(path.join(out, "bench.svg"), plot(findings));
  say(`written to ${path.join(out, "bench.md")} and bench.svg`);
}

const PATIENCE_MS = 15_000;

/** Runs to the end, or until Ctrl-C; either way nothing is left behind. */
async function main(options: BenchOptions): Promise<void> {
  const ends: (() => unknown)[] = [];
  let isEnding = false;
  const interrupted = new Promise<null>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => resolve(null));
  });
  // What was just being started when it was interrupted is ended as soon as it is there.
  const running = bench(options, (end) => (isEnding ? end() : ends.push(end)));
  try {
    const findings = await Promise.race([running, interrupted]);
    if (findings === null) {
      say("interrupted: cleaning up");
      process.exitCode = 130;
    } else {
      console.log(`\n${terminalReport(findings)}\n`);
      write(findings);
    }
  } finally {
    isEnding = true;
    for (const end of ends.reverse()) await end();
    await Promise.race([running.catch(() => {}), sleep(PATIENCE_MS)]);
  }
  process.exit();
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else await main(options);
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}
