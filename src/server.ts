/** The composition root: configuration in, a running server out. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { DataSource } from "typeorm";
import { Activity } from "./actions/activity.ts";
import { providerTokens } from "./actions/identity.ts";
import { AccessTokens, ownTokens } from "./actions/tokens.ts";
import { type Config, projectRoot } from "./config.ts";
import { Database } from "./db/database.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "./db/embedded/embedded.ts";
import { Jobs } from "./db/jobs.ts";
import { connect, isEmpty, migrate } from "./db/migrate.ts";
import { NotifyCarrier } from "./db/notify.ts";
import { PresenceSignals } from "./db/presence.ts";
import { databaseRates, NO_RATES, type Rates, redisRates } from "./db/rates.ts";
import { RedisCarrier } from "./db/redis-carrier.ts";
import { createDataSource } from "./db/source.ts";
import { Wakeups } from "./db/wakeups.ts";
import { DEMO_GUIDE, isDemoWorld, makeDemoWorld } from "./demo.ts";
import { StartError } from "./errors.ts";
import { Connections } from "./graphql/connections.ts";
import { Context, type Services } from "./graphql/context.ts";
import { Documents } from "./graphql/documents.ts";
import { createExecutor } from "./graphql/execute.ts";
import { createHttpServer, type HttpServer } from "./graphql/http.ts";
import { readSamples } from "./graphql/samples.ts";
import { createSchema } from "./graphql/schema.ts";
import { serveEventStreams } from "./graphql/sse.ts";
import { serveWebSockets } from "./graphql/websocket.ts";
import { defineJobs } from "./jobs.ts";
import { EventFeed } from "./loaders/event.ts";
import { PresenceFeed } from "./loaders/presence-feed.ts";
import { EndedSessions } from "./loaders/session.ts";
import { createLog, type Log } from "./log.ts";
import { FolderStore } from "./media/folder.ts";
import type { MediaStore } from "./media/store.ts";
import { openWorkshop } from "./media/workshop.ts";
import { createMetrics } from "./metrics.ts";
import { deriveKeys, type Keys, newSecret } from "./secrets.ts";

export interface RunningServer {
  /** Where it listens, without a trailing slash. */
  readonly url: string;
  /** Whether the demo world was made now. */
  readonly madeDemoWorld: boolean;
  /** Where the embedded database lives when it could not live under DATA_DIR; null otherwise. */
  readonly relocatedTo: string | null;
  /** Drains: no new work, sockets closed, running operations finished, the database closed last. */
  stop(): Promise<void>;
}

/** Starts everything; throws a StartError whose one line says what to do. Whatever had started is stopped again. */
export async function startServer(config: Config): Promise<RunningServer> {
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= (async () => {
      for (const part of stops.reverse()) await part();
    })();
    return stopping;
  };
  try {
    return { ...(await start(config, (part) => stops.push(part))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const KITH_ITSELF = { userAgent: null, address: null };
const DEMO_CLIENT = { userAgent: "the demo world", address: null };

type OnStop = (stop: () => Promise<void>) => void;

async function start(config: Config, onStop: OnStop): Promise<Omit<RunningServer, "stop">> {
  const log = createLog(config.logLevel);
  const metrics = createMetrics();
  const workshop = openWorkshop(config.ffmpeg, path.join(config.dataDir, "workshop"), log);
  const embedded = config.databaseUrl === null ? await startEmbedded(config, onStop) : null;
  const url = config.databaseUrl ?? embedded?.url ?? "";
  const source = await openDatabase(url, onStop);
  const database = new Database(source, () => metrics.statements.inc());

  const { redisUrl } = config;
  const wakeups = new Wakeups(
    redisUrl === null ? new NotifyCarrier(url, log) : new RedisCarrier(redisUrl, log),
  );
  const feed = new EventFeed(database, log);
  const endedSessions = new EndedSessions(database, log);
  wakeups.onNews((news) => feed.wake(news));
  await Promise.all([wakeups.start(), endedSessions.start()]);
  feed.start();
  onStop(async () => {
    endedSessions.stop();
    await wakeups.stop();
  });

  const jobs = new Jobs(url, log, { works: config.jobs });
  onStop(() => jobs.stop());
  const activity = new Activity(database, log);
  const presence = new PresenceFeed(database, new PresenceSignals(wakeups), log, (userId) =>
    activity.note(userId),
  );
  activity.start();
  presence.start();
  onStop(() => activity.stop());
  const keys = deriveKeys(config.secret ?? keptSecret(config.dataDir));
  const rates = startRates(config, database, keys, log);
  onStop(() => rates.stop());
  const media = await openMedia(config, onStop);
  let listensAt = config.publicUrl ?? "";
  const services: Services = {
    publicUrl: () => listensAt,
    trustedProxies: config.trustedProxies,
    moderators: config.moderators,
    database,
    keys,
    media,
    workshop: await workshop,
    rates,
    announce: (news) => wakeups.announce(news),
    soon: (job) => jobs.soon(job),
    passwords: config.identityProvider === null,
    accessTokens: new AccessTokens(
      config.identityProvider === null
        ? ownTokens(keys)
        : providerTokens(config.identityProvider, {
            database,
            keys,
            moderators: config.moderators,
            log,
          }),
    ),
    endedSessions,
    connections: new Connections(endedSessions, { isCounted: config.rateLimits }),
    feed,
    presence,
    activity,
    log,
    metrics,
  };
  defineJobs(jobs, () => new Context(services, null, KITH_ITSELF));
  await jobs.install();
  const madeDemoWorld = config.demo && (await isEmpty(database));
  // Any of its people may be a moderator.
  const servicesOfDemo = { ...services, passwords: true, moderators: [] };
  if (madeDemoWorld) await makeDemoWorld((viewer) => new Context(servicesOfDemo, viewer, DEMO_CLIENT));

  // A database that was not empty has nobody whose ids anybody may be given.
  const hasDemoWorld = config.demo && (await isDemoWorld(database));
  const http = await serve(services, hasDemoWorld);
  onStop(async () => {
    await http.drain();
    feed.stop();
    await presence.stop();
  });
  listensAt = await listen(http, config, log);
  jobs.start();
  return {
    url: listensAt,
    madeDemoWorld,
    relocatedTo: embedded?.relocated ? embedded.dir : null,
  };
}

async function startEmbedded(config: Config, onStop: OnStop): Promise<EmbeddedDatabase> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o755 });
  const embedded = await startEmbeddedDatabase({ dir: path.join(config.dataDir, "postgres") });
  onStop(() => embedded.stop());
  return embedded;
}

