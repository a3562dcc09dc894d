/** The days of the viewers' logs in the background: made ahead, and dropped when what is in them is too old. */
import { dropLogDay, logDays, makeLogDay } from "../db/log-days.ts";
import { LOG_KEPT_DAYS } from "../limits.ts";
import type { Work } from "./context.ts";

const DAYS_AHEAD = 3;
const DAY_MS = 24 * 60 * 60 * 1_000;

const addDays = (day: string, count: number) =>
  new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);

/** Makes the next days, and drops those that ended seven days ago or more; for what it can't have now there is another run. */
export const keepLogDays: Work = async ({ database }, stop) => {
  const { today, kept, missing } = await logDays(database);
  const ahead = Array.from({ length: DAYS_AHEAD + 1 }, (_, count) => addDays(today, count));
  for (const day of [...missing, ...ahead]) {
    if (!kept.includes(day) && !stop.aborted) await makeLogDay(database, day);
  }
  const tooOld = (await logDays(database)).kept.filter((day) => day < addDays(today, -LOG_KEPT_DAYS));
  for (const day of tooOld) if (!stop.aborted) await dropLogDay(database, day);
};
