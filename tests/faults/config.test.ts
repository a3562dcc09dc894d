/** The configuration: what holds when nothing is said, and what is said when it is wrong. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot, readConfig } from "../../src/config.ts";
import { StartError } from "../../src/errors.ts";

const SECRET = "a secret of thirty-two bytes, or more";
const DATABASE_URL = "postgres://kith:password@db.example:5432/kith";

function problemsOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as StartError).message;
  }
  return "";
}

test("nothing has to be set: an embedded database with the demo world, for this machine alone", () => {
  expect(readConfig({})).toEqual({
    port: 4000,
    host: "127.0.0.1",
    databaseUrl: null,
    dataDir: path.resolve(".data"),
    demo: true,
    secret: null,
    logLevel: "info",
    bucket: null,
    publicUrl: null,
    redisUrl: null,
    rateLimits: true,
    trustedProxies: 0,
    moderators: [],
    identityProvider: null,
    jobs: true,
    ffmpeg: { ffmpeg: "ffmpeg", ffprobe: "ffprobe", searchPath: "" },
  });
});

test("empty is the same as not set", () => {
  const names = [
    ...["PORT", "HOST", "DATABASE_URL", "DATA_DIR", "DEMO", "SECRET", "LOG_LEVEL", "PUBLIC_URL", "REDIS_URL"],
    ...["RATE_LIMITS", "TRUSTED_PROXIES", "MODERATORS", "AUTH_JWKS_URL", "AUTH_ISSUER", "AUTH_AUDIENCE"],
    ...[
      "S3_BUCKET",
      "S3_ENDPOINT",
      "S3_REGION",
      "S3_ACCESS_KEY_ID",
      "S3_SECRET_ACCESS_KEY",
      "S3_FORCE_PATH_STYLE",
    ],
    ...["JOBS", "FFMPEG_PATH", "FFPROBE_PATH"],
  ];
  expect(readConfig(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(readConfig({}));
});

test("what is set holds", () => {
  const env = {
    PORT: "0",
    HOST: "::",
    DATABASE_URL,
    DATA_DIR: "/var/lib/kith",
    DEMO: "on",
    SECRET,
    LOG_LEVEL: "warn",
    S3_BUCKET: "kith-media",
    S3_REGION: "eu-central-1",
    PUBLIC_URL: "https://kith.example/",
    REDIS_URL: "redis://localhost:6379",
    RATE_LIMITS: "off",
    TRUSTED_PROXIES: "1",
    MODERATORS: "Maya, leo",
    AUTH_JWKS_URL: "https://id.example/jwks",
    AUTH_ISSUER: "https://id.example",
    AUTH_AUDIENCE: "kith",
    JOBS: "off",
    FFMPEG_PATH: "/opt/ffmpeg/bin/ffmpeg",
    PATH: "/usr/bin",
  };
  expect(readConfig(env)).toEqual({
    port: 0,
    host: "::",
    databaseUrl: DATABASE_URL,
    dataDir: "/var/lib/kith",
    demo: true,
    secret: SECRET,
    logLevel: "warn",
    bucket: {
      name: "kith-media",
      endpoint: null,
      region: "eu-central-1",
      credentials: null,
      forcePathStyle: false,
    },
    publicUrl: "https://kith.example",
    redisUrl: "redis://localhost:6379",
    rateLimits: false,
    trustedProxies: 1,
    moderators: ["maya", "leo"],
    identityProvider: {
      jwksUrl: "https://id.example/jwks",
      issuer: "https://id.example",
      audience: "kith",
    },
    jobs: false,
    ffmpeg: {
      ffmpeg: "/opt/ffmpeg/bin/ffmpeg",
      ffprobe: "/opt/ffmpeg/bin/ffprobe",
      searchPath: "/usr/bin",
    },
  });
});

test("one's own database is never filled with the demo world unasked", () => {
  expect(readConfig({ DATABASE_URL, SECRET }).demo).toBe(false);
});

test.each([
  ["on", true],
  ["TRUE", true],
  ["1", true],
  ["off", false],
  ["False", false],
  ["0", false],
])("DEMO can be written as %s", (DEMO, demo) => {
  expect(readConfig({ DEMO }).demo).toBe(demo);
});

test("ffmpeg can be switched off, and ffprobe may be elsewhere", () => {
  expect(readConfig({ FFMPEG_PATH: "off" }).ffmpeg).toBeNull();
  expect(readConfig({ FFPROBE_PATH: "/opt/ffprobe" }).ffmpeg).toMatchObject({
    ffmpeg: "ffmpeg",
    ffprobe: "/opt/ffprobe",
  });
});

test("a bucket that is not Amazon's has an address, and its name in the path", () => {
  const env = {
    S3_BUCKET: "media",
    S3_ENDPOINT: "http://localhost:9000",
    S3_ACCESS_KEY_ID: "a",
    S3_SECRET_ACCESS_KEY: "b",
  };
  expect(readConfig(env).bucket).toEqual({
    name: "media",
    endpoint: "http://localhost:9000",
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    forcePathStyle: true,
  });
  expect(readConfig({ ...env, S3_FORCE_PATH_STYLE: "off" }).bucket?.forcePathStyle).toBe(false);
});

test.each([
  [{ S3_BUCKET: "media" }, "S3_REGION"],
  [{ S3_BUCKET: "Media of ours", S3_REGION: "x" }, "S3_BUCKET"],
  [{ S3_REGION: "eu-central-1" }, "S3_BUCKET is required"],
  [{ S3_SECRET_ACCESS_KEY: "hunter2" }, "S3_BUCKET is required"],
  [{ S3_BUCKET: "media", S3_ENDPOINT: "localhost:9000" }, "S3_ENDPOINT"],
  [{ S3_BUCKET: "media", S3_REGION: "x", S3_ACCESS_KEY_ID: "a" }, "S3_SECRET_ACCESS_KEY"],
  [{ S3_BUCKET: "media", S3_REGION: "x", S3_FORCE_PATH_STYLE: "perhaps" }, "S3_FORCE_PATH_STYLE"],
])("a bucket can't be set by %j", (env, problem) => {
  expect(problemsOf(env)).toContain(problem);
  expect(problemsOf(env)).not.toContain("hunter2");
});

test("every problem is told at once, in one line, without the values", () => {
  const message = problemsOf({
    PORT: "eighty",
    DATABASE_URL: "mysql://root:hunter2@db.example/kith",
    DEMO: "perhaps",
    SECRET: "hunter2",
    LOG_LEVEL: "loud",
    PUBLIC_URL: "ftp://kith.example",
  });
  for (const name of ["PORT", "DATABASE_URL", "DEMO", "SECRET", "LOG_LEVEL", "PUBLIC_URL"]) {
    expect(message).toContain(`${name} must`);
  }
  expect(message).not.toMatch(/\n|hunter2|eighty|perhaps|loud/);
});

test.each([
  ["PORT", "-1"],
  ["PORT", "65536"],
  ["PORT", "4000.5"],
  ["PORT", "4000 "],
  ["PORT", "0x10"],
  ["PORT", " "],
  ["PORT", "1e3"],
  ["DATABASE_URL", "localhost"],
  ["DATABASE_URL", "http://localhost"],
  ["DEMO", "toString"],
  ["SECRET", "x".repeat(31)],
  ["LOG_LEVEL", "WARN"],
  ["PUBLIC_URL", "kith.example"],
  ["REDIS_URL", "http://127.0.0.1:6379"],
  ["RATE_LIMITS", "perhaps"],
  ["JOBS", "later"],
  ["TRUSTED_PROXIES", "-1"],
  ["TRUSTED_PROXIES", "all"],
  ["AUTH_JWKS_URL", "id.example"],
])("%s can't be %j", (name, value) => {
  expect(problemsOf({ SECRET, [name]: value })).toContain(name);
});

test.each(["README.md", ".env.example"])("every setting is explained in %s", (file) => {
  // What every process has anyway.
  const known = new Set(["PATH", "NODE_ENV"]);
  const explained = readFileSync(path.join(projectRoot, file), "utf8");
  const asked: string[] = [];
  readConfig(
    new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => {
          if (typeof name === "string" && !known.has(name)) asked.push(name);
          return undefined;
        },
      },
    ),
  );
  expect(asked).toContain("PORT");
  expect(asked.filter((name) => !new RegExp(`\\b${name}\\b`).test(explained))).toEqual([]);
});

test("a secret is counted in bytes, and required where the database is not the embedded one", () => {
  expect(readConfig({ SECRET: "ä".repeat(16) }).secret).toBe("ä".repeat(16));
  expect(problemsOf({ DATABASE_URL })).toMatch(/SECRET is required.*openssl rand/);
});

test("rates can't be switched off in production, and are on where nobody says otherwise", () => {
  expect(problemsOf({ RATE_LIMITS: "off", NODE_ENV: "production" })).toContain("RATE_LIMITS can't be off");
  expect(readConfig({ RATE_LIMITS: "off", NODE_ENV: "test" }).rateLimits).toBe(false);
  expect(readConfig({ NODE_ENV: "production" }).rateLimits).toBe(true);
});

test.each([
  ["AUTH_JWKS_URL", "https://id.example/jwks"],
  ["AUTH_ISSUER", "https://id.example"],
  ["AUTH_AUDIENCE", "kith"],
])("%s is nothing without the other two", (name, value) => {
  expect(problemsOf({ [name]: value })).toContain("AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE go together");
});
