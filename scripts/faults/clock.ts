/** A clock that can be set for one process: by libfaketime where that is at hand, else by what Node loads first. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../../src/config.ts";

/** Where systems keep their libraries. */
const FOLDERS = ["/usr/lib", "/usr/local/lib", "/usr/lib64", "/opt/homebrew/lib"];
const LIBRARY = "faketime/libfaketimeMT.so.1";

/** The library, from LIBFAKETIME or from where packages put it; null where there is none. */
export function findFaketime(): string | null {
  const named = process.env.LIBFAKETIME ?? "";
  if (named !== "") return named;
  const candidates = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) => [
    path.join(folder, LIBRARY),
    ...readdirSync(folder)
      .filter((name) => name.includes("linux-gnu"))
      .map((name) => path.join(folder, name, LIBRARY)),
  ]);
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

export interface SetClock {
  /** How the process is run, so that it goes by this clock. */
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Sets the clock so many seconds ahead, or back when below zero; the process goes by it within a second. */
  set(seconds: number): void;
}

/** A clock that `file` sets. */
export function clockIn(file: string, faketime: string | null): SetClock {
  const set = (seconds: number) => writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}`);
  set(0);
  if (faketime === null) {
    const preload = path.join(projectRoot, "scripts/faults/clock.mjs");
    return { execArgv: ["--import", preload], env: { CLOCK_FILE: file }, set };
  }
  // The monotonic clock stays true: it is what timers go by, and no clock that is set moves it.
  const env = {
    LD_PRELOAD: faketime,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    FAKETIME_CACHE_DURATION: "1",
  };
  return { execArgv: [], env, set };
}