async function openDatabase(url: string, onStop: OnStop): Promise<DataSource> {
  const source = createDataSource(url);
  await connect(source);
  onStop(() => source.destroy());
  await migrate(source);
  return source;
}

async function openMedia({ bucket, dataDir }: Config, onStop: OnStop): Promise<MediaStore> {
  if (bucket === null) return new FolderStore(path.join(dataDir, "media"));
  // Amazon's client takes its time to load.
  const { BucketStore } = await import("./media/bucket.ts");
  const store = await BucketStore.open(bucket);
  onStop(async () => store.close());
  return store;
}

function startRates({ rateLimits, redisUrl }: Config, database: Database, { rate }: Keys, log: Log): Rates {
  if (!rateLimits) return NO_RATES;
  return redisUrl === null ? databaseRates(database, rate) : redisRates(redisUrl, rate, log);
}

/** The SECRET of an embedded database: made at the first start, and kept beside it; throws a StartError for a damaged one. */
function keptSecret(dataDir: string): string {
  const file = path.join(dataDir, "secret");
  if (!existsSync(file)) {
    // Renamed when it is whole: a kill between the two leaves no half of one.
    const made = `${file}.${process.pid}`;
    writeFileSync(made, newSecret(), { mode: 0o600 });
    renameSync(made, file);
  }
  chmodSync(file, 0o600);
  const secret = readFileSync(file, "utf8").trim();
  if (Buffer.byteLength(secret) < 32) {
    throw new StartError(
      `The secret in ${file} is damaged: put it back, or remove it and everybody signs in again.`,
    );
  }
  return secret;
}

function serve(services: Services, hasDemoWorld: boolean): Promise<HttpServer> {
  const schema = createSchema();
  const documents = new Documents();
  const execute = createExecutor(schema);
  return createHttpServer({
    services,
    schema,
    documents,
    execute,
    operationsDir: path.join(projectRoot, "schema/operations"),
    samples: async () => (hasDemoWorld ? readSamples(services, execute, DEMO_GUIDE) : {}),
    isReady: () => services.database.isReady(),
    closeSockets: (server) => serveWebSockets(server, { services, schema, documents, execute }),
    eventStreams: serveEventStreams({ services, schema, documents, execute }),
  });
}

async function listen({ server }: HttpServer, { port, host, publicUrl }: Config, log: Log): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = `Port ${port} is in use: set PORT to another one, or stop what listens there.`;
      const other = `Can't listen on ${host}:${port} (${error.code}): set HOST and PORT.`;
      reject(new StartError(error.code === "EADDRINUSE" ? inUse : other));
    });
    server.listen(port, host, resolve);
  });
  server.on("error", (error: NodeJS.ErrnoException) => log.error({ code: error.code }, "the server failed"));
  const address = server.address() as AddressInfo;
  const reachable =
    host === "0.0.0.0" || host === "::" ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return publicUrl ?? `http://${reachable}:${address.port}`;
}
