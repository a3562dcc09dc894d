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
  /** The folder of the embedded database, its secret, and the files of videos. */
  readonly dataDir: string;
  /** Fill an empty database with the demo world. */
  readonly demo: boolean;
  /** Null means one made and kept under `dataDir`, which only the embedded database may use. */
  readonly secret: string | null;
  readonly logLevel: LogLevel;
  /** Null means that the files of videos are kept under `dataDir`, which one node alone can do. */
  readonly bucket: BucketConfig | null;
  /** Where clients reach this server, without a trailing slash; null means what it listens on. */
  readonly publicUrl: string | null;
  /** Null means that rate limits are kept in the database, and nodes wake each other by NOTIFY. */
  readonly redisUrl: string | null;
  /** Whether anybody is held to the rates of `rates.ts`, and open sockets and streams are counted. */
  readonly rateLimits: boolean;
  /** How many proxies stand in front and add to `X-Forwarded-For`; 0 takes the socket's own address. */
  readonly trustedProxies: number;
  /** Handles, in lower case, of those who see and resolve reports. */
  readonly moderators: readonly string[];
  /** Null means handles and passwords; otherwise access tokens are those of this identity provider. */
  readonly identityProvider: IdentityProvider | null;
  /** Whether this node works in the background, or leaves that to other nodes of the same database. */
  readonly jobs: boolean;
  /** The programs that make videos of uploads; null means that plain MP4 files alone are taken, and packed anew. */
  readonly ffmpeg: FfmpegPaths | null;
}

/** Where the programs are: a path, or a bare name that is looked for in the folders of `searchPath`. */
export interface FfmpegPaths {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  readonly searchPath: string;
}

/** A bucket that is spoken to as S3. */
export interface BucketConfig {
  readonly name: string;
  /** Null means Amazon's. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Null means those of the machine, as Amazon's clients find them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  /** Whether the bucket's name stands in the path of an address, and not in its host. */
  readonly forcePathStyle: boolean;
}

/** Whose tokens are good here in the place of Kith's own. */
export interface IdentityProvider {
  /** Where its keys are. */
  readonly jwksUrl: string;
  /** What its tokens must say of who made them, and for whom. */
  readonly issuer: string;
  readonly audience: string;
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
  const redisUrl = read("REDIS_URL") ?? null;
  const rateLimits = read("RATE_LIMITS")?.toLowerCase();
  const jobs = read("JOBS")?.toLowerCase();
  const trustedProxies = read("TRUSTED_PROXIES") ?? "0";
  const moderators = (read("MODERATORS") ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((handle) => handle !== "");
  const provider = [read("AUTH_JWKS_URL"), read("AUTH_ISSUER"), read("AUTH_AUDIENCE")] as const;
  const [jwksUrl, issuer, audience] = provider;
  const bucketName = read("S3_BUCKET") ?? null;
  const endpoint = read("S3_ENDPOINT") ?? null;
  const region = read("S3_REGION") ?? null;
  const [accessKeyId, secretAccessKey] = [read("S3_ACCESS_KEY_ID"), read("S3_SECRET_ACCESS_KEY")];
  const pathStyle = read("S3_FORCE_PATH_STYLE")?.toLowerCase();
  const ffmpeg = read("FFMPEG_PATH") ?? "ffmpeg";

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
  expect(
    redisUrl === null || isUrl(redisUrl, "redis:", "rediss:"),
    "REDIS_URL must look like redis://user:password@host:6379",
  );
  expect(rateLimits === undefined || Object.hasOwn(FLAGS, rateLimits), "RATE_LIMITS must be on or off");
  expect(
    rateLimits === undefined || FLAGS[rateLimits] !== false || read("NODE_ENV") !== "production",
    "RATE_LIMITS can't be off when NODE_ENV is production",
  );
  expect(jobs === undefined || Object.hasOwn(FLAGS, jobs), "JOBS must be on or off");
  expect(/^\d{1,2}$/.test(trustedProxies), "TRUSTED_PROXIES must be a number of proxies");
  expect(
    provider.every((part) => part === undefined) || provider.every((part) => part !== undefined),
    "AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE go together",
  );
  expect(jwksUrl === undefined || isUrl(jwksUrl, "http:", "https:"), "AUTH_JWKS_URL must be an address");
  expect(
    bucketName === null || /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucketName),
    "S3_BUCKET must be the name of a bucket: 3 to 63 of a-z, 0-9, . and -",
  );
  expect(
    bucketName !== null ||
      [endpoint, region, accessKeyId ?? null, secretAccessKey ?? null, pathStyle ?? null].every(
        (part) => part === null,
      ),
    "S3_BUCKET is required with the other settings S3_*",
  );
  expect(
    bucketName === null || endpoint !== null || region !== null,
    "S3_BUCKET goes with S3_REGION, or with S3_ENDPOINT for a server that is not Amazon's",
  );
  expect(
    endpoint === null || isUrl(endpoint, "http:", "https:"),
    "S3_ENDPOINT must be an http or https address",
  );
  expect(region === null || /^[\w-]+$/.test(region), "S3_REGION must be the name of a region");
  expect(
    (accessKeyId === undefined) === (secretAccessKey === undefined),
    "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together",
  );
  expect(pathStyle === undefined || Object.hasOwn(FLAGS, pathStyle), "S3_FORCE_PATH_STYLE must be on or off");
  if (problems.length > 0) throw new StartError(`Configuration: ${problems.join("; ")}.`);

  return {
    port,
    host: read("HOST") ?? "127.0.0.1",
    databaseUrl,
    dataDir: path.resolve(read("DATA_DIR") ?? "./.data"),
    demo: demo === undefined ? databaseUrl === null : FLAGS[demo] === true,
    secret,
    logLevel: logLevel as LogLevel,
    bucket:
      bucketName === null
        ? null
        : {
            name: bucketName,
            endpoint,
            region: region ?? "us-east-1",
            credentials:
              accessKeyId !== undefined && secretAccessKey !== undefined
                ? { accessKeyId, secretAccessKey }
                : null,
            // Most servers that are not Amazon's have no host for each bucket.
            forcePathStyle: pathStyle === undefined ? endpoint !== null : FLAGS[pathStyle] === true,
          },
    publicUrl,
    redisUrl,
    rateLimits: rateLimits === undefined || FLAGS[rateLimits] === true,
    trustedProxies: Number(trustedProxies),
    moderators,
    identityProvider:
      jwksUrl !== undefined && issuer !== undefined && audience !== undefined
        ? { jwksUrl, issuer, audience }
        : null,
    jobs: jobs === undefined || FLAGS[jobs] === true,
    ffmpeg:
      FLAGS[ffmpeg.toLowerCase()] === false
        ? null
        : {
            ffmpeg,
            ffprobe: read("FFPROBE_PATH") ?? path.join(path.dirname(ffmpeg), "ffprobe"),
            searchPath: read("PATH") ?? "",
          },
  };
}

/** The configuration of this process: a `.env` file in the working folder, below what the environment says. */
export function configOfProcess(): Config {
  const file = path.resolve(".env");
  return readConfig({ ...(existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {}), ...process.env });
}
