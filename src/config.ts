/** Configuration: the only place that reads the environment. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { StartError } from "./errors.ts";

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** Null means the embedded database under `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** Fill an empty database with the demo world. */
  readonly demo: boolean;
  /** Null means one made and kept under `dataDir`, which only the embedded database may use. */
  readonly secret: string | null;
  readonly logLevel: LogLevel;
  /** Where clients reach this server, without a trailing slash; null means what it listens on. */
  readonly publicUrl: string | null;
}

/** The folder with package.json: the same one for the sources and for what is built from them. */
export const projectRoot = (() => {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return folder;
})();

const FLAGS: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  "1": true,
  off: false,
  false: false,
  "0": false,
};

function isUrl(text: string, ...protocols: string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

/** Reads and checks the configuration; throws a StartError that names every problem at once. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  // An empty variable is how shells and compose files spell "not set".
  const read = (name: string) => (env[name] === "" ? undefined : env[name]);
  const expect = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };

  const databaseUrl = read("DATABASE_URL") ?? null;
  const port = Number(read("PORT") ?? "4000");
  const demo = read("DEMO")?.toLowerCase();
  const secret = read("SECRET") ?? null;
  const logLevel = read("LOG_LEVEL") ?? "info";
  const publicUrl = read("PUBLIC_URL")?.replace(/\/+$/, "") ?? null;

  expect(/^\d{1,5}$/.test(read("PORT") ?? "4000") && port <= 65_535, "PORT must be a number from 0 to 65535");
  expect(
    databaseUrl === null || isUrl(databaseUrl, "postgres:", "postgresql:"),
    "DATABASE_URL must look like postgres://user:password@host:5432/database",
  );
  expect(demo === undefined || Object.hasOwn(FLAGS, demo), "DEMO must be on or off");
  expect(
    secret === null || Buffer.byteLength(secret) >= 32,
    "SECRET must be 32 bytes or more: make one with `openssl rand -base64 48`",
  );
  expect(
    secret !== null || databaseUrl === null,
    "SECRET is required with DATABASE_URL: make one with `openssl rand -base64 48`",
  );
  expect(
    (LOG_LEVELS as readonly string[]).includes(logLevel),
    `LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}`,
  );
  expect(
    publicUrl === null || isUrl(publicUrl, "http:", "https:"),
    "PUBLIC_URL must be an http or https address",
  );
  if (problems.length > 0) throw new StartError(`Configuration: ${problems.join("; ")}.`);

  return {
    port,
    host: read("HOST") ?? "127.0.0.1",
    databaseUrl,
    dataDir: path.resolve(read("DATA_DIR") ?? "./.data"),
    demo: demo === undefined ? databaseUrl === null : FLAGS[demo] === true,
    secret,
    logLevel: logLevel as LogLevel,
    publicUrl,
  };
}

/** The configuration of this process: a `.env` file in the working folder, below what the environment says. */
export function configOfProcess(): Config {
  const file = path.resolve(".env");
  return readConfig({ ...(existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {}), ...process.env });
}
