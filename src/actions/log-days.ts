/** The days of the viewers' logs in the background: made ahead, and dropped when what is in them is too old. */
import { deleteLogBefore, dropLogDay, LOG_START, logDays, makeLogDay } from "../db/log-days.ts";
import { LOG_KEPT_DAYS } from "../limits.ts";
import type { Work } from "./context.ts";

const DAYS_AHEAD = 3;
const DAY_MS = 24 * 60 * 60 * 1_000;

const addDays = (day: string, count: number) =>
  new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);

/**
 * Makes the next days, and drops those that ended seven days ago or more, as it does with what lies in no day; for what
 * it can't have now there is another run. Throws the first error once all the rest is done.
 */
export const keepLogDays: Work = async ({ database }, stop) => {
  const errors: unknown[] = [];
  const attempt = async (step: () => Promise<unknown>) => {
    if (!stop.aborted) await step().catch((error) => errors.push(error));
  };
  const { today, kept } = await logDays(database);
  const oldest = addDays(today, -LOG_KEPT_DAYS);
  const ahead = Array.from({ length: DAYS_AHEAD + 1 }, (_, count) => addDays(today, count));
  // First of all: as long as a day is missing, more is written that lies in none.
  for (const day of ahead) if (!kept.includes(day)) await attempt(() => makeLogDay(database, day));
  for (const day of kept) if (day < oldest) await attempt(() => dropLogDay(database, day));
  await attempt(async () => {
    for (let place = LOG_START; !stop.aborted; ) {
      const next = await deleteLogBefore(database, oldest, place);
      if (next === null) return;
      place = next;
    }
  });
  if (errors.length > 0) throw errors[0];
};
