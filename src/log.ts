/** The one logger. It is told what happened, never what was sent: no variables, tokens or texts. */
import { type Logger, pino } from "pino";
import type { LogLevel } from "./config.ts";

export type Log = Logger;

/** A logger that writes JSON lines to standard output from `level` up. */
export function createLog(level: LogLevel): Log {
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime });
}

/** What may be said of an unexpected error: its kind, SQLSTATE and stack, never its message's data. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const code = "code" in error ? error.code : undefined;
  // PostgreSQL puts values into its messages ("Key (handle)=(maya) already exists"): its code says enough.
  const stack = error.stack?.split("\n").filter((line) => line.startsWith("    at "));
  return { kind: error.name, code, stack, message: typeof code === "string" ? undefined : error.message };
}
