/** The configuration: what holds when nothing is said, and what is said when it is wrong. */
import path from "node:path";
import { readConfig } from "../../src/config.ts";
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
    publicUrl: null,
  });
});

test("empty is the same as not set", () => {
  const names = ["PORT", "HOST", "DATABASE_URL", "DATA_DIR", "DEMO", "SECRET", "LOG_LEVEL", "PUBLIC_URL"];
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
    PUBLIC_URL: "https://kith.example/",
  };
  expect(readConfig(env)).toEqual({
    port: 0,
    host: "::",
    databaseUrl: DATABASE_URL,
    dataDir: "/var/lib/kith",
    demo: true,
    secret: SECRET,
    logLevel: "warn",
    publicUrl: "https://kith.example",
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
])("%s can't be %j", (name, value) => {
  expect(problemsOf({ SECRET, [name]: value })).toContain(name);
});

test("a secret is counted in bytes, and required where the database is not the embedded one", () => {
  expect(readConfig({ SECRET: "ä".repeat(16) }).secret).toBe("ä".repeat(16));
  expect(problemsOf({ DATABASE_URL })).toMatch(/SECRET is required.*openssl rand/);
});
